"""The tables. What a person wrote or who they are stands only in ``sealed`` columns; digests are keyed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.storage.columns import ID, NAME, Moment, metadata, where
from core.storage.staff_tables import agencies, notice_choices, notices, push_subscriptions, sessions, staff
from core.storage.talk_tables import (
    attendants,
    canned_answers,
    chats,
    codes,
    talk_lines,
    talks,
    transcripts,
    wanted_files,
)

__all__ = [
    "ID",
    "NAME",
    "Moment",
    "agencies",
    "answered",
    "attendants",
    "canned_answers",
    "chats",
    "codes",
    "contacts",
    "cursors",
    "early_receipts",
    "guesses",
    "history",
    "jobs",
    "leases",
    "links",
    "messages",
    "metadata",
    "notice_choices",
    "notices",
    "outbox",
    "outbox_pieces",
    "passes",
    "push_subscriptions",
    "reachable",
    "report_copies",
    "report_keys",
    "reports",
    "search_keys",
    "sessions",
    "staff",
    "talk_lines",
    "talks",
    "transcripts",
    "wanted_files",
]

messages = Table(
    "messages",
    metadata,
    Column("id", ID, primary_key=True),
    Column("channel", NAME, nullable=False),
    Column("connection", NAME, nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("sender_digest", LargeBinary, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("stored_at", Moment, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("report_id", ID, nullable=False),
    Column("part_group", String(64), nullable=True),
    Column("part_number", Integer, nullable=False),
    Column("note", NAME, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("channel", "external_id"),
    Index(None, "fingerprint", "stored_at"),
    Index(None, "part_group", **where("part_group IS NOT NULL")),
    Index(None, "report_id", **where("report_id <> ''")),
    Index(None, "channel", **where("outcome = ''")),
    Index("ix_messages_parked", "channel", "id", **where("outcome = 'parked'")),
    Index("ix_messages_draft", "channel", "id", **where("outcome = 'draft'")),
)

# Filters of a list are answered from the index alone, without a look at each row.
LISTED = ["channel", "classification", "category", "priority"]

reports = Table(
    "reports",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tracking_id", String(10), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", NAME, nullable=False),
    Column("channel", NAME, nullable=False),
    Column("reporter_digest", LargeBinary, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("verify_by", Moment, nullable=False),
    Column("follow_up_by", Moment, nullable=True),
    Column("agency", NAME, nullable=False),
    Column("category", NAME, nullable=False),
    Column("classification", NAME, nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("secret", Boolean, nullable=False),
    Column("priority", Boolean, nullable=False),
    Column("duplicate_of", ID, nullable=False),
    Column("claimed_by", NAME, nullable=False),
    Column("claimed_until", Moment, nullable=True),
    Column("pin_digest", LargeBinary, nullable=False),
    Column("pin_sealed", LargeBinary, nullable=True),
    Column("request", NAME, nullable=True),
    Column("decider", NAME, nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("urgency", BigInteger, nullable=True),
    Index(None, "reporter_digest", "received_at"),
    Index(None, "state", "priority", "verify_by"),
    Index(None, "duplicate_of"),
    Index(None, "decider", **where("decider IS NOT NULL")),
    Index(None, "state", "urgency", "id", **where("urgency IS NOT NULL")),
    Index(None, "agency", "state", "urgency", "id", **where("urgency IS NOT NULL")),
    Index(None, "state", "received_at", "id", postgresql_include=LISTED),
    Index(None, "agency", "state", "received_at", "id", postgresql_include=LISTED),
    Index(None, "claimed_by", **where("claimed_by <> ''")),
)

history = Table(
    "history",
    metadata,
    Column("report_id", ID, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("event", NAME, nullable=False),
    Column("actor", NAME, nullable=False),
    Column("state", NAME, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("extras", LargeBinary, nullable=True),
    Index(None, "event", "at"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("opted_out", Boolean, nullable=False),
    Column("question", ID, nullable=False),
    Column("choice", ID, nullable=False),
    Column("choice_of", ID, nullable=False),
    Column("gone_at", Moment, nullable=True),
    Column("language", String(8), nullable=False, server_default=text("''")),
    Column("talk", ID, nullable=False, server_default=text("''")),
)

reachable = Table(
    "reachable",
    metadata,
    Column("report_id", ID, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "digest"),
)

answered = Table(
    "answered",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("span", Integer, primary_key=True),
    Column("window", BigInteger, primary_key=True),
    Column("count", Integer, nullable=False),
)

passes = Table(
    "passes",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("report_id", ID, nullable=False),
    Column("until", Moment, nullable=False),
    Column("used_at", Moment, nullable=True),
    Index(None, "until"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", NAME, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("lane", Integer, nullable=False),
    Column("published_at", Moment, nullable=True),
    Column("not_before", Moment, nullable=False),
    Column("lease_until", Moment, nullable=True),
    Column("owner", NAME, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked", Boolean, nullable=False),
    Column("error", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("subject", "kind"),
    Index(None, "parked", "lane", "not_before"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", ID, primary_key=True),
    Column("cause", String(120), nullable=False, unique=True),
    Column("event", NAME, nullable=False),
    Column("report_id", ID, nullable=False),
    Column("channel", NAME, nullable=False),
    Column("connection", NAME, nullable=False),
    Column("lane", NAME, nullable=False),
    Column("state", NAME, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("lease_until", Moment, nullable=True),
    Column("owner", NAME, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "state", "channel", "connection", "lane", "not_before"),
    Index(None, "report_id"),
)

outbox_pieces = Table(
    "outbox_pieces",
    metadata,
    Column("outbox_id", ID, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("network", String(160), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("delivery", NAME, nullable=False),
    Column("at", Moment, nullable=True),
    Index(None, "network", "external_id"),
    Index("ix_outbox_pieces_gone", "outbox_id", **where("delivery = 'gone'")),
)

early_receipts = Table(
    "early_receipts",
    metadata,
    Column("network", String(160), primary_key=True),
    Column("external_id", String(200), primary_key=True),
    Column("first_id", String(200), nullable=False),
    Column("delivery", NAME, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

links = Table(
    "links",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", NAME, nullable=False),
    Column("decision", NAME, nullable=False),
    Column("first_report", ID, nullable=False),
    Column("report_id", ID, nullable=False),
    Column("message_id", ID, nullable=False),
    Column("score", Float, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", NAME, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "first_report", "decision"),
    Index(None, "report_id"),
)

report_keys = Table(
    "report_keys",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("report_id", ID, primary_key=True),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("owner", NAME, nullable=False),
    Column("until", Moment, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("value", Text, nullable=False),
)

guesses = Table(
    "guesses",
    metadata,
    Column("source", LargeBinary, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("wrong", Integer, nullable=False),
)

search_keys = Table(
    "search_keys",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("report_id", ID, primary_key=True),
)

report_copies = Table(
    "report_copies",
    metadata,
    Column("report_id", ID, primary_key=True),
    Column("agency", NAME, primary_key=True),
    Index(None, "agency", "report_id"),
)

clocks = Table(
    "clocks",
    metadata,
    Column("report_id", ID, primary_key=True),
    Column("kind", NAME, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("next_at", Moment, nullable=True),
    Column("stage", NAME, nullable=False),
    Column("ended_at", Moment, nullable=True),
    Column("rest", LargeBinary, nullable=False),
    Index(None, "next_at", **where("next_at IS NOT NULL")),
)
