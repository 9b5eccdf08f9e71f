"""The tables of talks: with whom, what was said, and what waits at the operators' desk."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from core.storage.columns import ID, NAME, Moment, metadata, where

talks = Table(
    "talks",
    metadata,
    Column("id", ID, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("channel", NAME, nullable=False),
    Column("connection", NAME, nullable=False),
    Column("owner", NAME, nullable=False),
    Column("chat", ID, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("spoke_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=True),
    Column("version", Integer, nullable=False),
    Column("revoked_at", Moment, nullable=True),
    # Address and route; and the dialogue, which changes with every message.
    Column("sealed", LargeBinary, nullable=False),
    Column("dialogue", LargeBinary, nullable=True),
)

talk_lines = Table(
    "talk_lines",
    metadata,
    Column("talk", ID, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("author", NAME, nullable=False),
    Column("event", NAME, nullable=False),
    Column("by", NAME, nullable=False),
    Column("message_id", ID, nullable=False),
    Column("reply_id", ID, nullable=False),
    Column("replaces", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "message_id", **where("message_id <> ''")),
)

chats = Table(
    "chats",
    metadata,
    Column("id", ID, primary_key=True),
    Column("talk", ID, nullable=False),
    Column("channel", NAME, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("first_seq", Integer, nullable=False),
    Column("taken_by", NAME, nullable=False),
    Column("taken_at", Moment, nullable=True),
    Column("lease_until", Moment, nullable=True),
    Column("seen", Integer, nullable=False),
    Column("to", NAME, nullable=False),
    Column("to_until", Moment, nullable=True),
    Column("closed_at", Moment, nullable=True),
    Column("closed_by", NAME, nullable=False),
    Column("ending", NAME, nullable=False),
    Column("report_id", ID, nullable=False),
    Column("rating", Integer, nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_chats_open", "asked_at", "id", **where("closed_at IS NULL")),
    Index("uq_chats_open_talk", "talk", unique=True, **where("closed_at IS NULL")),
    Index(None, "talk", "asked_at"),
)

attendants = Table(
    "attendants",
    metadata,
    Column("username", NAME, primary_key=True),
    Column("available", Boolean, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

canned_answers = Table(
    "canned_answers",
    metadata,
    Column("id", ID, primary_key=True),
    Column("agency", NAME, nullable=False),
    Column("language", NAME, nullable=False),
    Column("shortcut", NAME, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("agency", "language", "shortcut"),
)

codes = Table(
    "codes",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("talk", ID, nullable=False),
    Column("until", Moment, nullable=False),
    Column("used_at", Moment, nullable=True),
    Index(None, "until"),
    Index(None, "talk"),
)

wanted_files = Table(
    "wanted_files",
    metadata,
    Column("message_id", ID, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("channel", NAME, nullable=False),
    Column("connection", NAME, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "channel", "connection", "not_before"),
)

transcripts = Table(
    "transcripts",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("talk", ID, nullable=False),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("language", String(8), nullable=False),
    Index(None, "talk", "made_at"),
    Index(None, "until"),
)
