"""The watch over mentions: asks, hands in, waits; nothing is taken for done before it is committed."""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from channels.twitter.client import Client, NoAnswer, NoConnection, Problem
from channels.twitter.polling.accounts import WrongAccount, find_account
from channels.twitter.polling.backlog import Backlog
from channels.twitter.polling.cursor import Cursor, next_month, read_cursor
from channels.twitter.polling.deletions import Recent
from channels.twitter.polling.intaking import hand_in, make_ready
from channels.twitter.polling.standing import Standing
from channels.twitter.polling.threads import beside, read_above
from channels.twitter.reading.mapping import Account, map_deleted
from channels.twitter.reading.media import Gallery
from channels.twitter.reading.shapes import Page, read_page
from channels.twitter.sending.errors import waits
from channels.twitter.settings import TwitterSettings
from core.channel import Busy, Intake, Refused
from core.model.message import Inbound, Origin

log = logging.getLogger(__name__)
PAGE: Final = 100
FIRST_BACK_OFF: Final = 1.0
LONGEST_PAUSE: Final = 3600.0


@dataclass(slots=True)
class Watch:
    """One run of ``receive``. What it remembers is only what it would otherwise pay for twice."""

    settings: TwitterSettings
    client: Client
    gallery: Gallery
    intake: Intake
    standing: Standing
    account: Account | None = None
    backlog: Backlog = field(default_factory=Backlog)
    waiting: Sequence[Inbound] = ()
    target: Cursor = field(default_factory=Cursor)
    recent: Recent = field(default_factory=lambda: Recent(timedelta()))
    failures: int = 0

    async def run(self) -> None:
        """Until cancelled."""
        self.standing.cursor = read_cursor(await self.intake.cursor(), start_after=self.settings.start_after_id)
        self.recent = Recent(timedelta(minutes=self.settings.recheck_minutes))
        while True:
            pause = await self._try_round()
            await asyncio.sleep(pause)

    async def _try_round(self) -> float:
        """One look at X; the seconds until the next."""
        try:
            pause = await self._round()
        except Busy as busy:
            return busy.retry_after.total_seconds()
        except (NoConnection, NoAnswer) as error:
            self.standing.lost(str(error))
            return self._back_off()
        except WrongAccount as error:
            self.standing.turned_away(str(error))
            return self._back_off()
        except Problem as problem:
            return self._refused(problem)
        self.failures = 0
        return pause

    async def _round(self) -> float:
        if self.account is None:
            self.account = await find_account(self.client, self.settings)
        if self.waiting:
            return await self._deliver()
        now = datetime.now(UTC)
        if not self.backlog.pages and self.standing.meter(now).spent(self.settings.monthly_read_quota):
            return self._spent(now)
        await self.backlog.fetch(self._ask)
        self.standing.reached()
        self._mind_the_gap()
        await self._prepare(self.account)
        pause = await self._deliver()
        if self.waiting:
            return pause
        await self._recheck()
        self._mind_the_quota()
        return pause

    async def _ask(self, until_id: str, token: str) -> Page:
        account = self.account.id if self.account else ""
        since = self.standing.cursor.since_id
        answer = await self.client.mentions(account, since_id=since, until_id=until_id, token=token, most=PAGE)
        return self._counted(read_page(answer))

    def _counted(self, page: Page) -> Page:
        meter = self.standing.meter()
        self.standing.cursor = replace(self.standing.cursor, meter=replace(meter, reads=meter.reads + page.posts))
        return page

    async def _prepare(self, account: Account) -> None:
        """From pages to messages. Afterwards they are kept here until the core has them."""
        backlog = self.backlog
        if backlog.tweets:
            await self._read_above()
            now = datetime.now(UTC)
            self.waiting = await make_ready(
                backlog.tweets,
                backlog.includes,
                account=account,
                intake=self.intake,
                gallery=self.gallery,
                now=now,
            )
        self.target = self.standing.cursor.past(backlog.newest_id)
        self.backlog = Backlog()

    async def _read_above(self) -> None:
        """Threads cost extra: they are done without when the month's quota runs short, or when X does not answer."""
        if self._is_frugal():
            return
        backlog, levels = self.backlog, self.settings.context_levels
        try:
            pages = await read_above(self.client, backlog.tweets, backlog.includes, levels=levels)
        except (NoConnection, NoAnswer, Problem) as error:
            log.warning("A thread could not be read", extra={"channel": "twitter", "why": str(error)})
            return
        for page in pages:
            backlog.includes |= self._counted(page).includes | beside(page)

    async def _deliver(self) -> float:
        """Into the core; the pause until the next look. Where it is busy nothing new is asked for."""
        cursor = str(replace(self.target, meter=self.standing.meter()))
        left = await hand_in(self.waiting, self.intake, cursor=cursor)
        self._look_again_at(self.waiting, but=left.messages)
        self.waiting = left.messages
        if left.messages:
            return left.pause.total_seconds()
        self.standing.cursor = replace(self.target, meter=self.standing.meter())
        return self.settings.poll_seconds

    def _look_again_at(self, offered: Sequence[Inbound], *, but: Sequence[Inbound]) -> None:
        """What has words or pictures of its own may be taken back."""
        now, left = datetime.now(UTC), {one.external_id for one in but}
        for one in offered:
            if one.origin is Origin.PERSON and (one.text or one.attachments) and one.external_id not in left:
                self.recent.add(one.external_id, one.sender.value, now=now)

    async def _recheck(self) -> None:
        """Who took a tweet back does not want it to be seen."""
        now = datetime.now(UTC)
        for ids in () if self._is_frugal() else self.recent.due(now=now):
            page = self._counted(read_page(await self.client.tweets(ids)))
            for gone in page.missing.intersection(ids):
                await self._take_back(gone, now=now)

    async def _take_back(self, tweet: str, *, now: datetime) -> None:
        try:
            await self.intake.accept(map_deleted(tweet, self.recent.author(tweet), at=now))
        except Refused:
            log.warning("The core does not take a deletion", extra={"channel": "twitter", "tweet": tweet})
        self.recent.forget(tweet)

    def _is_frugal(self) -> bool:
        quota, now = self.settings.monthly_read_quota, datetime.now(UTC)
        meter = self.standing.meter(now)
        return meter.is_almost_spent(quota) or meter.is_fast(quota, now=now)

    def _mind_the_gap(self) -> None:
        """Said until a restart: somebody must look at the mentions by hand."""
        if self.backlog.has_gap and self.standing.cursor.since_id:
            since, oldest = self.standing.cursor.since_id, self.backlog.oldest_id
            words = f"X shows no more than 800 mentions: some between tweets {since} and {oldest} may be missing"
            self.standing.note("gap", words, level=logging.ERROR)

    def _mind_the_quota(self) -> None:
        self.standing.over("spent")
        self.standing.over("limit")
        quota = self.settings.monthly_read_quota
        if self.standing.meter().is_almost_spent(quota):
            self.standing.note("almost", "80 % of twitter.monthly_read_quota is used: threads and deletions wait")
        elif self._is_frugal():
            self.standing.note("almost", "twitter.monthly_read_quota will not last: threads and deletions wait")
        else:
            self.standing.over("almost")

    def _spent(self, now: datetime) -> float:
        """Replies still go out; mentions wait for the next month or a larger quota."""
        self.standing.reached()
        words = "mentions are not read until next month: raise twitter.monthly_read_quota"
        self.standing.note("spent", words, level=logging.ERROR)
        return min((next_month(now) - now).total_seconds() + 1, LONGEST_PAUSE)

    def _refused(self, problem: Problem) -> float:
        """A limit is waited for; of anything else an operator is told, and it is tried again."""
        pause = waits(problem, now=datetime.now(UTC))
        if problem.status == 429:
            self.standing.reached()
            self.standing.note("limit", "X asks to wait: a limit of the API, or the app's own monthly cap, is reached")
            return min(pause.total_seconds(), LONGEST_PAUSE)
        remedy = REMEDIES.get(problem.status, "see the API's status page")
        self.standing.turned_away(f"X answers {problem.status}: {remedy}")
        return self._back_off()

    def _back_off(self) -> float:
        """1, 2, 4 … seconds with some chance in it, never longer than the settings say."""
        self.failures = min(self.failures + 1, 30)
        longest = self.settings.back_off_max_seconds
        return min(FIRST_BACK_OFF * 2.0 ** (self.failures - 1), longest) * (0.5 + random.random() / 2)  # noqa: S311


REMEDIES: Final = {
    401: "check twitter.bearer_token and the four keys",
    402: "the account has no credit left: top it up in the developer console",
    403: "the app may not read mentions: check its project and permissions in the developer console",
    404: "check twitter.user_id and twitter.base_url",
}
