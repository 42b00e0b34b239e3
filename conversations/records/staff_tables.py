"""The tables of the forum desk: who may open it, what they did, and what they are working on."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from conversations.records.tables import metadata

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False, unique=True, comment="as it was typed"),
    Column("key", String(100), comment="the name folded, by which they sign in"),
    Column("areas", Text, nullable=False, comment="ids parted by a space"),
    Column("roles", Text, nullable=False, comment="parted by a space"),
    Column("password", Text, comment="Argon2id; null until the account is set up"),
    Column("totp", LargeBinary, comment="the second factor's secret, sealed"),
    Column("totp_step", BigInteger, comment="the newest time step that was used: no code works twice"),
    Column("setup", LargeBinary(32), comment="SHA-256 of the one-time set-up secret"),
    Column("setup_until", BigInteger),
    Column("disabled", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("staff_key", "key", unique=True),
)

recovery = Table(
    "recovery",
    metadata,
    Column("staff", Integer, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("code", LargeBinary(32), primary_key=True, comment="SHA-256 of 125 random bits"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", LargeBinary(32), primary_key=True, comment="SHA-256 of the cookie"),
    Column("staff", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False, comment="desk, or setup while a password is being chosen"),
    Column("created", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("device", String(80), nullable=False, server_default="", comment="the kind of browser and machine, no more"),
)

throttles = Table(
    "throttles",
    metadata,
    Column("what", LargeBinary(32), primary_key=True, comment="SHA-256 of a name or an address"),
    Column("window", BigInteger, primary_key=True),
    Column("n", Integer, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", String(100), nullable=False, comment="a name of staff, or `command line`"),
    Column("area", String(64), nullable=False),
    Column("what", String(48), nullable=False),
    Column("about", String(200), nullable=False, comment="which record; never words"),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feedback", Integer, ForeignKey("feedback.id", ondelete="CASCADE")),
    Column("question", Integer, ForeignKey("questions.id", ondelete="CASCADE")),
    Column("issue", Integer, ForeignKey("issues.id", ondelete="CASCADE")),
    Column("at", BigInteger, nullable=False),
    Column("who", String(100), nullable=False),
    Column("field", String(32), nullable=False),
    Column("before", LargeBinary, nullable=False, comment="sealed JSON"),
    Column("after", LargeBinary, nullable=False, comment="sealed JSON"),
    Column("undone", Boolean, nullable=False),
    Index("changes_feedback", "feedback"),
    Index("changes_question", "question"),
    Index("changes_issue", "issue"),
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question", Integer, ForeignKey("questions.id", ondelete="CASCADE"), nullable=False),
    Column("area", String(64), nullable=False),
    Column("entry", String(200), nullable=False),
    Column("phrase", LargeBinary, nullable=False, comment="sealed"),
    Column("at", BigInteger, nullable=False),
    Column("who", String(100), nullable=False),
    Column("done", Boolean, nullable=False),
    Index("proposals_question", "question"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("area", String(64), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("written", LargeBinary, nullable=False, comment="the edited parts of the report as JSON, sealed"),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", String(100), nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feedback", Integer, ForeignKey("feedback.id", ondelete="CASCADE"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", String(100), nullable=False),
    Column("words", LargeBinary, nullable=False, comment="sealed, internal"),
    Index("notes_feedback", "feedback"),
)

views = Table(
    "views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(60), nullable=False),
    Column(
        "query",
        Text,
        nullable=False,
        comment="filters of the inbox as an address has them; never words that are sought",
    ),
)

matters = Table(
    "matters",
    metadata,
    Column("feedback", Integer, ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
    Column("mover", String(100), nullable=False, comment="who moved the comment under safeguarding"),
    Column("moved", BigInteger, nullable=False),
    Column("closed", BigInteger, comment="when a safeguarding lead closed it; null while it is open"),
)

matter_log = Table(
    "matter_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feedback", Integer, ForeignKey("feedback.id", ondelete="CASCADE"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", String(100), nullable=False),
    Column("kind", String(16), nullable=False, comment="call, closed, reopened"),
    Column("words", LargeBinary, nullable=False, comment="who was rung, when, and what was said, as JSON, sealed"),
    Index("matter_log_feedback", "feedback"),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feedback", Integer, ForeignKey("feedback.id", ondelete="CASCADE")),
    Column("issue", Integer, ForeignKey("issues.id", ondelete="CASCADE")),
    Column("at", BigInteger, nullable=False),
    Column("who", String(100), nullable=False),
    Column("kind", String(16), nullable=False, comment="asked by the forum; back or not-ours by the council"),
    Column("words", LargeBinary, nullable=False, comment="sealed"),
    Index("exchanges_feedback", "feedback"),
    Index("exchanges_issue", "issue"),
)

content_changes = Table(
    "content_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(8), nullable=False, comment="entry, or detail: a phone number, email or link"),
    Column("about", String(300), nullable=False, comment="the id of the entry, or the detail as it was, plain"),
    Column("area", String(64), nullable=False, comment="whose it is; national where it is everybody's"),
    Column(
        "body",
        LargeBinary,
        nullable=False,
        comment="what is to be changed, as JSON, sealed: a draft may hold a family's words",
    ),
    Column("state", String(10), nullable=False, comment="draft, approved, undone, dropped"),
    Column("version", Integer, nullable=False, comment="grows by one with each save"),
    Column("who", String(100), nullable=False, comment="who saved it last"),
    Column("at", BigInteger, nullable=False),
    Column("decided_by", String(100), comment="the second person"),
    Column("decided_at", BigInteger),
    Index("content_changes_about", "kind", "about"),
    Index("content_changes_state", "state"),
    Index(
        "content_changes_one_draft",
        "kind",
        "about",
        unique=True,
        sqlite_where=text("state = 'draft'"),
        postgresql_where=text("state = 'draft'"),
    ),
)

editions = Table(
    "editions",
    metadata,
    Column("area", String(64), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("number", Integer, primary_key=True, comment="1 is the first edition of a year's report"),
    Column("at", BigInteger, nullable=False),
    Column("who", String(100), nullable=False),
    Column("written", LargeBinary, nullable=False, comment="the report but for its comments, as JSON, sealed"),
)

edition_rows = Table(
    "edition_rows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("area", String(64), nullable=False),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column(
        "feedback",
        Integer,
        ForeignKey("feedback.id", ondelete="CASCADE"),
        comment="goes with it; null for what is no comment",
    ),
    Column("written", LargeBinary, nullable=False, comment="one row as the edition shows it, as JSON, sealed"),
    Index("edition_rows_edition", "area", "year", "number"),
    Index("edition_rows_feedback", "feedback"),
)
