"""The bell: what somebody was told, what they looked at, and what they want to be told of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import Any

from aiohttp import web

from core import bulletin
from core.bulletin import Line
from core.lines import words_of
from core.model.notice import Choices, NoticeKind, Pace, Way
from core.ports import Tx
from core.verification import find
from gateway.console.access import PUSHED, fields_of
from gateway.console.browsers import service_of
from gateway.console.guard import Call
from gateway.console.phrases import hour

LIST, SEEN, CHOICES = "/console/pemberitahuan", "/console/pemberitahuan/dilihat", "/console/pemberitahuan/pilihan"
AT_ONCE = 30
ID = re.compile(r"(?:[0-9a-f]{32})?")
PICTURES: Mapping[NoticeKind, tuple[str, str]] = MappingProxyType(
    {
        NoticeKind.NEW_REPORT: ("inbox", "ours"),
        NoticeKind.COPY: ("inbox", ""),
        NoticeKind.REPORTER_ANSWERED: ("inbox", "theirs"),
        NoticeKind.REQUEST: ("question", "theirs"),
        NoticeKind.REQUEST_DECIDED: ("check", "good"),
        NoticeKind.DEADLINE_NEAR: ("clock", "warned"),
        NoticeKind.OVERDUE: ("clock", "bad"),
        NoticeKind.ESCALATED: ("warning", "bad"),
        NoticeKind.INTERVENED: ("flag", "warned"),
    }
)


async def show_notices(call: Call) -> web.Response:
    """Newest first, by days; ``?before=`` goes on below."""
    before, office, staff = call.request.query.get("before", ""), call.console.office, call.staff
    if not ID.fullmatch(before):
        raise web.HTTPNotFound
    found = await call.console.store.read(
        lambda tx: bulletin.page(tx, staff, office=office, limit=AT_ONCE, before=before)
    )
    facts = {
        "section": "notices",
        "days": _days(call, found.lines),
        "more": f"{LIST}?before={found.next}" if found.next else "",
        "newest": found.lines[0].notice.id if found.lines and not before else "",
        "is_older": bool(before),
    }
    return call.page("notices.html", facts)


def _days(call: Call, lines: Sequence[Line]) -> Sequence[tuple[object, Sequence[Mapping[str, Any]]]]:
    """Each day of this person's zone, as it is headed, with its notices."""
    by_day = groupby(lines, lambda line: line.notice.at.astimezone(call.zone).date())
    return [(_heading(call, day, some[0]), [_shown(call, line) for line in some]) for day, some in _listed(by_day)]


def _listed(by_day: "groupby[date, Line]") -> Sequence[tuple[date, Sequence[Line]]]:
    return [(day, list(lines)) for day, lines in by_day]


def _heading(call: Call, day: date, first: Line) -> object:
    today = call.now.astimezone(call.zone).date()
    if day in (today, today - timedelta(days=1)):
        return call.t("notices.today" if day == today else "notices.yesterday")
    return call.pages.when(first.notice.at, call.zone, language=call.language, day_only=True)


def _shown(call: Call, line: Line) -> Mapping[str, Any]:
    notice, report = line.notice, line.report
    picture, tone = PICTURES[notice.kind]
    return {
        "words": call.t(f"notices.{notice.kind.value}"),
        "picture": picture,
        "tone": tone,
        "is_new": notice.seen_at is None,
        "at": hour(notice.at, call.zone),
        "number": report.tracking_id if report else "",
        "title": (report.title or words_of(report)) if report else "",
    }


async def see_notices(call: Call) -> web.StreamResponse:
    """All up to the newest that the list showed."""
    until, staff, now = (await fields_of(call.request)).get("until", ""), call.staff, call.now
    if not until or not ID.fullmatch(until):
        raise web.HTTPBadRequest
    await call.console.store.write(lambda tx: bulletin.see_all(tx, staff, now=now, until=until))
    raise web.HTTPSeeOther(LIST)


async def looking_at(call: Call, number: str) -> Call:
    """This person opens a report: what they were told about it is seen. Raises UnknownReport."""
    office, staff, now = call.console.office, call.staff, call.now

    def has_news(tx: Tx) -> bool:
        return tx.notices.unseen(staff.id, report_id=find(tx, number, staff, office=office).id) > 0

    if not call.visit.unseen or not await call.console.store.read(has_news):
        return call
    left = await call.console.store.write(lambda tx: bulletin.see_report(tx, number, staff, now=now))
    return replace(call, visit=replace(call.visit, unseen=left))


async def show_choices(call: Call) -> web.Response:
    """Kind by way, the pace of mails, and the browsers that are pushed to."""
    staff, here = call.staff, call.request.cookies.get(PUSHED, "")
    chosen, browsers = await call.console.store.read(
        lambda tx: (tx.notices.choices(staff.id), bulletin.browsers_of(tx, staff))
    )
    facts = {
        "section": "notices",
        "kinds": [(kind.value, [(way.value, chosen.wants(kind, way)) for way in Way]) for kind in NoticeKind],
        "ways": [way.value for way in Way],
        "paces": [(pace.value, pace is chosen.pace) for pace in Pace],
        "has_email": bool(staff.email),
        "push_key": call.console.push_key,
        "browsers": [(each, service_of(each.endpoint), each.id == here) for each in browsers],
        "message": call.t("notices.saved") if "disimpan" in call.request.query else "",
    }
    return call.page("notice_choices.html", facts)


async def save_choices(call: Call) -> web.StreamResponse:
    """A box that is not ticked is not sent: every kind is chosen anew."""
    fields, staff = await fields_of(call.request), call.staff
    try:
        pace = Pace(fields.get("pace", ""))
    except ValueError:
        raise web.HTTPBadRequest from None
    ways = {kind: frozenset(way for way in Way if f"{way.value}:{kind.value}" in fields) for kind in NoticeKind}
    await call.console.store.write(lambda tx: bulletin.choose(tx, staff, Choices(ways, pace)))
    raise web.HTTPSeeOther(f"{CHOICES}?disimpan=1")
