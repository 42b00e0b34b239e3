"""Editions of the annual report: what was handed in, frozen; each comment in a row of its own, so that it can leave.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "editions",
        sa.Column("area", sa.String(64), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("written", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "edition_rows",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("area", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("feedback", sa.Integer, sa.ForeignKey("feedback.id", ondelete="CASCADE")),
        sa.Column("written", sa.LargeBinary, nullable=False),
    )
    op.create_index("edition_rows_edition", "edition_rows", ["area", "year", "number"])
    op.create_index("edition_rows_feedback", "edition_rows", ["feedback"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("edition_rows_feedback", "edition_rows")
    op.drop_index("edition_rows_edition", "edition_rows")
    op.drop_table("edition_rows")
    op.drop_table("editions")
