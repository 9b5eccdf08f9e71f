"""Mails in somebody else's name: what the network doubts speaks for nobody, and nobody loses a mail by it."""

from typing import Any

import pytest

from core import triage
from core.model.lifecycle import State
from core.model.message import Inbound, Mark
from core.model.report import Event
from core.storage.store import SqlStore
from core.tracking import show
from tests.flow.post import BUDI, LAMP, ROAD, SITI, SRI, Post, a_mail


@pytest.fixture
def post(store: SqlStore) -> Post:
    """The core, on each database."""
    return Post(store)


def forged(text: str, **given: Any) -> Inbound:
    """A mail that says it is Siti's."""
    return a_mail(text, sender=SITI, marks=(Mark.SENDER_DOUBTFUL,), **given)


@pytest.mark.parametrize("words", ["BATAL {0}", "PUAS {0} 5", "BELUM {0} masih rusak", "BALAS {0} sudah saya cabut"])
async def test_a_number_alone_does_not_make_a_doubtful_sender_its_reporter(post: Post, words: str) -> None:
    report, _ = await post.file()
    lines = await post.lines(report)

    (reply,) = await post.bring(forged(words.format(report.tracking_id)))

    assert (reply.event, (await post.report(report.id)).state) == ("not_found", State.UNVERIFIED)
    assert await post.lines(report) == lines


@pytest.mark.parametrize("words", ["BATAL", "PUAS", "BELUM masih rusak"])
@pytest.mark.parametrize("is_in_thread", [True, False])
async def test_nor_does_a_command_without_a_number(post: Post, words: str, is_in_thread: bool) -> None:
    report, first = await post.file()

    await post.bring(forged(words, belongs_to=(first.id,) if is_in_thread else ()))

    assert (await post.report(report.id)).state is State.UNVERIFIED
    assert await post.lines(report, Event.WITHDRAWN, Event.SATISFIED, Event.UNSATISFIED, Event.ADDED) == []


async def test_number_and_pin_tell_a_doubtful_sender_the_state_and_are_not_remembered(post: Post) -> None:
    report, _ = await post.file()
    words = f"STATUS {report.tracking_id} {await post.pin(report)}"

    (reply,) = await post.bring(a_mail(words, sender=BUDI, marks=(Mark.SENDER_DOUBTFUL,)))

    assert (reply.event, reply.report_id) == ("status", report.id)
    assert await post.read(lambda tx: list(tx.reachable.of(report.id))) == []


@pytest.mark.parametrize("how", ["thread", "title"])
async def test_words_of_a_doubtful_sender_to_a_report_wait_for_a_person(post: Post, how: str) -> None:
    report, first = await post.file()
    given = {"belongs_to": (first.id,)} if how == "thread" else {"title": f"Laporan {show(report.tracking_id)}"}
    mail = forged("Sudah saya cabut, tidak usah diproses", **given)

    replies = await post.bring(mail)

    assert (replies, await post.outcome(mail)) == ([], ("parked", "stranger"))
    assert len(await post.lines(report)) == 1


async def test_whoever_holds_our_mail_may_still_add_as_somebody_else(post: Post) -> None:
    report, first = await post.file()

    await post.bring(forged("Masih rusak", belongs_to=(first.id,), proven=True))

    assert [line.text for line in await post.lines(report, Event.ADDED_ELSEWHERE)] == ["Masih rusak"]
    assert {Mark.SENDER_DOUBTFUL, Mark.OTHER_ADDRESS} <= set((await post.report(report.id)).marks)


async def test_an_open_question_is_not_answered_in_somebodys_name(post: Post) -> None:
    report, _ = await post.file()
    await post.ask(report, "RT berapa?")
    mail = forged("RT 99")

    await post.bring(mail)

    assert (await post.report(report.id)).state is State.AWAITING_INFORMATION
    assert await post.outcome(mail) == ("parked", "stranger")


async def test_a_report_of_a_doubtful_sender_stands_alone_and_is_answered(post: Post) -> None:
    earlier, _ = await post.file()
    mails = [forged(ROAD), forged(LAMP)]

    events = [[reply.event for reply in await post.bring(mail)] for mail in mails]

    assert events == [["received"], ["received"]]
    assert [(await post.report_of(mail)).marks for mail in mails] == [(Mark.SENDER_DOUBTFUL,)] * 2
    assert len(await post.lines(earlier, Event.REPEATED, Event.ADDED)) == 0


async def test_a_person_who_attaches_such_words_sees_them_marked(post: Post) -> None:
    report, first = await post.file()
    mail = forged("Tambahan dari Siti", belongs_to=(first.id,))
    await post.bring(mail)
    message_id, number = (await post.message(mail)).id, report.tracking_id

    await post.write(lambda tx: triage.attach(tx, message_id, number, SRI, office=post.office, now=post.now))

    (line,) = await post.lines(report, Event.ADDED_ELSEWHERE)
    assert (line.text, line.public) == ("Tambahan dari Siti", False)


@pytest.mark.parametrize("whose", ["nobody's", "another's", "her own"])
async def test_only_who_holds_our_mail_to_a_doubtful_sender_stops_further_ones(post: Post, whose: str) -> None:
    _, first = await post.file()
    _, others = await post.file(a_mail(LAMP, sender=BUDI))
    held = {"nobody's": (), "another's": (others.id,), "her own": (first.id,)}[whose]

    (reply,) = await post.bring(forged("BERHENTI", belongs_to=held, proven=bool(held)))

    is_silent = await post.read(lambda tx: tx.contacts.is_opted_out(SITI.scheme, SITI.value))
    assert (is_silent, reply.event) == ((True, "stopped") if whose == "her own" else (False, "help"))
