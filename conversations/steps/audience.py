"""Who somebody is: typed where the bot has asked for it, in people's own short forms of its buttons' labels, or said in passing.

A wait tries its own cases first, as in goflow; whatever is none of them is a message like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from conversations.feedback.consent import NEARLY, NO_OTHER_UNIT, OWN_AGE
from conversations.guide import Guide
from conversations.replies.prompts import small_prompt
from conversations.turns import State, Turn, band_of
from knowledge.entries import Audience
from knowledge.text.normalise import clean, split_words
from knowledge.text.said import Said

ASKED = "audience"
"""The name of the question in a talk's state."""
PARENTS = frozenset(
    """parent parents carer carers mum mums mam mom mummy mother dad daddy father nan nana nanna gran granny grandma grandmother
    grandad grandfather grandparent aunt auntie aunty uncle guardian foster adoptive step kinship sister brother""".split()
)
YOUNG = frozenset("young teen teenager teenage kid student pupil youth yp".split())
WORKERS = frozenset(
    "professional worker teacher senco ta teaching tutor nurse therapist social practitioner childminder headteacher staff families".split()
)
"""What people call themselves. A young mum is a parent, and a student nurse or a youth worker a professional."""
WORKS = re.compile(r"\bworks? (?:with|in|for|at)\b")
ASKS_FOR_ONE = frozenset(("my", "for"))
"""Beside a professional they tell of one who is wanted: "a nurse for my son"."""
PASSES = frozenset("skip pass no nope nah none nobody neither dont not want say rather id prefer sorry".split())
"""Words by which somebody does without an answer."""
CORRECTS = frozenset(("no", "not", "sorry"))
"""Those of them that may stand beside what somebody calls themselves."""
BESIDE = frozenset(
    """i im am a an the his her hers my their of to with for and or person people work works at in on just single full time lone its it
    is me this hi hello hey yes yeah both us we are autistic disabled send special boy girl boys girls son daughter adult please
    thanks school schools primary secondary special nursery college hospital council charity""".split()
)
"""Words that may stand beside them without asking anything."""
MOST_WORDS = 12


STAFF = re.compile(
    r"\b(?:i ?am|i['’]?m|(?:started|start|work|working) as)(?! not) (?:also |just )?(?:an? |the )?(?:new |class |school |primary |secondary |nursery |deputy |year \w+ )*"
    r"(?:senco|sendco|teacher|teaching assistant|head ?teacher|social worker|health visitor|school nurse|childminder|support worker|early years practitioner)\b",
    re.IGNORECASE,
)
"""Somebody says that they work with children; the rest of a message tells whether it is about a child of their own."""
OWN_CHILD = re.compile(
    r"\b(?:my|our|have an?|got an?)\b.{0,20}\b(?:sons?|daughters?|child|children|kids?|boys?|girls?|lads?|baby|little one|eldest|youngest|year old|yr old|yo|ds|dd)\b",
    re.IGNORECASE,
)
AGED = re.compile(rf"\b(?:i ?am|i['’]?m){NEARLY} (?:1[4-9]|2[0-5]){NO_OTHER_UNIT}", re.IGNORECASE)
"""The own age of a young person, said so plainly that it is remembered."""
NO_PARENT = re.compile(
    r"\b(?:i ?am|i['’]?m) not (?:an? |the |his |her |their )?(?:parent|mum|mom|mam|dad|mother|father|carer)\b",
    re.IGNORECASE,
)


def heard(state: State, said: Said) -> State:
    """The state with who somebody says they are in passing: a worker, or by their own age a young person.

    What was chosen is not outweighed, and nothing is heard where a child of their own is named.
    """
    if OWN_CHILD.search(said.typed):
        return state
    if state.audience is not None:
        denies = state.audience == "parent" and NO_PARENT.search(said.typed) is not None
        return replace(state, audience=None) if denies else state
    if STAFF.search(said.typed):
        return replace(state, audience="professional")
    return replace(state, audience="young-person") if AGED.search(said.typed) else state


def told(state: State, said: Said, guide: Guide) -> Turn | None:
    """The turn after somebody typed who they are, or that they would rather not say; None where the message is something else.

    Where nobody asked, it begins a talk: "im a senco".
    """
    words = split_words(clean(said.typed))
    fresh = not state.topics and state.worry is None and state.asked is None
    begins = fresh and any(pattern.search(said.typed) for pattern in (STAFF, NO_PARENT, AGED))
    if (state.asked != ASKED and not begins) or not words or len(words) > MOST_WORDS or "?" in said.typed:
        return None
    who = _who(words, said)
    place = set(split_words(clean(said.place.name or ""))) if state.audience is None else set()
    rest = {word for word in words if word not in BESIDE | PARENTS | YOUNG | WORKERS | place and not word.isdecimal()}
    if rest - (CORRECTS if who else PASSES) or not (who or rest):
        return None
    band = band_of(said.years) if said.years is not None and who == "young-person" else None
    state = heard(replace(state, audience=who or state.audience, band=band or state.band, asked=None), said)
    return Turn(state, (small_prompt("ready", guide),))


def _who(words: Sequence[str], said: Said) -> Audience | None:
    """Who the words name; an age of one's own outweighs them."""
    if OWN_AGE.search(said.typed):
        return "young-person"
    if NO_PARENT.search(said.typed):
        return None
    if WORKS.search(" ".join(words)):
        return "professional"
    older = next((word for word in words if word in PARENTS | WORKERS), None)
    if older in PARENTS:
        return "parent"
    if older is not None and list(words) != ["ta"]:  # which is thanks
        return None if ASKS_FOR_ONE & set(words) else "professional"
    if YOUNG & set(words):
        return "parent" if "my" in words else "young-person"
    return None
