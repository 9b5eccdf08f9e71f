"""The three cases of a repeated report, as the citizens notice them."""

import asyncio

import pytest

from core.model.work import LinkDecision, LinkKind, Outcome
from tests.flow.rig import Citizen, Town, number_in

LAMP = "Lampu jalan mati di Jl. Kenanga RT 03 RW 05 Kelurahan Margahayu Kota Bekasi sudah 3 minggu, gelap sekali"
LAMP_AGAIN = "Sampai hari ini lampu jalan di Jl Kenanga RT 03 RW 05 Margahayu Bekasi masih mati, mohon diperbaiki"
BRIDGE = "Jembatan bambu di Dusun Sidorejo Desa Ngepung Kabupaten Nganjuk lapuk dan membahayakan anak sekolah"
BRIDGE_UNSURE = "Jembatan di Dusun Sidorejo patah tadi pagi, anak sekolah tidak bisa menyeberang"


@pytest.fixture
def siti(town: Town) -> Citizen:
    """The first reporter."""
    return town.citizen()


@pytest.fixture
def budi(town: Town) -> Citizen:
    """Somebody else."""
    return town.citizen("6285700000002")


async def outcomes(town: Town) -> list[str]:
    return [m.outcome.value for m in await town.read(lambda tx: tx.messages.latest(channel="sms", limit=100))]


async def test_the_same_text_again_within_a_day_is_one_report_and_silent(town: Town, siti: Citizen) -> None:
    await siti.say(LAMP)

    again = await siti.tell(LAMP)
    politely = await siti.tell(f"Yth Bapak/Ibu, {LAMP.lower()}. Terima kasih")

    assert again == politely == []
    assert len(await town.reports()) == 1
    assert await outcomes(town) == [Outcome.REPORT, Outcome.REPEAT, Outcome.REPEAT]


async def test_the_same_text_three_times_at_once_is_one_report(town: Town, siti: Citizen) -> None:
    await asyncio.gather(*(town.smsc.deliver(siti.number, LAMP) for _ in range(3)))
    await town.quiet()

    assert len(siti.new()) == 1
    assert len(await town.reports()) == 1


async def test_the_same_complaint_in_other_words_is_attached_and_told(town: Town, siti: Citizen) -> None:
    number = number_in(await siti.say(LAMP))

    reply = await siti.say(LAMP_AGAIN)

    assert number_in(reply) == number
    assert "Belum Terverifikasi" in reply
    assert len(await town.reports()) == 1
    assert ("repeated", LAMP_AGAIN) in await town.events(number)


async def test_the_same_words_about_another_street_are_another_report(town: Town, siti: Citizen) -> None:
    first = await siti.say(LAMP)

    second = await siti.say(LAMP.replace("Kenanga", "Melati"))

    assert number_in(first) != number_in(second)


async def test_the_same_words_with_another_house_or_date_are_another_report(town: Town, siti: Citizen) -> None:
    first = await siti.say("Banjir di Jl. Cempaka RT 01 Cilacap tanggal 3 November 2026 setinggi lutut")

    second = await siti.say("Banjir di Jl. Cempaka RT 01 Cilacap tanggal 17 November 2026 setinggi lutut")

    assert number_in(first) != number_in(second)


async def test_an_unsure_message_is_a_report_and_the_citizen_is_asked(town: Town, siti: Citizen) -> None:
    earlier = number_in(await siti.say(BRIDGE))

    first_reply, question = sorted(await siti.tell(BRIDGE_UNSURE), key=lambda reply: "Balas 1" in reply)

    later = number_in(first_reply)
    assert later != earlier
    assert number_in(question) == later
    assert f"{earlier[:4]} {earlier[4:7]} {earlier[7:]}" in question
    assert len(await town.reports()) == 2


async def test_choosing_1_joins_the_new_report_to_the_earlier_one(town: Town, siti: Citizen) -> None:
    earlier = number_in(await siti.say(BRIDGE))
    await siti.tell(BRIDGE_UNSURE)

    reply = await siti.say("1")

    assert number_in(reply) == earlier
    assert ("added", BRIDGE_UNSURE) in await town.events(earlier)
    open_ones = [report for report in await town.reports() if report.state.value == "unverified"]
    assert [report.tracking_id for report in open_ones] == [earlier]


async def test_choosing_2_leaves_both_reports_and_the_choice_is_over(town: Town, siti: Citizen) -> None:
    earlier = number_in(await siti.say(BRIDGE))
    replies = await siti.tell(BRIDGE_UNSURE)

    reply = await siti.say("2")
    after = await siti.tell("2")

    assert number_in(reply) in {number_in(one) for one in replies}
    assert {report.state.value for report in await town.reports()} == {"unverified"}
    assert earlier in {report.tracking_id for report in await town.reports()}
    assert len(after) == 1


async def test_an_unsure_citizen_who_never_answers_loses_nothing(town: Town, siti: Citizen) -> None:
    await siti.say(BRIDGE)
    await siti.tell(BRIDGE_UNSURE)

    reply = await siti.say("Sampah menumpuk di belakang Pasar Induk Cibitung sudah dua minggu tidak diangkut")

    assert len(await town.reports()) == 3
    assert "laporan Anda diterima" in reply


async def test_another_citizens_report_of_the_same_event_is_linked_and_told(
    town: Town, siti: Citizen, budi: Citizen
) -> None:
    first = number_in(await siti.say(LAMP))

    received, linked = await budi.tell(LAMP_AGAIN)

    second = number_in(received)
    assert number_in(linked) == second != first
    assert "dukungan ke-1" in linked
    assert first not in linked.replace(" ", "")
    assert (await town.report(second)).duplicate_of == (await town.report(first)).id


async def test_a_supporter_hears_of_the_verification_under_their_own_number(
    town: Town, siti: Citizen, budi: Citizen
) -> None:
    first, second = number_in(await siti.say(LAMP)), number_in((await budi.tell(LAMP_AGAIN))[0])

    await town.verify(first, "kota-bekasi")

    (to_siti,), (to_budi,) = siti.new(), budi.new()
    assert number_in(to_siti) == first
    assert number_in(to_budi) == second
    assert "Pemerintah Kota Bekasi" in to_budi


async def test_the_status_of_a_linked_report_is_that_of_the_first(town: Town, siti: Citizen, budi: Citizen) -> None:
    first, second = number_in(await siti.say(LAMP)), number_in((await budi.tell(LAMP_AGAIN))[0])
    await town.verify(first, "kota-bekasi")
    budi.new()

    reply = await budi.say(f"STATUS {second}")

    assert number_in(reply) == second
    assert "Terverifikasi. Instansi: Pemerintah Kota Bekasi" in reply


async def test_the_list_of_own_reports_shows_the_state_of_what_they_are_linked_to(
    town: Town, siti: Citizen, budi: Citizen
) -> None:
    first = number_in(await siti.say(LAMP))
    await budi.tell(LAMP_AGAIN)
    await budi.say("KTP anak saya belum jadi di Disdukcapil Nganjuk sejak Agustus")
    await town.verify(first)
    budi.new()

    reply = await budi.say("STATUS")

    assert sorted(line.split(": ")[1] for line in reply.splitlines()[1:3]) == ["Belum Terverifikasi", "Terverifikasi"]


async def test_undoing_a_link_makes_the_report_one_of_its_own_again(town: Town, siti: Citizen, budi: Citizen) -> None:
    first, second = number_in(await siti.say(LAMP)), number_in((await budi.tell(LAMP_AGAIN))[0])
    report = await town.report(second)
    (link,) = await town.read(lambda tx: tx.links.of_report(report.id))
    assert (link.kind, link.decision) == (LinkKind.SAME_EVENT, LinkDecision.LINKED)

    await town.unlink(link.id)

    (told,) = budi.new()
    assert number_in(told) == second
    assert (await town.report(second)).duplicate_of == ""
    await town.verify(first)
    assert budi.new() == []
    assert "Belum Terverifikasi" in await budi.say(f"STATUS {second}")


async def test_an_unsure_likeness_to_anothers_report_is_only_suggested(
    town: Town, siti: Citizen, budi: Citizen
) -> None:
    first = number_in(await siti.say(BRIDGE))

    second = number_in(await budi.say(BRIDGE_UNSURE))

    report = await town.report(second)
    (link,) = await town.read(lambda tx: tx.links.of_report(report.id))
    assert link.decision is LinkDecision.SUGGESTED
    assert report.duplicate_of == ""
    await town.verify(first)
    assert budi.new() == []
