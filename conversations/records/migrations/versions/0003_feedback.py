"""Feedback, kept questions, and guesses at receipt codes.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of what families choose to say."""
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("area", sa.String(64), nullable=False, index=True),
        sa.Column("key", sa.LargeBinary(32), index=True),
        sa.Column("receipt", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("felt", sa.String(8)),
        sa.Column("topic", sa.String(200)),
        sa.Column("theme", sa.String(64), nullable=False),
        sa.Column("young", sa.Boolean, nullable=False),
        sa.Column("words", sa.LargeBinary),
        sa.Column("public_words", sa.LargeBinary),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("response", sa.Text),
        sa.Column("council_response", sa.Text),
        sa.Column("done_text", sa.Text),
        sa.Column("published", sa.Boolean, nullable=False),
        sa.Column("note", sa.LargeBinary),
        sa.Column("reviewed", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("area", sa.String(64), nullable=False, index=True),
        sa.Column("key", sa.LargeBinary(32), index=True),
        sa.Column("number", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
        sa.Column("young", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("entry", sa.String(200)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "guesses",
        sa.Column("key", sa.LargeBinary(32), primary_key=True),
        sa.Column("hour", sa.BigInteger, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("guesses", "questions", "feedback"):
        op.drop_table(table)
