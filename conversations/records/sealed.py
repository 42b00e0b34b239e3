"""The sealed columns: which there are, and what is bound into the seal of each. The only place that knows either (P11)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Table

from conversations.keys.sealing import Seals
from conversations.records.staff_tables import (
    changes,
    content_changes,
    drafts,
    edition_rows,
    editions,
    exchanges,
    matter_log,
    notes,
    proposals,
    staff,
)
from conversations.records.tables import feedback, issues, pending, questions


@dataclass(frozen=True)
class SealedColumn:
    """A column whose texts are sealed; `label` is bound into each seal, so that no text opens in another's place."""

    table: Table
    name: str
    label: str

    def seal(self, text: str, seals: Seals) -> bytes:
        """A text as it is stored in this column."""
        return seals.seal(text, self.label)

    def open(self, blob: bytes, seals: Seals) -> str:
        """The text of what is stored in this column. Raises SealError."""
        return seals.unseal(blob, self.label)


FEEDBACK_WORDS = SealedColumn(feedback, "words", "feedback.words")
FEEDBACK_PUBLIC_WORDS = SealedColumn(feedback, "public_words", "feedback.public_words")
FEEDBACK_NOTE = SealedColumn(feedback, "note", "feedback.note")
FEEDBACK_CONSENT = SealedColumn(feedback, "consent", "feedback.consent")
NOTE_WORDS = SealedColumn(notes, "words", "notes.words")
QUESTION_WORDS = SealedColumn(questions, "words", "questions.words")
CHANGE_BEFORE = SealedColumn(changes, "before", "changes")
CHANGE_AFTER = SealedColumn(changes, "after", "changes")
PROPOSAL_PHRASE = SealedColumn(proposals, "phrase", "proposals.phrase")
DRAFT_WRITTEN = SealedColumn(drafts, "written", "report.draft")
EDITION_WRITTEN = SealedColumn(editions, "written", "report.edition")
EDITION_ROW = SealedColumn(edition_rows, "written", "report.edition_row")
MATTER_WORDS = SealedColumn(matter_log, "words", "matter_log.words")
ISSUE_TEXTS = SealedColumn(issues, "texts", "issues.texts")
EXCHANGE_WORDS = SealedColumn(exchanges, "words", "exchanges.words")
CONTENT_BODY = SealedColumn(content_changes, "body", "content_changes.body")
STAFF_TOTP = SealedColumn(staff, "totp", "staff.totp")
PENDING_ADDRESS = SealedColumn(pending, "address", "pending.address")

COLUMNS = (
    FEEDBACK_WORDS, FEEDBACK_PUBLIC_WORDS, FEEDBACK_NOTE, FEEDBACK_CONSENT, NOTE_WORDS, QUESTION_WORDS, CHANGE_BEFORE,
    CHANGE_AFTER, PROPOSAL_PHRASE, DRAFT_WRITTEN, EDITION_WRITTEN, EDITION_ROW, MATTER_WORDS, ISSUE_TEXTS, EXCHANGE_WORDS, CONTENT_BODY, STAFF_TOTP, PENDING_ADDRESS,
)  # fmt: skip
"""Every sealed column. A test holds it against the comments of the tables."""
