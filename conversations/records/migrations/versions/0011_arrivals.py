"""Which updates are in hand at which process, so that the messages of a talk are answered in their order.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "arrivals",
        sa.Column("key", sa.LargeBinary(32), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("carded", sa.Boolean, nullable=False),
        sa.Column("acknowledged", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("arrivals")
