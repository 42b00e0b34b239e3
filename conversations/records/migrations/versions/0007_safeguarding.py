"""Matters of safeguarding: who moved a comment there, whether it is closed, and the log of calls.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables. What was under safeguarding before has no row: it is open, and nobody's name stands at it."""
    op.create_table(
        "matters",
        sa.Column("feedback", sa.Integer, sa.ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("mover", sa.String(100), nullable=False),
        sa.Column("moved", sa.BigInteger, nullable=False),
        sa.Column("closed", sa.BigInteger),
    )
    op.create_table(
        "matter_log",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("feedback", sa.Integer, sa.ForeignKey("feedback.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
    )
    op.create_index("matter_log_feedback", "matter_log", ["feedback"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("matter_log_feedback", "matter_log")
    op.drop_table("matter_log")
    op.drop_table("matters")
