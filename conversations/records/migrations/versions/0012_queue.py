"""Names as typed, sessions by their device, and the queue: who has a comment, how it came, notes, kept filters.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and make the tables. Names from before were folded when they were stored."""
    op.add_column("staff", sa.Column("key", sa.String(100)))
    op.execute(sa.text("UPDATE staff SET key = name"))
    op.create_index("staff_key", "staff", ["key"], unique=True)
    op.add_column("sessions", sa.Column("device", sa.String(80), nullable=False, server_default=""))
    op.add_column("feedback", sa.Column("assigned", sa.String(100)))
    op.add_column("feedback", sa.Column("came", sa.String(16), nullable=False, server_default="chat"))
    op.add_column("feedback", sa.Column("consent", sa.LargeBinary))
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("feedback", sa.Integer, sa.ForeignKey("feedback.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
    )
    op.create_index("notes_feedback", "notes", ["feedback"])
    op.create_table(
        "views",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("staff", sa.Integer, sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("views")
    op.drop_index("notes_feedback", "notes")
    op.drop_table("notes")
    for table, names in (("feedback", ("consent", "came", "assigned")), ("sessions", ("device",))):
        for name in names:
            op.drop_column(table, name)
    op.drop_index("staff_key", "staff")
    op.drop_column("staff", "key")
