"""What only the records know, told in the talk: what became of feedback, everything held, what changed, taking back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from conversations import states
from conversations.feedback import receipts
from conversations.feedback.consent import covered, read_stamp
from conversations.guide import Guide
from conversations.keys.sealing import SealError, Seals
from conversations.keys.talk_key import Secrets, YesSigner
from conversations.outcomes import TEXTS, Outcome, came_of_it, deed
from conversations.records import feedback, guesses, issues, questions
from conversations.records.feedback import Feedback
from conversations.records.issues import Issue
from conversations.records.questions import Question
from conversations.replies.answers import day_text
from conversations.retention import limits
from conversations.turns import (
    Block,
    Button,
    ChangesWanted,
    KeptWanted,
    MineWanted,
    Paragraph,
    Quote,
    Reply,
    State,
    StatusWanted,
    Turn,
    WithdrawalWanted,
)


def told(turn: Turn, connection: Connection, key: bytes, secrets: Secrets, guide: Guide, now: datetime) -> Turn:
    """The turn with the replies that its `wants` left open, in the transaction that stores it."""
    telling = Telling(connection, key, secrets, guide.to(turn.state), now)
    match turn.wants:
        case StatusWanted(code):
            replies = telling.status(code)
        case WithdrawalWanted() as wanted:
            replies = telling.withdrawal(wanted)
        case ChangesWanted(most):
            replies = telling.changes(turn.state.area, most)
        case MineWanted():
            replies = telling.mine(turn)
        case KeptWanted() as wanted:
            replies = telling.kept(wanted) or turn.replies[:1]
        case None:
            return turn
    return replace(turn, replies=(*replies, *turn.replies[1:]), wants=None)


class Telling:
    """The records of one transaction, as one talk may see them."""

    def __init__(self, connection: Connection, key: bytes, secrets: Secrets, guide: Guide, now: datetime) -> None:
        self.connection, self.key, self.secrets = connection, key, secrets
        self.guide, self.now = guide, now

    def status(self, code: str) -> tuple[Reply, ...]:
        """What became of the feedback with this code: its state, the public response, and a way to take it back (F5)."""
        found = self._by_code(code)
        if isinstance(found, Reply):
            return (found,)
        reference = f"n{found.id}" if feedback.holds(self.connection, self.key, found.id) else code.replace(" ", "-")
        rows = ((self._take_back(reference),), (Button("m", self.guide.wording("button_menu")),))
        return (Reply("info", (Paragraph(code, strong=True), *self._state(found)), rows),)

    def withdrawal(self, wanted: WithdrawalWanted) -> tuple[Reply, ...]:
        """Ask whether a record is really to be taken back, and take it back once that is confirmed (P12)."""
        if wanted.question is not None:
            mine = [row.id for row in questions.by_key(self.connection, self.key)]
            there = wanted.question in mine
            reference = f"q{wanted.question}"
        elif wanted.code is not None:
            found = self._by_code(wanted.code)
            if isinstance(found, Reply):
                return (found,)
            there, reference = True, wanted.code.replace(" ", "-")
        else:
            there = wanted.record is not None and feedback.holds(self.connection, self.key, wanted.record)
            reference = f"n{wanted.record}"
        if not there:
            return (self._info("nothing_there"),)
        return (self._taken_back(wanted),) if wanted.sure else (self._sure(reference),)

    def changes(self, area: str | None, most: int) -> tuple[Reply, ...]:
        """Tell everybody what an area's families said and what came of it, newest publication first (F5)."""
        home = self.guide.area(area)
        told: list[tuple[int, list[Block]]] = []
        if home is not None and area is not None:
            told += [(one.published or 0, self._issue(one)) for one in issues.published(self.connection, area, most)]
            for row in feedback.published(self.connection, area, most):
                told.append((row.published_at or row.reviewed or row.created, self._comment(row)))
        told = sorted((one for one in told if one[1]), key=lambda one: -one[0])[:most]
        name = home.name if home else ""
        if not told:
            return (self._info("no_changes", area=name),)
        heading = Paragraph(self.guide.wording("changes", area=name), strong=True)
        return (Reply("info", (heading, *(block for _, blocks in told for block in blocks))),)

    def _issue(self, issue: Issue) -> list[Block]:
        """What everybody may read of an issue; nothing where it cannot be read."""
        outcome = self._outcome(issue)
        if outcome is None:
            return []
        came = came_of_it(outcome, self.guide.wording, self.now.date())
        blocks: list[Block] = [Paragraph(outcome.title, strong=True), Paragraph(self.guide.wording("you_said"))]
        return [*blocks, Quote(outcome.you_said), *(Paragraph(line) for line in came)]

    def _outcome(self, issue: Issue) -> Outcome | None:
        try:
            texts = issue.texts(self._seals())
        except SealError:
            return None
        public = {name: texts.get(name, "") for name in TEXTS if name != "question"}
        return Outcome(**public, answer=issue.answer, by_when=issue.by_when)

    def _comment(self, row: Feedback) -> list[Block]:
        """What everybody may read of a comment that was published by itself; thanks alone are no answer and no deed."""
        wording, words = self.guide.wording, self._opened(row, public=True)
        said = (("we_did", row.done_text), ("response", row.response), ("council_response", row.council_response))
        came = [wording(name, text=text) for name, given in said if (text := deed(given))]
        if not words or not came:
            return []
        return [Paragraph(wording("you_said")), Quote(words), *(Paragraph(line) for line in came)]

    def mine(self, turn: Turn) -> tuple[Reply, ...]:
        """Everything that is held under the key: the choices, then each record with its words (P7)."""
        said = [self._mine_feedback(row) for row in feedback.by_key(self.connection, self.key)]
        asked = [self._mine_question(row) for row in questions.by_key(self.connection, self.key)]
        wrong = guesses.count(self.connection, self.key, self.now)
        first = turn.replies[0]
        if turn.state == State() and (said or asked or wrong):
            first = self._info("my_data")
        if wrong:
            line = self.guide.wording("my_data_line", name=self.guide.wording("data_guesses"), value=wrong)
            first = replace(first, blocks=(*first.blocks, Paragraph(line)))
        return (first, *said, *asked)

    def kept(self, wanted: KeptWanted) -> tuple[Reply, ...]:
        """That a yes pressed again was kept already, with its receipt; nothing where it was not, or was never a yes.

        The record is found by the number in the button, and the MAC must hold over what the record itself says.
        """
        stamp = read_stamp(wanted.stamp)
        if stamp is None:
            return ()
        signer = YesSigner(self.secrets, self.key)
        code = receipts.code(signer.draw(stamp.number, "receipt"))
        given = feedback.by_receipt(self.connection, self.secrets.receipts(code)[:1])
        if given is not None and feedback.holds(self.connection, self.key, given.id):
            about = (given.kind, given.felt or "", given.topic or "")
            what, area, young = "feedback", given.area, given.young
            texts = (code, self.guide.wording("feedback_receipt", code=code))
        elif (asked := self._question(signer.draw(stamp.number.hex().encode(), "question"))) is not None:
            about, what, area, young = ("other", "", ""), "question", asked.area, asked.young
            texts = ("", self.guide.wording("question_kept", **limits()))
        else:
            return ()
        parts = covered(what, stamp.number, stamp.expires, wanted.words, area, about, young)
        if not signer.signed(stamp.mac, *parts):
            return ()
        blocks = [Paragraph(self.guide.wording("kept_already"))]
        blocks += [Paragraph(text, strong=text == code) for text in texts if text]
        return (Reply("feedback_declined", tuple(blocks), ((Button("m", self.guide.wording("button_menu")),),)),)

    def _question(self, drawn: int) -> Question | None:
        """The question of this talk that the yes with this number kept."""
        return questions.by_number(self.connection, self.key, drawn.to_bytes(32, "big"))

    def _mine_feedback(self, row: Feedback) -> Reply:
        wording = self.guide.wording
        felt = wording(f"felt_{row.felt}") if row.felt else wording("skipped")
        entry = self.guide.library.by_id.get(row.topic or "")
        topic = entry.title if entry else wording("nothing_in_particular")
        about = wording("preview_about", topic=topic, kind=wording(f"kind_{row.kind}"), felt=felt)
        blocks: list[Block] = [
            Paragraph(wording("mine_feedback", date=self._day(row.created)), strong=True),
            Quote(self._opened(row)),
        ]
        blocks += [Paragraph(about), *([Paragraph(wording("mine_young"))] if row.young else []), *self._state(row)]
        return Reply("info", tuple(blocks), ((self._take_back(f"n{row.id}"),),))

    def _mine_question(self, row: Question) -> Reply:
        heading = Paragraph(self.guide.wording("mine_question", date=self._day(row.created)), strong=True)
        try:
            words = row.words(self._seals())
        except SealError:
            words = self.guide.wording("unreadable")
        young = [Paragraph(self.guide.wording("mine_young"))] if row.young else []
        return Reply("info", (heading, Quote(words), *young), ((self._take_back(f"q{row.id}"),),))

    def _state(self, row: Feedback) -> Iterable[Block]:
        wording = self.guide.wording
        state = states.state_of(row.state) or states.READ  # a newer version of the desk may know more states
        issue = issues.by_id(self.connection, row.issue) if row.issue is not None else None
        if issue is not None and issue.published is not None:
            state = states.READ  # what came of it is told below: it may be planned, and not done
        yield Paragraph(wording(state.told))
        if row.response:
            yield Paragraph(wording("response", text=row.response))
        if row.council_response and row.published:
            yield Paragraph(wording("council_response", text=row.council_response))
        if row.done_text:
            yield Paragraph(wording("done", text=row.done_text))
        if issue is not None:
            yield from self._matter(issue)

    def _matter(self, issue: Issue) -> Iterable[Block]:
        """What a family reads of the issue that its comment is in: once it is public, what came of it."""
        wording = self.guide.wording
        outcome = self._outcome(issue) if issue.published is not None else None
        if outcome is not None:
            yield Paragraph(wording("issue_about", title=outcome.title))
            yield from (Paragraph(line) for line in came_of_it(outcome, wording, self.now.date()))
        elif issue.asked is not None:
            yield Paragraph(wording("issue_asked", date=self._day(issue.asked)))
        else:
            yield Paragraph(wording("issue_together"))

    def _by_code(self, code: str) -> Feedback | Reply:
        """The record of a code, or what to say instead: too many wrong codes, or nothing there."""
        found = feedback.by_receipt(self.connection, self.secrets.receipts(code))
        if found is not None and feedback.holds(self.connection, self.key, found.id):
            return found
        mine, everybody = (guesses.count(self.connection, whose, self.now) for whose in (self.key, guesses.ALL))
        if mine >= receipts.GUESSES_PER_TALK or everybody >= receipts.GUESSES_IN_ALL:
            return self._info("too_many_codes")
        if found is None:
            guesses.add(self.connection, self.key, self.now)
            return self._info("nothing_there")
        return found

    def _sure(self, reference: str) -> Reply:
        rows = (
            (
                Button("m", self.guide.wording("button_keep")),
                Button(f"fd:{reference}", self.guide.wording("button_take_back_sure")),
            ),
        )
        asked = "take_question_back_sure" if reference.startswith("q") else "take_back_sure"
        return Reply("prompt", (Paragraph(self.guide.wording(asked)),), rows)

    def _taken_back(self, wanted: WithdrawalWanted) -> Reply:
        number = wanted.record
        if wanted.question is not None:
            questions.withdraw(self.connection, self.key, wanted.question, self.secrets.seals)
        elif wanted.code is not None:
            found = feedback.by_receipt(self.connection, self.secrets.receipts(wanted.code))
            number = found.id if found else None
        if number is not None:
            feedback.withdraw(self.connection, number)
        return self._info("taken_back" if wanted.question is None else "question_taken_back", **limits())

    def _take_back(self, reference: str) -> Button:
        return Button(f"fw:{reference}", self.guide.wording("button_take_back"))

    def _seals(self) -> Seals:
        if self.secrets.seals is None:
            raise SealError("there are no keys")
        return self.secrets.seals

    def _opened(self, row: Feedback, public: bool = False) -> str:
        try:
            return (row.public_words(self._seals()) or "") if public else row.words(self._seals())
        except SealError:
            return self.guide.wording("unreadable")

    def _day(self, seconds: int) -> str:
        return day_text(datetime.fromtimestamp(seconds, self.now.tzinfo or UTC).date().isoformat(), self.guide.wording)

    def _info(self, name: str, **values: object) -> Reply:
        return Reply("info", (Paragraph(self.guide.wording(name, **values)),))
