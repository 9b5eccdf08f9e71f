"""Who on the staff hears of a change: written in the transaction of the change, sent afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType

from core.model.lifecycle import ADMINS, NEW, PENDING, Role
from core.model.notice import Notice, NoticeKind, Pace, Recipient, Way
from core.model.report import Event, Report
from core.office import Office
from core.ports import Tx

ANSWERING = ADMINS | {Role.LIAISON_OFFICER}
GATHERING = timedelta(minutes=2)
MORNING = time(7, 0)

TOLD: Mapping[Event, NoticeKind] = MappingProxyType(
    {
        Event.ROUTED: NoticeKind.NEW_REPORT,
        Event.DELEGATED: NoticeKind.NEW_REPORT,
        Event.VERIFIED: NoticeKind.NEW_REPORT,
        Event.FORWARDED: NoticeKind.NEW_REPORT,
        Event.ANSWERED: NoticeKind.REPORTER_ANSWERED,
        Event.UNSATISFIED: NoticeKind.REPORTER_ANSWERED,
        Event.NOT_MINE_REQUESTED: NoticeKind.REQUEST,
        Event.HOLD_REQUESTED: NoticeKind.REQUEST,
        Event.RELEASE_REQUESTED: NoticeKind.REQUEST,
        Event.CLOSE_REQUESTED: NoticeKind.REQUEST,
        Event.REOPEN_REQUESTED: NoticeKind.REQUEST,
        Event.REQUEST_REJECTED: NoticeKind.REQUEST_DECIDED,
        Event.INTERVENED: NoticeKind.INTERVENED,
    }
)
"""What an event means for whoever has the report; events that are not here are nobody's news."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell the people of one agency. ``actor`` did it and knows."""

    kind: NoticeKind
    agency: str
    roles: frozenset[Role]
    actor: str = ""


def announce(tx: Tx, before: Report, after: Report, event: Event, *, actor: str, office: Office, now: datetime) -> None:
    """Tell everybody whom a change of a report concerns."""
    for news in _news(before, after, event, actor):
        tell_staff(tx, after, news, office=office, now=now)


def _news(before: Report, after: Report, event: Event, actor: str) -> list[News]:
    kind = TOLD.get(event)
    told = [News(kind, _concerned(before, after, kind), _roles(after, kind), actor)] if kind else []
    if before.request and not after.request and event is not Event.REQUEST_REJECTED:
        told.append(News(NoticeKind.REQUEST_DECIDED, before.request.agency, ANSWERING, actor))
    new_copies = [agency for agency in after.copies if agency not in before.copies]
    return told + [News(NoticeKind.COPY, agency, ANSWERING, actor) for agency in new_copies]


def _concerned(before: Report, after: Report, kind: NoticeKind) -> str:
    """The agency that a request waits for, that made it, or that has the report."""
    if kind is NoticeKind.REQUEST and after.request:
        return after.request.decider
    if kind is NoticeKind.REQUEST_DECIDED and before.request:
        return before.request.agency
    return after.agency


def _roles(report: Report, kind: NoticeKind) -> frozenset[Role]:
    """Only admins decide."""
    return ADMINS if kind is NoticeKind.REQUEST else answering(report)


def answering(report: Report) -> frozenset[Role]:
    """Who works on a report in its state: only admins verify."""
    return ADMINS if report.state in NEW | PENDING else ANSWERING


def tell_staff(tx: Tx, report: Report, news: News, *, office: Office, now: datetime) -> int:
    """Write the notices; how many. An agency without such staff is spoken for by the nearest one above it."""
    people = _audience(tx, news, office)
    told = [_notice(person, report, news, office=office, now=now) for person in people if person.username != news.actor]
    tx.notices.add(told)
    return len(told)


def _audience(tx: Tx, news: News, office: Office) -> list[Recipient]:
    agency = news.agency or office.directory.root
    for each in (agency, *(above.id for above in office.directory.ancestors(agency))):
        if people := tx.notices.audience(each, news.roles, national=each == office.directory.root):
            return list(people)
    return []


def _notice(person: Recipient, report: Report, news: News, *, office: Office, now: datetime) -> Notice:
    mails = person.choices.wants(news.kind, Way.EMAIL)
    return Notice(
        id=office.new_id(),
        staff_id=person.staff_id,
        kind=news.kind,
        report_id=report.id,
        at=now,
        mail_at=mail_time(now, person.choices.pace, agency=news.agency, office=office) if mails else None,
        push_at=now if person.choices.wants(news.kind, Way.PUSH) else None,
    )


def mail_time(now: datetime, pace: Pace, *, agency: str, office: Office) -> datetime:
    """Soon: after a moment in which more may come. Daily: at seven on the next working day of the agency."""
    if pace is Pace.SOON:
        return now + GATHERING
    zone = office.zone(agency)
    day = now.astimezone(zone)
    morning = datetime.combine(day.date(), MORNING, zone)
    while morning <= now or not office.calendar.is_working_day(morning.date()):
        morning = datetime.combine(morning.date() + timedelta(days=1), MORNING, zone)
    return morning
