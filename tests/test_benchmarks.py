"""What the benchmarks take away from the matcher is there: a setting that moved would be measured as if it did nothing."""

from __future__ import annotations


def test_every_part_that_a_benchmark_leaves_out_is_there() -> None:
    from benchmarks import families, quality

    changes = [change for _, parts in families.PARTS for change in parts]
    changes += [(module, name, value) for _, module, name, value in quality.PARTS if name != "SHARES"]
    for module, name, _ in changes:
        assert hasattr(module, name), f"{module} has no {name}"


def test_an_answer_by_another_side_of_its_topic_is_in_order_and_one_before_its_turn_is_not() -> None:
    from benchmarks.telegram import Figures, Talker, receive
    from tests.support.telegram_people import Person
    from tests.support.telegram_server import Shown, TelegramServer

    server = TelegramServer()
    try:
        figures, one = Figures("x"), Talker(Person(server, 1), 0.0)
        for text in ("About Bus pass:\nRing.", "Blue badge\nPark.", "Blue badge\nPark.", "Bus pass\nAsk."):
            if not one.waiting:
                one.waiting.extend((("Bus pass", 0.0), ("Blue badge", 0.0)))
            receive(Shown(1, 1, text, [], [], preview=False, at=1.0), one, figures, 0.0)
        receive(
            Shown(1, 1, "From: the council", [], [], preview=False, at=1.0), one, figures, 0.0
        )  # its second message
    finally:
        server.close()
    assert (len(figures.took), figures.wrong_order) == (4, 1)
