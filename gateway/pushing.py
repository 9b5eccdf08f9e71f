"""Sends due notices to staff: to their phones here, by mail through the outbox."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import aiohttp

from core.mailing import write_mails
from core.model.notice import Notice, NoticeKind, Subscription
from core.office import Office
from core.ports import Clock, Store, Tx
from core.tracking import show
from gateway.push import Pushed, PushKey, send_push
from gateway.rounds import keep_doing

log = logging.getLogger(__name__)

TOGETHER = 200
LEASE = timedelta(minutes=5)
MANY = 3
MOST_FAILURES = 20
REPORT = "/console/laporan/{}"
ALL = "/console/pemberitahuan"


@dataclass(frozen=True, slots=True)
class Messenger:
    """What sending notices needs."""

    store: Store
    clock: Clock
    office: Office
    key: PushKey
    contact: str

    async def run(self, *, every: timedelta) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession(trust_env=False) as session:
            await keep_doing(partial(self.once, session), every=every, what="notices")

    async def once(self, session: aiohttp.ClientSession) -> None:
        """Send what is due by mail and by push. Raises Unavailable."""
        await self.write_mails()
        await self.send_due(session)

    async def write_mails(self) -> int:
        """Put what is due by mail into the outbox; how many mails."""
        now = self.clock.now()
        return await self.store.write(lambda tx: write_mails(tx, office=self.office, now=now, limit=TOGETHER))

    async def send_due(self, session: aiohttp.ClientSession) -> int:
        """Push what is due; how many notices. A crash in between sends them again after a while, with the same tag."""
        now = self.clock.now()
        due = await self.store.write(lambda tx: _take(tx, self.clock, TOGETHER))
        if due.notices:
            log.info("Notices are pushed", extra={"notices": len(due.notices), "at": now.isoformat()})
        outcomes = await asyncio.gather(*(self._push(session, to, due) for to in due.browsers))
        await self.store.write(lambda tx: _settle(tx, due, outcomes))
        return len(due.notices)

    async def _push(self, session: aiohttp.ClientSession, to: Subscription, due: "Due") -> Pushed:
        """All that is due for one browser; the worst answer counts."""
        mine = [notice for notice in due.notices if notice.staff_id == to.staff_id]
        said = [
            await send_push(session, to, message, key=self.key, contact=self.contact)
            for message in messages_of(mine, due.numbers, office=self.office)
        ]
        return next((worst for worst in (Pushed.GONE, Pushed.LATER, Pushed.REFUSED) if worst in said), Pushed.SENT)


@dataclass(frozen=True, slots=True)
class Due:
    """Notices to push, the browsers of those they are for, and the reports' numbers by id."""

    notices: Sequence[Notice]
    browsers: Sequence[Subscription]
    numbers: Mapping[str, str]


def _take(tx: Tx, clock: Clock, limit: int) -> Due:
    notices = tx.notices.take_pushes(now=clock.now(), lease=LEASE, limit=limit)
    reports = tx.reports.some({notice.report_id for notice in notices})
    browsers = tx.notices.subscriptions({notice.staff_id for notice in notices}) if notices else ()
    return Due(notices, browsers, {report.id: report.tracking_id for report in reports})


def _settle(tx: Tx, due: Due, outcomes: Sequence[Pushed]) -> None:
    """Whoever has a browser that could not be reached is tried again; a browser that never answers is forgotten."""
    later = set()
    for browser, outcome in zip(due.browsers, outcomes, strict=True):
        if outcome is Pushed.GONE or browser.failures >= MOST_FAILURES:
            tx.notices.unsubscribe(browser.id)
        elif outcome is not Pushed.SENT:
            tx.notices.note_failure(browser.id)
            later |= {browser.staff_id} if outcome is Pushed.LATER else set()
    tx.notices.settle_pushes([notice.id for notice in due.notices if notice.staff_id not in later])


def messages_of(notices: Sequence[Notice], numbers: Mapping[str, str], *, office: Office) -> list[dict[str, str]]:
    """What a phone shows: a few notices of one kind one by one, many as their number. No word of a citizen in it."""
    by_kind: dict[NoticeKind, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_kind[notice.kind].append(notice)
    return [message for kind, some in by_kind.items() for message in _of_kind(kind, some, numbers, office)]


def _of_kind(
    kind: NoticeKind, notices: Sequence[Notice], numbers: Mapping[str, str], office: Office
) -> list[dict[str, str]]:
    words = office.replies.notice(kind)
    if len(notices) > MANY:
        return [{"title": words, "body": f"{len(notices)} laporan", "url": ALL, "tag": kind.value}]
    return [
        {
            "title": words,
            "body": f"Laporan {show(number)}",
            "url": REPORT.format(number),
            "tag": f"{kind.value}:{number}",
        }
        for notice in notices
        if (number := numbers.get(notice.report_id))
    ]
