"""Mails from their cause to the relay: reporters who gave an address, and staff."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from channels.form.entry import enter
from channels.form.reading import Clerk as Typist
from channels.form.settings import FormSettings
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.message import Accepted
from core.model.notice import Choices, NoticeKind, Pace
from core.model.work import OutboxState
from core.noticing import News, tell_staff
from tests.channels.email.relay_peer import RelayPeer, Taken
from tests.flow.rig import Changes, Town, number_in, pin_in, until
from tests.flow.staff import UNIT, clerk, sri

WALK_IN = {
    "kind": "walk_in",
    "title": "Bantuan sosial tidak sampai",
    "text": "Ibu Ratna datang ke loket. Bantuan sosial bulan Oktober di Gang Mawar belum diterima tujuh keluarga.",
    "place": "Gang Mawar, Bekasi",
    "received_on": "hari ini",
    "no_scan": "1",
    "name": "Ratna Wulandari",
    "email": "ratna@contoh.id",
}


@pytest.fixture
async def relay() -> AsyncIterator[RelayPeer]:
    async with RelayPeer() as relay:
        yield relay


@pytest.fixture
def changed(relay: RelayPeer) -> Changes:
    return {
        "email": {
            "relay_url": f"smtp://127.0.0.1:{relay.port}",
            "from": "LAPOR! <lapor@lapor.example.go.id>",
            "watch_seconds": 0.2,
        },
        "push": {"seconds": 0.1},
        "http": {"port": 0, "public_url": "https://lapor.example.go.id/"},
    }


async def enter_form(town: Town, **changes: str) -> str:
    """Somebody at the counter types it; its number."""
    typist = Typist("sri", town.parts.clock.now(), ZoneInfo("Asia/Jakarta"))
    fields = {**WALK_IN, "token": new_id(), **changes}
    accepted: Accepted = await enter(
        fields, clerk=typist, settings=FormSettings(), attachments=(), intake=town.gateway.intake("form")
    )
    assert accepted.report is not None
    return accepted.report.tracking_id


async def mails(relay: RelayPeer, count: int) -> list[Taken]:
    async def came() -> bool:
        return len(relay.taken) >= count

    await until(came)
    return relay.taken


def html_of(mail: Taken) -> str:
    body = mail.letter.get_body(("html",))
    assert body is not None
    content: str = body.get_content()
    return content


async def test_who_gave_an_address_of_mail_gets_number_and_pin_and_hears_of_changes(
    town: Town, relay: RelayPeer
) -> None:
    number = await enter_form(town)
    await town.quiet()

    first = next(mail for mail in relay.taken if "PIN" in mail.text)
    assert first.recipient == "ratna@contoh.id"
    assert number_in(first.text) == number
    assert len(pin_in(first.text.replace("PIN Anda", "PIN"))) == 6
    assert "PIN" not in first.letter["Subject"]
    seen = len(relay.taken)
    await town.verify(number)
    (told,) = relay.taken[seen:]
    assert "diteruskan ke" in told.text


async def test_a_relay_that_is_away_costs_no_mail(town: Town, relay: RelayPeer) -> None:
    await relay.close()
    await enter_form(town, read_back="")
    await asyncio.sleep(0.3)
    assert not relay.taken

    await relay.open()

    await town.quiet()
    assert any("PIN" in mail.text for mail in relay.taken)
    ids = [mail.letter["Message-ID"] for mail in relay.taken]
    assert len(ids) == len(set(ids))


async def test_a_lost_answer_is_repeated_once_under_the_same_id_and_then_left_to_a_person(
    town: Town, relay: RelayPeer
) -> None:
    relay.drop_at("TEXT")
    number = await enter_form(town)
    await town.quiet()

    report = await town.report(number)
    replies = await town.read(lambda tx: tx.outbox.of_report(report.id))
    assert {reply.state for reply in replies} == {OutboxState.UNKNOWN}
    ids = [mail.letter["Message-ID"] for mail in relay.taken]
    assert sorted(ids) == sorted([*dict.fromkeys(ids)] * 2)
    assert ("reply_failed" in {event for event, _ in await town.events(number)}) is True


async def test_an_address_nobody_has_is_given_up(town: Town, relay: RelayPeer) -> None:
    relay.answer("RCPT", "550 5.1.1 User unknown")
    number = await enter_form(town)
    await town.quiet()

    report = await town.report(number)
    replies = await town.read(lambda tx: tx.outbox.of_report(report.id))
    assert {reply.state for reply in replies} == {OutboxState.UNWANTED}
    assert {reply.attempts for reply in replies} == {1}
    assert await town.read(lambda tx: tx.contacts.is_gone("mail", "ratna@contoh.id"))


async def test_an_address_that_refuses_one_mail_gets_the_next(town: Town, relay: RelayPeer) -> None:
    relay.answer("TEXT", "550 5.7.1 Message looks like spam")
    await enter_form(town)
    await town.quiet()

    assert not await town.read(lambda tx: tx.contacts.is_gone("mail", "ratna@contoh.id"))


async def test_staff_are_mailed_what_is_due_in_one_mail(town: Town, relay: RelayPeer) -> None:
    tono = clerk(town, "tono", Role.LIAISON_OFFICER, UNIT)
    person = replace(tono.staff, email="tono@nganjuk.example.go.id")
    await town.write(lambda tx: tx.people.add(person))
    await town.write(lambda tx: tx.notices.save_choices(person.id, Choices(pace=Pace.SOON)))
    number = number_in(await town.citizen().say("KAB. NGANJUK jembatan bambu di Dusun Sidorejo lapuk"))
    report = await sri(town).dispose(number, UNIT)
    before = town.parts.clock.now() - timedelta(minutes=5)

    for kind in (NoticeKind.REPORTER_ANSWERED, NoticeKind.DEADLINE_NEAR):
        news = News(kind, UNIT, frozenset({Role.LIAISON_OFFICER}))
        await town.write(lambda tx, news=news: tell_staff(tx, report, news, office=town.parts.office, now=before))  # type: ignore[misc]

    everything = "\n".join(mail.text for mail in await mails(relay, 1))
    assert {mail.recipient for mail in relay.taken} == {person.email}
    assert f"https://lapor.example.go.id/console/laporan/{number}" in everything
    assert f'<a href="https://lapor.example.go.id/console/laporan/{number}">' in html_of(relay.taken[0])
    assert "Sidorejo" not in everything
    assert relay.taken[0].letter["Auto-Submitted"] == "auto-generated"
