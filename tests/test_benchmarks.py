"""What the benchmarks take away from the matcher is there: a setting that moved would be measured as if it did nothing."""

from __future__ import annotations


def test_every_part_that_a_benchmark_leaves_out_is_there() -> None:
    from benchmarks import families, quality

    changes = [change for _, parts in families.PARTS for change in parts]
    changes += [(module, name, value) for _, module, name, value in quality.PARTS if name != "SHARES"]
    for module, name, _ in changes:
        assert hasattr(module, name), f"{module} has no {name}"
