"""The tables. Times are whole seconds since 1970 in UTC; days are `YYYY-MM-DD` of Europe/London."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

talks = Table(
    "talks",
    metadata,
    Column("key", LargeBinary(32), primary_key=True, comment="HMAC-SHA256 of the chat under a secret kept elsewhere"),
    Column("state", Text, nullable=False, comment="choices and last topic as JSON; never the person's words"),
    Column("before", Text, comment="the state before the newest update, until its reply is sent"),
    Column("number", BigInteger, comment="the newest update that was heard"),
    Column("answered", Boolean, nullable=False, default=True, comment="whether its reply has been sent"),
    Column("touched", BigInteger, nullable=False),
    Column("sent", Integer, nullable=False, default=0, comment="messages of its reply that have been sent already"),
)

leases = Table(
    "leases",
    metadata,
    Column("key", LargeBinary(32), primary_key=True, comment="the key of a talk that a process is answering now"),
    Column("owner", String(64), nullable=False),
    Column(
        "until", BigInteger, nullable=False, comment="milliseconds of leases.clock; from then on anybody may take it"
    ),
)

answered = Table(
    "answered",
    metadata,
    Column(
        "mark",
        LargeBinary(32),
        primary_key=True,
        comment="MAC of the chat and the number of the update, or an album's; tells neither",
    ),
    Column("number", BigInteger, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("key", LargeBinary(32), primary_key=True, comment="the key of a talk"),
    Column("number", BigInteger, primary_key=True, autoincrement=False, comment="an update that waits for its answer"),
    Column("owner", String(64), nullable=False, comment="the process that has it in hand; empty once that has ended"),
    Column("at", BigInteger, nullable=False, comment="milliseconds of leases.clock when it was last held on to"),
    Column("carded", Boolean, nullable=False, comment="whether its safety card has been sent"),
    Column(
        "acknowledged", Boolean, nullable=False, comment="whether it never comes again, as Telegram was told it is done"
    ),
)

pending = Table(
    "pending",
    metadata,
    Column("mark", LargeBinary(32), primary_key=True, comment="as in `answered`"),
    Column("owner", String(64), nullable=False, comment="the process that is to answer it"),
    Column("address", LargeBinary, nullable=False, comment="sealed: where the answer goes; no words"),
    Column("at", BigInteger, nullable=False),
)

counts = Table(
    "counts",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("what", String(48), primary_key=True, comment="answer, nothing, card:KIND, helpful, unhelpful, talk"),
    Column("area", String(64), primary_key=True),
    Column("entry", String(200), primary_key=True),
    Column("n", Integer, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(200), nullable=False),
)

issues = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("area", String(64), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("standing", String(16), nullable=False, comment="one of conversations.outcomes.STANDINGS"),
    Column("asked", BigInteger, comment="when the council was last asked"),
    Column("answer", String(16), comment="one of conversations.outcomes.ANSWERS, or null"),
    Column("by_when", String(10), comment="the day that the answer names"),
    Column("published", BigInteger, comment="when it was last published; null while it is not public"),
    Column("taken_back", Integer, nullable=False, default=0, comment="comments taken back since it was last published"),
    Column("version", Integer, nullable=False, default=1),
    Column(
        "texts", LargeBinary, nullable=False, comment="sealed: title, you said, question, answer, who, we did as JSON"
    ),
    sqlite_autoincrement=True,
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("area", String(64), nullable=False, index=True),
    Column("key", LargeBinary(32), index=True, comment="the talk's key; null once the link to it is cut"),
    Column("receipt", LargeBinary(32), nullable=False, unique=True, comment="keyed hash of the receipt code"),
    Column("created", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False, comment="offer, missing, information, making, other"),
    Column("felt", String(8), comment="good, mixed, bad, or null where it was skipped"),
    Column("topic", String(200), comment="the id of an entry, or null"),
    Column("theme", String(64), nullable=False, comment="the theme of the topic, or general"),
    Column("young", Boolean, nullable=False),
    Column("words", LargeBinary, comment="sealed; null once the link is cut and only what was published stays"),
    Column("public_words", LargeBinary, comment="sealed: what a reviewer made of the words"),
    Column("state", String(24), nullable=False, comment="the id of one of conversations.states.STATES"),
    Column("response", Text, comment="the public response"),
    Column("council_response", Text),
    Column("done_text", Text, comment="what was done: we did"),
    Column("published", Boolean, nullable=False, default=False),
    Column("note", LargeBinary, comment="sealed, internal"),
    Column("reviewed", BigInteger),
    Column("assigned", String(100), comment="the name of the colleague who sees to it"),
    Column("came", String(16), nullable=False, server_default="chat", comment="one of conversations.turns.WAYS"),
    Column("consent", LargeBinary, comment="sealed: who said yes, and how, where staff added it; null from the chat"),
    Column("published_at", BigInteger, comment="when it was last published"),
    Column("issue", Integer, ForeignKey("issues.id", ondelete="SET NULL"), index=True),
    Column("version", Integer, nullable=False, default=1),
    sqlite_autoincrement=True,  # the id of a deleted record never comes back
)

questions = Table(
    "questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("area", String(64), nullable=False, index=True),
    Column("key", LargeBinary(32), index=True),
    Column("number", LargeBinary(32), nullable=False, unique=True, comment="keyed hash of the yes: one yes, one row"),
    Column("created", BigInteger, nullable=False),
    Column("words", LargeBinary, nullable=False, comment="sealed"),
    Column("young", Boolean, nullable=False),
    Column("state", String(16), nullable=False, comment="new, answered, closed"),
    Column("entry", String(200), comment="the entry that should answer it"),
    sqlite_autoincrement=True,
)

guesses = Table(
    "guesses",
    metadata,
    Column("key", LargeBinary(32), primary_key=True, comment="a talk's key, or the word all"),
    Column("hour", BigInteger, primary_key=True, comment="hours since 1970; below zero the minutes of `rates`"),
    Column("n", Integer, nullable=False),
)
