"""Lists: one number to sort open reports by, indexes in the order of the pages, words to search by, copies.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LISTED = ["channel", "classification", "category", "priority"]
MILLISECONDS = {
    "postgresql": "CAST(extract(epoch FROM {0}) * 1000 AS bigint)",
    "sqlite": "CAST(round((julianday({0}) - 2440587.5) * 86400000) AS integer)",
}


def upgrade() -> None:
    """Make the change."""
    op.add_column("reports", sa.Column("urgency", sa.BigInteger(), nullable=True))
    op.execute(_fill_in(op.get_bind().dialect.name))
    _make_indexes()
    op.create_table(
        "search_keys",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key", "report_id", name=op.f("pk_search_keys")),
    )
    op.create_table(
        "report_copies",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "agency", name=op.f("pk_report_copies")),
    )
    op.create_index(op.f("ix_report_copies_agency_report_id"), "report_copies", ["agency", "report_id"])


def _fill_in(dialect: str) -> str:
    """What ``core.model.listing.urgency`` says; a report outside of these states is closed or archived."""
    verify, follow = (MILLISECONDS[dialect].format(c) for c in ("verify_by", "coalesce(follow_up_by, verify_by)"))
    return f"""
        UPDATE reports SET urgency = CASE
            WHEN state IN ('unverified', 'agency_unconnected', 'awaiting_information', 'information_received')
            THEN {verify} ELSE {follow} END - CASE WHEN priority THEN 100000000000000 ELSE 0 END
        WHERE state IN ('unverified', 'agency_unconnected', 'awaiting_information', 'information_received',
            'verified', 'followed_up', 'reporter_responded')
    """  # noqa: S608 - of constants


def _make_indexes() -> None:
    op.drop_index(op.f("ix_reports_agency_state"), "reports")
    is_open, claimed = sa.text("urgency IS NOT NULL"), sa.text("claimed_by <> ''")
    for columns in (["state", "urgency", "id"], ["agency", "state", "urgency", "id"]):
        name = op.f(f"ix_reports_{'_'.join(columns)}")
        op.create_index(name, "reports", columns, postgresql_where=is_open, sqlite_where=is_open)
    for columns in (["state", "received_at", "id"], ["agency", "state", "received_at", "id"]):
        op.create_index(op.f(f"ix_reports_{'_'.join(columns)}"), "reports", columns, postgresql_include=LISTED)
    name = op.f("ix_reports_claimed_by")
    op.create_index(name, "reports", ["claimed_by"], postgresql_where=claimed, sqlite_where=claimed)
