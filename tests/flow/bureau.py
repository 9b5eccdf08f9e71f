"""The report core with its people and a clock that is set by hand: what is done to reports over months, in seconds."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from core import changes, intake, verification
from core.ids import new_id
from core.intake import Offer
from core.model.clock import Clock, ClockKind
from core.model.lifecycle import Action, RequestKind, Role
from core.model.message import Accepted, Address
from core.model.people import Staff
from core.model.report import Event, FollowUpKind, HistoryEntry, Report, Request
from core.office import Office
from core.ports import Tx
from core.storage.store import SqlStore
from core.testing.builders import a_form
from core.testing.clocks import SettableClock
from core.verification import Disposition
from gateway.bootstrap import open_parts
from gateway.deadlines import run_due
from gateway.registry import find_channels
from gateway.settings import load_settings
from tests.core.by_hand import ZONES, at_local
from tests.flow.rig import Changes, write_config

Result = TypeVar("Result")
AGENCIES = {"Asia/Jakarta": "kota-bekasi", "Asia/Makassar": "kota-makassar", "Asia/Jayapura": "kab-jayapura"}
MIDNIGHT_AND_OPENING = (0, 8)


@dataclass
class Bureau:
    """A store, its rules, the time, and one national admin."""

    store: SqlStore
    office: Office
    config: Path
    clock: SettableClock
    admin: Staff = field(
        default_factory=lambda: Staff(new_id(), "sri", Role.NATIONAL_ADMIN, "", datetime(2026, 1, 1, tzinfo=UTC))
    )

    async def do(self, work: Callable[[Tx], Result]) -> Result:
        """A use case."""
        return await self.store.write(work)

    async def file(self, count: int = 1, *, at: datetime | None = None, agency: str = "kota-bekasi") -> list[str]:
        """New reports by form; their ids."""
        now = at or self.clock.now()
        offers = [Offer(_a_letter(now, agency), "api/default") for _ in range(count)]
        answers = await self.do(lambda tx: intake.accept_all(tx, offers, office=self.office, now=now))
        numbers = [a.report.tracking_id for a in answers if isinstance(a, Accepted) and a.report]
        found = await self.store.read(lambda tx: [tx.reports.find(number) for number in numbers])
        return [report.id for report in found if report]

    async def report(self, report_id: str) -> Report:
        """As it stands."""
        found = await self.store.read(lambda tx: tx.reports.get(report_id))
        assert found
        return found

    async def clocks(self, report_id: str) -> Sequence[Clock]:
        """All of a report."""
        return await self.store.read(lambda tx: tx.clocks.of(report_id))

    async def newest(self, report_id: str, kind: ClockKind) -> Clock:
        """The last one of a kind."""
        return [clock for clock in await self.clocks(report_id) if clock.kind is kind][-1]

    async def history(self, report_id: str, *events: Event) -> list[HistoryEntry]:
        """Its lines, of ``events`` only where any are named."""
        lines = await self.store.read(lambda tx: tx.history.of(report_id))
        return [line for line in lines if not events or line.event in events]

    async def run(self, at: datetime | None = None) -> int:
        """What the periodic job does."""
        return await run_due(self.store, self.office, now=at or self.clock.now())

    async def change(self, report_id: str, action: Action, event: Event, role: Role, **given: Any) -> None:
        """One change by the table of states."""
        now = self.clock.now()

        def work(tx: Tx) -> None:
            report = tx.reports.lock(report_id)
            cause = f"{report.id}:{report.version}"
            change = changes.Change(action, role, "budi", event, cause, **given)
            changes.apply(tx, report, change, office=self.office, now=now)

        await self.do(work)

    async def verify(self, report_id: str, *, supervised: bool = False, classification: str = "complaint") -> None:
        """Verify and dispose to the agency that it names."""
        report = await self.report(report_id)
        given = Disposition(agency=report.agency, classification=classification)
        if supervised:
            await self.do(lambda tx: tx.reports.save(replace(report, supervised=True)))
        await self.do(
            lambda tx: verification.verify(
                tx, report.tracking_id, given, self.admin, office=self.office, now=self.clock.now()
            )
        )

    async def ask(self, report_id: str) -> None:
        """Hold with a question."""
        number = (await self.report(report_id)).tracking_id
        await self.do(
            lambda tx: verification.ask(
                tx, number, "Di mana tepatnya?", self.admin, office=self.office, now=self.clock.now()
            )
        )

    async def answer(self, report_id: str) -> None:
        """The reporter writes."""
        await self.change(report_id, Action.ANSWER, Event.ANSWERED, Role.REPORTER)

    async def respond(self, report_id: str) -> None:
        """A first response of the agency."""
        await self.change(report_id, Action.FOLLOW_UP, Event.FOLLOWED_UP, Role.LIAISON_OFFICER)

    async def solve(self, report_id: str) -> None:
        """A substantive follow-up of the agency."""
        await self.change(
            report_id, Action.FOLLOW_UP, Event.FOLLOWED_UP, Role.LIAISON_OFFICER, kind=FollowUpKind.SUBSTANTIVE
        )

    async def hold(self, report_id: str) -> None:
        """The clock is held."""
        held = {"clock_held": True}
        await self.change(report_id, Action.HOLD_CLOCK, Event.CLOCK_HELD, Role.AGENCY_ADMIN, updates=held)

    async def release(self, report_id: str) -> None:
        """The clock is released."""
        held = {"clock_held": False}
        await self.change(report_id, Action.RELEASE_CLOCK, Event.CLOCK_RELEASED, Role.AGENCY_ADMIN, updates=held)

    async def request(self, report_id: str) -> None:
        """The agency asks to close it."""
        asked = Request(RequestKind.CLOSE, "budi", "kota-bekasi", "nasional", self.clock.now())
        await self.change(
            report_id, Action.REQUEST_CLOSE, Event.CLOSE_REQUESTED, Role.LIAISON_OFFICER, updates={"request": asked}
        )

    async def intervene(self, report_id: str) -> None:
        """An admin calls upon the agency."""
        await self.change(report_id, Action.INTERVENE, Event.INTERVENED, Role.AGENCY_ADMIN)

    async def satisfied(self, report_id: str) -> None:
        """The reporter closes it."""
        await self.change(report_id, Action.SATISFIED, Event.SATISFIED, Role.REPORTER)


def _a_letter(at: datetime, agency: str) -> Any:
    """Each from somebody else, about something else."""
    letter = a_form(f"Lampu jalan {new_id()} mati di depan rumah", at=at)
    assert letter.form
    return replace(letter, sender=Address("api", f"mitra:{new_id()}"), form=replace(letter.form, agency=agency))


def ticks(first: date, last: date) -> list[datetime]:
    """The moments of each day at which something may be due: midnight and eight o'clock in each zone."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return sorted(at_local(day, zone, hour) for day in days for zone in ZONES for hour in MIDNIGHT_AND_OPENING)


@asynccontextmanager
async def open_bureau(folder: Path, database_url: str, changed: Changes | None = None) -> AsyncIterator[Bureau]:
    """With a migrated database."""
    config = write_config(folder, database_url=database_url, changed=changed)
    specs = find_channels()
    async with open_parts(load_settings(config, environ={}, channels=specs), specs) as parts:
        bureau = Bureau(parts.store, parts.office, config, SettableClock())
        await parts.store.write(lambda tx: tx.people.add(bureau.admin))
        yield bureau
