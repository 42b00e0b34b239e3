"""Who somebody is, typed where the bot has asked for it: the labels of its buttons in people's own short forms.

A wait tries its own cases first, as in goflow; whatever is none of them is a message like any other.
"""

from __future__ import annotations

from dataclasses import replace

from conversations.feedback.consent import OWN_AGE
from conversations.guide import Guide
from conversations.replies.prompts import small_prompt
from conversations.turns import State, Turn
from knowledge.entries import Audience
from knowledge.text.normalise import clean, split_words
from knowledge.text.said import Said

ASKED = "audience"
"""The name of the question in a talk's state."""
WHO: dict[str, Audience] = {
    **dict.fromkeys(
        """parent parents carer carers mum mums mam mom mummy mother dad daddy father nan nana nanna gran granny grandma grandmother
        grandad grandfather grandparent aunt auntie aunty uncle guardian foster adoptive step kinship sister brother""".split(),
        "parent",
    ),
    **dict.fromkeys("young teen teenager teenage kid student pupil youth yp".split(), "young-person"),
    **dict.fromkeys(
        "professional worker teacher senco ta teaching tutor nurse therapist social practitioner childminder headteacher staff families".split(),
        "professional",
    ),
}
"""What people call themselves; the first of these words in a message tells who it is."""
PASSES = frozenset("skip pass no nope nah none nobody neither dont not want say rather id prefer sorry".split())
"""Words by which somebody does without an answer."""
BESIDE = frozenset(
    """i im am a an the his her hers my their of to with for and or person people work works at in on just single full time lone its it
    is me this hi hello hey yes yeah both us we are autistic disabled send special needs boy girl boys girls son daughter adult do you
    please thanks who""".split()
)
"""Words that may stand beside them without asking anything."""
MOST_WORDS = 8


def told(state: State, said: Said, guide: Guide) -> Turn | None:
    """The turn after somebody typed who they are, or that they would rather not say; None where the message is something else."""
    words = split_words(clean(said.typed))
    if state.asked != ASKED or not words or len(words) > MOST_WORDS or "?" in said.typed:
        return None
    names = [word for word in words if word in WHO]
    rest = {word for word in words if word not in BESIDE and word not in WHO and not word.isdecimal()}
    if rest - PASSES or not (names or rest or OWN_AGE.search(said.typed)):
        return None
    if names or not rest:
        who = WHO[names[0]] if names else "young-person"
        state = replace(state, audience="parent" if who == "young-person" and "my" in words else who)
    return Turn(replace(state, asked=None), (small_prompt("ready", guide),))
