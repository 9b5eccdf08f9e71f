"""Values as they occur in Indonesia, whole and valid, so that a test names only what it is about."""

import secrets
from datetime import datetime, timedelta
from hashlib import blake2b

from core.ids import new_id
from core.model.lifecycle import Role, State
from core.model.message import Address, Form, Inbound, Lane, Outbound, Part
from core.model.people import Staff
from core.model.report import Event, HistoryEntry, Report
from core.model.work import Job, JobKind, Link, LinkDecision, LinkKind, Outcome, Reply, StoredMessage
from core.testing.clocks import MONDAY_MORNING
from core.tracking import new_tracking_id

SITI = Address("tel", "6281234567890")
BUDI = Address("tel", "6285711122233")
VISITOR = Address("web", "5m3k0v9c2q7x1t8b")
COMPLAINT = "Jalan Raya Serpong KM 7 depan pasar berlubang sedalam 30 cm, sudah dua motor jatuh. Mohon diperbaiki 🙏"


def an_sms(
    text: str = COMPLAINT,
    *,
    sender: Address = SITI,
    external_id: str = "",
    connection: str = "telkomsel",
    at: datetime = MONDAY_MORNING,
    part: Part | None = None,
) -> Inbound:
    """A message to 1708; without ``external_id`` it gets a new one. Equal words of one sender have an equal
    fingerprint.
    """
    said = f"{sender.value}|{text}|{part}"
    return Inbound(
        channel="sms",
        connection=connection,
        external_id=external_id or new_id(),
        sender=sender,
        received_at=at,
        text=text,
        fingerprint=blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest(),
        route={"operator": connection, "short_code": "1708"},
        part=part,
        raw=text.encode("utf-16-be", "surrogatepass"),
    )


def a_chat_message(
    text: str = COMPLAINT, *, sender: Address = VISITOR, external_id: str = "", at: datetime = MONDAY_MORNING
) -> Inbound:
    """What a visitor of a web page writes in the chat; without ``external_id`` it gets a new one."""
    return Inbound(
        channel="webchat",
        external_id=external_id or new_id(),
        sender=sender,
        received_at=at,
        text=text,
        fingerprint=blake2b(f"{sender.value}|{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest(),
        route={"talk": sender.value},
    )


def a_piece(text: str, *, number: int, total: int, group: str = "", sender: Address = SITI) -> Inbound:
    """One piece of a long SMS; pieces belong together by their ``group``, or by their sender where none is given."""
    return an_sms(text, sender=sender, part=Part(group or group_of(sender), number, total))


def group_of(sender: Address) -> str:
    """The group of pieces that ``a_piece`` gives a sender: a digest, as groups are stored in the clear."""
    return blake2b(sender.value.encode(), digest_size=16).hexdigest()


def a_form(
    text: str = COMPLAINT,
    *,
    external_id: str = "",
    title: str = "Jalan berlubang di Serpong",
    at: datetime = MONDAY_MORNING,
) -> Inbound:
    """A structured report as a partner's program posts it."""
    return Inbound(
        channel="api",
        external_id=external_id or new_id(),
        sender=Address("api", "mitra-tangsel:siti"),
        received_at=at,
        text=text,
        fingerprint=blake2b(f"{title}|{text}".encode(), digest_size=16).digest(),
        form=Form(
            title=title,
            classification="complaint",
            place="Serpong, Kota Tangerang Selatan",
            reporter_name="Siti Rahmawati",
            reporter_phone="081234567890",
            reporter_email="siti.rahmawati@example.com",
        ),
    )


def stored(
    message: Inbound, *, outcome: Outcome = Outcome.NONE, message_id: str = "", report_id: str = ""
) -> StoredMessage:
    """The message as the core keeps it."""
    return StoredMessage(id=message_id or new_id(), inbound=message, outcome=outcome, report_id=report_id)


def a_report(
    text: str = COMPLAINT,
    *,
    report_id: str = "",
    tracking_id: str = "",
    reporter: Address = SITI,
    state: State = State.UNVERIFIED,
    at: datetime = MONDAY_MORNING,
    verify_by: datetime | None = None,
    priority: bool = False,
) -> Report:
    """A report that came by SMS and waits for verification, unless told otherwise."""
    return Report(
        id=report_id or new_id(),
        tracking_id=tracking_id or new_tracking_id(secrets.randbelow),
        state=state,
        channel="sms",
        connection="telkomsel",
        reporter=reporter,
        reporter_name="Siti Rahmawati",
        received_at=at,
        verify_by=verify_by or at + timedelta(days=3),
        text=text,
        original_text=text,
        place="Serpong, Kota Tangerang Selatan",
        priority=priority,
    )


def a_line(
    report: Report, text: str = "", *, event: Event = Event.RECEIVED, at: datetime = MONDAY_MORNING
) -> HistoryEntry:
    """A line for the history of ``report``, not yet numbered."""
    return HistoryEntry(
        report_id=report.id, number=0, at=at, event=event, actor="system", state=report.state, text=text
    )


def a_reply(
    text: str = "Laporan 4821 093 756 kami terima. PIN 482913.",
    *,
    reply_id: str = "",
    cause: str = "",
    report_id: str = "",
    to: Address = SITI,
    connection: str = "telkomsel",
    lane: Lane = Lane.ORDINARY,
    at: datetime = MONDAY_MORNING,
) -> Reply:
    """An SMS reply that is due at ``at``; without ``cause`` nothing else has the same one."""
    known = reply_id or new_id()
    outbound = Outbound(id=known, channel="sms", to=to, text=text, connection=connection, lane=lane)
    return Reply(
        id=known,
        cause=cause or f"cause:{known}",
        event="received",
        outbound=outbound,
        report_id=report_id,
        not_before=at,
        created_at=at,
    )


def a_job(
    kind: JobKind = JobKind.CONVERSE, *, job_id: str = "", subject: str = "", due: datetime = MONDAY_MORNING
) -> Job:
    """A step that is due at ``due``."""
    return Job(id=job_id or new_id(), kind=kind, subject=subject or new_id(), not_before=due)


def a_link(
    first_report: str, *, report_id: str, decision: LinkDecision = LinkDecision.LINKED, at: datetime = MONDAY_MORNING
) -> Link:
    """Another person's report of the same event."""
    return Link(
        id=new_id(),
        kind=LinkKind.SAME_EVENT,
        decision=decision,
        first_report=first_report,
        report_id=report_id,
        score=93.5,
        at=at,
        reasons=("kata yang sama: jalan, berlubang, serpong",),
    )


def an_admin(username: str = "dewi.lestari", *, name: str = "Dewi Lestari") -> Staff:
    """An agency admin."""
    return Staff(
        id=new_id(),
        username=username,
        role=Role.AGENCY_ADMIN,
        agency="pemkot-tangsel",
        created_at=MONDAY_MORNING,
        name=name,
        password_hash="$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",  # noqa: S106 - of no real password
    )
