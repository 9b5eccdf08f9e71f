"""Who on the staff is told of what by a change of a report."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pytest

from core import handling, requesting, verification
from core.handling import FollowUp, FollowUpKind
from core.model.lifecycle import Role
from core.model.notice import Choices, Notice, NoticeKind, Way
from core.ports import Tx
from core.verification import Disposition
from tests.flow.rig import Citizen, Town, number_in
from tests.flow.staff import OTHER_UNIT, REGION, UNIT, Clerk, clerk, sri

BRIDGE = "KAB. NGANJUK jembatan bambu di Dusun Sidorejo Desa Ngetos lapuk, anak sekolah dalam bahaya"
ANSWER = FollowUp(FollowUpKind.SUBSTANTIVE, "Jembatan diganti besok")


def _look(tx: Tx, *, staff_id: str, now: datetime) -> list[Notice]:
    """What somebody has not seen; now they have."""
    unseen = [notice for notice in tx.notices.of(staff_id, limit=50) if notice.seen_at is None]
    tx.notices.see(staff_id, at=now)
    return unseen


@dataclass
class Offices:
    """Everybody who may hear of a report: two at the region, two at the unit, one beside it."""

    town: Town
    nia: Clerk
    yusuf: Clerk
    slamet: Clerk
    tono: Clerk
    wati: Clerk

    @property
    def everybody(self) -> list[Clerk]:
        return [self.nia, self.yusuf, self.slamet, self.tono, self.wati, sri(self.town)]

    async def told(self) -> dict[str, list[NoticeKind]]:
        """What each has been told since they were asked last; who heard nothing is left out."""
        return {who: [n.kind for n in some] for who, some in (await self.notices()).items()}

    async def notices(self) -> dict[str, list[Notice]]:
        found, now = {}, self.town.parts.clock.now()
        for person in self.everybody:
            mine = partial(_look, staff_id=person.staff.id, now=now)
            if unseen := await self.town.parts.store.write(mine):
                found[person.staff.username] = unseen
        return found


@pytest.fixture
async def offices(town: Town) -> Offices:
    people = Offices(
        town,
        nia=clerk(town, "nia", Role.AGENCY_ADMIN, REGION),
        yusuf=clerk(town, "yusuf", Role.LIAISON_OFFICER, REGION),
        slamet=clerk(town, "slamet", Role.AGENCY_ADMIN, UNIT),
        tono=clerk(town, "tono", Role.LIAISON_OFFICER, UNIT),
        wati=clerk(town, "wati", Role.LIAISON_OFFICER, OTHER_UNIT),
    )
    hired = [person.staff for person in people.everybody[:-1]]
    await town.write(lambda tx: [tx.people.add(person) for person in hired])
    return people


@pytest.fixture
def siti(town: Town) -> Citizen:
    return town.citizen()


@pytest.fixture
async def arrived(offices: Offices, siti: Citizen) -> str:
    """Her report's number; it was routed to the region, and who heard of it has looked."""
    number = number_in(await siti.say(BRIDGE))
    await offices.told()
    return number


@pytest.fixture
async def disposed(offices: Offices, arrived: str) -> str:
    """The region disposed it to its unit."""
    await offices.nia.dispose(arrived, UNIT)
    await offices.told()
    return arrived


async def test_a_report_that_comes_in_is_told_to_those_who_verify(offices: Offices, siti: Citizen) -> None:
    await siti.say(BRIDGE)

    assert await offices.told() == {"nia": [NoticeKind.NEW_REPORT]}


async def test_a_report_without_an_agency_is_told_to_the_national_admins(offices: Offices, siti: Citizen) -> None:
    number = number_in(await siti.say("Lampu jalan padam di depan rumah saya sejak tiga hari lalu, gelap sekali"))
    await offices.town.quiet()

    told = await offices.told()

    assert (await offices.town.report(number)).agency in {"", "nasional"}
    assert set(told) <= {"sri"}


async def test_a_disposed_report_is_told_to_all_who_answer_in_the_unit(offices: Offices, arrived: str) -> None:
    await offices.nia.dispose(arrived, UNIT)

    assert await offices.told() == {"slamet": [NoticeKind.NEW_REPORT], "tono": [NoticeKind.NEW_REPORT]}


async def test_who_did_it_is_not_told(offices: Offices, arrived: str) -> None:
    await offices.nia.dispose(arrived, REGION)

    assert await offices.told() == {"yusuf": [NoticeKind.NEW_REPORT]}


async def test_copies_are_told_as_such(offices: Offices, arrived: str) -> None:
    await offices.nia.do(verification.verify, arrived, Disposition(UNIT, copies=(OTHER_UNIT,)))

    told = await offices.told()

    assert told.pop("wati") == [NoticeKind.COPY]
    assert set(told) == {"slamet", "tono"}


async def test_a_request_is_told_to_those_who_decide_it(offices: Offices, disposed: str) -> None:
    await offices.tono.do(requesting.not_mine, disposed, OTHER_UNIT, "Ini bantuan sosial")

    assert await offices.told() == {"nia": [NoticeKind.REQUEST]}


async def test_a_rejected_request_is_told_to_those_who_made_it(offices: Offices, disposed: str) -> None:
    await offices.tono.do(requesting.not_mine, disposed, OTHER_UNIT, "Ini bantuan sosial")
    await offices.told()

    await offices.nia.do(requesting.reject_request, disposed, "Jembatan urusan PUPR")

    assert await offices.told() == {"slamet": [NoticeKind.REQUEST_DECIDED], "tono": [NoticeKind.REQUEST_DECIDED]}


async def test_a_granted_request_is_told_to_both(offices: Offices, disposed: str) -> None:
    await offices.tono.do(requesting.not_mine, disposed, OTHER_UNIT, "Ini bantuan sosial")
    await offices.told()

    await offices.nia.dispose(disposed, "")

    assert await offices.told() == {
        "slamet": [NoticeKind.REQUEST_DECIDED],
        "tono": [NoticeKind.REQUEST_DECIDED],
        "wati": [NoticeKind.NEW_REPORT],
    }


async def test_an_answer_to_the_verifiers_question_is_told_to_the_verifiers(
    offices: Offices, siti: Citizen, arrived: str
) -> None:
    await offices.nia.do(verification.ask, arrived, "Jembatan yang mana?")
    await offices.told()

    await siti.tell(f"BALAS {arrived} Jembatan di RT 02 dekat SD Ngetos")

    assert await offices.told() == {"nia": [NoticeKind.REPORTER_ANSWERED]}


async def test_an_unsatisfied_reporter_is_told_to_who_answers(offices: Offices, siti: Citizen, disposed: str) -> None:
    await offices.tono.do(handling.follow_up, disposed, ANSWER)
    await offices.told()

    await siti.tell(f"BELUM {disposed} Jembatannya masih lapuk")

    assert await offices.told() == {
        "slamet": [NoticeKind.REPORTER_ANSWERED],
        "tono": [NoticeKind.REPORTER_ANSWERED],
    }


async def test_an_intervention_is_told_to_who_has_the_report(offices: Offices, disposed: str) -> None:
    await offices.nia.do(handling.intervene, disposed, "Segera ditindaklanjuti")

    assert await offices.told() == {"slamet": [NoticeKind.INTERVENED], "tono": [NoticeKind.INTERVENED]}


async def test_a_unit_without_staff_is_spoken_for_by_the_nearest_agency_above(offices: Offices, arrived: str) -> None:
    await sri(offices.town).dispose(arrived, "kab-nganjuk-dinas-pendidikan")

    assert await offices.told() == {"nia": [NoticeKind.NEW_REPORT], "yusuf": [NoticeKind.NEW_REPORT]}


async def test_what_someone_chose_decides_how_they_are_told(offices: Offices, arrived: str) -> None:
    chosen = Choices({NoticeKind.NEW_REPORT: frozenset({Way.PUSH})})
    tono = offices.tono.staff.id
    await offices.town.write(lambda tx: tx.notices.save_choices(tono, chosen))

    await offices.nia.dispose(arrived, UNIT)

    notices = await offices.notices()
    assert notices["tono"][0].mail_at is None
    assert notices["slamet"][0].mail_at is not None


async def test_what_nobody_needs_to_know_is_not_told(offices: Offices, siti: Citizen, disposed: str) -> None:
    await offices.tono.do(handling.follow_up, disposed, ANSWER)
    await siti.tell(f"STATUS {disposed}")

    assert await offices.told() == {}
