"""How a message becomes a report and how a reply is written: values in, values out."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from core.model.dialogue import Offer
from core.model.lifecycle import State
from core.model.message import FiledReport, Form, Inbound, Lane, Outbound, Reachable
from core.model.network import Postbox
from core.model.report import Event, HistoryEntry, Report
from core.model.work import OutboxState, Reply
from core.offering import write_with_choices
from core.office import Office
from core.publicity import Written, write
from core.replies import UNKNOWN_AGENCY
from core.tracking import show

SYSTEM = "system"
REPORTER = "reporter"
SAID = tuple(each.name for each in fields(Form) if each.name != "agency")


def new_report(
    inbound: Inbound,
    *,
    office: Office,
    report_id: str,
    tracking_id: str = "",
    text: str = "",
    missing: tuple[int, ...] = (),
) -> Report:
    """A report as it is born: unverified, its clock running since it was received."""
    form = inbound.form or Form()
    words = text or inbound.text
    agency = _agency_id(form.agency, office)
    return Report(
        id=report_id,
        tracking_id=tracking_id,
        state=State.UNVERIFIED,
        channel=inbound.channel,
        connection=inbound.connection,
        route=tuple(inbound.route.items()),
        reporter=inbound.sender,
        received_at=inbound.received_at,
        verify_by=office.deadline(inbound.received_at, office.terms.verify_days, agency),
        text=words,
        original_text=words,
        agency=agency,
        attachments=inbound.attachments,
        parts_missing=missing,
        context=inbound.context,
        marks=inbound.marks,
        **_said(form) | ({"title": inbound.title} if inbound.title and not form.title else {}),
    )


def _said(form: Form) -> dict[str, Any]:
    """What a report takes from a form as it stands there: the fields that both have."""
    return {name: getattr(form, name) for name in SAID}


def _agency_id(words: str, office: Office) -> str:
    """A form may name an agency by id or name; what names none leaves the choice to the verifier."""
    known = (office.directory.agency(words) or office.directory.find(words)) if words else None
    return known.id if known else ""


def received(report: Report, *, at: datetime) -> HistoryEntry:
    """The first line of a report's history, by whoever wrote the report down: its reporter or a member of staff."""
    return HistoryEntry(
        report_id=report.id,
        number=1,
        at=at,
        event=Event.RECEIVED,
        actor=report.entered_by or REPORTER,
        state=report.state,
        text=report.original_text,
        context=report.context,
    )


def filed(report: Report, *, pin: str) -> FiledReport:
    """What a form's sender is told at once."""
    return FiledReport(tracking_id=report.tracking_id, state=report.state.value, verify_by=report.verify_by, pin=pin)


def facts_of(report: Report, office: Office) -> dict[str, str]:
    """What any reply may say of a report: its number, state, agency and the date of the next deadline, in the language
    that the office speaks.
    """
    agency = office.directory.agency(report.agency) if report.agency else None
    zone = office.zone(report.agency)
    deadline = report.follow_up_by or report.verify_by
    return {
        "nomor": show(report.tracking_id),
        "status": office.replies.label(report.state),
        "instansi": agency.name if agency else office.replies.label(UNKNOWN_AGENCY),
        "tanggal": office.replies.date(deadline.astimezone(zone)),
    }


def reply_about(
    report: Report,
    event: str,
    *,
    office: Office,
    cause: str,
    now: datetime,
    facts: Mapping[str, str] | None = None,
    lane: Lane = Lane.ORDINARY,
) -> Reply:
    """A reply to the reporter of ``report``, on the channel it came from or, where that cannot send, on one that
    reaches their address. ``cause`` makes it the only one of its kind.
    """
    return reply_by(
        _way_to(report, office),
        report,
        event,
        office=office,
        cause=f"{cause}:{report.id}",
        now=now,
        facts=facts,
        lane=lane,
    )


def _way_to(report: Report, office: Office) -> Reachable:
    if report.way is not None and report.way.channel in office.capabilities:
        return report.way
    post = postbox_of(report, office)
    if post is None:
        return Reachable(report.reporter, report.channel, report.connection, dict(report.route))
    return Reachable(report.reporter, post.channel, post.connection)


def postbox_of(report: Report, office: Office) -> Postbox | None:
    """Where the reporter of a report is written to when its own channel sends nothing; None for its own channel."""
    return None if office.capabilities[report.channel].sends else office.postbox(report.reporter)


def reply_to(
    inbound: Inbound,
    event: str,
    *,
    office: Office,
    cause: str,
    now: datetime,
    facts: Mapping[str, str] | None = None,
    report_id: str = "",
    secret: bool = False,
    lane: Lane = Lane.FIRST,
) -> Reply:
    """A reply to whoever sent ``inbound``, on its own route and in the language that the office speaks: somebody is
    waiting for it. ``secret``: the report is.
    """
    return _reply(
        Reachable(inbound.sender, inbound.channel, inbound.connection, inbound.route),
        event,
        dict(facts or {}),
        office=office,
        cause=cause,
        report_id=report_id,
        secret=secret,
        now=now,
        lane=lane,
    )


def reply_by(
    way: Reachable,
    report: Report,
    event: str,
    *,
    office: Office,
    cause: str,
    now: datetime,
    facts: Mapping[str, str] | None = None,
    lane: Lane = Lane.ORDINARY,
) -> Reply:
    """A reply about ``report`` that goes ``way``, in the report's language, whatever channel it came from."""
    spoken = office.speaking(report.language)
    return _reply(
        way,
        event,
        facts_of(report, spoken) | _in_words(facts or {}, spoken),
        office=spoken,
        cause=cause,
        report_id=report.id,
        secret=report.secret,
        now=now,
        lane=lane,
    )


def _in_words(facts: Mapping[str, str], office: Office) -> dict[str, str]:
    """``sebab``, an ArchiveReason, is said before the officer's own words."""
    if "sebab" not in facts:
        return dict(facts)
    return dict(facts) | {"alasan": f"{office.replies.label(facts['sebab'])}. {facts['alasan']}"}


def _reply(
    way: Reachable,
    event: str,
    facts: Mapping[str, str],
    *,
    office: Office,
    cause: str,
    report_id: str,
    secret: bool,
    now: datetime,
    lane: Lane,
) -> Reply:
    capabilities = office.capabilities[way.channel]
    written = write(office.replies, event, facts, channel=way.channel, capabilities=capabilities, secret=secret)
    reply = reply_with(written, way, event, office=office, cause=f"{event}:{cause}", report_id=report_id, now=now)
    return replace(reply, outbound=replace(reply.outbound, lane=lane))


def reply_in_talk(
    way: Reachable,
    event: str,
    *,
    office: Office,
    cause: str,
    now: datetime,
    facts: Mapping[str, str],
    offers: Sequence[Offer] = (),
) -> Reply:
    """What the bot says in a talk, with what can be chosen instead of written."""
    capabilities = office.capabilities[way.channel]
    written, choices = write_with_choices(
        office.replies, event, facts, channel=way.channel, capabilities=capabilities, offers=offers
    )
    reply = reply_with(written, way, event, office=office, cause=f"{event}:{cause}", report_id="", now=now)
    return replace(reply, outbound=replace(reply.outbound, lane=Lane.FIRST, choices=choices))


def reply_with(
    written: Written, way: Reachable, event: str, *, office: Office, cause: str, report_id: str, now: datetime
) -> Reply:
    """A reply whose words are there already."""
    reply_id = office.new_id()
    outbound = Outbound(
        id=reply_id,
        channel=way.channel,
        connection=way.connection,
        to=way.address,
        text=written.text,
        private=written.private,
        route=way.route,
        language=office.replies.language,
    )
    return Reply(
        id=reply_id,
        cause=cause,
        event=event,
        outbound=outbound,
        report_id=report_id,
        state=OutboxState.PENDING if office.capabilities[way.channel].sends else OutboxState.AVAILABLE,
        not_before=now,
        created_at=now,
    )
