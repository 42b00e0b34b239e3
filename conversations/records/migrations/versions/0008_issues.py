"""Issues: many comments that are one matter, what is asked of the council, and what came of it.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PUBLISHED = "select max(at) from changes where changes.feedback = feedback.id and changes.field = 'published'"


def upgrade() -> None:
    """Make both tables, and what leads to them. A comment that is public already was published when that last changed."""
    op.create_table(
        "issues",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("area", sa.String(64), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("asked", sa.BigInteger),
        sa.Column("answer", sa.String(16)),
        sa.Column("by_when", sa.String(10)),
        sa.Column("published", sa.BigInteger),
        sa.Column("taken_back", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("texts", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("issues_area", "issues", ["area", "published"])
    op.create_table(
        "exchanges",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("feedback", sa.Integer, sa.ForeignKey("feedback.id", ondelete="CASCADE")),
        sa.Column("issue", sa.Integer, sa.ForeignKey("issues.id", ondelete="CASCADE")),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
    )
    op.create_index("exchanges_feedback", "exchanges", ["feedback"])
    op.create_index("exchanges_issue", "exchanges", ["issue"])
    op.execute("alter table feedback add column issue integer references issues(id) on delete set null")
    op.execute("alter table feedback add column published_at bigint")
    op.execute("alter table changes add column issue integer references issues(id) on delete cascade")
    op.execute(f"update feedback set published_at = ({PUBLISHED}) where published")  # noqa: S608 - a constant
    op.create_index("feedback_issue", "feedback", ["issue"])
    op.create_index("changes_issue", "changes", ["issue"])


def downgrade() -> None:
    """Take them away again."""
    for table in ("changes", "feedback"):
        op.drop_index(f"{table}_issue", table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column("issue")
    with op.batch_alter_table("feedback") as batch:
        batch.drop_column("published_at")
    op.drop_table("exchanges")
    op.drop_table("issues")
