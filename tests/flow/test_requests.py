"""What an agency asks of the one that handed it the report: who decides, what is refused, what lapses."""

from collections.abc import Callable
from typing import Any

import pytest

from core import handling, requesting, verification
from core.handling import FollowUp, FollowUpKind
from core.model.lifecycle import NotAllowed, RequestKind, Role, State
from core.model.report import ArchiveReason, Event
from core.verification import Incomplete, UnknownReport
from tests.flow.rig import Citizen, Town, number_in
from tests.flow.staff import ELSEWHERE, OTHER_UNIT, REGION, UNIT, Clerk, clerk, lines, nia, sri, tono

BRIDGE = "KAB. NGANJUK jembatan bambu di Dusun Sidorejo Desa Ngetos lapuk, anak sekolah dalam bahaya"
ANSWER = FollowUp(FollowUpKind.SUBSTANTIVE, "Jembatan diganti besok")


@pytest.fixture
def siti(town: Town) -> Citizen:
    """A reporter."""
    return town.citizen()


@pytest.fixture
async def disposed(town: Town, siti: Citizen) -> str:
    """Her report's number; the region disposed it to its unit."""
    number = number_in(await siti.say(BRIDGE))
    await nia(town).dispose(number, UNIT)
    siti.new()
    return number


@pytest.fixture
async def in_process(town: Town, siti: Citizen, disposed: str) -> str:
    """The report, answered by the unit."""
    await tono(town).do(handling.follow_up, disposed, ANSWER)
    siti.new()
    return disposed


def welfare(town: Town) -> Clerk:
    """An officer of the other unit."""
    return clerk(town, "wati", Role.LIAISON_OFFICER, OTHER_UNIT)


async def events(town: Town, number: str) -> list[Event]:
    return [line.event for line in await lines(town, number)]


async def test_not_mine_waits_for_who_handed_it_over_and_the_citizen_hears_nothing(
    town: Town, siti: Citizen, disposed: str
) -> None:
    await tono(town).do(requesting.not_mine, disposed, "Dinas Sosial Kabupaten Nganjuk", "Ini bantuan sosial")

    request = (await town.report(disposed)).request
    assert request is not None
    assert (request.kind, request.by, request.agency) == (RequestKind.NOT_MINE, "tono", UNIT)
    assert (request.decider, request.suggested, request.words) == (REGION, OTHER_UNIT, "Ini bantuan sosial")
    assert siti.new() == []
    assert not (await lines(town, disposed))[-1].public


async def test_a_granted_not_mine_goes_where_it_was_suggested(town: Town, siti: Citizen, disposed: str) -> None:
    await tono(town).do(requesting.not_mine, disposed, OTHER_UNIT, "Ini bantuan sosial")

    await nia(town).dispose(disposed, "")

    report = await town.report(disposed)
    assert (report.agency, report.request, report.not_mine_count) == (OTHER_UNIT, None, 1)
    assert "Dinas Sosial" in siti.new()[0]
    assert Event.REQUEST_LAPSED not in await events(town, disposed)
    with pytest.raises(UnknownReport):
        await tono(town).do(handling.follow_up, disposed, ANSWER)


async def test_a_verified_report_that_is_delegated_anew_is_told(town: Town, siti: Citizen, disposed: str) -> None:
    await tono(town).do(requesting.not_mine, disposed, "", "Ini bantuan sosial")

    await nia(town).do(verification.delegate, disposed, OTHER_UNIT)

    report = await town.report(disposed)
    assert (report.state, report.agency, report.request) == (State.VERIFIED, OTHER_UNIT, None)
    assert "sekarang ditangani" in siti.new()[0]


HOLDING: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (verification.ask, ("Jembatan yang sebelah mana?",)),
    (verification.hold, ("Balai jalan belum terhubung",)),
    (verification.archive, (ArchiveReason.NOT_GOVERNMENT, "Jembatan milik perkebunan")),
]


@pytest.mark.parametrize(("act", "given"), HOLDING)
async def test_who_grants_and_keeps_it_has_it_in_their_own_queue(
    town: Town, disposed: str, act: Callable[..., Any], given: tuple[Any, ...]
) -> None:
    await tono(town).do(requesting.not_mine, disposed, "", "Bukan kewenangan kami")

    await nia(town).do(act, disposed, *given)

    report = await town.report(disposed)
    assert (report.agency, report.handed_by, report.request) == (REGION, "", None)


async def test_who_asked_and_who_stands_beside_decide_nothing(town: Town, disposed: str) -> None:
    await tono(town).do(requesting.not_mine, disposed, OTHER_UNIT, "Ini bantuan sosial")
    boss = clerk(town, "slamet", Role.AGENCY_ADMIN, UNIT)

    for decider in (tono(town), boss):
        with pytest.raises(NotAllowed):
            await decider.do(requesting.reject_request, disposed, "Kami tolak sendiri")
    with pytest.raises(NotAllowed, match="waits for 'kab-nganjuk'"):
        await boss.dispose(disposed, UNIT)
    with pytest.raises(UnknownReport):
        await clerk(town, "beni", Role.AGENCY_ADMIN, ELSEWHERE).do(requesting.reject_request, disposed, "Bukan kami")

    assert (await town.report(disposed)).request is not None


async def test_a_refusal_leaves_the_report_where_it_is_with_the_reason(
    town: Town, siti: Citizen, disposed: str
) -> None:
    await tono(town).do(requesting.not_mine, disposed, OTHER_UNIT, "Ini bantuan sosial")

    await nia(town).do(requesting.reject_request, disposed, "Jembatan desa adalah urusan PUPR")

    report, last = await town.report(disposed), (await lines(town, disposed))[-1]
    assert (report.agency, report.state, report.request) == (UNIT, State.VERIFIED, None)
    assert last.event is Event.REQUEST_REJECTED
    assert "Jembatan desa adalah urusan PUPR" in last.text
    assert siti.new() == []


async def test_the_third_not_mine_calls_the_coordinator_with_the_whole_trail(town: Town, disposed: str) -> None:
    for turn, (who, other) in enumerate([(tono(town), OTHER_UNIT), (welfare(town), UNIT), (tono(town), "")], 1):
        await who.do(requesting.not_mine, disposed, other, f"Bukan kami, kali {turn}")
        if other:
            await nia(town).dispose(disposed, other)

    report, last = await town.report(disposed), (await lines(town, disposed))[-1]
    assert report.request is not None
    assert (report.not_mine_count, report.request.decider) == (3, "nasional")
    assert (last.event, last.public) == (Event.ESCALATED, False)
    trail = last.text.splitlines()
    assert [
        name in line for name, line in zip(["PUPR", "PUPR", "Sosial", "Sosial", "PUPR", "PUPR"], trail, strict=True)
    ]
    assert [line.rpartition("kali ")[2][0] for line in trail if "bukan wewenang" in line] == ["1", "2", "3"]
    with pytest.raises(NotAllowed, match="waits for 'nasional'"):
        await nia(town).dispose(disposed, OTHER_UNIT)
    await sri(town).dispose(disposed, "kemenpupr")
    assert (await town.report(disposed)).handed_by == "nasional"


async def test_where_nobody_is_known_to_have_handed_it_over_the_nearest_above_decides(
    town: Town, siti: Citizen
) -> None:
    number = number_in(await siti.say(BRIDGE))

    await nia(town).do(requesting.not_mine, number, ELSEWHERE, "Jembatannya di Bekasi")

    request = (await town.report(number)).request
    assert request is not None
    assert request.decider == "prov-jawa-timur"


async def test_nobody_asks_themselves(town: Town, siti: Citizen) -> None:
    number = number_in(await siti.say("Jembatan bambu lapuk, anak sekolah dalam bahaya, mohon segera dibantu"))

    with pytest.raises(NotAllowed, match="you decide yourself"):
        await sri(town).do(requesting.not_mine, number, "", "Bukan kami")


async def test_a_second_request_is_told_who_asked_what_and_when(town: Town, in_process: str) -> None:
    await tono(town).do(requesting.request_hold, in_process, "Menunggu serah terima")

    with pytest.raises(NotAllowed, match=r"tono of 'kab-nganjuk-dinas-pupr' asked for 'hold_clock' on \d{4}-"):
        await tono(town).do(requesting.request_close, in_process, "Sudah selesai")


async def test_a_report_that_is_no_longer_theirs_to_give_needs_words_and_another_agency(
    town: Town, disposed: str
) -> None:
    for suggested, words in [(UNIT, "Bukan kami"), ("atlantis", "Bukan kami"), (OTHER_UNIT, "  ")]:
        with pytest.raises(Incomplete):
            await tono(town).do(requesting.not_mine, disposed, suggested, words)

    assert (await town.report(disposed)).not_mine_count == 0


LAPSING: list[tuple[Callable[..., Any], str, State]] = [
    (requesting.request_close, "PUAS {} 5", State.CLOSED_BY_REPORTER),
    (requesting.request_hold, "PUAS {} 4", State.CLOSED_BY_REPORTER),
]


@pytest.mark.parametrize(("ask", "says", "state"), LAPSING)
async def test_a_satisfied_reporter_makes_a_request_lapse(
    town: Town, siti: Citizen, in_process: str, *, ask: Callable[..., Any], says: str, state: State
) -> None:
    await tono(town).do(ask, in_process, "Sudah selesai")

    await siti.say(says.format(in_process))

    report = await town.report(in_process)
    assert (report.state, report.request) == (state, None)
    assert (await events(town, in_process))[-2:] == [Event.SATISFIED, Event.REQUEST_LAPSED]


async def test_a_withdrawn_report_makes_not_mine_lapse(town: Town, siti: Citizen) -> None:
    number = number_in(await siti.say(BRIDGE))
    await nia(town).do(requesting.not_mine, number, "", "Bukan kami")

    await siti.say(f"BATAL {number}")

    assert (await town.report(number)).request is None
    assert (await events(town, number))[-2:] == [Event.WITHDRAWN, Event.REQUEST_LAPSED]


async def test_a_reporter_who_opens_it_again_makes_the_request_to_do_so_lapse(
    town: Town, siti: Citizen, in_process: str
) -> None:
    await nia(town).do(handling.close, in_process, "Selesai")
    await tono(town).do(requesting.request_reopen, in_process, "Papannya lepas lagi")
    siti.new()

    await siti.say(f"BELUM {in_process} papannya lepas")

    assert (await town.report(in_process)).request is None
    assert (await events(town, in_process))[-2:] == [Event.UNSATISFIED, Event.REQUEST_LAPSED]


async def test_answering_or_forwarding_makes_not_mine_lapse(town: Town, disposed: str) -> None:
    await tono(town).do(requesting.not_mine, disposed, "", "Bukan kami")
    await nia(town).do(handling.forward, disposed, OTHER_UNIT, "")
    assert (await events(town, disposed))[-2:] == [Event.FORWARDED, Event.REQUEST_LAPSED]

    await welfare(town).do(requesting.not_mine, disposed, "", "Bukan kami juga")
    await welfare(town).do(handling.follow_up, disposed, ANSWER)
    assert (await events(town, disposed))[-2:] == [Event.FOLLOWED_UP, Event.REQUEST_LAPSED]


async def test_a_request_outlives_what_does_not_touch_it(town: Town, siti: Citizen, in_process: str) -> None:
    await tono(town).do(requesting.request_close, in_process, "Sudah selesai")

    await siti.say(f"BALAS {in_process} terima kasih, tetapi papannya kurang")
    await nia(town).do(handling.intervene, in_process, "Mohon foto")
    await nia(town).do(handling.hold_clock, in_process, "Menunggu foto")

    request = (await town.report(in_process)).request
    assert request is not None
    assert request.kind is RequestKind.CLOSE
    await nia(town).do(handling.close, in_process, "Foto sudah ada")
    assert (await town.report(in_process)).request is None
    assert Event.REQUEST_LAPSED not in await events(town, in_process)
