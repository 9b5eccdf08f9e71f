"""What staff take down: the reporter is told by SMS, known again by number, and asked whether it is right."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from channels.form.entry import enter
from channels.form.reading import Clerk
from channels.form.settings import FormSettings
from core import manual
from core.ids import new_id
from core.model.lifecycle import State
from core.model.message import Accepted
from core.model.work import OutboxState
from tests.flow.rig import Town, number_in, pin_in

LETTER = {
    "kind": "letter",
    "title": "Jembatan Desa Sukamaju putus",
    "text": "Dengan hormat, jembatan di Desa Sukamaju Kecamatan Cibitung putus diterjang banjir. Mohon perbaikan.",
    "place": "Desa Sukamaju, Cibitung",
    "agenda_number": "012/UM/XI/2026",
    "written_on": "kemarin",
    "received_on": "kemarin",
    "no_scan": "1",
    "phone": "0812-3456-7801",
}


class Office:
    """The front desk of a town."""

    def __init__(self, town: Town) -> None:
        self.town = town

    async def enter(self, changed: Mapping[str, str] | None = None, *, token: str = "") -> Accepted:
        parts = self.town.parts
        clerk = Clerk("sri", parts.clock.now(), ZoneInfo("Asia/Jakarta"))
        intake = self.town.gateway.intake("form")
        fields = {**LETTER, "token": token or new_id(), **(changed or {})}
        accepted = await enter(fields, clerk=clerk, settings=FormSettings(), attachments=(), intake=intake)
        await self.town.quiet()
        return accepted


@pytest.fixture
def desk(town: Town) -> Office:
    """Where letters are opened."""
    return Office(town)


def number_of(accepted: Accepted) -> str:
    """The tracking number a form was given."""
    assert accepted.report is not None
    return accepted.report.tracking_id


async def test_a_letter_is_answered_by_sms_followed_by_sms_and_rated_by_sms(town: Town, desk: Office) -> None:
    number = number_of(await desk.enter())
    siti = town.citizen("6281234567801")
    first, read_back = siti.new()

    assert number_in(first) == number
    assert len(pin_in(first)) == 6
    assert "Jembatan Desa Sukamaju putus" in read_back
    assert "Balas YA bila benar" in read_back
    assert number_in(await siti.say("STATUS")) == number
    await town.verify(number)
    assert "diteruskan ke" in siti.new()[0]
    await town.follow_up(number, "Jembatan darurat sudah dipasang.")
    assert "Jembatan darurat" in siti.new()[0]
    await siti.say(f"PUAS {number} 5")
    report = await town.report(number)
    assert (report.state, report.rating, report.channel) == (State.CLOSED_BY_REPORTER, 5, "form")


async def test_the_deadline_runs_from_receipt_and_the_history_names_who_took_it_down(town: Town, desk: Office) -> None:
    report = await town.report(number_of(await desk.enter()))
    lines = await town.read(lambda tx: tx.history.of(report.id))

    assert report.received_at < town.parts.clock.now() - timedelta(hours=6)
    assert report.verify_by == town.parts.office.deadline(report.received_at, 3, report.agency)
    assert (lines[0].actor, lines[0].event.value) == ("sri", "received")
    assert lines[0].at > report.received_at + timedelta(hours=6)
    assert (report.source, report.agenda_number, report.entered_by) == ("letter", "012/UM/XI/2026", "sri")


async def test_yes_confirms_what_was_read_back(town: Town, desk: Office) -> None:
    number = number_of(await desk.enter())
    siti = town.citizen("6281234567801")
    siti.new()

    assert "sudah kami terima" in await siti.say("Ya benar")

    assert ("confirmed", "Ya benar") in await town.events(number)
    assert len(await town.reports()) == 1


async def test_a_correction_goes_to_the_verifier(town: Town, desk: Office) -> None:
    number = number_of(await desk.enter())
    siti = town.citizen("6281234567801")
    siti.new()

    await siti.say("Bukan Cibitung tetapi Desa Sukamaju Kecamatan Tambun")

    assert ("answered", "Bukan Cibitung tetapi Desa Sukamaju Kecamatan Tambun") in await town.events(number)
    assert len(await town.reports()) == 1
    assert "diterima" in await siti.say("Sampah di Pasar Tambun tidak diangkut dua minggu, bau sekali")
    assert len(await town.reports()) == 2


async def test_after_some_days_other_words_are_another_report(
    town: Town, desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.enter()
    siti = town.citizen("6281234567801")
    siti.new()
    later = town.parts.clock.now() + town.parts.office.rules.read_back_within + timedelta(minutes=1)
    monkeypatch.setattr(type(town.parts.clock), "now", lambda _clock: later)

    reply = await siti.say("Sampah di Pasar Tambun tidak diangkut dua minggu, bau sekali")

    assert "laporan Anda diterima" in reply
    assert len(await town.reports()) == 2


async def test_an_admins_question_is_answered_by_plain_words(town: Town, desk: Office) -> None:
    number = number_of(await desk.enter({"no_read_back": "1"}))
    siti = town.citizen("6281234567801")
    assert len(siti.new()) == 1
    await town.ask(number, "RT dan RW berapa?")
    siti.new()

    await siti.say("RT 03 RW 07")

    assert (await town.report(number)).state is State.INFORMATION_RECEIVED


async def test_a_form_sent_twice_is_one_report_and_one_reply(town: Town, desk: Office) -> None:
    first = await desk.enter(token="t" * 32)
    again = await desk.enter(token="t" * 32)

    assert again.repeated
    assert number_of(again) == number_of(first)
    assert len(town.citizen("6281234567801").new()) == 2


async def test_a_secret_report_is_not_read_back(town: Town, desk: Office) -> None:
    await desk.enter({"secret": "1"})

    replies = town.citizen("6281234567801").new()

    assert len(replies) == 1
    assert "Jembatan" not in replies[0]


async def test_a_tweet_entered_twice_is_told_with_the_first_number_and_waits_for_staff_to_post(
    town: Town, desk: Office
) -> None:
    tweet = {"kind": "tweet", "url": "https://x.com/warga/status/1985240000000000000", "text": "Banjir", "phone": ""}
    first = await desk.enter(tweet)
    again = await desk.enter({**tweet, "url": "https://mobile.twitter.com/warga/status/1985240000000000000?s=20"})
    report = await town.report(number_of(first))
    await town.verify(report.tracking_id)
    replies = await town.read(lambda tx: tx.outbox.of_report(report.id))

    assert number_of(again) == report.tracking_id
    assert {(reply.event, reply.state) for reply in replies} == {("verified", OutboxState.AVAILABLE)}
    assert town.smsc.submits == []


async def test_a_landline_gets_no_sms(town: Town, desk: Office) -> None:
    report = await town.report(number_of(await desk.enter({"phone": "(0274) 512345"})))
    await town.verify(report.tracking_id)

    assert report.reporter.scheme == "tel"
    assert town.smsc.submits == []


async def test_a_second_letter_with_the_same_agenda_number_is_found(town: Town, desk: Office) -> None:
    number = number_of(await desk.enter())
    office, now = town.parts.office, town.parts.clock.now()

    found = await town.read(
        lambda tx: [
            [r.tracking_id for r in manual.earlier_letters(tx, written, town.admin, office=office, now=now)]
            for written in ("12 / um / xi / 2026", "013/UM/XI/2026", " ")
        ]
    )

    assert found == [[number], [], []]


async def test_who_wrote_a_letter_and_texts_the_same_has_one_report(town: Town, desk: Office) -> None:
    number = number_of(await desk.enter({"no_read_back": "1"}))
    siti = town.citizen("6281234567801")
    siti.new()

    await siti.tell(LETTER["text"])

    assert [report.tracking_id for report in await town.reports()] == [number]


async def test_greeting_again_changes_nothing_and_asks_nothing_again(town: Town, desk: Office) -> None:
    report = await town.report(number_of(await desk.enter()))
    siti = town.citizen("6281234567801")
    siti.new()
    await siti.say("Ya")
    office, now = town.parts.office, town.parts.clock.now()

    await town.write(lambda tx: manual.greet(tx, report.id, office=office, now=now))

    assert siti.new() == []
    assert "laporan Anda diterima" in await siti.say("Sampah di Pasar Tambun tidak diangkut dua minggu, bau sekali")
