"""The clocks of reports.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

from core.storage.tables import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "clocks",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("rest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "kind", "number", name=op.f("pk_clocks")),
    )
    waiting = sa.text("next_at IS NOT NULL")
    op.create_index(op.f("ix_clocks_next_at"), "clocks", ["next_at"], postgresql_where=waiting, sqlite_where=waiting)
