"""A chat becomes a report: the visitor's words, their address, their channel; and what operators look up beside it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import canned, consulting, fetching, language, reporting
from core.chatting import Lapsed, Taken
from core.model.lifecycle import NotAllowed, Role, State
from core.model.message import Attachment
from core.model.report import Event, Report
from core.model.talk import CannedAnswer, Owner
from core.model.work import JobKind, Outcome
from core.reporting import AlreadyReported, NothingSaid, Order, WrongChoice
from core.talks import ShortcutTaken
from core.testing.builders import a_report
from tests.flow.desk import Desk, Visitor, open_desk, somebody

PICTURE = Attachment("ab" * 16, "image/jpeg", 1024, name="lubang.jpg")
OTHER = Attachment("cd" * 16, "image/jpeg", 2048, name="salah.jpg")


@pytest.fixture
async def desk(tmp_path: Path, database_url: str) -> AsyncIterator[Desk]:
    """Two operators and nobody waiting."""
    async with open_desk(tmp_path, database_url) as opened:
        yield opened


async def in_talk(desk: Desk, *, channel: str = "webchat") -> tuple[Visitor, str]:
    """Rina has somebody who told of a hole in the road."""
    visitor, chat_id = await desk.caller(channel=channel)
    await desk.take_next(desk.rina)
    await visitor.say("Jalan depan SDN 3 Serpong berlubang", PICTURE)
    await desk.speak(chat_id, "Sejak kapan?", desk.rina)
    await visitor.say("Sejak Senin, sudah dua motor jatuh", OTHER)
    return visitor, chat_id


async def make(desk: Desk, chat_id: str, order: Order) -> Report:
    """Rina sends the form."""
    return await desk.do(
        lambda tx: reporting.make_report(tx, chat_id, order, desk.rina, office=desk.office, now=desk.now)
    )


async def test_the_form_is_filled_from_the_talk(desk: Desk) -> None:
    _, chat_id = await in_talk(desk)

    filled = await desk.store.read(
        lambda tx: reporting.propose(tx, chat_id, desk.rina, office=desk.office, now=desk.now)
    )

    assert filled.text.splitlines()[-2:] == [
        "Jalan depan SDN 3 Serpong berlubang",
        "Sejak Senin, sudah dua motor jatuh",
    ]
    assert "Sejak kapan?" not in filled.text, "only the visitor's words"
    assert filled.files == (PICTURE, OTHER)


@pytest.mark.parametrize("channel", ["webchat", "telegram"])
async def test_a_report_from_the_talk_is_the_visitors(desk: Desk, channel: str) -> None:
    visitor, chat_id = await in_talk(desk, channel=channel)
    category = desk.office.directory.categories[0].id
    order = Order(
        "Jalan di depan SDN 3 Serpong berlubang sejak Senin.",
        title="Jalan berlubang",
        classification="complaint",
        category=category,
        place="Depan SDN 3 Serpong",
        agency="kota-bekasi",
        secret=True,
        files=(PICTURE.id, "ff" * 16),
    )

    made = await make(desk, chat_id, order)

    report = await desk.store.read(lambda tx: tx.reports.get(made.id))
    assert report is not None
    assert (report.reporter, report.channel, report.state) == (visitor.address, channel, State.UNVERIFIED)
    assert (report.text, report.title, report.place) == (order.text, order.title, order.place)
    assert (report.classification, report.category, report.agency) == ("complaint", category, "kota-bekasi")
    assert (report.secret, report.anonymous, report.entered_by) == (True, False, "rina")
    assert report.attachments == (PICTURE,), "the files that were chosen, and no others"
    history = await desk.store.read(lambda tx: tx.history.of(report.id))
    assert [(line.event, line.actor) for line in history] == [(Event.RECEIVED, "rina")]
    told = next(reply for reply in await replies(desk, report.id) if reply.event == "received")
    assert told.outbound.to == visitor.address
    pin = re.findall(r"\b\d{6}\b", told.outbound.text)[0]
    assert await desk.store.read(lambda tx: tx.reports.pin_agrees(report.id, pin))
    assert await desk.store.read(lambda tx: tx.jobs.find(JobKind.MATCH, report.id))


async def replies(desk: Desk, report_id: str) -> list:
    return list(await desk.store.read(lambda tx: tx.outbox.of_report(report_id)))


async def test_what_was_said_settles_to_the_report(desk: Desk) -> None:
    visitor, chat_id = await in_talk(desk)

    report = await make(desk, chat_id, Order("Jalan berlubang"))

    settled = await desk.store.read(lambda tx: tx.messages.of_report(report.id))
    assert sorted(message.outcome for message in settled) == sorted(
        [Outcome.REPORT, *[Outcome.PIECE] * (len(settled) - 1)]
    )
    said = [line.message_id for line in await visitor.lines() if line.message_id]
    assert {message.id for message in settled} == set(said)
    with pytest.raises(AlreadyReported, match=report.tracking_id):
        await make(desk, chat_id, Order("Sekali lagi"))
    assert len(await desk.store.read(lambda tx: tx.reports.queue(states=(), limit=10))) == 1


async def test_the_draft_of_the_bot_is_used_up(desk: Desk) -> None:
    visitor = desk.visitor()
    first = await visitor.say("Lampu jalan mati di Jalan Raya Serpong KM 7", PICTURE)
    chat_id = await visitor.call()
    await desk.take_next(desk.rina)
    await visitor.say("Sudah seminggu")

    filled = await desk.store.read(
        lambda tx: reporting.propose(tx, chat_id, desk.rina, office=desk.office, now=desk.now)
    )
    await make(desk, chat_id, Order(filled.text, place=filled.place, files=(PICTURE.id,), closes=True))

    await desk.work()
    assert filled.text.splitlines() == ["Lampu jalan mati di Jalan Raya Serpong KM 7", "Sudah seminggu"]
    talk = await visitor.talk()
    assert (talk.owner, talk.dialogue.draft) == (Owner.BOT, None)
    report = (await desk.store.read(lambda tx: tx.reports.queue(states=(), limit=10)))[0]
    settled = await desk.store.read(lambda tx: tx.messages.of_report(report.id))
    assert first in {message.id for message in settled}


async def test_nothing_is_made_without_words_or_with_what_there_is_not(desk: Desk) -> None:
    _, chat_id = await in_talk(desk)

    with pytest.raises(NothingSaid):
        await make(desk, chat_id, Order(" \n "))
    for name in ("classification", "category", "agency"):
        with pytest.raises(WrongChoice, match=name):
            await make(desk, chat_id, replace(Order("Jalan berlubang"), **{name: "tidak-ada"}))
    assert await desk.store.read(lambda tx: tx.reports.queue(states=(), limit=10)) == []


async def test_only_who_holds_the_chat_makes_a_report_or_looks_anything_up(desk: Desk) -> None:
    _, chat_id = await in_talk(desk)
    told = {"office": desk.office, "now": desk.now}
    number = a_report().tracking_id

    with pytest.raises(Taken):
        await desk.do(lambda tx: reporting.make_report(tx, chat_id, Order("x"), desk.tono, **told))
    with pytest.raises(Taken):
        await desk.store.read(lambda tx: reporting.propose(tx, chat_id, desk.tono, **told))
    with pytest.raises(Taken):
        await desk.store.read(lambda tx: consulting.reports_of(tx, chat_id, desk.tono, **told))
    with pytest.raises(Taken):
        await desk.do(lambda tx: consulting.look_up(tx, chat_id, number, desk.tono, **told))
    desk.clock.forward(desk.office.rules.chat_lease)
    with pytest.raises(Lapsed):
        await make(desk, chat_id, Order("Jalan berlubang"))
    for role in set(Role) - {Role.CHAT_OPERATOR, Role.NATIONAL_ADMIN}:
        other = replace(desk.rina, role=role)
        with pytest.raises(NotAllowed):
            await desk.do(lambda tx, one=other: reporting.make_report(tx, chat_id, Order("x"), one, **told))
        with pytest.raises(NotAllowed):
            await desk.do(lambda tx, one=other: consulting.look_up(tx, chat_id, number, one, **told))


async def test_a_number_is_looked_up_within_the_operators_rights(desk: Desk) -> None:
    visitor, chat_id = await in_talk(desk)
    mine = replace(a_report(reporter=visitor.address), agency="kota-bekasi", secret=True)
    other = replace(a_report(), agency="kota-bekasi")
    secret = replace(a_report(), agency="kota-bekasi", secret=True)
    await desk.do(lambda tx: tx.reports.add_all([(report, "123456") for report in (mine, other, secret)]))
    told = {"office": desk.office, "now": desk.now}

    async def look_up(number: str, staff: object = desk.rina) -> consulting.Found | None:
        return await desk.do(lambda tx: consulting.look_up(tx, chat_id, number, staff, **told))

    own, others, hidden = [await look_up(report.tracking_id) for report in (mine, other, secret)]
    assert own is not None
    assert own.is_visitors
    assert others is not None
    assert mine.tracking_id[:4] in own.answer
    assert not others.is_visitors
    assert other.tracking_id[:4] in others.answer
    assert hidden is not None
    assert hidden.answer == "", "of a stranger's secret report nothing is said"
    assert await look_up("0000000000") is None
    assert await look_up(other.tracking_id, replace(desk.rina, agency="kab-nganjuk")) is None
    reports = await desk.store.read(lambda tx: consulting.reports_of(tx, chat_id, desk.rina, **told))
    assert [report.id for report in reports] == [mine.id]


async def test_what_a_visitor_may_be_told_is_said_in_their_language(desk: Desk) -> None:
    visitor, chat_id = await in_talk(desk)
    mine = replace(a_report(reporter=visitor.address), agency="kota-bekasi")
    await desk.do(lambda tx: tx.reports.add_all([(mine, "123456")]))
    address = visitor.address
    await desk.do(lambda tx: language.speak(tx, tx.contacts.lock(address.scheme, address.value), "en"))

    found = await desk.do(
        lambda tx: consulting.look_up(tx, chat_id, mine.tracking_id, desk.rina, office=desk.office, now=desk.now)
    )

    assert found is not None
    assert "Status: Not checked yet. Agency: Pemerintah Kota Bekasi." in found.answer


async def test_canned_answers_are_kept_by_admins_of_their_agency(desk: Desk) -> None:
    told = {"office": desk.office}
    bekasi = somebody("ani", role=Role.AGENCY_ADMIN, agency="kota-bekasi")
    national = somebody("sri", role=Role.NATIONAL_ADMIN, agency="")
    salam = CannedAnswer("", "/Salam", "Selamat pagi")

    for staff, answer in (
        (bekasi, salam),
        (bekasi, replace(salam, agency="kab-nganjuk")),
        (desk.rina, salam),
        (desk.rina, replace(salam, agency="nasional")),
    ):
        with pytest.raises(NotAllowed):
            await desk.do(lambda tx, a=answer, s=staff: canned.save(tx, a, s, **told))
    for field, value in (("shortcut", "dua kata"), ("text", " "), ("language", "xx"), ("text", "x" * 2_001)):
        with pytest.raises(canned.BadAnswer, match=field):
            await desk.do(lambda tx, f=field, v=value: canned.save(tx, replace(salam, **{f: v}), national, **told))
    everyones = await desk.do(lambda tx: canned.save(tx, salam, national, **told))
    theirs = await desk.do(lambda tx: canned.save(tx, replace(salam, agency="kota-bekasi"), bekasi, **told))
    with pytest.raises(ShortcutTaken):
        await desk.do(lambda tx: canned.save(tx, salam, national, **told))
    with pytest.raises(canned.UnknownAnswer):
        await desk.do(lambda tx: canned.drop(tx, everyones.id, bekasi, **told))

    assert everyones.shortcut == "salam"
    usable = await desk.store.read(lambda tx: canned.usable(tx, replace(desk.rina, agency="kota-bekasi"), **told))
    assert {answer.id for answer in usable} == {everyones.id, theirs.id}
    assert [answer.id for answer in await desk.store.read(lambda tx: canned.manageable(tx, bekasi, **told))] == [
        theirs.id
    ]
    await desk.do(lambda tx: canned.drop(tx, theirs.id, bekasi, **told))
    assert await desk.store.read(lambda tx: canned.manageable(tx, bekasi, **told)) == []


async def test_a_message_whose_file_came_late_is_part_of_the_report(desk: Desk) -> None:
    visitor, chat_id = await desk.caller(channel="telegram")
    await desk.take_next(desk.rina)
    message_id = await visitor.say("Jalan depan SDN 3 Serpong berlubang")
    await desk.do(lambda tx: fetching.attach_file(tx, message_id, PICTURE, now=desk.now))

    filled = await desk.store.read(
        lambda tx: reporting.propose(tx, chat_id, desk.rina, office=desk.office, now=desk.now)
    )

    assert "Jalan depan SDN 3 Serpong berlubang" in filled.text
    assert filled.files == (PICTURE,)
