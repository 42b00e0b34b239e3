"""Where somebody lives and when they were born, in free words: postcodes, street addresses, dates of birth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conversations.masking.public_details import Public

# -- postcodes, dates of birth, street addresses

POSTAL_AREAS = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM "
    "IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA "
    "TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
).split()
LISTED = "|".join(sorted(POSTAL_AREAS, key=len, reverse=True))
POSTCODE = re.compile(
    rf"\b(?:(?:{LISTED})\s?|(?-i:[A-Z]{{1,2}}))\d[\dOA-HJKMNPRSTUVWXY]?(?P<gap>[ .,\-]{{0,2}})(?P<inward>[\dO][A-Z]{{2}})\b",
    re.IGNORECASE,
)
NOT_INWARD = re.compile(
    r"1st|2nd|3rd|\dth|\d(?:am|pm|km|cm|mm|kg|mg|ml|lb|hr|yr|wk|gb|mb|to|of|or|in|on|is|my|he|we|as|at|by|so)",
    re.IGNORECASE,
)
"""What follows a number in other sentences: "M1 5pm", "s1 2nd"."""
MONTHS = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
YEAR = r"(?:(?:19|20)\d\d|['’]?\d\d)"
ORDINALS = (
    r"(?:(?:twenty|thirty)[ -]?)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|"
    r"seventeenth|eighteenth|nineteenth)|twentieth|thirtieth"
)
SPELT = rf"(?:{ORDINALS})\s+(?:of\s+)?{MONTHS}(?:,?\s+(?:{YEAR}|twenty\s\w+|two thousand and \w+))?\b|\d{{1,2}}[-/. ]?{MONTHS}[-/. ]?{YEAR}\b"
NUMERIC = rf"(?:\d{{1,2}}\s?[/.\-]\s?\d{{1,2}}\s?[/.\-]\s?{YEAR}|\d{{1,2}} \d{{1,2}} {YEAR}|(?:19|20)\d\d[/.\-]\d{{1,2}}[/.\-]\d{{1,2}})"
WORDED = rf"(?:(?:the\s+)?\d{{1,2}}(?:\s*(?:st|nd|rd|th))?\s*(?:of\s+)?{MONTHS}[,.]?(?:\s+{YEAR}\b)?|{MONTHS}\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+{YEAR}\b)?|{MONTHS}\s+(?:19|20)\d\d)"
DATE = re.compile(rf"(?<![\w/.£-])(?:{NUMERIC}|{WORDED}|{SPELT})(?![\w/]|[.-]\d)", re.IGNORECASE)
UNPARTED_DATE = re.compile(r"(?<![\w£.,/-])(?:\d{6}|\d{8})(?![\w]|[.,/-]\d)")
BORN = r"(?:d\.?\s?o\.?\s?b\.?|date of birth|birth ?date|birth ?day|b-?day|born|birth)"
BORN_BEFORE = re.compile(
    rf"\b(?:{BORN}(?:['’]?s)?|(?:turn(?:s|ed|ing)?|be|is)\s+\w+\s+on)\W*(?:(?:is|was|on|in|at|the|:|=|of|his|her|hers|their|to|a)\W+){{0,3}}(?:the\s+)?$",
    re.IGNORECASE,
)
BORN_FURTHER = re.compile(rf"\b{BORN}\b[^\d\n.]{{1,28}}$", re.IGNORECASE)
"""A few words further back, where nothing between speaks of a meeting."""
BORN_AFTER = re.compile(
    rf"^\W*(?:(?:is|was|which|that's|thats|as|for|his|her|their|my|our|the|when|he|she|they|is when|child's|childs|son's|daughter's)\W+){{0,4}}(?:\w+'?s\s+)?{BORN}\b",
    re.IGNORECASE,
)
EVENT = re.compile(
    r"\b(?:meeting|appointment|appt|review|assessment|assessed|since|tribunal|hearing|deadline|letter|sent|send|started|starts|start|until|till|by|before|after|diagnos\w+|from|dated|"
    r"on|published|updated|page|email|emailed|applied|referred|referral|issued|refused|held|was|decision|due|act|law|regulations?|week of|w/c|between|and|to|in|last|event|workshop|open|"
    r"day|session|holiday|half term|term|form|plan|report|visit|received|got|between)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
MEETING = re.compile(
    r"meeting|appoint|appt|review|assess|tribunal|hearing|deadline|letter|session|visit|event|plan|form|started|school|waiting|since|diagnos",
    re.IGNORECASE,
)
CHILD_YEARS = re.compile(r"(?:19[5-9]\d|20[01]\d|202[0-2])")
"""A full date with no cue that lies so far back is more likely a birth than a meeting."""

STREET = (
    r"(?:road|rd|street|str|st|avenue|ave|av|lane|ln|close|cl|drive|dr|crescent|cres|court|ct|place|pl|terrace|terr|way|gardens?|gdns|grove|walk|hill|row|square|sq|mews|parade|rise|view|"
    r"green|park|fold|bank|brow|croft|vale|mount|end|avenue|boulevard|drv|meadows?|fields|heights|quay|wharf|gate|chase|dene|broadway|villas|cottages|cottage|hall|house|wood|woods|lea|orchard|dale|nook|ridge|copse|bridge|cross|causeway|"
    r"passage|approach|circus|esplanade|promenade|path|alley|yard|tce|crt|blvd|gdn|parkway|maltings|moor|field|buildings|mansions|flats|towers|tower)"
)
SURE_STREET = re.compile(
    r"(?:road|rd|street|avenue|ave|lane|ln|crescent|cres|terrace|gardens|gdns|grove|mews|croft|fold|brow|close|drive|square|street|boulevard|blvd|tce|vale|gdn|dene|parkway|esplanade)",
    re.IGNORECASE,
)
NEEDS_CAPITALS = re.compile(
    r"(?:place|pl|park|end|row|way|bank|view|gate|fields?|st|str|cl|ct|pl|av|house|hall|wood|woods|cross|path|yard|bridge|green|chase|approach|passage|rise|side|moor|flats|tower|towers|circus|heights|"
    r"buildings|orchard|nook|walk|hill)",
    re.IGNORECASE,
)
"""Common words: written small they need somebody to say that it is an address."""
NOT_STREET = frozenset(
    "minute minutes min mins mile miles hour hours hr hrs week weeks wk wks day days year years yr yrs month months metre metres m km long short of to in on at for and or by with per a an i we he she "
    "it they is are was were my our his her their from until than then that this more less other people children kids pupils parents families places spaces sessions days' times steps pages page grade "
    "session group sessional first second third one two three four pm am o'clock oclock percent pence pounds quid bus buses taxi cars staff adults teachers schools nurseries services hospitals clinics "
    "way night nights term terms half day's week's ehcp primary secondary special mainstream main a long no not so very too as if when which off out up down about all any each every get got go goes going".split()
)
HOUSE_NUMBER = r"(?:\d{1,4}(?:\s?-\s?\d{1,4}|\s?[a-f])?|(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -]?)?(?:one|two|three|four|five|six|seven|eight|nine)|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty)"
ADDRESS = re.compile(
    rf"(?P<flat>\b(?:flat|apartment|apt|unit)\s*\d{{0,3}}[a-z]?\b[,\s]+(?:(?:[a-z][\w'’-]+\s){{1,2}}(?:house|court|tower|lodge|mill|place|heights|point|mansions)\b[,\s]+)?)?(?P<no>(?<![\w£/.:-])(?:number |no\.? ?|house |plot )?{HOUSE_NUMBER}\b(?!\s*[/:%]))(?:[,\s]+|\s+(?:on|in|of)\s+)(?P<words>(?:the\s+)?(?:(?:st\.?|[a-z][a-z'’-]+)\s+){{1,3}}?)(?P<type>{STREET})\b\.?",
    re.IGNORECASE,
)
NAMED_THE = re.compile(
    r"\b\d{1,4}[a-f]?,?\s+[Tt]he\s+(?:Avenue|Crescent|Grove|Close|Drive|Square|Green|Mews|Lane|Street|Parade|Ridgeway|Broadway|Meadows|Oaks|Paddock|Spinney)\b"
)
LIVES_ON = re.compile(
    rf"\b(?:live|lives|living|lived|house|home|address|moved|based|flat|opposite us|home address)(?:\s+(?:is|at|on|in|to|down|up|near|off|just|here|over|still)){{0,3}}[\s:]+(?P<street>(?:(?:[A-Z][\w'’-]+|[a-z][\w'’-]+)\s+){{1,3}}?{STREET})\b",
    re.IGNORECASE,
)
FLAT = re.compile(
    r"\b(?:flat|apartment|apt)\s+\d{1,4}[a-z]?\b(?:,?\s+[A-Z][\w'’-]+\s+(?:House|Court|Tower|Towers|Heights|Point|Lodge|Mansions|Buildings?|Place)|,?\s+\d{1,4}[a-f]?\s+[A-Z][a-z]+)?",
    re.IGNORECASE,
)
LIVES_AT = re.compile(
    r"\b(?:[Ll]ive|[Ll]ives|[Ll]iving|[Aa]ddress|[Hh]ome)(?:\s+(?:is|at|on)){1,2}:?\s+(?P<at>\d{1,4}[a-f]?\s+[A-Z][a-z'’]+(?:\s+[A-Z][a-z'’]+)?)"
)
NUMBERED = re.compile(
    r"\b(?:bus|route|room|year|section|step|page|ward|line|chapter|part|paragraph|junction|top|number|tram|bay|no\.?|platform|stop|tier|level|band|key stage|ks|class|form|gate|door)\W{0,2}$",
    re.IGNORECASE,
)
HOUSE = re.compile(
    r"\b(?:live|lives|living|address|home)(?:\s+(?:is|at|in)){0,2}[\s:]+(?P<house>(?:The\s+)?(?:[A-Z][\w'’-]+\s+){1,2}(?:Cottage|House|Farm|Lodge|Barn|Bungalow|Villa)(?:,\s*(?:[A-Z][\w'’-]+\s+){1,2}(?:Road|Lane|Street|Avenue|Drive|Close))?)\b"
)


def postcodes(text: str, public: Public) -> Iterator[tuple[int, int]]:
    """Full postcodes; a district alone ("M14") tells no house and stays."""
    for found in POSTCODE.finditer(text):
        ordinal = NOT_INWARD.fullmatch(found["inward"]) is not None
        if not (ordinal and found["gap"]) and re.sub(r"\W", "", found[0]).lower() not in public.digits:
            yield found.span()


def births(text: str, public: Public) -> Iterator[tuple[int, int]]:
    """Dates of birth: by the words around them, or a full date far back that no event explains."""
    for found in UNPARTED_DATE.finditer(text):
        if BORN_BEFORE.search(text[max(0, found.start() - 45) : found.start()]):
            yield found.span()
    for found in DATE.finditer(text):
        before, after = text[max(0, found.start() - 45) : found.start()], text[found.end() : found.end() + 40]
        if _is_birth(found[0], before, after):
            article = re.match(r"(?:the\s+)?", found[0], re.IGNORECASE)
            start = found.start() + (len(article[0]) if article else 0)
            yield start, start + len(text[start : found.end()].rstrip(" ,."))


def _is_birth(date: str, before: str, after: str) -> bool:
    further = BORN_FURTHER.search(before)
    if BORN_BEFORE.search(before) or BORN_AFTER.search(after) or (further and not MEETING.search(further[0])):
        return True
    full = re.search(r"\d\D+\d", date) is not None
    return full and CHILD_YEARS.search(date) is not None and not EVENT.search(before)


def addresses(text: str, public: Public) -> Iterator[tuple[int, int]]:
    """Street addresses: number and street, flats, and streets that somebody says to live in."""
    for finder in (LIVES_ON, HOUSE):
        for found in finder.finditer(text):
            name = found.lastgroup or ""
            words = found[name].lower().split()
            if public.names.fullmatch(found[name]):
                continue
            if (
                not NOT_STREET & set(words[:-1])
                and not {"the", "same", "next"} & set(words[:1])
                and (SURE_STREET.fullmatch(words[-1]) or name == "house" or found[name].istitle())
            ):
                yield found.span(name)
    for found in ADDRESS.finditer(text):
        if _is_street(text, found):
            yield found.start(), found.end() - (found[0].endswith("."))
    for found in (*NAMED_THE.finditer(text), *FLAT.finditer(text)):
        yield found.span()
    for found in LIVES_AT.finditer(text):
        yield found.span("at")


def _is_street(text: str, found: re.Match[str]) -> bool:
    words = found["words"].lower().split()
    if NOT_STREET & {word.rstrip(".'’") for word in words} or (words[:1] == ["the"] and len(words) == 1):
        return False
    if (
        not found["flat"]
        and NUMBERED.search(text[max(0, found.start() - 14) : found.start()])
        and not found["no"].lower().startswith("n")
    ):
        return False
    if SURE_STREET.fullmatch(found["type"]):
        return (
            found["no"][-1:].isdigit() or found["no"][-2:-1].isdigit() or len(words) == 1 or found["type"][:1].isupper()
        )
    if not NEEDS_CAPITALS.fullmatch(found["type"]) and len(words) <= 2 and re.search(r"\d", found["no"]):
        return True
    lived = re.search(
        r"\b(?:live|lives|living|address|at|home|house|door)\b\W*(?:\w+\W+){0,2}$",
        text[max(0, found.start() - 30) : found.start()],
        re.IGNORECASE,
    )
    return bool(found["flat"] or lived) or all(word[:1].isupper() for word in (*found["words"].split(), found["type"]))
