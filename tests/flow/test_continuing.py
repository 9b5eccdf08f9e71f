"""A talk goes on elsewhere by a code: the draft, the questions and the news come along."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core import attending, continuing, fetching, reporting, visiting
from core.guessing import CODES_OF_ALL, note_wrong_code
from core.model.message import Attachment, RemoteFile
from core.model.report import Report
from core.model.talk import Ending, Owner
from core.ports import Tx
from core.reporting import Order
from core.storage.contacts import ContactRows
from core.storage.store import SqlStore
from core.storage.talks import TalkRows
from tests.flow.chatting import CHATTING, Person
from tests.flow.post import ROAD
from tests.flow.test_talking_to_a_person import RINA

PHOTO = Attachment(id="c" * 32, media_type="image/jpeg", size=81_204, name="lubang.jpg")
PAUSE = timedelta(seconds=5)
PLACES = pytest.mark.parametrize(
    ("first", "then"), [("webchat", "sms"), ("webchat", "telegram"), ("telegram", "sms"), ("sms", "webchat")]
)


async def begin(store: SqlStore, network: str, *said: str) -> Person:
    """Somebody who said something."""
    person = Person(store, CHATTING, network=network)
    for text in said:
        await person.says(text)
        await person.waits(PAUSE)
    return person


async def code_of(person: Person) -> str:
    """As the page of a web chat asks for it."""
    talk = await person.talk()
    given = await person.write(lambda tx: continuing.give_code(tx, talk.id, office=person.office, now=person.now))
    return given.code


def elsewhere(person: Person, network: str, *, name: str = "") -> Person:
    """The same person on another network."""
    return Person(person.store, CHATTING, now=person.now, network=network, name=name)


async def move(person: Person, network: str) -> tuple[Person, list[str]]:
    """With the code, and what is said then."""
    there = elsewhere(person, network)
    code = await code_of(person)
    return there, await there.says(f"LANJUT {code.lower()}")


@PLACES
async def test_the_draft_goes_on_where_the_code_is_said(store: SqlStore, first: str, then: str) -> None:
    person = await begin(store, first, "LAPOR", "Jalan rusak parah")

    there, said = await move(person, then)
    await there.says("Jl. Kenanga, Bekasi")
    await there.says("KIRIM")

    assert "sudah ada di sini" in said[0]
    (report,) = await there.reports()
    assert report.original_text == "Jalan rusak parah\nJl. Kenanga, Bekasi"
    assert (report.reporter, report.channel) == (there.address, then)
    assert (await person.talk()).dialogue.draft is None
    assert await there.balance() <= {0}


async def test_who_stays_reads_that_it_went_on_elsewhere(store: SqlStore) -> None:
    person = await begin(store, "webchat", "Jalan rusak parah")

    await move(person, "sms")

    assert (await person.transcript())[-1].event == "talk_moved_away"


async def reports_after(person: Person) -> Sequence[Report]:
    """Send what there is."""
    await person.says("KIRIM")
    return await person.reports()


async def test_news_and_questions_of_reports_come_along(store: SqlStore) -> None:
    person = await begin(store, "webchat", ROAD)
    (report,) = await reports_after(person)
    await person.ask(report, "RT berapa?")

    there, said = await move(person, "telegram")
    answered = await there.says("RT 05 RW 02")
    news = await there.verify(await there.report(report.id))

    assert "kami kirim ke sini" in said[0]
    assert len(answered) == 1
    assert (await there.report(report.id)).state.value == "verified"
    assert [reply.outbound.to for reply in news if reply.event == "verified"] == [there.address]


async def test_a_question_asked_later_is_answered_where_the_reporter_is(store: SqlStore) -> None:
    person = await begin(store, "webchat", ROAD)
    (report,) = await reports_after(person)
    there, _ = await move(person, "sms")

    asked = (await there.ask(await there.report(report.id), "RT berapa?"))[-1]
    await there.says("RT 05 RW 02")

    assert asked.outbound.to == there.address
    assert (await there.report(report.id)).state.value == "information_received"
    assert len(await there.reports()) == 1


async def test_a_code_is_good_once_and_not_for_long(store: SqlStore) -> None:
    person = await begin(store, "webchat", "Jalan rusak parah")
    first, second = await code_of(person), await code_of(person)
    sms = elsewhere(person, "sms")

    ended = await sms.says(f"LANJUT {first}")
    sms.now += timedelta(minutes=31)
    late = await sms.says(f"LANJUT {second}")
    third = await code_of(elsewhere(person, "webchat"))
    good = await elsewhere(person, "telegram").says(f"/start {third}")
    again = await sms.says(f"LANJUT {third}")

    assert ["tidak berlaku" in said[0] for said in (ended, late, good, again)] == [True, True, False, True]


async def test_codes_cannot_be_guessed(store: SqlStore) -> None:
    person = await begin(store, "webchat", "Jalan rusak parah")
    thief = elsewhere(person, "sms", name="6285999999999")
    for number in range(CHATTING.rules.guesses_per_hour):
        await thief.says(f"LANJUT {number}2345A")

    (said,) = await thief.says(f"LANJUT {await code_of(person)}")

    assert "tidak berlaku" in said
    assert (await person.talk()).dialogue.draft is not None


async def test_whoever_leaves_a_chat_with_a_person_ends_it(store: SqlStore) -> None:
    person = await begin(store, "webchat", "Jalan rusak parah", "PETUGAS")
    chat = (await person.talk()).chat

    there, _ = await move(person, "telegram")

    ended = await there.read(lambda tx: tx.chats.get(chat))
    assert ended is not None
    assert ended.ending is Ending.VISITOR_LEFT
    assert ((await person.talk()).owner, (await there.talk()).owner) == (Owner.BOT, Owner.BOT)
    assert (await there.talk()).dialogue.draft is not None


async def test_drafts_on_both_sides_become_one(store: SqlStore) -> None:
    person = await begin(store, "webchat", "Jalan rusak parah", "sejak Senin", "banyak yang jatuh")
    there = elsewhere(person, "telegram")
    await there.says("di Jl. Kenanga Bekasi")

    await there.says(f"LANJUT {await code_of(person)}")
    await there.says("KIRIM")

    (report,) = await there.reports()
    assert report.original_text == "Jalan rusak parah\nsejak Senin\nbanyak yang jatuh\ndi Jl. Kenanga Bekasi"


async def test_what_came_along_is_reported_by_a_person_where_the_visitor_is(store: SqlStore) -> None:
    person = await begin(store, "sms", "LAPOR", "Jalan rusak parah")
    there, _ = await move(person, "webchat")
    await there.says("PETUGAS")
    await there.write(lambda tx: attending.is_there(tx, RINA, now=there.now))
    chat = await there.write(lambda tx: attending.take_next(tx, RINA, office=there.office, now=there.now))
    assert chat is not None
    order = Order("Jalan Kenanga rusak parah", place="Bekasi")

    report = await there.write(
        lambda tx: reporting.make_report(tx, chat.id, order, RINA, office=there.office, now=there.now)
    )

    assert (report.reporter, report.channel) == (there.address, "webchat")
    assert [reply.outbound.channel for reply in await there.read(lambda tx: tx.outbox.of_report(report.id))] == [
        "webchat"
    ]


async def test_codes_cannot_be_guessed_under_ever_new_addresses(store: SqlStore) -> None:
    strict = replace(CHATTING, rules=replace(CHATTING.rules, guesses_per_hour=1))
    person = replace(await begin(store, "webchat", "Jalan rusak parah"), office=strict)

    def guess(tx: Tx) -> None:
        for number in range(CODES_OF_ALL - 1):
            note_wrong_code(tx, f"{number}", now=person.now)

    await person.write(guess)
    await replace(person, name="e" * 32).says("LANJUT 12345A")
    (said,) = await replace(person, name="f" * 32).says(f"LANJUT {await code_of(person)}")
    later = replace(person, now=person.now + timedelta(hours=1))
    (good,) = await replace(later, name="f" * 32).says(f"LANJUT {await code_of(later)}")

    assert "tidak berlaku" in said
    assert "tidak berlaku" not in good


async def test_a_file_that_comes_late_finds_the_draft_where_it_went(store: SqlStore) -> None:
    person = Person(store, CHATTING, network="telegram")
    message = person.words("Jalan rusak parah", wanted=(RemoteFile("ref"),))
    await person.brings(message)
    found = await person.message(message)

    there, _ = await move(person, "webchat")
    await there.write(lambda tx: fetching.attach_file(tx, found.id, PHOTO, now=there.now))
    await there.says("KIRIM")

    (report,) = await there.reports()
    assert report.attachments == (PHOTO,)


async def test_a_command_without_a_number_means_what_came_along(store: SqlStore) -> None:
    person = await begin(store, "webchat", ROAD)
    (report,) = await reports_after(person)
    there, _ = await move(person, "sms")

    (status,) = await there.says("STATUS")
    await there.says("BATAL")

    assert report.tracking_id[-3:] in status
    assert (await there.report(report.id)).state.value == "archived_by_reporter"


async def test_to_know_a_pin_makes_no_report_ones_own(store: SqlStore) -> None:
    person = await begin(store, "webchat", ROAD)
    (report,) = await reports_after(person)
    neighbour = elsewhere(person, "sms")
    await neighbour.says(f"STATUS {report.tracking_id} {await person.pin(report)}")

    await neighbour.says("BATAL")

    assert (await neighbour.report(report.id)).state.value == "unverified"


async def test_what_was_taken_back_goes_on_nowhere(store: SqlStore) -> None:
    person = await begin(store, "webchat", "Jalan rusak parah")
    code, talk = await code_of(person), await person.talk()
    await person.write(lambda tx: visiting.revoke(tx, talk.id, office=person.office, now=person.now))

    (said,) = await elsewhere(person, "sms").says(f"LANJUT {code}")

    assert "tidak berlaku" in said
    assert (await person.talk()).dialogue.draft is not None


async def test_the_contact_is_locked_before_the_talk_as_everywhere(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await begin(store, "webchat", "Jalan rusak parah")
    code, talk = await code_of(person), await person.talk()
    locked: list[str] = []
    lock_contact, lock_talk = ContactRows.lock, TalkRows.lock
    monkeypatch.setattr(ContactRows, "lock", lambda rows, *of: (locked.append(of[1]), lock_contact(rows, *of))[1])
    monkeypatch.setattr(TalkRows, "lock", lambda rows, of: (locked.append(of), lock_talk(rows, of))[1])

    await elsewhere(person, "sms").says(f"LANJUT {code}")

    assert locked.index(person.address.value) < locked.index(talk.id)
