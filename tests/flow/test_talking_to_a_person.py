"""From the bot to a person and back: who answers, what is kept, and how it was."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core import attending, reporting
from core.attending import Saying
from core.calendar import Calendar
from core.hours import read_hours
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.model.talk import Author, Ending, Owner
from core.model.work import Outcome
from core.reporting import Order
from core.storage.store import SqlStore
from tests.flow.chatting import CHATTING, Person
from tests.flow.post import LAMP

EVERYWHERE = pytest.mark.parametrize("network", ["sms", "telegram", "webchat"])
PAUSE = timedelta(seconds=5)
RINA = Staff(new_id(), "rina", Role.CHAT_OPERATOR, "nasional", datetime(2026, 1, 1, tzinfo=UTC), name="Rina Wulandari")


async def waiting(store: SqlStore, network: str, *said: str) -> Person:
    """Somebody who said something and asks for a person."""
    person = Person(store, CHATTING, network=network)
    for text in ("LAPOR", *said, "PETUGAS"):
        await person.says(text)
    return person


async def take(person: Person) -> str:
    """Rina takes the chat; its id."""
    await person.write(lambda tx: attending.is_there(tx, RINA, now=person.now))
    chat = await person.write(lambda tx: attending.take_next(tx, RINA, office=person.office, now=person.now))
    assert chat is not None
    return chat.id


async def speak(person: Person, chat: str, text: str) -> list[str]:
    """Rina says something; what the visitor gets."""
    before = await person.told()
    saying = Saying(new_id(), text)
    await person.write(lambda tx: attending.speak(tx, chat, saying, RINA, office=person.office, now=person.now))
    return (await person.told())[len(before) :]


async def close(person: Person, chat: str) -> list[str]:
    """Rina closes it; what the visitor gets."""
    before = await person.told()
    await person.write(lambda tx: attending.close(tx, chat, RINA, office=person.office, now=person.now))
    return (await person.told())[len(before) :]


@EVERYWHERE
async def test_what_is_said_to_a_person_is_answered_by_a_person(store: SqlStore, network: str) -> None:
    person = await waiting(store, network, "Jalan rusak parah")
    chat = await take(person)

    message = person.words("Apakah bisa lewat telepon?")
    silent = await person.brings(message)
    said = await speak(person, chat, "Bisa, Bu.")

    assert silent == []
    assert said == ["Bisa, Bu."]
    assert await person.outcome(message) == (Outcome.TALK, "")
    lines = await person.transcript()
    assert [(line.author, line.text) for line in lines[-2:]] == [
        (Author.VISITOR, "Apakah bisa lewat telepon?"),
        (Author.OPERATOR, "Bisa, Bu."),
    ]


@EVERYWHERE
async def test_the_draft_is_still_there_when_the_person_leaves(store: SqlStore, network: str) -> None:
    person = await waiting(store, network, "Jalan rusak parah")
    chat = await take(person)
    await person.says("Halo Bu")

    closed = await close(person, chat)
    sent = await person.says("KIRIM")

    assert "penilaian" in " ".join(closed) or "layanan kami" in " ".join(closed) or network == "webchat"
    assert "belum dikirim" in " ".join(closed)
    (report,) = await person.reports()
    assert report.original_text == "Jalan rusak parah"
    assert len(sent) == 1
    assert await person.balance() <= {0}


@EVERYWHERE
async def test_a_draft_that_nobody_sends_is_sent_after_the_chat(store: SqlStore, network: str) -> None:
    person = await waiting(store, network, "Jalan rusak parah")
    await close(person, await take(person))

    for _ in range(4):
        await person.waits(timedelta(hours=1))

    assert [report.original_text for report in await person.reports()] == ["Jalan rusak parah"]


@EVERYWHERE
async def test_while_a_person_is_called_words_are_kept_and_can_be_sent(store: SqlStore, network: str) -> None:
    person = await waiting(store, network, "Jalan rusak parah")

    silent = await person.says("di Jl. Kenanga Bekasi")
    (sent,) = await person.says("KIRIM")

    (report,) = await person.reports()
    assert silent == []
    assert report.original_text == "Jalan rusak parah\ndi Jl. Kenanga Bekasi"
    assert report.tracking_id[:4] in sent


@EVERYWHERE
async def test_the_chat_is_rated_by_a_number(store: SqlStore, network: str) -> None:
    person = await waiting(store, network)
    chat = await take(person)
    await close(person, chat)

    said = await person.says("5")
    again = await person.says("4")

    found = await person.read(lambda tx: tx.chats.get(chat))
    assert found is not None
    assert found.rating == 5
    assert said == ["Terima kasih atas penilaian Anda."]
    assert said != again


@EVERYWHERE
async def test_commands_with_a_number_work_beside_a_person(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    for text in ("LAPOR", LAMP, "KIRIM"):
        await person.says(text)
    (report,) = await person.reports()
    await person.says("PETUGAS")
    await take(person)

    (status,) = await person.says(f"STATUS {report.tracking_id}")
    plain = await person.says("STATUS")
    (stopped,) = await person.says("BERHENTI")

    assert "Belum Terverifikasi" in status
    assert plain == []
    assert "MULAI" in stopped


@EVERYWHERE
async def test_a_report_made_by_the_person_uses_the_draft_up(store: SqlStore, network: str) -> None:
    person = await waiting(store, network, "Jalan rusak parah")
    await person.says("di depan pasar")
    chat = await take(person)
    order = Order("Jalan Kenanga rusak parah", place="Bekasi", closes=True)

    await person.write(lambda tx: reporting.make_report(tx, chat, order, RINA, office=person.office, now=person.now))
    for _ in range(4):
        await person.waits(timedelta(hours=1))

    (report,) = await person.reports()
    kept = await person.read(lambda tx: tx.messages.of_report(report.id))
    assert {"Jalan rusak parah", "di depan pasar"} <= {each.inbound.text for each in kept}
    assert (await person.talk()).dialogue.draft is None
    assert not (await person.talk()).dialogue.silent


async def test_out_of_hours_the_hours_are_told(store: SqlStore) -> None:
    hours = read_hours("Senin-Jumat 13:00-15:00", timezone="Asia/Jakarta", calendar=Calendar(holidays={}))
    person = Person(store, replace(CHATTING, hours=hours), network="sms")

    (said,) = await person.says("PETUGAS")

    assert "Senin-Jumat 13.00-15.00 WIB" in said
    assert (await person.talk()).owner is Owner.WAITING


@EVERYWHERE
async def test_who_asks_twice_waits_once(store: SqlStore, network: str) -> None:
    person = await waiting(store, network)

    await person.says("PETUGAS")

    assert len(await person.read(lambda tx: tx.chats.open(limit=10))) == 1


@EVERYWHERE
async def test_who_no_longer_waits_has_the_bot_again(store: SqlStore, network: str) -> None:
    person = await waiting(store, network, "Jalan rusak parah")
    chat = (await person.talk()).chat

    said = await person.says("BATAL")
    await person.says("KIRIM")

    found = await person.read(lambda tx: tx.chats.get(chat))
    assert found is not None
    assert found.ending is Ending.VISITOR_LEFT
    assert "tidak jadi" in said[0]
    assert [report.original_text for report in await person.reports()] == ["Jalan rusak parah"]


@EVERYWHERE
async def test_words_after_the_report_of_a_person_are_sent_too(store: SqlStore, network: str) -> None:
    person = await waiting(store, network, "Jalan rusak parah")
    chat = await take(person)
    order = Order("Jalan Kenanga rusak parah", place="Bekasi")
    await person.write(lambda tx: reporting.make_report(tx, chat, order, RINA, office=person.office, now=person.now))
    await person.write(lambda tx: attending.hand_on(tx, chat, "", RINA, office=person.office, now=person.now))
    later = person.words("Selain itu lampu jalan di depan SDN 3 Serpong padam sejak seminggu lalu")

    await person.brings(later)
    for _ in range(6):
        await person.waits(timedelta(hours=1))
        await person.write(lambda tx: attending.tidy(tx, office=person.office, now=person.now))

    ended = await person.read(lambda tx: tx.chats.get(chat))
    assert ended is not None
    assert ended.ending is Ending.NOBODY_CAME
    assert (await person.outcome(later))[0] in {Outcome.REPORT, Outcome.ADDITION}
    assert (await person.talk()).dialogue.draft is None
    assert await person.balance() <= {0}


async def test_to_call_nobody_withdraws_no_report(store: SqlStore) -> None:
    person = Person(store, CHATTING, network="sms")
    for text in (LAMP, "PETUGAS", "BATAL"):
        await person.says(text)

    (report,) = await person.reports()
    assert report.state.value == "unverified"
    assert (await person.talk()).owner is Owner.BOT


@pytest.mark.parametrize("said", ["di depan pasar", "BATAL", "KIRIM"])
async def test_a_person_who_comes_at_that_moment_neither_loses_nor_doubles(store: SqlStore, said: str) -> None:
    for number in range(5):
        person = Person(store, CHATTING, name=f"7001{number}")
        for text in ("Jalan rusak parah", "PETUGAS"):
            await person.says(text)
        message = person.words(said)
        await person.take(message)

        taken, _ = await asyncio.gather(come(person), person.work())
        await person.work()

        talk, ended = await person.talk(), await person.message(message)
        open_chats = [chat.id for chat in await person.read(lambda tx: tx.chats.open(limit=10))]
        assert ended.outcome is not Outcome.NONE
        assert [talk.chat] == open_chats if talk.chat else open_chats == []
        assert (talk.owner is Owner.PERSON) == (taken is not None and talk.chat == taken)
        if talk.chat:
            await close(person, talk.chat)
    assert await person.balance() <= {0}


async def come(person: Person) -> str | None:
    """Rina takes whoever waits; the chat."""
    chat = await person.store.write(lambda tx: attending.take_next(tx, RINA, office=person.office, now=person.now))
    return chat.id if chat else None
