"""Notices to staff, their choices and their browsers.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

from core.storage.tables import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    _create_notices()
    op.create_table(
        "notice_choices",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("choices", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_notice_choices")),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_index(op.f("ix_push_subscriptions_staff_id"), "push_subscriptions", ["staff_id"])


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=True),
        sa.Column("mail_at", Moment(), nullable=True),
        sa.Column("push_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_staff_id_id"), "notices", ["staff_id", "id"])
    for name, column, condition in (
        ("ix_notices_unseen", "staff_id", "seen_at IS NULL"),
        (op.f("ix_notices_mail_at"), "mail_at", "mail_at IS NOT NULL"),
        (op.f("ix_notices_push_at"), "push_at", "push_at IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "notices", [column], postgresql_where=where, sqlite_where=where)
