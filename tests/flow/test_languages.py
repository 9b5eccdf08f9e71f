"""A person's language: of every answer and all news, from their choice on, whatever the network; never of staff."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from core import language, triage, verification
from core.ids import new_id
from core.model.message import Address, Inbound
from core.model.report import ArchiveReason, Event, Report
from core.model.work import Outcome, Reply
from core.phrasebook import load_languages
from core.ports import Tx
from core.storage.store import SqlStore
from core.testing.clocks import MONDAY_MORNING
from tests.flow.chatting import CHATTING, Person
from tests.flow.post import LAMP, OFFICE, ROAD, ROOT, SRI, WATI, Post, a_mail, a_tweet

LANGUAGES = load_languages(ROOT / "config" / "replies")
CAROL = Address("tel", "6281234567890")
INDONESIAN = re.compile(
    r"\b(?:laporan|anda|kami|instansi|balas|diteruskan|selesai|paling|lambat|terima|tindak|alasannya|bahasa|tulis)\b",
    re.IGNORECASE,
)
OF_STAFF = re.compile(r"Sudah kami tambal|Selesai\.")
AGAIN = "Sampai hari ini lampu jalan di Jl Kenanga RT 03 RW 05 Margahayu Bekasi masih mati, mohon diperbaiki"


def an_sms(text: str = ROAD, **given: str) -> Inbound:
    external_id = new_id()
    return Inbound(
        channel="sms",
        connection="main",
        external_id=external_id,
        sender=CAROL,
        received_at=MONDAY_MORNING,
        text=text,
        fingerprint=external_id.encode(),
        **given,
    )


NETWORKS: dict[str, Callable[..., Inbound]] = {"sms": an_sms, "email": a_mail, "twitter": a_tweet}


@pytest.fixture
def post(store: SqlStore) -> Post:
    """The core with every language that there is, on each database."""
    return Post(store, office=replace(OFFICE, languages=LANGUAGES))


async def speak(post: Post, sender: Address, tongue: str) -> None:
    def choose(tx: Tx) -> None:
        language.speak(tx, tx.contacts.lock(sender.scheme, sender.value), tongue)

    await post.store.write(choose)


def in_english(*replies: Reply) -> bool:
    """All of them, in public and in private, what staff wrote aside."""
    said = [text for reply in replies for text in (reply.outbound.text, reply.outbound.private) if text]
    return bool(said) and not any(INDONESIAN.search(OF_STAFF.sub("", text)) for text in said)


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_whole_life_is_told_in_the_language_that_was_asked_for(post: Post, network: str) -> None:
    write = NETWORKS[network]
    first = write()
    await speak(post, first.sender, "en")

    report, received = await post.file(first)
    asked = await post.ask(report, "Which lane?")
    answered = await post.bring(write(f"ANSWER {report.tracking_id} the left lane"))
    verified = await post.verify(report)
    status = await post.bring(write(f"STATUS {report.tracking_id}"))
    followed = await post.respond(report)
    unsolved = await post.bring(write(f"UNSOLVED {report.tracking_id} it broke again"))
    await post.respond(report)
    closed = await post.close(report)
    rated = await post.bring(write(f"SATISFIED {report.tracking_id} 4"))

    told = [received, *asked, *answered, *verified, *status, *followed, *unsolved, *closed, *rated]
    events = ["received", "question", "answered", "verified", "status", "follow_up", "reopened", "closed_by_admin"]
    assert [reply.event for reply in told] == [*events, "satisfied"]
    assert in_english(*told)
    assert (await post.report(report.id)).rating == 4


async def test_without_a_choice_everything_is_told_in_indonesian(post: Post) -> None:
    report, received = await post.file(an_sms())
    verified = await post.verify(report)

    assert not any(in_english(reply) for reply in (received, *verified))


async def test_a_choice_in_the_middle_holds_for_the_reports_that_are_there(post: Post) -> None:
    first = an_sms()
    report, received = await post.file(first)

    await speak(post, first.sender, "en")
    (verified,) = await post.verify(report)
    await speak(post, first.sender, "id")
    (followed,) = await post.respond(report)

    assert [in_english(reply) for reply in (received, verified, followed)] == [False, True, False]


async def test_the_choice_outlives_the_message_and_later_reports(post: Post) -> None:
    await speak(post, CAROL, "en")
    await post.bring(an_sms("STOP"))
    started = await post.bring(an_sms("START"))
    listed = await post.bring(an_sms("STATUS"))
    road, _ = await post.file(an_sms(ROAD))
    lamp, second = await post.file(an_sms(LAMP))

    assert in_english(*started, *listed, second)
    assert {road.language, lamp.language} == {"en"}
    assert (await post.write(lambda tx: tx.contacts.lock(CAROL.scheme, CAROL.value))).language == "en"


async def test_a_repeat_and_a_list_of_reports_are_told_in_it(post: Post) -> None:
    await speak(post, CAROL, "en")
    await post.file(an_sms(ROAD))
    await post.file(an_sms(LAMP))

    repeated = await post.bring(an_sms(AGAIN))
    listed = await post.bring(an_sms("STATUS"))

    assert [reply.event for reply in (*repeated, *listed)] == ["repeated", "status_list"]
    assert in_english(*repeated, *listed)
    assert "Not checked yet" in listed[0].outbound.text


async def test_a_reason_is_named_in_the_reporter_s_language_and_kept_in_that_of_staff(post: Post) -> None:
    await speak(post, CAROL, "en")
    report, _ = await post.file(an_sms())
    number, reason = report.tracking_id, ArchiveReason.UNCLEAR

    await post.write(
        lambda tx: verification.archive(tx, number, reason, "Which road?", SRI, office=post.office, now=post.now)
    )
    (told,) = await post.send()
    (line,) = await post.lines(report, Event.ARCHIVED)

    assert "The report is not clear. Which road?" in told.outbound.text
    assert line.text == "Isi laporan tidak jelas. Which road?"


async def test_whoever_supports_a_report_is_told_in_their_own_language(post: Post) -> None:
    await speak(post, CAROL, "en")
    first, _ = await post.file(a_mail())
    joined = await post.bring(an_sms())
    (second,) = [each for each in await post.reports() if each.reporter == CAROL]

    verified = {reply.outbound.channel: reply for reply in await post.verify(first)}

    assert second.duplicate_of == first.id
    assert in_english(*joined)
    assert [in_english(verified[channel]) for channel in ("email", "sms")] == [False, True]


async def test_a_parked_message_that_staff_make_a_report_of_is_answered_in_it(post: Post) -> None:
    tweet = a_tweet("Jalannya rusak parah", sender=WATI, mention=True)
    await speak(post, WATI, "en")
    await post.bring(tweet)
    stored = await post.message(tweet)
    assert stored.outcome is Outcome.PARKED

    def adopt(tx: Tx) -> Report:
        return triage.make_report(tx, stored.id, SRI, office=post.office, now=post.now)

    made = await post.write(adopt)

    assert made.language == "en"
    assert in_english(*await post.send())


async def test_a_language_that_nobody_speaks_any_more_is_answered_in_the_deployment_s(post: Post) -> None:
    await speak(post, CAROL, "nl")

    _, received = await post.file(an_sms())

    assert not in_english(received)


async def test_the_language_of_a_page_is_spoken_to_whoever_chose_none(post: Post) -> None:
    _, received = await post.file(an_sms(language="en"))
    status = await post.bring(an_sms("STATUS"))

    assert in_english(received, *status)


async def test_ones_own_choice_stands_above_the_language_of_a_page(post: Post) -> None:
    await speak(post, CAROL, "id")

    _, received = await post.file(an_sms(language="en"))

    assert not in_english(received)


@pytest.mark.parametrize("page", ["", "id", "nl", "x" * 50])
async def test_a_page_in_no_other_language_of_ours_changes_nothing(post: Post, page: str) -> None:
    _, received = await post.file(an_sms(language=page))

    assert not in_english(received)
    assert (await post.write(lambda tx: tx.contacts.lock(CAROL.scheme, CAROL.value))).language == ""


async def converse(person: Person, *texts: str) -> list[str]:
    """Each of them said after the bot's pause; all that came back."""
    return [said for text in texts for said in (*await person.says(text), *await person.waits(timedelta(seconds=5)))]


@pytest.mark.parametrize("network", ["sms", "telegram", "webchat"])
async def test_whoever_asks_the_bot_for_english_reads_it_to_the_end(store: SqlStore, network: str) -> None:
    person = Person(store, office=replace(CHATTING, languages=LANGUAGES), network=network)

    before = await converse(person, "LAPOR")
    asked = await converse(person, "ENGLISH", "The road is broken", "Jl. Kenanga, Bekasi", "since yesterday", "SEND")
    (report,) = await person.reports()
    await person.ask(report, "Which lane?")
    answered = await converse(person, "the left lane", f"STATUS {report.tracking_id}")
    await person.verify(report)
    await person.respond(report)
    await converse(person, f"UNSOLVED {report.tracking_id} it broke again")
    await person.close(report)
    rated = await converse(person, f"SATISFIED {report.tracking_id} 4", "INDONESIA")

    told = [OF_STAFF.sub("", text) for text in await person.told()]
    assert not any(INDONESIAN.search(text) for text in told[len(before) : -1])
    assert all(INDONESIAN.search(text) for text in (*before, told[-1]))
    assert any("Where did it happen?" in text for text in asked)
    assert "thank you, we have your answer" in answered[0].casefold()
    assert "thank you for your rating" in rated[0].casefold()
    assert report.language == "en"
    assert (await person.report(report.id)).language == "id"


@pytest.mark.parametrize(("send", "yes"), [("kintun", "nggih"), ("Kirim ayeuna", "muhun")])
async def test_words_of_the_region_send_a_report(store: SqlStore, send: str, yes: str) -> None:
    person = Person(store, office=CHATTING, network="webchat")

    await converse(person, "Sugeng enjing", "Pipa PDAM bocor di Jl. Melati RT 02 Bantul", "durung", send)
    again = await converse(person, "Lampu jalan mati di Jl. Kenanga RT 03 Bantul kemarin", "anyar", yes)

    reports = {report.original_text for report in await person.reports()}
    assert "Pipa PDAM bocor di Jl. Melati RT 02 Bantul" in reports
    assert len(reports) == 2, again


async def test_a_choice_and_a_question_at_the_same_moment_both_hold(post: Post) -> None:
    senders = [Address("tel", f"62812345678{n:02}") for n in range(10)]
    messages = [replace(an_sms(f"Lampu mati di Jl. {sender.value}"), sender=sender) for sender in senders]
    for message in messages:
        await post.bring(message)
    filed = [await post.report_of(message) for message in messages]

    def ask(tx: Tx, report: Report) -> None:
        verification.ask(tx, report.tracking_id, "RT berapa?", SRI, office=post.office, now=post.now)

    asking = [post.store.write(partial(ask, report=report)) for report in filed]
    await asyncio.gather(*asking, *(speak(post, sender, "en") for sender in senders))

    assert {(await post.report(each.id)).language for each in filed} == {"en"}
    for sender, report in zip(senders, filed, strict=True):
        contact = await post.write(lambda tx, s=sender: tx.contacts.lock(s.scheme, s.value))
        assert (contact.language, contact.question) == ("en", report.id)
