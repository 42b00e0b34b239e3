"""A small library for the matcher's tests: two areas beside the national entries."""

from __future__ import annotations

from typing import Any

from knowledge.entries import JARGON, Area, Entry, Library, Term


def entry(name: str, *phrases: str, **fields: Any) -> Entry:
    """An entry of these phrases; its title is the first of them unless it is told."""
    area = name.partition("/")[0]
    title = fields.pop("title", "") or phrases[0]
    return Entry(name, area, "theme", title, fields.pop("answer", ""), phrases, **fields)


ENTRIES = (
    entry(
        "national/blue-badge",
        "how do i get a blue badge",
        "parking badge for my disabled son",
        "badge for the car",
        "blue badge renewal",
        "park in a disabled bay",
    ),
    entry(
        "national/dla",
        "how do i claim dla",
        "disability living allowance form",
        "money for a disabled child under 16",
        "dla renewal",
        "fill in the dla form",
    ),
    entry(
        "national/ehcp-what",
        "what is an ehcp",
        "what is in an ehc plan",
        "who gets an ehcp",
        "ehcp sections",
        "is the plan legal",
        also_called=("ehcp",),
    ),
    entry(
        "national/ehcp-request",
        "how do i ask for an ehcp",
        "apply for an ehc needs assessment",
        "request a plan",
        "letter to ask the council to assess",
    ),
    entry(
        "national/sen-support",
        "help at school without a plan",
        "sen support in class",
        "extra help in lessons",
        "support plan at school",
        "school support for needs",
    ),
    entry(
        "national/short-breaks",
        "what are short breaks",
        "respite for my son",
        "a break from caring",
        "somebody to sit with him at the weekend",
    ),
    entry(
        "national/transport", "taxi to school", "school transport", "help to get to college", "bus to a special school"
    ),
    entry(
        "national/pip",
        "claim pip at 16",
        "moving from dla to pip",
        "personal independence payment",
        "pip form",
        ages=(15, 25),
    ),
    entry(
        JARGON,
        "what does this word mean",
        "explain the short words",
        "too many abbreviations",
        "letters that i do not know",
    ),
    entry("national/hello", "hello", "hi", "hi there", "good morning", small_talk=True),
    entry("national/thanks", "thank you", "thanks a lot", "cheers", small_talk=True),
    entry(
        "oldham/short-breaks",
        "short breaks in oldham",
        "respite in oldham",
        "oldham holiday club for disabled children",
        "a break from caring here",
    ),
    entry(
        "oldham/newsletter",
        "the oldham newsletter",
        "sign up for the newsletter",
        "news by email",
        "where do i read the newsletter",
    ),
    entry("bury/newsletter", "the bury newsletter", "sign up for the newsletter in bury", "bury news by email"),
    entry(
        "bury/forum",
        "the bury parent forum",
        "meet other parents in bury",
        "join the forum",
        also_called=("buzzy parents",),
    ),
)
TERMS = (
    Term("EHCP", "education, health and care plan", "A legal plan.", "national/ehcp-what", ("EHC plan",)),
    Term("DLA", "Disability Living Allowance", "Money.", "national/dla"),
    Term("PfA", "preparing for adulthood", "Getting ready for grown-up life.", None),
)
LIBRARY = Library(ENTRIES, (Area("oldham", "Oldham", places=("Royton",)), Area("bury", "Bury")), TERMS, digest="small")
