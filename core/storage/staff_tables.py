"""The tables of the people who work here."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text

from core.storage.columns import ID, NAME, Moment, metadata, where

staff = Table(
    "staff",
    metadata,
    Column("id", ID, primary_key=True),
    Column("username", NAME, nullable=False, unique=True),
    Column("role", NAME, nullable=False),
    Column("agency", NAME, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_login_at", Moment, nullable=True),
    Column("last_seen_at", Moment, nullable=True),
    Column("code_step", BigInteger, nullable=True),
    Column("sealed", LargeBinary, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("staff_id", ID, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "staff_id"),
    Index(None, "expires_at"),
)

agencies = Table(
    "agencies",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", NAME, nullable=False),
    Column("timezone", NAME, nullable=False),
    Column("region", NAME, nullable=False),
    Column("connected", Boolean, nullable=False),
    Column("keywords", Text, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", ID, primary_key=True),
    Column("staff_id", ID, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("report_id", ID, nullable=False),
    Column("at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=True),
    Column("mail_at", Moment, nullable=True),
    Column("push_at", Moment, nullable=True),
    Index(None, "staff_id", "id"),
    Index("ix_notices_unseen", "staff_id", **where("seen_at IS NULL")),
    Index(None, "mail_at", **where("mail_at IS NOT NULL")),
    Index(None, "push_at", **where("push_at IS NOT NULL")),
)

notice_choices = Table(
    "notice_choices",
    metadata,
    Column("staff_id", ID, primary_key=True),
    Column("choices", LargeBinary, nullable=False),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("staff_id", ID, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("endpoint", LargeBinary, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "staff_id"),
)
