"""The first tables; the history refuses to be changed.

Revision: 0001
Follows: nothing
"""

import sqlalchemy as sa
from alembic import op

from core.storage.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

POSTGRES_GUARD = (
    """
    CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the history is append-only'; END $$
    """,
    """
    CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()
    """,
)
SQLITE_GUARD = tuple(
    f"""
    CREATE TRIGGER history_no_{event.lower()} BEFORE {event} ON history
    BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
    """
    for event in ("UPDATE", "DELETE")
)


def upgrade() -> None:
    """Make the change."""
    _create_tables()
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRES_GUARD if postgres else SQLITE_GUARD:
        op.execute(statement)


def _create_partial_index(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(op.f(name), table, [column], unique=False, postgresql_where=where, sqlite_where=where)


def _create_tables() -> None:
    op.create_table(
        "contacts",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("question", sa.String(length=32), nullable=False),
        sa.Column("choice", sa.String(length=32), nullable=False),
        sa.Column("choice_of", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_contacts")),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "early_receipts",
        sa.Column("network", sa.String(length=160), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("first_id", sa.String(length=200), nullable=False),
        sa.Column("delivery", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("network", "external_id", name=op.f("pk_early_receipts")),
    )
    op.create_index(op.f("ix_early_receipts_at"), "early_receipts", ["at"], unique=False)
    op.create_table(
        "guesses",
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "hour", name=op.f("pk_guesses")),
    )
    op.create_table(
        "history",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "number", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_event_at"), "history", ["event", "at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("published_at", Moment(), nullable=True),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("subject", "kind", name=op.f("uq_jobs_subject_kind")),
    )
    op.create_index(op.f("ix_jobs_parked_lane_not_before"), "jobs", ["parked", "lane", "not_before"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("first_report", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_first_report_decision"), "links", ["first_report", "decision"], unique=False)
    op.create_index(op.f("ix_links_report_id"), "links", ["report_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("sender_digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("stored_at", Moment(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("part_group", sa.String(length=64), nullable=True),
        sa.Column("part_number", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_messages_channel_external_id")),
    )
    op.create_index(op.f("ix_messages_fingerprint_stored_at"), "messages", ["fingerprint", "stored_at"], unique=False)
    _create_partial_index("ix_messages_channel", "messages", "channel", "outcome = ''")
    _create_partial_index("ix_messages_part_group", "messages", "part_group", "part_group IS NOT NULL")
    _create_partial_index("ix_messages_report_id", "messages", "report_id", "report_id <> ''")
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("cause", name=op.f("uq_outbox_cause")),
    )
    op.create_index(op.f("ix_outbox_report_id"), "outbox", ["report_id"], unique=False)
    op.create_index(
        op.f("ix_outbox_state_channel_connection_lane_not_before"),
        "outbox",
        ["state", "channel", "connection", "lane", "not_before"],
        unique=False,
    )
    op.create_table(
        "outbox_pieces",
        sa.Column("outbox_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=160), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("delivery", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("outbox_id", "number", name=op.f("pk_outbox_pieces")),
    )
    op.create_index(
        op.f("ix_outbox_pieces_network_external_id"), "outbox_pieces", ["network", "external_id"], unique=False
    )
    op.create_table(
        "report_keys",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key", "report_id", name=op.f("pk_report_keys")),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tracking_id", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("reporter_digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("verify_by", Moment(), nullable=False),
        sa.Column("follow_up_by", Moment(), nullable=True),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("classification", sa.String(length=64), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.String(length=32), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=False),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("pin_digest", sa.LargeBinary(), nullable=False),
        sa.Column("pin_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("tracking_id", name=op.f("uq_reports_tracking_id")),
    )
    op.create_index(op.f("ix_reports_agency_state"), "reports", ["agency", "state"], unique=False)
    op.create_index(op.f("ix_reports_duplicate_of"), "reports", ["duplicate_of"], unique=False)
    op.create_index(
        op.f("ix_reports_reporter_digest_received_at"), "reports", ["reporter_digest", "received_at"], unique=False
    )
    op.create_index(
        op.f("ix_reports_state_priority_verify_by"), "reports", ["state", "priority", "verify_by"], unique=False
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
