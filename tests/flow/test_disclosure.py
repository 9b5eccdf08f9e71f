"""Who a reporter is: shown by permission, and hidden identities only for a reason that is kept."""

import pytest

from core import disclosure
from core.disclosure import HIDDEN, contact_of
from core.model.lifecycle import NotAllowed, Role
from core.model.report import Event
from core.verification import Incomplete, UnknownReport
from tests.flow.rig import Citizen, Town, number_in
from tests.flow.staff import ELSEWHERE, UNIT, Clerk, clerk, lines, nia, sri, tono

BRIDGE = "KAB. NGANJUK jembatan bambu di Dusun Sidorejo Desa Ngetos lapuk, anak sekolah dalam bahaya"
REASON = "Dipanggil sebagai saksi oleh Inspektorat"


@pytest.fixture
def siti(town: Town) -> Citizen:
    """A reporter."""
    return town.citizen()


async def disposed(town: Town, siti: Citizen, **flags: bool) -> str:
    """Her report at the unit."""
    number = number_in(await siti.say(BRIDGE))
    await nia(town).dispose(number, UNIT, **flags)
    return number


async def seen_by(who: Clerk, number: str) -> str:
    report = await who.town.report(number)
    return contact_of(report, who.staff, who.town.parts.office.directory).address


async def test_contact_details_are_shown_to_who_has_to_do_with_it(town: Town, siti: Citizen) -> None:
    number = await disposed(town, siti)

    for who in (tono(town), nia(town), sri(town)):
        assert await seen_by(who, number) == siti.number
    for role, agency in [(Role.SUPERVISOR, UNIT), (Role.CHAT_OPERATOR, UNIT), (Role.AGENCY_ADMIN, ELSEWHERE)]:
        assert await seen_by(clerk(town, "yuni", role, agency), number) == HIDDEN


@pytest.mark.parametrize("flag", ["anonymous", "secret"])
async def test_a_hidden_identity_is_shown_to_nobody_until_somebody_says_why(
    town: Town, siti: Citizen, flag: str
) -> None:
    number = await disposed(town, siti, **{flag: True})
    for who in (tono(town), nia(town), sri(town)):
        assert await seen_by(who, number) == HIDDEN

    found = await sri(town).do(disclosure.reveal, number, REASON)

    assert found.address == siti.number
    last = (await lines(town, number))[-1]
    assert (last.event, last.actor, last.text, last.public) == (Event.IDENTITY_SEEN, "sri", REASON, False)
    assert await seen_by(sri(town), number) == HIDDEN
    assert siti.number not in repr(found)


async def test_without_permission_or_reason_nothing_is_shown_or_kept(town: Town, siti: Citizen) -> None:
    number = await disposed(town, siti, anonymous=True)
    before = len(await lines(town, number))

    with pytest.raises(NotAllowed):
        await nia(town).do(disclosure.reveal, number, REASON)
    with pytest.raises(UnknownReport):
        await clerk(town, "beni", Role.AGENCY_ADMIN, ELSEWHERE).do(disclosure.reveal, number, REASON)
    with pytest.raises(Incomplete):
        await sri(town).do(disclosure.reveal, number, "  penting   ")

    assert len(await lines(town, number)) == before
