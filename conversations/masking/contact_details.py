"""Ways to reach or to tell a person in free words: emails, links, @names, phone and NHS numbers, references."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from conversations.masking.public_details import Public, plain_link

# -- emails, links, @names

EMAIL = re.compile(
    r"(?<![\w.+'-])[\w.+'-]+@[\w-]{1,63}(?:\.[\w-]{1,63})+|"
    r"(?<![\w.+'-])[\w.+'-]+ @ [\w-]{1,63}(?:\.[\w-]{1,63})*\.[a-z]{2,}|"
    r"(?<![\w.+-])[\w.+-]+\s?[\[(]at[\])]\s?[\w-]{1,63}(?:\.[\w-]{1,63})+|"
    r"(?<![\w.+-])[\w.+-]+\s?[\[(]?\s*\bat\b\s*[\])]?\s?[\w-]{1,63}(?:\s?[\[(]?\s?\bdot\b\s*(?:[\])]\s*)?(?:com|co|org|net|uk|gov|nhs|ac|sch|info|me))+\b|"
    r"(?<![\w.+-])[\w.+-]+\s+at\s+(?:gmail|hotmail|outlook|yahoo|icloud|btinternet|aol|live|sky|googlemail)\b(?:\.(?:com|co\.uk|net))?",
    re.IGNORECASE,
)
"""Each way is tried once a word, from its start: from every letter of it the work would grow with the square of its length."""
ENDINGS = (
    r"(?:com|co\.uk|org\.uk|org|net|gov\.uk|nhs\.uk|ac\.uk|sch\.uk|uk|info|eu|io|me|tv|gg|app|be|ly|biz|online|site)"
)
LINK = re.compile(
    rf"\bhttps?://\S+|\bwww\.[^\s,;]+|(?<![\w@.-])(?:[a-z0-9][\w-]{{0,62}}\.){{1,6}}{ENDINGS}/[^\s,;]*|"
    r"(?<![\w@.-])(?:[a-z0-9][\w-]{0,62}\.){1,6}(?:com|co\.uk|org\.uk|org|net|gov\.uk|nhs\.uk|ac\.uk|sch\.uk|info)\b",
    re.IGNORECASE,
)
OPEN_HOSTS = ("gov.uk", "nhs.uk", "parliament.uk")
"""Public bodies: a page of theirs is no personal detail."""
HANDLE = re.compile(r"(?<![\w@.])@(?P<name>[A-Za-z_][\w.]{1,40})")
SAID_HANDLE = re.compile(
    r"\b(?:insta(?:gram)?|snap(?:chat)?|twitter|tiktok|tik tok|facebook|fb|discord|telegram|xbox|roblox|gamertag|user ?name|handle)"
    r"(?:\s+(?:name|account|handle|user ?name|tag|id))?\s*(?:is|:|=|-|called|as|@)\s*(?P<name>[A-Za-z_][\w.]*[\d_.][\w.]*)",
    re.IGNORECASE,
)
AT_PLACES = frozenset(
    "school home college work nursery night lunch hospital clinic the all times uni church tribunal meeting least first".split()
)


def emails(text: str, public: Public) -> Iterator[tuple[int, int]]:
    """Email addresses, spelled out ones too; those of the library stay."""
    for found in EMAIL.finditer(text):
        end = found.start() + len(found[0].rstrip(".'-"))
        if re.sub(r"\s", "", text[found.start() : end]).lower() not in public.emails:
            yield found.start(), end


def links(text: str, public: Public) -> Iterator[tuple[int, int]]:
    """Links to pages of people; those of public bodies and of the library stay."""
    for found in LINK.finditer(text):
        link = found[0].rstrip(".,;:!?)'\"")
        host = plain_link(link)
        if host not in public.links and not host.partition("/")[0].endswith(OPEN_HOSTS):
            yield found.start(), found.start() + len(link)


def handles(text: str, public: Public) -> Iterator[tuple[int, int]]:
    """@names, and names said to belong to an account."""
    for found in HANDLE.finditer(text):
        name = found["name"].rstrip(".")
        if name.lower() not in AT_PLACES and name.lower() not in public.handles:
            yield found.start(), found.start() + 1 + len(name)
    for found in SAID_HANDLE.finditer(text):
        yield found.start("name"), found.start("name") + len(found["name"].rstrip("."))


# -- numbers

DIGITS = re.compile(
    r"(?<![\w£$€.,/-])(?:\+|\(\+?|\(?00)?\(?\d(?:[ \t.()/\u2010-\u2015-]{0,3}\d){6,14}(?![\w]|[.,/-]\d)"
)
SPOKEN_DIGIT = r"(?:plus|oh|o|zero|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|treble|hundred|thousand|\d{1,5})\b"
SPOKEN = re.compile(rf"\b{SPOKEN_DIGIT}(?:[\s,.-]+{SPOKEN_DIGIT}){{6,}}+", re.IGNORECASE)
LETTER_O = re.compile(r"(?<![A-Za-z])[oO](?=\d{3})|(?<=\d)[oO]{1,3}(?=[\s\d])|(?<=\d\s)[oO]{2,3}(?=[\s\d])")
"""The letter O typed for a nought."""
PHONE_CUE = re.compile(
    r"\b(?:phone|fone|mobile|mob|moby|tel|telephone|call|ring|text|txt|whatsapp|number|num|no|landline|ext|reach|contact|cell|on)\b[^\d\n]{0,24}$",
    re.IGNORECASE,
)
NHS_CUE = re.compile(r"\bnhs\b[^\d\n]{0,30}$", re.IGNORECASE)
REFERENCE_CUE = re.compile(
    r"\b(?:ref(?:erence)?|case|upn|hospital|patient|account|passport|licen[cs]e|policy|uci)\b(?:\s*(?:no|num|number|id|#))?[^\d\n]{0,8}$",
    re.IGNORECASE,
)
INSURANCE = re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b", re.IGNORECASE)
"""A National Insurance number, by HMRC's rules for its letters."""
WHOLE = re.compile(r"(?<!\d)0[1-9]\d{8,9}(?!\d)")
LOCAL = re.compile(r"(?<![\w£.,/-])\d{3}[ -]?\d{3,4}(?![\w]|[.,/-]\d)")


def nhs_numbers(text: str, public: Public) -> Iterator[tuple[int, int]]:
    """NHS and National Insurance numbers."""
    for found in DIGITS.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        cue = NHS_CUE.search(text[max(0, found.start() - 45) : found.start()]) is not None
        right = nhs_check(digits) and not digits.startswith(("0", "7"))
        spaced = re.fullmatch(r"[1-9]\d\d[ -]\d\d\d[ -]\d\d\d\d", found[0]) is not None
        if len(digits) == 10 and (cue or right or spaced) and digits not in public.digits:
            yield found.span()
    for found in INSURANCE.finditer(text):
        yield found.span()


def nhs_check(digits: str) -> bool:
    """Whether ten digits are an NHS number: modulus 11 over the first nine (NHS Data Dictionary)."""
    if len(digits) != 10:
        return False
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return (0 if rest == 11 else rest) == int(digits[9])


def phones(text: str, public: Public) -> Iterator[tuple[int, int]]:
    """Phone numbers in digits or in words; those of the library stay."""
    text = LETTER_O.sub(lambda found: "0" * len(found[0]), text)
    for found in DIGITS.finditer(text):
        if _is_phone(text, found) and not _is_public(found[0], public):
            yield found.start() + (found[0].startswith("(") and ")" not in found[0]), found.end()
    for found in (*WHOLE.finditer(text), *SPOKEN.finditer(text)):
        if not _is_public(found[0], public):
            yield found.span()
    if "+" in text or "00" in text:
        for match in phonenumbers.PhoneNumberMatcher(text, "GB", leniency=phonenumbers.Leniency.POSSIBLE):
            if match.raw_string.startswith(("+", "00")) and not _is_public(match.raw_string, public):
                yield match.start, match.end
    for found in LOCAL.finditer(text):
        if PHONE_CUE.search(text[max(0, found.start() - 40) : found.start()]) and not _is_public(found[0], public):
            yield found.span()


def _is_phone(text: str, found: re.Match[str]) -> bool:
    """A British number in full, with or without its 0 and country code; 07700 900xxx and 0161 496 0xxx are fiction's."""
    digits = re.sub(r"\D", "", found[0])
    digits = re.sub(r"^(?:0044|44)0?(?=[1-9]\d{8,9}$)", "0", digits)
    if re.fullmatch(r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4}", found[0]):
        return False
    if found[0].startswith(("+", "00", "(+", "(00")):
        return True
    if re.fullmatch(r"0[1-9]\d{7,9}", digits):
        return True
    cue = PHONE_CUE.search(text[max(0, found.start() - 40) : found.start()]) is not None
    if re.fullmatch(r"7\d{9}", digits):
        return cue or len(found[0]) == 10 or " " in found[0]
    return cue and len(digits) >= 9


def _is_public(number: str, public: Public) -> bool:
    digits = re.sub(r"\D", "", number)
    return re.sub(r"^(?:0044|44)0?(?=[1-9]\d{8,9}$)", "0", digits) in public.digits


def references(text: str, public: Public) -> Iterator[tuple[int, int]]:
    """Case, hospital and pupil numbers behind the word that names them."""
    for found in re.finditer(r"\b(?=[A-Za-z]{0,4}\d)[A-Za-z]{0,4}\d[\w/-]{4,14}\b", text):
        before = text[max(0, found.start() - 36) : found.start()]
        if REFERENCE_CUE.search(before) and sum(map(str.isdigit, found[0])) >= 4 and "/" not in found[0]:
            yield found.span()
