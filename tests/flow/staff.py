"""People who work on reports, in the rig's town."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from core import verification
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.model.report import HistoryEntry, Report
from core.verification import Disposition
from tests.flow.rig import Town

Result = TypeVar("Result")

REGION, UNIT, OTHER_UNIT = "kab-nganjuk", "kab-nganjuk-dinas-pupr", "kab-nganjuk-dinas-sosial"
ELSEWHERE = "kota-bekasi"


@dataclass(frozen=True)
class Clerk:
    """Somebody at work. ``do`` runs a use case: ``await nia.do(handling.close, number, "Selesai")``."""

    town: Town
    staff: Staff

    async def do(self, act: Callable[..., Result], number: str, *given: Any, **more: Any) -> Result:
        """As this person, now; returns when every reply is sent."""
        office, now = self.town.parts.office, self.town.parts.clock.now()
        return await self.town.write(lambda tx: act(tx, number, *given, self.staff, office=office, now=now, **more))

    async def dispose(self, number: str, agency: str, **more: Any) -> Report:
        """Verify and dispose."""
        return await self.do(verification.verify, number, Disposition(agency, **more))


def clerk(town: Town, username: str, role: Role, agency: str = "") -> Clerk:
    """A member of staff."""
    return Clerk(town, Staff(new_id(), username, role, agency, datetime.now(UTC)))


def nia(town: Town) -> Clerk:
    """The region's admin."""
    return clerk(town, "nia", Role.AGENCY_ADMIN, REGION)


def tono(town: Town) -> Clerk:
    """The unit's officer."""
    return clerk(town, "tono", Role.LIAISON_OFFICER, UNIT)


def sri(town: Town) -> Clerk:
    """The national admin."""
    return Clerk(town, town.admin)


async def lines(town: Town, number: str) -> list[HistoryEntry]:
    """The history, whose chain must hold."""
    report = await town.report(number)
    assert await town.read(lambda tx: list(tx.history.broken(report.id))) == []
    return list(await town.read(lambda tx: tx.history.of(report.id)))
