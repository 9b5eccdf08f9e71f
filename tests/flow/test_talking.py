"""One dialogue on every network: what is said becomes one report, in one commit with what is answered."""

import asyncio
from datetime import timedelta

import pytest

from core.model.message import Part, RemoteFile
from core.model.report import Event, Report
from core.model.talk import Author, Owner
from core.model.work import Outcome
from core.storage.store import SqlStore
from core.talking import time_passed
from tests.flow.chatting import CHATTING, Person
from tests.flow.post import LAMP, ROAD, Post, a_mail

EVERYWHERE = pytest.mark.parametrize("network", ["sms", "telegram", "webchat"])
CHATS = pytest.mark.parametrize("network", ["telegram", "webchat"])
PAUSE = timedelta(seconds=5)


async def hears(person: Person, text: str) -> str:
    """The one thing that comes back, at once or after the pause."""
    said = await person.says(text) + await person.waits(PAUSE)
    assert len(said) == 1, said
    return said[0]


async def only_report(person: Person) -> Report:
    """There is one, and nothing is lost."""
    (report,) = await person.reports()
    assert await person.balance() <= {0}
    return report


@EVERYWHERE
async def test_one_script_makes_the_same_report_everywhere(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)

    heard = [
        await hears(person, text) for text in ("LAPOR", "Jalan rusak parah", "Jl. Kenanga, Bekasi", "sejak kemarin")
    ]
    first = await hears(person, "KIRIM")

    assert ["apa yang terjadi" in heard[0].casefold(), "Di mana" in heard[1], "Kapan" in heard[2]] == [True] * 3
    assert "irim" in heard[3]
    report = await only_report(person)
    assert report.original_text == "Jalan rusak parah\nJl. Kenanga, Bekasi\nsejak kemarin"
    assert (report.place, report.channel, report.reporter) == ("Jl. Kenanga, Bekasi", network, person.address)
    assert await person.read(lambda tx: tx.reports.pin_of(report.id)) in first
    outcomes = [each.outcome for each in await person.read(lambda tx: tx.messages.of_report(report.id))]
    assert sorted(outcomes) == [Outcome.PIECE, Outcome.PIECE, Outcome.REPORT]
    said = [line.text for line in await person.transcript() if line.author is Author.VISITOR]
    assert said == ["LAPOR", "Jalan rusak parah", "Jl. Kenanga, Bekasi", "sejak kemarin", "KIRIM"]


@CHATS
async def test_every_word_to_a_chat_is_a_line(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)

    await person.says(ROAD)
    await person.says("STATUS")
    await person.says("KIRIM")

    lines = await person.transcript()
    assert [line.text for line in lines if line.author is Author.BOT] == await person.told()
    assert [line.event for line in lines] == ["", "", "help", "", "received"]


async def test_sms_stays_as_it_was_unless_the_dialogue_is_asked_for(store: SqlStore) -> None:
    person = Person(store, CHATTING, network="sms")

    (said,) = await person.says(ROAD)

    assert "diterima" in said
    assert await person.read(lambda tx: tx.talks.find(person.address)) is None


@CHATS
async def test_messages_in_a_row_are_one_report_and_are_answered_once(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)

    said = [await person.says(text) for text in ("Lampu jalan mati", "di Jl. Mawar Depok", "sejak Senin")]
    asked = await person.waits(PAUSE)
    await person.says("KIRIM")

    assert said == [[], [], []]
    assert len(asked) == 1
    assert (await only_report(person)).original_text == "Lampu jalan mati\ndi Jl. Mawar Depok\nsejak Senin"


@CHATS
async def test_messages_that_come_together_keep_their_order(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)

    await person.brings(*(person.words(f"Bagian {n} dari cerita saya") for n in range(1, 8)))
    await person.says("KIRIM")

    expected = "\n".join(f"Bagian {n} dari cerita saya" for n in range(1, 8))
    assert (await only_report(person)).original_text == expected


async def test_two_messages_at_once_are_both_in_the_draft(store: SqlStore) -> None:
    person = Person(store, CHATTING)
    await person.take(person.words("Lampu jalan mati di Jl. Mawar"), person.words("Depok sejak Senin"))

    await asyncio.gather(*(person.work() for _ in range(4)))
    await person.says("KIRIM")

    assert set((await only_report(person)).original_text.splitlines()) == {
        "Lampu jalan mati di Jl. Mawar",
        "Depok sejak Senin",
    }


@CHATS
async def test_a_pause_outlasts_the_process(store: SqlStore, network: str) -> None:
    before = Person(store, CHATTING, network=network)
    await before.says("Lampu jalan mati")

    after = Person(store, CHATTING, network=network, now=before.now)
    asked = await after.waits(PAUSE)

    assert len(asked) == 1


@CHATS
async def test_a_silent_draft_is_sent_as_it_is(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    await person.says("Lampu jalan mati")

    for _ in range(5):
        await person.waits(timedelta(hours=1))

    assert (await only_report(person)).original_text == "Lampu jalan mati"
    assert "Nomor laporan Anda" in (await person.told())[-1]


@CHATS
async def test_a_draft_thrown_away_is_no_report_but_accounted_for(store: SqlStore, network: str) -> None:
    person, message = Person(store, CHATTING, network=network), None
    message = person.words("Lampu jalan mati")
    await person.brings(message)

    said = await person.says("BATAL")
    await person.waits(timedelta(hours=5))

    assert "dibatalkan" in said[0]
    assert await person.reports() == []
    assert await person.outcome(message) == ("talk", "cancelled")
    assert await person.balance() <= {0}


@EVERYWHERE
async def test_cancelling_a_draft_leaves_reports_that_were_sent(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    for text in ("LAPOR", ROAD, "KIRIM", "LAPOR BARU", "Saluran air mampet"):
        await person.says(text)

    await person.says("BATAL")

    states = [report.state.value for report in await person.reports()]
    assert "archived_by_reporter" not in states


async def test_words_long_after_are_asked_about(store: SqlStore) -> None:
    person = Person(store, CHATTING)
    await person.says("Lampu jalan mati")
    await person.waits(PAUSE)

    person.now += timedelta(minutes=40)
    asked = await person.says("Saluran air mampet di Jl. Melati Bogor sejak kemarin") + await person.waits(PAUSE)
    await person.says("BARU")
    await person.says("KIRIM")

    assert "Lanjutkan laporan tadi?" in asked[-1]
    texts = sorted(report.original_text for report in await person.reports())
    assert texts == ["Lampu jalan mati", "Saluran air mampet di Jl. Melati Bogor sejak kemarin"]


@CHATS
async def test_commands_in_a_draft_leave_it_as_it_is(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    report, _ = await person.file(Person(store, CHATTING, network="sms").words(LAMP))
    await person.says("Jalan rusak parah")
    await person.waits(PAUSE)

    for text in ("STATUS", f"STATUS {report.tracking_id}", "BANTUAN", "BERHENTI"):
        assert len(await person.says(text)) == 1, text
    await person.says("KIRIM")

    texts = sorted(each.original_text for each in await person.reports())
    assert texts == ["Jalan rusak parah", LAMP]


@CHATS
async def test_a_strangers_number_tells_nothing(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    report, _ = await person.file(Person(store, CHATTING, network="sms").words(LAMP))

    (said,) = await person.says(f"STATUS {report.tracking_id}")

    assert "Belum Terverifikasi" not in said


@CHATS
async def test_who_asked_for_silence_is_not_reminded_and_loses_nothing(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    await person.says("Jalan rusak parah")
    await person.says("BERHENTI")

    said = [await person.waits(timedelta(hours=1)) for _ in range(4)]

    assert (await only_report(person)).original_text == "Jalan rusak parah"
    assert [words for some in said[:-1] for words in some if "belum dikirim" in words] == []


@CHATS
async def test_the_same_again_is_told_its_number(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    for text in (ROAD, "KIRIM", "LAPOR BARU"):
        await person.says(text)

    await person.says(ROAD)
    said = await person.says("BARU") + await person.says("KIRIM")

    report = await only_report(person)
    assert f"{report.tracking_id[:4]} {report.tracking_id[4:7]} {report.tracking_id[7:]}" in said[-1]


@CHATS
async def test_a_step_that_runs_again_changes_nothing(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    await person.says("Jalan rusak parah")
    await person.waits(PAUSE)
    talk, lines = await person.talk(), await person.transcript()

    for _ in range(2):
        await person.write(lambda tx: time_passed(tx, talk.id, office=person.office, now=person.now))

    assert (await person.talk()).version == talk.version
    assert await person.transcript() == lines


@CHATS
async def test_newer_words_take_the_place_of_older_ones_in_a_draft(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    first = person.words("Lampu mati di Jl. Mawr", external_id="7")
    await person.brings(first, person.words("sejak kemarin"))

    edit = person.words("Lampu mati di Jl. Mawar", external_id="7:2", replaces="7")
    await person.brings(edit)
    await person.says("KIRIM")

    assert (await only_report(person)).original_text == "Lampu mati di Jl. Mawar\nsejak kemarin"
    assert await person.outcome(edit) == ("talk", "edited")
    await person.brings(person.words("Lampu mati di Jl. Mawar 5", external_id="7:3", replaces="7"))
    assert (await only_report(person)).original_text == "Lampu mati di Jl. Mawar 5\nsejak kemarin"


@CHATS
async def test_newer_words_of_one_message_keep_the_others_of_its_report(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    await person.brings(person.words("Lampu mati"), person.words("di Jl. Mawr", external_id="8"))
    await person.says("KIRIM")

    for number, words in enumerate(("di Jl. Mawar", "di Jl. Mawar No. 5, Depok")):
        await person.brings(person.words(words, external_id=f"8:{number}", replaces="8"))

    report = await only_report(person)
    assert report.original_text == "Lampu mati\ndi Jl. Mawar No. 5, Depok"
    assert len(await person.lines(report, Event.EDITED)) == 2


async def test_an_album_is_one_report_with_what_comes_late(store: SqlStore) -> None:
    person = Person(store, CHATTING)
    album = [person.words(text, group="g1", wanted=(RemoteFile(text or "x"),)) for text in ("Lampu mati", "", "")]
    await person.brings(*album[:2])
    await person.says("KIRIM")

    said = await person.brings(album[2])

    report = await only_report(person)
    assert said == []
    ends = [await person.message(each) for each in album]
    assert [each.report_id for each in ends] == [report.id] * 3


@EVERYWHERE
async def test_a_person_is_called_and_the_bot_takes_over_again(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    if network == "sms":
        await person.says("LAPOR")
    await person.says("Jalan rusak parah")

    called = await person.says("PETUGAS")
    silent = await person.says("di depan pasar")

    talk = await person.talk()
    assert talk.owner is Owner.WAITING
    assert len(called) == 1
    assert silent == []
    chat = await person.read(lambda tx: tx.chats.get(talk.chat))
    assert chat is not None
    assert chat.channel == network


@pytest.mark.parametrize("network", ["sms", "webchat"])
async def test_a_command_that_may_mean_several_reports_is_asked_about(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    for text in (ROAD, LAMP):
        await person.says(text)
        await person.says("KIRIM") if network != "sms" else None

    told = await person.says("BATAL")

    assert len(told) == 1
    assert told[0].startswith("Laporan yang mana?")
    assert "BATAL lalu nomornya" in told[0]


@EVERYWHERE
async def test_an_open_question_is_answered_unless_the_bot_is_called(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    for text in ("LAPOR", ROAD, "KIRIM"):
        await person.says(text)
    (report,) = await person.reports()
    await person.ask(report, "RT berapa?")

    await person.says("LAPOR")
    began = (await person.talk()).dialogue.draft
    await person.says("BATAL")
    await person.says("RT 05 RW 02")

    assert began is not None
    (answer,) = await person.lines(report, Event.ANSWERED)
    assert answer.text == "RT 05 RW 02"


@CHATS
async def test_a_place_on_the_map_is_shown_and_told(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    await person.says("Lampu jalan mati sejak kemarin")
    await person.says("", place="-6.17539, 106.82715")

    await person.says("KIRIM")

    report = await only_report(person)
    assert report.place == "-6.17539, 106.82715"
    assert report.original_text.endswith("-6.17539, 106.82715")
    assert (await person.transcript())[1].text == "-6.17539, 106.82715"


async def test_a_long_sms_is_one_piece_of_the_draft(store: SqlStore) -> None:
    person = Person(store, CHATTING, network="sms")
    await person.says("LAPOR")
    halves = ("Lampu jalan di Jl. Mawar De", "pok mati sejak kemarin")

    await person.brings(*(person.words(t, raw=t.encode(), part=Part("g", n, 2)) for n, t in enumerate(halves, start=1)))
    await person.says("KIRIM")

    assert (await only_report(person)).original_text == "".join(halves)
    assert "".join(halves) in [line.text for line in await person.transcript()]


@CHATS
async def test_nothing_is_added_to_a_report_that_was_withdrawn(store: SqlStore, network: str) -> None:
    person = Person(store, CHATTING, network=network)
    for text in (ROAD, "KIRIM", "BATAL"):
        await person.says(text)

    asked = await person.says("Lampunya juga mati") + await person.waits(PAUSE)
    await person.says("KIRIM")

    assert "tambahan" not in " ".join(asked)
    texts = [report.original_text for report in await person.reports() if report.state.value == "unverified"]
    assert texts == ["Lampunya juga mati"]


async def test_thanks_are_no_report_and_cost_no_reply(store: SqlStore) -> None:
    person = Person(store, CHATTING, network="sms")
    await person.says(ROAD)

    assert await person.says("Terima kasih banyak pak") == []

    await only_report(person)


async def test_a_greeting_by_mail_is_answered_and_one_above_more_is_a_report(store: SqlStore) -> None:
    post = Post(store, CHATTING)
    alone, above, titled = a_mail("Selamat pagi"), a_mail("Selamat pagi", context=LAMP), a_mail("Halo", title=LAMP)

    said = [reply.event for message in (alone, above, titled) for reply in await post.bring(message)]

    assert said == ["talk_welcome", "received", "received"]
