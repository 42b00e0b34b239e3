"""Leases on talks, and which updates have been answered, so that a redelivery of one is passed over.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A lease stands in a row of its own: a talk may have one before anything is stored of it."""
    with op.batch_alter_table("talks") as talks:
        talks.drop_column("lease_owner")
        talks.drop_column("lease_until")
        talks.add_column(sa.Column("sent", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "leases",
        sa.Column("key", sa.LargeBinary(32), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "answered",
        sa.Column("mark", sa.LargeBinary(32), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, index=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Back to leases in the row of the talk."""
    op.drop_table("answered")
    op.drop_table("leases")
    with op.batch_alter_table("talks") as talks:
        talks.drop_column("sent")
        talks.add_column(sa.Column("lease_owner", sa.String(64)))
        talks.add_column(sa.Column("lease_until", sa.BigInteger))
