"""Talks, daily counts, and what the database knows of itself.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "talks",
        sa.Column("key", sa.LargeBinary(32), primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("number", sa.BigInteger),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("touched", sa.BigInteger, nullable=False),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until", sa.BigInteger),
    )
    op.create_table(
        "counts",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("what", sa.String(48), primary_key=True),
        sa.Column("area", sa.String(64), primary_key=True),
        sa.Column("entry", sa.String(200), primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.String(200), nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("meta", "counts", "talks"):
        op.drop_table(table)
