"""What is changed of the content at the desk: drafts, what a second person approved, what was undone.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "content_changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("about", sa.String(300), nullable=False),
        sa.Column("area", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("decided_at", sa.BigInteger),
    )
    op.create_index("content_changes_about", "content_changes", ["kind", "about"])
    op.create_index("content_changes_state", "content_changes", ["state"])
    one = sa.text("state = 'draft'")
    op.create_index(
        "content_changes_one_draft",
        "content_changes",
        ["kind", "about"],
        unique=True,
        sqlite_where=one,
        postgresql_where=one,
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("content_changes_one_draft", "content_changes")
    op.drop_index("content_changes_state", "content_changes")
    op.drop_index("content_changes_about", "content_changes")
    op.drop_table("content_changes")
