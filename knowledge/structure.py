"""What stands in a message besides its subject: its parts, what it rejects, two needs at once, an age."""

from __future__ import annotations

import re

SENTENCE = re.compile(r"(?<=[.!?;\n])\s+|\n+|\s+[-–—]+\s+|\.{2,}|…")
TWO_NEEDS = re.compile(
    r"\s*(?:[,.;!?]\s*)?\b(?:and also|and then also|also|plus|as well as|and another thing|another thing|and|and secondly|secondly)\b\s*"
    r"|[.!?;\n]+\s*"
)
_TURN = (
    r"(?:i mean|i meant|but|its|it's|it is|i want|i wanted|i need|i'm asking|im asking|i'm after|im after|im on about|just|rather|more like|"
    r"the other|what about|he's|hes|she's|shes|they're|theyre|he|she|they|we|i'm|im|for me|me\b)"
)
_ABOUT = (
    r"(?:asking about|asking for|talking about|on about|interested in|looking for|after|about|bothered about|for)\s+"
)
_NAME = r"(?P<rejected>[^,.;:!?\n–—]{2,60}?)"
REJECTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:^|[,.;:!?–—]\s*)(?:no+,? |sorry,? |hi,? |hello,? )*(?:not|its not|it's not|it isn't|it isnt|isnt|this isn't|this isnt|this is not|that's not|thats not|he's not|hes not|she's not|shes not|i'm not|im not|i am not|we're not|were not)\s+(?:{_ABOUT})?{_NAME}\s*(?:[,.;:!?–—]+\s*(?:no,?\s+)?|\s+(?=but |i mean |its |it's |he's |hes |she's |shes |he |she |they ))(?={_TURN}|the council|the school)",
        rf"\b(?:i|we) (?:dont|don't|do not|didnt|didn't|did not) (?:mean|need|want)\s+(?:to (?:know|ask|hear) )?(?:{_ABOUT})?{_NAME}\s*(?:[,.;:!?–—]+\s*|\s+(?=but |just |i want |i need |i mean |we want |we need ))",
        rf"\b(?:i'm|im|i am|we're|were|we are|this is|this isn't|this isnt|its|it's) not (?:{_ABOUT}){_NAME}\s*(?:[,.;:!?–—]+\s*|\s+(?=but |i mean |its |it's |i want |i need )|$)",
        rf"\b(?:this|it) (?:isn't|isnt|is not) (?:{_ABOUT}){_NAME}\s*(?:[,.;:!?–—]+\s*|\s+(?=but |i mean |its |it's |i want |i need )|$)",
        rf"(?:^|[,.;:!?–—]\s*){_NAME} (?:isn't|isnt|is not|wasn't|wasnt|was not|aren't|arent) what (?:i'm|im|i am|i was|i|we|we're) ?(?:am|was)? ?(?:asking about|asking for|asking|after|mean|meant|want|wanted|need|looking for|on about)\s*[,.;:!?–—]*",
        rf"(?:^|[,.;:!?–—]\s*)(?:forget|never mind|nevermind|no more|enough about|leave|instead of|rather than)\s+(?:about\s+)?{_NAME}\s*(?:[,.;:!?–—]+\s*|\s+(?=please|but )|$)",
        rf"(?:\b(?:and not|but not)|,\s*(?:instead of|rather than|not)) (?:the |a |an |my |his |her |about )?{_NAME}\s*(?:[,.;:!?–—]+\s*|$)",
    )
)
"""Ways to say that something is not meant. Only whole turns of speech count: "school isn't following the plan" rejects nothing."""

AGE = re.compile(
    r"\b(?:(?:i am|im|i'm|she is|shes|she's|he is|hes|he's|they are|theyre|they're|is|was|turned|turning|turns|aged?|just|"
    r"nearly|almost|about to be|be)\s+(?:now\s+|only\s+|nearly\s+|almost\s+|just\s+|turning\s+|about\s+)?(?P<said>\d{1,2})\b(?!\s*(?:%|weeks?|months?|days?|hours?|minutes?|mins?|miles?|pounds?|[:.]\d|st\b|nd\b|rd\b|th\b|pm|am))"
    r"|(?P<years>\d{1,2})\s*(?:-\s*)?(?:years?|yrs?|yr|yo\b|y/o)(?:\s*(?:-\s*)?old)?)\b"
)
YEAR_GROUP = re.compile(r"\byear\s+(?P<year>\d{1,2})\b")
CLOSE = 25
"""Nobody older is asked about: a larger number is no age of a child or young person."""


def sentences(text: str) -> list[str]:
    """The sentences of a cleaned message, without empty ones."""
    return [part.strip() for part in SENTENCE.split(text) if part and part.strip()]


def needs(text: str) -> list[str]:
    """The parts of a message that may each ask for something else."""
    return [part.strip() for part in TWO_NEEDS.split(text) if part and part.strip()]


def rejected(text: str) -> tuple[str, str] | None:
    """What a message says that it does not mean, and the message without it; None where it rejects nothing.

    "not the plan, i mean the other thing" gives ("the plan", "i mean the other thing").
    """
    for pattern in REJECTS:
        found = pattern.search(text)
        if found is not None:
            return found["rejected"].strip(), f"{text[: found.start()]} {text[found.end() :]}".strip(" ,.;:-–—")
    return None


def age(text: str) -> int | None:
    """The age in years that a message gives, 0 to 25, or None."""
    found = AGE.search(text)
    if found is not None:
        years = int(found["said"] or found["years"])
        return years if years <= CLOSE else None
    grade = YEAR_GROUP.search(text)
    if grade is not None and 1 <= int(grade["year"]) <= 13:
        return int(grade["year"]) + 5
    return None
