"""A talk's key names its door: note that talks from before may be kept under a key without one.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

META = sa.table("meta", sa.column("name", sa.String), sa.column("value", sa.String))


def upgrade() -> None:
    """Note the moment, in seconds since 1970, where anything is kept under a talk's key."""
    connection = op.get_bind()
    kept = [sa.table(name, sa.column("key", sa.LargeBinary)) for name in ("talks", "feedback", "questions")]
    if any(connection.execute(sa.select(table.c.key).limit(1)).first() is not None for table in kept):
        op.bulk_insert(META, [{"name": "doorless_since", "value": str(int(time.time()))}])


def downgrade() -> None:
    """Take the note away."""
    op.execute(META.delete().where(META.c.name == "doorless_since"))
