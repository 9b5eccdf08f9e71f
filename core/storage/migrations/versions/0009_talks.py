"""Talks line by line, the operators' desk, codes for going on elsewhere, files that are still to be fetched.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

from core.storage.tables import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    _keep_talks()
    _keep_lines()
    _open_the_desk()
    _note_who_is_there()
    _give_codes()
    _want_files()
    _find_drafts()
    _find_reports_by_address()


def _keep_talks() -> None:
    op.create_table(
        "talks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("spoke_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("dialogue", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talks")),
        sa.UniqueConstraint("digest", name=op.f("uq_talks_digest")),
    )


def _keep_lines() -> None:
    op.create_table(
        "talk_lines",
        sa.Column("talk", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("reply_id", sa.String(length=32), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("talk", "seq", name=op.f("pk_talk_lines")),
    )
    op.create_index(
        op.f("ix_talk_lines_message_id"),
        "talk_lines",
        ["message_id"],
        unique=False,
        postgresql_where=sa.text("message_id <> ''"),
        sqlite_where=sa.text("message_id <> ''"),
    )


def _open_the_desk() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("talk", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=False),
        sa.Column("taken_at", Moment(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("to", sa.String(length=64), nullable=False),
        sa.Column("to_until", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("ending", sa.String(length=64), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
    )
    op.create_index(
        "ix_chats_open",
        "chats",
        ["asked_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_chats_talk_asked_at"), "chats", ["talk", "asked_at"], unique=False)
    op.create_index(
        "uq_chats_open_talk",
        "chats",
        ["talk"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )


def _note_who_is_there() -> None:
    op.create_table(
        "attendants",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_attendants")),
    )
    op.create_table(
        "canned_answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("shortcut", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_answers")),
        sa.UniqueConstraint("agency", "language", "shortcut", name=op.f("uq_canned_answers_agency_language_shortcut")),
    )


def _give_codes() -> None:
    op.create_table(
        "codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("talk", sa.String(length=32), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_codes")),
    )
    op.create_index(op.f("ix_codes_talk"), "codes", ["talk"], unique=False)
    op.create_index(op.f("ix_codes_until"), "codes", ["until"], unique=False)
    op.create_table(
        "transcripts",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("talk", sa.String(length=32), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_transcripts")),
    )
    op.create_index(op.f("ix_transcripts_talk_made_at"), "transcripts", ["talk", "made_at"], unique=False)
    op.create_index(op.f("ix_transcripts_until"), "transcripts", ["until"], unique=False)


def _want_files() -> None:
    op.create_table(
        "wanted_files",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "number", name=op.f("pk_wanted_files")),
    )
    op.create_index(
        op.f("ix_wanted_files_channel_connection_not_before"),
        "wanted_files",
        ["channel", "connection", "not_before"],
        unique=False,
    )
    op.add_column("contacts", sa.Column("language", sa.String(length=8), server_default=sa.text("''"), nullable=False))
    op.add_column("contacts", sa.Column("talk", sa.String(length=32), server_default=sa.text("''"), nullable=False))


def _find_drafts() -> None:
    op.create_index(
        "ix_messages_draft",
        "messages",
        ["channel", "id"],
        unique=False,
        postgresql_where=sa.text("outcome = 'draft'"),
        sqlite_where=sa.text("outcome = 'draft'"),
    )


def _find_reports_by_address() -> None:
    op.create_index(op.f("ix_reachable_digest"), "reachable", ["digest"], unique=False)
