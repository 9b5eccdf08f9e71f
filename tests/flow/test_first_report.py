"""A citizen texts 1708: the report, its first reply, its status, and who may see it."""

from zoneinfo import ZoneInfo

import pytest

from channels.sms.smsc.messages import UCS2
from channels.sms.text.segments import count_segments
from core.commands import read_command
from core.model.message import Verb
from core.model.work import OutboxState, Outcome
from tests.flow.rig import OK, Town, number_in, pin_in, until

JAKARTA = ZoneInfo("Asia/Jakarta")
LAMP = "Lampu jalan mati di Jl. Kenanga RT 03 RW 05 Kelurahan Margahayu Kota Bekasi sudah 3 minggu, gelap sekali"


async def test_a_report_is_answered_in_one_gsm_segment_with_number_pin_and_deadline(town: Town) -> None:
    reply = await town.citizen().say(LAMP)

    submitted = town.smsc.submits[0]
    assert len(town.smsc.submits) == 1
    assert submitted.message.data_coding != UCS2
    assert count_segments(reply) == 1
    assert len(reply) <= 160
    report = await town.report(number_in(reply))
    assert report.original_text == LAMP
    assert await town.read(lambda tx: tx.reports.pin_agrees(report.id, pin_in(reply)))
    assert f"{report.verify_by.astimezone(JAKARTA).day} " in reply
    assert str(report.verify_by.astimezone(JAKARTA).year) in reply
    command = read_command(reply[reply.rindex("STATUS") :])
    assert command is not None
    assert (command.verb, command.tracking_id) == (Verb.STATUS, report.tracking_id)


async def test_the_delivery_receipt_of_a_reply_is_noted(town: Town) -> None:
    await town.citizen().say(LAMP)

    await town.smsc.wait_for(lambda: not town.smsc.unacknowledged)

    async def is_delivered() -> bool:
        replies = await town.read(lambda tx: tx.outbox.listing(limit=10))
        return [reply.state for reply in replies] == [OutboxState.DELIVERED]

    await until(is_delivered)


async def test_the_reporter_asks_for_the_status_without_a_pin(town: Town) -> None:
    siti = town.citizen()
    number = number_in(await siti.say(LAMP))

    answers = [await siti.say(asked) for asked in (f"STATUS {number}", f"cek {number[:4]}-{number[4:]}", "Status")]

    assert all("Belum Terverifikasi" in answer and number_in(answer) == number for answer in answers)


async def test_somebody_else_needs_the_pin(town: Town) -> None:
    first = await town.citizen().say(LAMP)
    number, pin = number_in(first), pin_in(first)
    wrong_pin = f"{(int(pin) + 1) % 10**6:06}"
    stranger, knowing = town.citizen("6285700000002"), town.citizen("6285700000003")

    with_pin = await knowing.say(f"STATUS {number} {pin}")
    without = await stranger.say(f"STATUS {number}")
    with_wrong = await stranger.say(f"STATUS {number} {wrong_pin}")

    assert "Belum Terverifikasi" in with_pin
    assert "Belum Terverifikasi" not in without
    assert without == with_wrong


async def test_a_wrong_number_and_a_wrong_pin_are_answered_alike(town: Town) -> None:
    number = number_in(await town.citizen().say(LAMP))
    stranger = town.citizen("6285700000002")
    unknown = "4821093756"

    wrong_pin = await stranger.say(f"STATUS {number} 000000")
    wrong_number = await stranger.say(f"STATUS {unknown} 000000")

    assert wrong_pin.replace(wrong_pin[:12], "#") == wrong_number.replace(wrong_number[:12], "#")


@pytest.mark.parametrize("changed", [{"conversation": {"guesses_per_hour": 3}}])
async def test_whoever_guessed_too_often_gets_the_same_answer_for_the_right_pin(town: Town) -> None:
    first = await town.citizen().say(LAMP)
    number, pin = number_in(first), pin_in(first)
    stranger, friend = town.citizen("6285700000002"), town.citizen("6285700000003")

    guesses = {await stranger.say(f"STATUS {number} {(int(pin) + step) % 10**6:06}") for step in (1, 2, 3)}
    right = await stranger.say(f"STATUS {number} {pin}")

    assert guesses == {right}
    assert "Belum Terverifikasi" not in right
    assert "Belum Terverifikasi" in await friend.say(f"STATUS {number} {pin}")


async def test_words_that_look_like_a_delivery_receipt_become_a_report(town: Town) -> None:
    text = "KTP id:3174 stat:menunggu sudah 3 bulan"

    reply = await town.citizen().say(text)

    assert (await town.report(number_in(reply))).original_text == text


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("TANGKAB jalan rusak di Desa Cisoka dekat pasar", "kab-tangerang"),
        ("TANGKB jalan rusak di Desa Cisoka dekat pasar", "kab-tangerang"),
        ("KAB. NGANJUK jembatan lapuk di Dusun Sidorejo", "kab-nganjuk"),
        ("Tangkap pelaku pungli di terminal Cisoka", ""),
        ("Jembatan lapuk di Dusun Sidorejo dekat balai desa", ""),
    ],
)
async def test_a_keyword_routes_and_stays_in_the_text(town: Town, text: str, agency: str) -> None:
    reply = await town.citizen().say(text)

    report = await town.report(number_in(reply))
    assert report.agency == agency
    assert report.original_text == text


async def test_help_is_sent_to_whoever_asks(town: Town) -> None:
    reply = await town.citizen().say("BANTUAN")

    assert "STATUS" in reply
    assert await town.reports() == []


async def test_an_emoji_and_javanese_letters_are_kept_as_they_came(town: Town) -> None:
    text = "Dalan rusak ꦢꦭꦤ꧀ 🚧 ing Bantul, sampun telung wulan"

    reply = await town.citizen().say(text)

    assert (await town.report(number_in(reply))).original_text == text


async def test_one_number_written_in_three_ways_is_one_person(town: Town) -> None:
    number = number_in(await town.citizen("6281234567801").say(LAMP))

    for written in ("081234567801", "+6281234567801"):
        assert await town.smsc.deliver(written, f"STATUS {number}") == OK
    await town.quiet()

    replies = town.citizen("6281234567801").new()
    assert len(replies) == 3
    assert all("Belum Terverifikasi" in reply for reply in replies[1:])


async def test_every_message_is_accounted_for(town: Town) -> None:
    siti = town.citizen()
    await siti.say(LAMP)
    await siti.say("STATUS")
    await siti.tell(LAMP)

    balance, outcomes = await town.read(lambda tx: (tx.figures.balance(), tx.figures.outcomes()))

    assert set(balance.values()) == {0}
    assert outcomes == {
        ("sms", Outcome.REPORT.value): 1,
        ("sms", Outcome.COMMAND.value): 1,
        ("sms", Outcome.REPEAT.value): 1,
    }
