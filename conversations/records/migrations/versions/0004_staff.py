"""The forum desk: staff, sessions, throttles, audit, changes, proposals and report drafts.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the desk's tables, and the indexes that its lists walk along."""
    _people()
    _work()
    op.create_index("feedback_desk", "feedback", ["area", "state", "created"])
    op.create_index("feedback_time", "feedback", ["area", "created"])
    op.create_index("feedback_published", "feedback", ["area", "published"])


def _people() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("areas", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("totp", sa.LargeBinary),
        sa.Column("totp_step", sa.BigInteger),
        sa.Column("setup", sa.LargeBinary(32)),
        sa.Column("setup_until", sa.BigInteger),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "recovery",
        sa.Column("staff", sa.Integer, sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("code", sa.LargeBinary(32), primary_key=True),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.LargeBinary(32), primary_key=True),
        sa.Column("staff", sa.Integer, sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "throttles",
        sa.Column("what", sa.LargeBinary(32), primary_key=True),
        sa.Column("window", sa.BigInteger, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("area", sa.String(64), nullable=False),
        sa.Column("what", sa.String(48), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
    )


def _work() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("feedback", sa.Integer, sa.ForeignKey("feedback.id", ondelete="CASCADE")),
        sa.Column("question", sa.Integer, sa.ForeignKey("questions.id", ondelete="CASCADE")),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("before", sa.LargeBinary, nullable=False),
        sa.Column("after", sa.LargeBinary, nullable=False),
        sa.Column("undone", sa.Boolean, nullable=False),
    )
    op.create_index("changes_feedback", "changes", ["feedback"])
    op.create_index("changes_question", "changes", ["question"])
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("question", sa.Integer, sa.ForeignKey("questions.id", ondelete="CASCADE"), nullable=False),
        sa.Column("area", sa.String(64), nullable=False),
        sa.Column("entry", sa.String(200), nullable=False),
        sa.Column("phrase", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_index("proposals_question", "proposals", ["question"])
    op.create_table(
        "drafts",
        sa.Column("area", sa.String(64), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("written", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    for index in ("feedback_desk", "feedback_time", "feedback_published"):
        op.drop_index(index, "feedback")
    for table in ("drafts", "proposals", "changes", "audit", "throttles", "sessions", "recovery", "staff"):
        op.drop_table(table)
