"""The preview of the exact words, and the yes under it: without that yes nothing is kept (P3, P4)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from conversations.feedback import receipts
from conversations.guide import Guide
from conversations.keys.talk_key import MAC_BYTES, YesSigner
from conversations.masking.mask import mask
from conversations.masking.public_details import public_of
from conversations.retention import YES_HOURS, limits
from conversations.turns import (
    Block,
    Button,
    FeedbackGiven,
    KeptWanted,
    Paragraph,
    QuestionKept,
    Quote,
    Reply,
    State,
    Turn,
)

MOST_UNITS = 2_000
"""UTF-16 units of words that can be kept: so the preview always fits into one Telegram message."""
NUMBER_BYTES, CHANCE_BYTES = 8, 4
"""Of a yes's single-use number the first bytes are chance; the rest is a keyed digest of it and of the words."""
EXPIRY_BYTES = 5
NEARLY = r"(?: only| just| nearly| almost| turning)?"
NO_OTHER_UNIT = r"\b(?! ?(?:weeks|months|days|minutes|miles|hours|stone|kg|pounds|percent|%))"
"""What may stand before a number that is somebody's age, and what stands behind it."""
OWN_AGE = re.compile(rf"\b(?:i ?a?['’]?m|i ?am|me){NEARLY} (1[1-9]|2[0-5]){NO_OTHER_UNIT}", re.IGNORECASE)
"""A young person says the own age; it marks the words and is kept nowhere else."""


@dataclass(frozen=True)
class YesContext:
    """What binds a talk's yes: the signer with the secrets, and fresh random bytes for a single-use number."""

    signer: YesSigner
    chance: bytes


def plain_words(text: str) -> str:
    """Words in the form in which they are shown, signed and kept: no stray space that a messenger would drop."""
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def fitted(words: str) -> tuple[str, bool]:
    """Words cut at a space to what can be kept, and whether anything was cut."""
    if len(words.encode("utf-16-le")) // 2 <= MOST_UNITS:
        return words, False
    cut = words.encode("utf-16-le")[: MOST_UNITS * 2].decode("utf-16-le", "ignore")
    whole = cut.rsplit(None, 1)[0] if re.search(r"\s", cut[-60:]) else cut
    return whole.strip(), True


def masked(text: str, guide: Guide) -> tuple[str, bool]:
    """Words with personal details masked, and whether there were any."""
    found = mask(plain_words(text), public_of(guide.library), guide.wording.rows["masks"])
    return plain_words(found.words), bool(found.spans)


def is_young(state: State, words: str) -> bool:
    """Whether these are a young person's words: by what was chosen, or by an own age in the words."""
    return state.audience == "young-person" or OWN_AGE.search(words) is not None


def preview(state: State, text: str, what: str, guide: Guide, now: datetime, context: YesContext) -> Turn:
    """Show the exact words that would be kept, with all that a yes means. `what` is feedback or question."""
    hidden, any_hidden = masked(text, guide)
    words, cut = fitted(hidden)
    if not words:
        return Turn(state, (Reply("prompt", (Paragraph(guide.wording("feedback_words")),), _stop(guide)),))
    chance = context.chance[:CHANCE_BYTES]
    number = chance + _digest_of(words, chance, context)
    after = replace(state, asked=None, preview=f"{what}:{number.hex()}")
    expires = int((now + timedelta(hours=YES_HOURS)).timestamp())
    mac = context.signer.sign(*_parts(after, number, expires, words))
    stamp = base64.urlsafe_b64encode(number + expires.to_bytes(EXPIRY_BYTES, "big") + mac).decode().rstrip("=")
    notes = [
        name
        for name, told in (
            ("preview_masked", any_hidden),
            ("preview_cut", cut),
            ("preview_young", is_young(state, words)),
        )
        if told
    ]
    area = guide.area(state.area)
    place = {"area": area.name if area else "", **limits()}
    blocks: list[Block] = [Paragraph(guide.wording("preview"), strong=True), Quote(words)]
    blocks += [Paragraph(guide.wording(name)) for name in notes]
    blocks += [Paragraph(_about(after, guide))] if what == "feedback" else []
    blocks += [Paragraph(line) for line in guide.wording.list(f"preview_{what}", **place)]
    yes_no = (
        Button("fn", guide.wording("button_no")),
        Button("fc", guide.wording("button_change")),
        Button(f"fy:{stamp}", guide.wording("button_yes")),
    )
    return Turn(after, (Reply("prompt", tuple(blocks), (yes_no,)),))


def shown_already(state: State, text: str, guide: Guide, context: YesContext) -> bool:
    """Whether the preview that waits shows these very words: they were sent twice, and are asked about once."""
    waiting = (state.preview or "").partition(":")[2]
    try:
        number = bytes.fromhex(waiting)
    except ValueError:
        return False
    words, _ = fitted(masked(text, guide)[0])
    return len(number) == NUMBER_BYTES and number[CHANCE_BYTES:] == _digest_of(words, number[:CHANCE_BYTES], context)


def _digest_of(words: str, chance: bytes, context: YesContext) -> bytes:
    """What tells words again without telling them: nobody reckons it without the secret."""
    return context.signer.sign("words", chance.hex(), " ".join(words.split()))[: NUMBER_BYTES - CHANCE_BYTES]


def _about(state: State, guide: Guide) -> str:
    entry = guide.library.by_id.get(state.feedback_about or "")
    kind = guide.wording(f"kind_{state.feedback_kind or 'other'}")
    felt = guide.wording(f"felt_{state.feedback_felt}") if state.feedback_felt else guide.wording("skipped")
    topic = entry.title if entry else guide.wording("nothing_in_particular")
    return guide.wording("preview_about", topic=topic, kind=kind, felt=felt)


def _stop(guide: Guide) -> tuple[tuple[Button, ...], ...]:
    return ((Button("fn", guide.wording("button_leave")),),)


def _parts(state: State, number: bytes, expires: int, words: str) -> tuple[str, ...]:
    """All that the MAC under a yes covers beside the talk, as the state before the yes has it."""
    what = (state.preview or "").partition(":")[0]
    young = is_young(state, words)
    topic = state.feedback_about or ""
    about = (state.feedback_kind or "other", state.feedback_felt or "", topic)
    return covered(what, number, expires, words, state.area or "", about, young)


def covered(
    what: str, number: bytes, expires: int, words: str, area: str, about: tuple[str, str, str], young: bool
) -> tuple[str, ...]:
    """All that the MAC under a yes covers beside the talk: `about` is kind, feeling and topic, "" where there is none."""
    return (what, number.hex(), str(expires), " ".join(words.split()), area, *about, str(young))


def yes(state: State, stamp: str, quoted: str | None, guide: Guide, now: datetime, context: YesContext) -> Turn:
    """The yes under a preview: keeps the quoted words, or where anything does not verify nothing, and says so."""
    words = plain_words(quoted or "")
    number = _verified(state, stamp, words, now, context.signer)
    bare = dropped(state)
    if number is None or state.area is None:
        stale = Reply("feedback_declined", (Paragraph(guide.wording("yes_too_old")),))
        return Turn(bare, (stale,), wants=KeptWanted(stamp, words) if words else None)
    young = is_young(state, words)
    if (state.preview or "").startswith("question"):
        kept = Reply("feedback_saved", (Paragraph(guide.wording("question_kept", **limits())),), _menu(guide))
        return Turn(bare, (kept,), (QuestionKept(state.area, young, words, number.hex()),))
    code = receipts.code(context.signer.draw(number, "receipt"))
    entry = guide.library.by_id.get(state.feedback_about or "")
    theme, topic = (guide.subject_theme(entry), entry.id) if entry else ("general", None)
    given = FeedbackGiven(
        state.area, state.feedback_kind or "other", state.feedback_felt, topic, theme, young, words, code
    )
    saved = (
        Paragraph(guide.wording("feedback_saved")),
        Paragraph(code, strong=True),
        Paragraph(guide.wording("feedback_receipt", code=code)),
    )
    return Turn(bare, (Reply("feedback_saved", saved, _menu(guide)),), (given,))


def _menu(guide: Guide) -> tuple[tuple[Button, ...], ...]:
    return ((Button("m", guide.wording("button_menu")),),)


@dataclass(frozen=True)
class Stamp:
    """What stands in the button of a yes: its single-use number, until when it holds (seconds since 1970), and the MAC."""

    number: bytes
    expires: int
    mac: bytes


def read_stamp(text: str) -> Stamp | None:
    """The stamp in a button; None where it is none. Nothing of it is to be believed before its MAC is checked."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != NUMBER_BYTES + EXPIRY_BYTES + MAC_BYTES:
        return None
    expires = int.from_bytes(raw[NUMBER_BYTES:-MAC_BYTES], "big")
    return Stamp(raw[:NUMBER_BYTES], expires, raw[-MAC_BYTES:])


def _verified(state: State, text: str, words: str, now: datetime, signer: YesSigner) -> bytes | None:
    """The single-use number of a yes that holds: the newest preview of this talk, in time, over these very words."""
    stamp = read_stamp(text)
    if stamp is None or not words or len(words.encode("utf-16-le")) > MOST_UNITS * 2:
        return None
    waiting = (state.preview or "").partition(":")[2]
    if waiting != stamp.number.hex() or now.timestamp() > stamp.expires:
        return None
    held = signer.signed(stamp.mac, *_parts(state, stamp.number, stamp.expires, words))
    return stamp.number if held else None


def dropped(state: State) -> State:
    """The state without feedback in hand: a preview that waits for a yes is void from here on."""
    asked = None if (state.asked or "").startswith(("feedback", "question")) else state.asked
    return replace(state, asked=asked, feedback_about=None, feedback_kind=None, feedback_felt=None, preview=None)
