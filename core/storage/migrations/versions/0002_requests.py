"""Requests of agencies, and what a line of history carries beside its words.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.add_column("reports", sa.Column("request", sa.String(length=64), nullable=True))
    op.add_column("reports", sa.Column("decider", sa.String(length=64), nullable=True))
    waiting = sa.text("decider IS NOT NULL")
    op.create_index(op.f("ix_reports_decider"), "reports", ["decider"], postgresql_where=waiting, sqlite_where=waiting)
    op.add_column("history", sa.Column("extras", sa.LargeBinary(), nullable=True))
