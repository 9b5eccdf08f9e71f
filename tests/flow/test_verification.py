"""What staff decide, and how the citizen hears of it and answers."""

import asyncio

import pytest

from channels.sms.text.segments import count_segments
from core.model.lifecycle import NotAllowed, State
from core.model.report import ArchiveReason
from core.model.work import OutboxState
from core.verification import Incomplete
from tests.flow.rig import Citizen, Town, number_in

LAMP = "Lampu jalan mati di Jl. Kenanga RT 03 RW 05 Kelurahan Margahayu Kota Bekasi sudah 3 minggu, gelap sekali"


@pytest.fixture
def siti(town: Town) -> Citizen:
    """A reporter."""
    return town.citizen()


@pytest.fixture
async def number(siti: Citizen) -> str:
    """Her report's number."""
    return number_in(await siti.say(LAMP))


async def state_of(town: Town, number: str) -> State:
    return (await town.report(number)).state


async def test_a_verification_is_told_with_agency_and_deadline(town: Town, siti: Citizen, number: str) -> None:
    await town.verify(number, "kota-bekasi")

    (told,) = siti.new()
    assert number_in(told) == number
    assert "Pemerintah Kota Bekasi" in told
    assert "Terverifikasi" in await siti.say(f"STATUS {number}")


async def test_a_second_verification_is_refused_and_tells_nobody(town: Town, siti: Citizen, number: str) -> None:
    await town.verify(number)
    siti.new()

    with pytest.raises(NotAllowed):
        await town.verify(number)

    await town.quiet()
    assert siti.new() == []


async def test_two_admins_at_once_verify_only_once(town: Town, siti: Citizen, number: str) -> None:
    done = await asyncio.gather(town.verify(number), town.verify(number), return_exceptions=True)

    assert sorted(isinstance(one, Exception) for one in done) == [False, True]
    assert len(siti.new()) == 1


async def test_the_next_words_after_a_question_are_its_answer(town: Town, siti: Citizen, number: str) -> None:
    await town.ask(number, "Di depan rumah nomor berapa lampunya?")

    (question,) = siti.new()
    reply = await siti.say("Nomor 14 dekat pos ronda, tiangnya miring")

    assert "Di depan rumah nomor berapa lampunya?" in question
    assert number_in(reply) == number
    assert await state_of(town, number) is State.INFORMATION_RECEIVED
    assert ("answered", "Nomor 14 dekat pos ronda, tiangnya miring") in await town.events(number)
    assert len(await town.reports()) == 1


async def test_after_the_answer_other_words_are_a_new_report(town: Town, siti: Citizen, number: str) -> None:
    await town.ask(number, "Di depan rumah nomor berapa lampunya?")
    await siti.tell("Nomor 14 dekat pos ronda")

    reply = await siti.say("KTP anak saya belum jadi di Disdukcapil Nganjuk sejak Agustus")

    assert number_in(reply) != number


async def test_a_question_can_be_answered_with_balas_as_well(town: Town, siti: Citizen, number: str) -> None:
    await town.ask(number, "Di depan rumah nomor berapa lampunya?")
    siti.new()

    await siti.say(f"BALAS {number} nomor 14")
    after = await siti.say("KTP anak saya belum jadi di Disdukcapil Nganjuk sejak Agustus")

    assert await state_of(town, number) is State.INFORMATION_RECEIVED
    assert number_in(after) != number


async def test_an_archive_is_told_with_its_reason_and_can_be_answered(town: Town, siti: Citizen, number: str) -> None:
    await town.archive(number, ArchiveReason.TOO_GENERAL, "Sebutkan tiang yang mana")

    (told,) = siti.new()
    reply = await siti.say(f"BALAS {number} tiang di depan masjid Al-Ikhlas")

    assert "Isi laporan terlalu umum. Sebutkan tiang yang mana" in told
    assert f"BALAS {number[:4]} {number[4:7]} {number[7:]}" in told
    assert number_in(reply) == number
    assert ("answered", "tiang di depan masjid Al-Ikhlas") in await town.events(number)


async def test_an_archive_without_words_is_refused(town: Town, siti: Citizen, number: str) -> None:
    with pytest.raises(Incomplete):
        await town.archive(number, ArchiveReason.UNCLEAR, " ")

    assert await state_of(town, number) is State.UNVERIFIED


async def test_batal_withdraws_a_new_report(town: Town, siti: Citizen, number: str) -> None:
    reply = await siti.say(f"BATAL {number}")

    assert "dibatalkan" in reply
    assert await state_of(town, number) is State.ARCHIVED_BY_REPORTER


async def test_batal_after_verification_is_refused_and_says_why(town: Town, siti: Citizen, number: str) -> None:
    await town.verify(number)
    siti.new()

    reply = await siti.say(f"BATAL {number}")

    assert "tidak dapat dibatalkan" in reply
    assert await state_of(town, number) is State.VERIFIED


async def test_batal_twice_changes_nothing_more(town: Town, siti: Citizen, number: str) -> None:
    await siti.say(f"BATAL {number}")

    again = await siti.say(f"BATAL {number}")

    assert number_in(again) == number
    assert [event for event, _ in await town.events(number)].count("withdrawn") == 1


async def test_nobody_else_can_withdraw(town: Town, number: str) -> None:
    reply = await town.citizen("6285700000002").say(f"BATAL {number}")

    assert "tidak ditemukan" in reply
    assert await state_of(town, number) is State.UNVERIFIED


async def test_puas_before_a_follow_up_is_refused_and_says_the_state(town: Town, siti: Citizen, number: str) -> None:
    reply = await siti.say(f"PUAS {number} 5")

    assert "Belum Terverifikasi" in reply
    assert await state_of(town, number) is State.UNVERIFIED


async def test_the_status_names_a_deadline_only_while_one_runs(town: Town, siti: Citizen, number: str) -> None:
    waiting = await siti.say(f"STATUS {number}")
    await town.verify(number)
    await town.follow_up(number, "Lampu sudah diganti hari ini")
    siti.new()

    answered = await siti.say(f"STATUS {number}")

    assert "paling lambat" in waiting
    assert "Ditindaklanjuti oleh Instansi" in answered
    assert "paling lambat" not in answered


async def test_puas_closes_with_a_rating_and_belum_opens_again(town: Town, siti: Citizen, number: str) -> None:
    await town.verify(number)
    await town.follow_up(number, "Lampu sudah diganti hari ini")
    assert "Lampu sudah diganti hari ini" in siti.new()[-1]

    satisfied = await siti.say(f"PUAS {number} 4")
    closed = await town.report(number)
    again = await siti.say(f"BELUM {number} semalam mati lagi")

    assert number_in(satisfied) == number
    assert (closed.state, closed.rating) == (State.CLOSED_BY_REPORTER, 4)
    assert "kembali diproses" in again
    assert await state_of(town, number) is State.REPORTER_RESPONDED
    assert ("unsatisfied", "semalam mati lagi") in await town.events(number)


async def test_belum_on_a_report_nobody_followed_up_is_kept_as_an_answer(
    town: Town, siti: Citizen, number: str
) -> None:
    await town.verify(number)
    siti.new()

    await siti.say(f"BELUM {number} masih gelap")

    assert await state_of(town, number) is State.VERIFIED
    assert ("answered", "masih gelap") in await town.events(number)


async def test_berhenti_silences_news_but_not_answers_and_mulai_ends_it(town: Town, siti: Citizen, number: str) -> None:
    await siti.say("BERHENTI")

    await town.verify(number)

    assert siti.new() == []
    unwanted = await town.read(lambda tx: tx.outbox.listing(limit=5, states=[OutboxState.UNWANTED]))
    assert [reply.event for reply in unwanted] == ["verified"]
    assert "Terverifikasi" in await siti.say(f"STATUS {number}")
    await siti.say("MULAI")
    await town.follow_up(number, "Petugas datang besok")
    assert "Petugas datang besok" in siti.new()[0]


async def test_a_question_of_two_thousand_characters_is_shortened_where_it_can_be_seen(
    town: Town, siti: Citizen, number: str
) -> None:
    words = " ".join(f"keterangan{n:03}" for n in range(1, 143))

    await town.ask(number, f"{words} selesai?")

    (question,) = siti.new()
    assert count_segments(question) <= 10
    if "selesai?" not in question:
        assert "[...]" in question
        assert "menu Lacak" in question
        assert question.split(" [...]")[0].split()[-1] in words.split()
    assert (f"{words} selesai?") in [text for _, text in await town.events(number)]


async def test_a_question_of_a_thousand_characters_arrives_whole(town: Town, siti: Citizen, number: str) -> None:
    words = " ".join(f"keterangan{n:03}" for n in range(1, 71))

    await town.ask(number, f"{words} selesai?")

    (question,) = siti.new()
    assert f"{words} selesai?" in question
