"""What is done with a verified report, and what the citizen hears of it."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core import enquiry, handling, verification
from core.handling import FollowUp, FollowUpKind
from core.intake import Offer, accept_all
from core.model.lifecycle import NotAllowed, Role, State
from core.model.message import Address, Attachment, Command, Verb
from core.model.report import ArchiveReason, Event
from core.registers import Changed
from core.testing.builders import an_sms
from core.verification import AlreadyClaimed, Disposition, Incomplete, UnknownReport
from tests.flow.rig import Citizen, Town, number_in
from tests.flow.staff import ELSEWHERE, OTHER_UNIT, REGION, UNIT, Clerk, clerk, lines, nia, sri, tono

BRIDGE = "KAB. NGANJUK jembatan bambu di Dusun Sidorejo Desa Ngetos lapuk, anak sekolah dalam bahaya"
SAME_BRIDGE = "KAB. NGANJUK Jembatan bambu Dusun Sidorejo Desa Ngetos sudah lapuk, bahaya untuk anak sekolah"
PHOTO = Attachment(id="0f" * 16, media_type="image/jpeg", size=48_211, name="jembatan.jpg")


@pytest.fixture
def siti(town: Town) -> Citizen:
    """A reporter."""
    return town.citizen()


@pytest.fixture
async def number(siti: Citizen) -> str:
    """Her report's number, in the region's queue."""
    return number_in(await siti.say(BRIDGE))


@pytest.fixture
async def disposed(town: Town, siti: Citizen, number: str) -> str:
    """The report, disposed to the unit by the region."""
    await nia(town).dispose(number, UNIT)
    siti.new()
    return number


def answered(text: str = "Jembatan diganti besok", kind: FollowUpKind = FollowUpKind.SUBSTANTIVE) -> FollowUp:
    return FollowUp(kind, text)


async def test_verifying_fills_in_all_ten_steps_and_keeps_the_original(town: Town, number: str) -> None:
    at = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    given = Disposition(
        agency=UNIT,
        title=" Jembatan bambu lapuk ",
        text="Jembatan bambu di Dusun Sidorejo sudah lapuk.",
        classification="complaint",
        category=town.parts.office.directory.categories[0].id,
        tags=("jembatan", "sekolah"),
        place="Dusun Sidorejo, Ngetos",
        occurred_at=at,
        anonymous=True,
        secret=True,
        priority=True,
        priority_programme="Jalan dan jembatan desa",
        supervised=True,
        copies=(OTHER_UNIT,),
    )

    await nia(town).do(verification.verify, number, given)

    report = await town.report(number)
    assert (report.original_text, report.text) == (BRIDGE, given.text)
    assert (report.title, report.handed_by, report.agency) == ("Jembatan bambu lapuk", REGION, UNIT)
    assert (report.occurred_at, report.supervised, report.copies) == (at, True, (OTHER_UNIT,))
    assert (report.anonymous, report.secret, report.priority) == (True, True, True)
    assert (report.tags, report.priority_programme) == (given.tags, "Jalan dan jembatan desa")


@pytest.mark.parametrize("wrong", [{"category": "gosip"}, {"classification": "gosip"}, {"copies": ("atlantis",)}])
async def test_what_is_in_no_list_is_refused(town: Town, number: str, wrong: dict[str, str]) -> None:
    with pytest.raises(Incomplete, match=r"gosip|atlantis"):
        await nia(town).dispose(number, UNIT, **wrong)

    assert (await town.report(number)).state is State.UNVERIFIED


async def test_nobody_disposes_beyond_their_own_tree(town: Town, number: str) -> None:
    for disposing in (nia(town).dispose(number, ELSEWHERE), nia(town).do(verification.delegate, number, ELSEWHERE)):
        with pytest.raises(NotAllowed, match="'kota-bekasi' is not below 'kab-nganjuk'"):
            await disposing

    assert (await town.report(number)).agency == REGION


async def test_a_delegated_report_waits_in_the_lower_queue_and_tells_nobody(
    town: Town, siti: Citizen, number: str
) -> None:
    await nia(town).do(verification.delegate, number, UNIT)

    report = await town.report(number)
    assert (report.state, report.agency, report.handed_by) == (State.UNVERIFIED, UNIT, REGION)
    assert siti.new() == []
    with pytest.raises(NotAllowed, match="has the report already"):
        await nia(town).do(verification.delegate, number, UNIT)


async def test_a_follow_up_reaches_the_reporter_and_says_of_which_kind_it_is(
    town: Town, siti: Citizen, disposed: str
) -> None:
    await tono(town).do(handling.follow_up, disposed, answered("Kami cek besok", FollowUpKind.INITIAL))
    await tono(town).do(handling.follow_up, disposed, replace(answered(), attachments=(PHOTO,)))

    first, second = siti.new()
    assert "Kami cek besok" in first
    assert "Jembatan diganti besok" in second
    *_, one, two = await lines(town, disposed)
    assert (one.kind, one.attachments) == (FollowUpKind.INITIAL, ())
    assert (two.kind, two.attachments, two.public) == (FollowUpKind.SUBSTANTIVE, (PHOTO,), True)
    assert (await town.report(disposed)).state is State.FOLLOWED_UP


@pytest.fixture
async def supporter(town: Town, number: str) -> Citizen:
    """Somebody else who reported the same, linked to the first report."""
    budi = town.citizen("6285700000002")
    await budi.tell(SAME_BRIDGE)
    reports = await town.reports()
    assert [one.duplicate_of for one in reports if one.original_text == SAME_BRIDGE] != [""]
    return budi


async def test_supporters_hear_an_open_answer_but_no_secret_one(
    town: Town, siti: Citizen, supporter: Citizen, disposed: str
) -> None:
    supporter.new()

    await tono(town).do(handling.follow_up, disposed, answered("Dikerjakan minggu ini"))
    await tono(town).do(handling.follow_up, disposed, replace(answered("Uang ganti Rp 2 juta"), secret=True))

    openly, secretly = siti.new()
    (heard,) = supporter.new()
    assert "Dikerjakan minggu ini" in openly
    assert "Rp 2 juta" in secretly
    assert "Dikerjakan minggu ini" in heard


async def test_supporters_hear_that_the_reporter_closed_and_opened_it(
    town: Town, siti: Citizen, supporter: Citizen, disposed: str
) -> None:
    await tono(town).do(handling.follow_up, disposed, answered())
    supporter.new()
    siti.new()

    own = await siti.say(f"PUAS {disposed} 5")
    (closed,) = supporter.new()
    await siti.say(f"BELUM {disposed} lantainya lepas")
    (again,) = supporter.new()

    assert "terima kasih" in own
    assert "Ditutup oleh Pelapor" in closed
    assert "kembali diproses" in again


async def test_a_forwarded_report_is_answered_by_the_receiver_within_a_new_term(
    town: Town, siti: Citizen, disposed: str
) -> None:
    late = replace(await town.report(disposed), follow_up_by=town.parts.clock.now() - timedelta(days=9))
    await town.write(lambda tx: tx.reports.save(late))
    reader = clerk(town, "beni", Role.AGENCY_ADMIN, ELSEWHERE)

    await nia(town).do(handling.forward, disposed, OTHER_UNIT, "Ada keluarga miskin", copies=(ELSEWHERE,))

    report = await town.report(disposed)
    assert (report.agency, report.handed_by, report.copies) == (OTHER_UNIT, REGION, (ELSEWHERE,))
    assert report.follow_up_by is not None
    assert report.follow_up_by > town.parts.clock.now() + timedelta(days=4)
    (told,) = siti.new()
    assert "Dinas Sosial" in told
    assert number_in(told) == disposed
    assert (await lines(town, disposed))[-1].text.endswith("Ada keluarga miskin")
    with pytest.raises(UnknownReport):
        await tono(town).do(handling.follow_up, disposed, answered())
    with pytest.raises(NotAllowed):
        await reader.do(handling.follow_up, disposed, answered())


@pytest.mark.parametrize("agency", [UNIT, REGION, ELSEWHERE, "nasional"])
async def test_a_report_is_forwarded_downwards_to_somebody_else(town: Town, disposed: str, agency: str) -> None:
    with pytest.raises(NotAllowed):
        await nia(town).do(handling.forward, disposed, agency, "")

    assert (await town.report(disposed)).agency == UNIT


async def test_closing_tells_why_and_the_citizen_opens_it_again(town: Town, siti: Citizen, disposed: str) -> None:
    await tono(town).do(handling.follow_up, disposed, answered())
    await nia(town).do(handling.hold_clock, disposed, "Menunggu serah terima")
    siti.new()

    await nia(town).do(handling.close, disposed, "Jembatan sudah dapat dilalui")
    (told,) = siti.new()
    closed = await town.report(disposed)
    await siti.say(f"BELUM {disposed} papannya lepas")

    assert "Jembatan sudah dapat dilalui" in told
    assert f"BELUM {disposed[:4]} {disposed[4:7]} {disposed[7:]}" in told
    assert (closed.state, closed.clock_held) == (State.CLOSED_BY_ADMIN, False)
    assert (await town.report(disposed)).state is State.REPORTER_RESPONDED


async def test_opening_again_tells_why(town: Town, siti: Citizen, disposed: str) -> None:
    await tono(town).do(handling.follow_up, disposed, answered())
    await nia(town).do(handling.close, disposed, "Selesai")
    siti.new()

    await nia(town).do(handling.reopen, disposed, "Temuan Inspektorat")

    (told,) = siti.new()
    assert "Temuan Inspektorat" in told
    assert (await town.report(disposed)).state is State.FOLLOWED_UP


async def test_what_only_staff_need_to_know_tells_no_citizen(town: Town, siti: Citizen, disposed: str) -> None:
    await tono(town).do(handling.follow_up, disposed, answered())
    siti.new()

    await nia(town).do(handling.intervene, disposed, "Mohon segera kirim foto")
    await nia(town).do(handling.hold_clock, disposed, "Menunggu serah terima")
    await nia(town).do(handling.release_clock, disposed, "Sudah")

    assert siti.new() == []
    assert [line.public for line in await lines(town, disposed)][-3:] == [False, False, False]


async def test_a_reminder_gets_through_a_claim_and_leaves_it(town: Town, disposed: str) -> None:
    await tono(town).do(verification.claim, disposed)

    with pytest.raises(AlreadyClaimed):
        await nia(town).do(handling.forward, disposed, OTHER_UNIT, "")
    await nia(town).do(handling.intervene, disposed, "Mohon segera dijawab")

    assert (await town.report(disposed)).claimed_by == "tono"


@pytest.mark.parametrize(
    ("act", "state"),
    [(handling.hold_clock, "held already"), (handling.release_clock, "not held")],
)
async def test_a_clock_is_held_and_released_once(town: Town, disposed: str, act: object, state: str) -> None:
    await tono(town).do(handling.follow_up, disposed, answered())
    if act is handling.hold_clock:
        await nia(town).do(handling.hold_clock, disposed, "Menunggu")

    with pytest.raises(NotAllowed, match=state):
        await nia(town).do(act, disposed, "Lagi")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "act", [handling.close, handling.reopen, handling.hold_clock, handling.release_clock, handling.intervene]
)
async def test_no_action_goes_without_words(town: Town, disposed: str, act: object) -> None:
    with pytest.raises(Incomplete):
        await sri(town).do(act, disposed, " \n")  # type: ignore[arg-type]
    with pytest.raises(Incomplete):
        await tono(town).do(handling.follow_up, disposed, answered("  "))


async def test_of_two_people_at_once_the_second_is_told(town: Town, siti: Citizen, disposed: str) -> None:
    version = (await town.report(disposed)).version
    one, two = tono(town), nia(town)

    done = await asyncio.gather(
        one.do(handling.follow_up, disposed, answered("Dari dinas"), version=version),
        two.do(handling.forward, disposed, OTHER_UNIT, "Dari kabupaten", version=version),
        return_exceptions=True,
    )

    (failed,) = [each for each in done if isinstance(each, BaseException)]
    assert isinstance(failed, Changed | UnknownReport)
    assert len(siti.new()) == 1
    assert (await town.report(disposed)).version == version + 1


async def test_a_double_click_is_done_once(town: Town, siti: Citizen, disposed: str) -> None:
    version = (await town.report(disposed)).version
    click = tono(town)

    done = await asyncio.gather(
        *(click.do(handling.follow_up, disposed, answered(), version=version) for _ in range(2)), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in done) == ["Changed", "Report"]
    assert len(siti.new()) == 1


async def test_two_admins_who_ask_for_the_next_report_get_different_ones(town: Town, siti: Citizen) -> None:
    await siti.tell("Lampu jalan mati di Jl. Kenanga RT 03 Kelurahan Margahayu Kota Bekasi sudah 3 minggu")
    await town.citizen("6285700000009").tell("KTP anak saya belum jadi di Disdukcapil Kota Madiun sejak Agustus")
    rina, office, now = clerk(town, "rina", Role.NATIONAL_ADMIN), town.parts.office, town.parts.clock.now()

    async def take(who: Clerk) -> str:
        found = await town.write(lambda tx: verification.next_in_queue(tx, who.staff, office=office, now=now))
        return found.tracking_id if found else ""

    taken = await asyncio.gather(take(sri(town)), take(rina))

    assert len(set(taken)) == 2
    assert "" not in taken
    assert await take(clerk(town, "tini", Role.NATIONAL_ADMIN)) == ""
    assert await take(clerk(town, "yuni", Role.SUPERVISOR)) == ""


async def test_of_two_who_claim_at_once_the_second_is_told(town: Town, number: str) -> None:
    done = await asyncio.gather(
        nia(town).do(verification.claim, number), sri(town).do(verification.claim, number), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in done) == ["AlreadyClaimed", "Report"]
    assert [line.event for line in await lines(town, number)].count(Event.CLAIMED) == 1


async def test_only_who_claimed_gives_back_and_a_watcher_claims_nothing(town: Town, number: str) -> None:
    await nia(town).do(verification.claim, number)

    with pytest.raises(AlreadyClaimed, match="nia has it"):
        await sri(town).do(verification.release, number)
    await nia(town).do(verification.release, number)
    with pytest.raises(NotAllowed):
        await clerk(town, "yuni", Role.SUPERVISOR).do(verification.claim, number)

    assert (await town.report(number)).claimed_by == ""


async def test_a_question_that_was_settled_takes_no_more_words_as_its_answer(
    town: Town, siti: Citizen, number: str
) -> None:
    await nia(town).do(verification.ask, number, "Sebelah mana jembatannya?")
    await nia(town).dispose(number, UNIT)
    siti.new()

    reply = await siti.say("KTP anak saya belum jadi di Disdukcapil Kota Madiun sejak Agustus")

    assert number_in(reply) != number


async def test_balas_on_an_archived_report_is_kept_for_the_admins(town: Town, siti: Citizen, number: str) -> None:
    await nia(town).do(verification.archive, number, ArchiveReason.UNCLEAR, "Sebutkan letaknya")
    siti.new()

    await siti.say(f"BALAS {number} letaknya di belakang SDN Ngetos 2")

    last = (await lines(town, number))[-1]
    assert (last.event, last.text) == (Event.ANSWERED, "letaknya di belakang SDN Ngetos 2")
    assert (await town.report(number)).agency == REGION


@pytest.mark.parametrize("rating", [0, 6, -1])
async def test_a_rating_that_is_none_is_refused(town: Town, siti: Citizen, disposed: str, rating: int) -> None:
    await tono(town).do(handling.follow_up, disposed, answered())
    siti.new()
    command = Command(Verb.SATISFIED, tracking_id=disposed, rating=rating)

    await hand_in(town, siti, command)

    report = await town.report(disposed)
    assert (report.state, report.rating) == (State.FOLLOWED_UP, None)
    assert "tidak dapat dilakukan" in siti.new()[0]


async def hand_in(town: Town, siti: Citizen, command: Command) -> None:
    """What a form would hand in for her."""
    office, now = town.parts.office, town.parts.clock.now()
    message = replace(an_sms("PUAS", sender=Address("tel", siti.number), at=now), command=command)
    await town.write(lambda tx: accept_all(tx, [Offer(message, "sms/telkomsel")], office=office, now=now))


async def test_the_reporters_view_names_no_staff_and_nothing_internal(town: Town, siti: Citizen, disposed: str) -> None:
    await tono(town).do(handling.follow_up, disposed, answered())
    await nia(town).do(handling.intervene, disposed, "Mohon segera kirim foto")
    await nia(town).do(handling.close, disposed, "Jembatan sudah dapat dilalui")
    report, office = await town.report(disposed), town.parts.office

    seen = await town.read(lambda tx: enquiry.view(tx, report, office=office))

    assert [line.event for line in seen.history] == ["received", "verified", "followed_up", "closed"]
    assert not {"nia", "tono", "sri"} & set(re.findall(r"\w+", f"{seen} {[line.text for line in seen.history]}"))
