"""What a person decides about messages that are no report by themselves."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from core import triage
from core.casework import UnknownReport
from core.ids import new_id
from core.model.lifecycle import NotAllowed, Role
from core.model.message import Inbound, Mark
from core.model.people import Staff
from core.model.report import Event, Report
from core.ports import Tx
from core.storage.store import SqlStore
from core.testing.clocks import MONDAY_MORNING
from core.triage import AlreadySettled, Dismissal, UnknownMessage, WaitsFor
from tests.flow.post import BUDI, DEWI, LAMP, ROAD, SRI, Post, a_mail, a_tweet

ROOT_ADMIN = Staff(new_id(), "endang", Role.AGENCY_ADMIN, "nasional", MONDAY_MORNING)
OFFICER = Staff(new_id(), "tono", Role.LIAISON_OFFICER, "nasional", MONDAY_MORNING)


@pytest.fixture
def post(store: SqlStore) -> Post:
    """The core, on each database."""
    return Post(store)


async def parked(post: Post, message: Inbound) -> str:
    """The id of a message that waits now."""
    assert await post.bring(message) == []
    found = await post.message(message)
    assert found.outcome.value == "parked"
    return found.id


def a_mention(text: str = LAMP, **given: object) -> Inbound:
    return a_tweet(text, mention=True, **given)


async def test_what_waits_is_listed_with_why_and_the_report_it_names(post: Post) -> None:
    report, first = await post.file()
    mention = await parked(post, a_mention())
    stranger = await parked(post, a_mail(LAMP, sender=BUDI, belongs_to=(first.id,)))
    titled = await parked(post, a_mail(LAMP, sender=BUDI, title=f"Laporan {report.tracking_id}"))
    unreadable = await parked(post, a_mail("", unreadable=True))

    found = await post.read(lambda tx: triage.waiting(tx, SRI, office=post.office))

    assert [(each.stored.id, each.reason, each.report and each.report.id) for each in found] == [
        (mention, WaitsFor.MENTION, None),
        (stranger, WaitsFor.STRANGER, report.id),
        (titled, WaitsFor.STRANGER, report.id),
        (unreadable, WaitsFor.UNREADABLE, None),
    ]
    assert await post.read(lambda tx: triage.count(tx, SRI, office=post.office)) == 4


async def test_the_list_goes_on_behind_a_message_and_within_a_channel(post: Post) -> None:
    tweets = [await parked(post, a_mention(f"{LAMP} {n}")) for n in range(3)]
    mail = await parked(post, a_mail("", unreadable=True))

    behind = await post.read(lambda tx: triage.waiting(tx, SRI, office=post.office, after=tweets[0], limit=2))
    mails = await post.read(lambda tx: triage.waiting(tx, SRI, office=post.office, channel="email"))

    assert [each.stored.id for each in behind] == tweets[1:]
    assert [each.stored.id for each in mails] == [mail]


@pytest.mark.parametrize(("staff", "allowed"), [(SRI, True), (ROOT_ADMIN, True), (DEWI, False), (OFFICER, False)])
async def test_the_national_agencys_admins_decide(post: Post, staff: Staff, allowed: bool) -> None:
    message_id = await parked(post, a_mention())
    attempts: list[Callable[[Tx], object]] = [
        lambda tx: triage.waiting(tx, staff, office=post.office),
        lambda tx: triage.find(tx, message_id, staff, office=post.office),
        lambda tx: triage.dismiss(tx, message_id, staff, Dismissal.SPAM, office=post.office),
    ]

    refused = []
    for attempt in attempts:
        try:
            await post.write(attempt)
        except NotAllowed:
            refused.append(attempt)

    assert refused == ([] if allowed else attempts)
    assert await post.read(lambda tx: triage.count(tx, DEWI, office=post.office)) == 0


async def test_a_mention_is_made_a_report_as_if_it_had_just_come(post: Post) -> None:
    mention = a_mention()
    message_id = await parked(post, mention)
    post.now += timedelta(days=2)

    report = await post.write(lambda tx: triage.make_report(tx, message_id, SRI, office=post.office, now=post.now))

    (reply,) = await post.send()
    (line,) = await post.lines(report, Event.RECEIVED)
    assert (report.received_at, report.text, report.entered_by) == (mention.received_at, LAMP, "sri")
    assert (reply.event, reply.outbound.to, line.actor) == ("received", mention.sender, "sri")
    assert len(await post.pin(report)) == 6
    assert await post.outcome(mention) == ("report", "sri")
    assert await post.balance() == {0}


async def test_a_mention_without_words_means_what_stands_around(post: Post) -> None:
    message_id = await parked(post, a_mention("", context=ROAD))

    report = await post.write(lambda tx: triage.make_report(tx, message_id, SRI, office=post.office, now=post.now))

    assert report.text == ROAD


async def test_what_nobody_could_read_is_made_a_marked_report(post: Post) -> None:
    message_id = await parked(post, a_mail("", unreadable=True))

    report = await post.write(lambda tx: triage.make_report(tx, message_id, SRI, office=post.office, now=post.now))

    assert Mark.UNREADABLE in report.marks
    assert "tidak dapat dibaca" in report.text


async def test_a_strangers_words_are_attached_for_staff_alone(post: Post) -> None:
    report, first = await post.file()
    mail = a_mail("Saya juga mengalami", sender=BUDI, belongs_to=(first.id,))
    message_id = await parked(post, mail)

    await post.write(
        lambda tx: triage.attach(tx, message_id, report.tracking_id, SRI, office=post.office, now=post.now)
    )

    (line,) = await post.lines(report, Event.ADDED_ELSEWHERE)
    assert (line.text, line.public, line.actor) == ("Saya juga mengalami", False, "sri")
    assert Mark.OTHER_ADDRESS in (await post.report(report.id)).marks
    assert (await post.outcome(mail), await post.send()) == (("addition", "sri"), [])


async def test_the_reporters_own_words_are_attached_as_theirs(post: Post) -> None:
    tweet = a_tweet()
    report, _ = await post.file(tweet)
    message_id = await parked(post, a_mention("Hari ini jatuh lagi"))

    await post.write(
        lambda tx: triage.attach(tx, message_id, report.tracking_id, SRI, office=post.office, now=post.now)
    )

    (line,) = await post.lines(report, Event.ADDED)
    assert (line.text, line.public, line.actor) == ("Hari ini jatuh lagi", True, "reporter")
    assert (await post.report(report.id)).marks == ()


async def test_nothing_is_attached_to_a_report_out_of_sight(post: Post) -> None:
    message_id = await parked(post, a_mention())

    with pytest.raises(UnknownReport):
        await post.write(lambda tx: triage.attach(tx, message_id, "4821093759", SRI, office=post.office, now=post.now))

    assert await post.read(lambda tx: tx.messages.count_parked(most=9)) == 1


async def test_what_is_dismissed_stays_with_the_reason_and_who_decided(post: Post) -> None:
    mention = a_mention()
    message_id = await parked(post, mention)

    await post.write(lambda tx: triage.dismiss(tx, message_id, SRI, Dismissal.CHATTER, office=post.office))

    assert await post.outcome(mention) == ("dismissed", "chatter sri")
    assert await post.reports() == []


async def test_of_two_admins_at_once_one_decides(post: Post) -> None:
    message_id = await parked(post, a_mention())

    async def make(staff: Staff) -> Report:
        return await post.store.write(
            lambda tx: triage.make_report(tx, message_id, staff, office=post.office, now=post.now)
        )

    told = await asyncio.gather(*(make(each) for each in (SRI, ROOT_ADMIN, SRI)), return_exceptions=True)

    assert sorted(type(each).__name__ for each in told) == ["AlreadySettled", "AlreadySettled", "Report"]
    assert len(await post.reports()) == 1


async def test_an_ordinary_or_unknown_message_is_not_theirs_to_decide(post: Post) -> None:
    mail = a_mail()
    await post.file(mail)
    message_id = (await post.message(mail)).id

    with pytest.raises(AlreadySettled):
        await post.write(lambda tx: triage.dismiss(tx, message_id, SRI, Dismissal.SPAM, office=post.office))
    with pytest.raises(UnknownMessage):
        await post.write(lambda tx: triage.find(tx, new_id(), SRI, office=post.office))
