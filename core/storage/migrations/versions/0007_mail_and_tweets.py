"""Messages that wait for a person, addresses that take nothing, other ways to a reporter, the brake on answers.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

from core.storage.tables import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    parked = sa.text("outcome = 'parked'")
    op.create_index("ix_messages_parked", "messages", ["channel", "id"], postgresql_where=parked, sqlite_where=parked)
    op.add_column("contacts", sa.Column("gone_at", Moment(), nullable=True))
    op.create_table(
        "reachable",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "digest", name=op.f("pk_reachable")),
    )
    op.create_table(
        "answered",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "span", "window", name=op.f("pk_answered")),
    )
    op.create_table(
        "passes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_passes")),
    )
    op.create_index(op.f("ix_passes_until"), "passes", ["until"])
