"""Replies: what goes out, at which pace, and what each refusal is called."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from channels.chat.telegram.api_peer import BotApi, problems
from channels.chat.telegram.client import Problem
from channels.chat.telegram.sending.errors import send_error
from channels.chat.telegram.sending.pace import Pace
from core.channel import Misconfigured, OutcomeUnknown, SendError, Throttled, Unsupported, Unwelcome
from core.model.message import Attachment, Choice
from tests.channels.chat.telegram.conftest import Run, Running, make_reply


@pytest.fixture
async def running(run: Run) -> Running:
    running = run(per_chat_second=30.0, request_seconds=1.0)
    await running.up()
    return running


async def test_words_of_citizens_are_never_read_as_markup(api: BotApi, running: Running) -> None:
    ratna = api.world.citizen("Ratna")
    text = "Jl. *Merdeka* _5_ <b>[x](https://y.id)</b> `a` & tolong"

    await running.channel.send(make_reply(ratna, text))

    assert api.world.sent[0].text == text
    assert not {"parse_mode", "entities"} & api.world.sent[0].fields.keys()


async def test_choices_are_buttons_one_below_the_other(api: BotApi, running: Running) -> None:
    ratna = api.world.citizen("Ratna")
    choices = (Choice("Ya, lanjutkan", says="YA"), Choice("Laporan baru", says="BARU"))

    await running.channel.send(make_reply(ratna, "Lanjutkan?", choices=choices))

    assert api.world.sent[0].choices == (("Ya, lanjutkan", "YA"), ("Laporan baru", "BARU"))
    assert [len(row) for row in api.world.sent[0].fields["reply_markup"]["inline_keyboard"]] == [1, 1]


async def test_the_longest_message_is_measured_as_telegram_does(api: BotApi, running: Running) -> None:
    ratna = api.world.citizen("Ratna")

    await running.channel.send(make_reply(ratna, "🙂" * 2048))

    with pytest.raises(Unsupported):
        await running.channel.send(make_reply(ratna, "🙂" * 2048 + "a"))
    assert [len(sent.text) for sent in api.world.sent] == [2048]


UNSUPPORTED: dict[str, dict[str, Any]] = {
    "file": {"attachments": (Attachment("a", "image/jpeg", 1),)},
    "private": {"private": "x"},
    "empty": {"text": " "},
    "chat": {"route": {"chat": "@lapor"}},
    "choices": {"choices": (Choice("x"),) * 11},
}


@pytest.mark.parametrize("changes", UNSUPPORTED.values(), ids=UNSUPPORTED)
async def test_what_cannot_be_carried_is_refused_before(api: BotApi, running: Running, changes: dict[str, Any]) -> None:
    reply = make_reply(api.world.citizen("Ratna"), **{"text": "Halo", **changes})

    with pytest.raises(Unsupported):
        await running.channel.send(reply)

    assert not api.world.sent


async def test_a_limit_of_one_chat_keeps_nobody_else_waiting(api: BotApi, running: Running) -> None:
    ratna, budi = api.world.citizen("Ratna"), api.world.citizen("Budi")
    api.throttle(30, chat=ratna, times=1)

    with pytest.raises(Throttled) as caught:
        await running.channel.send(make_reply(ratna))
    begun = time.monotonic()
    await running.channel.send(make_reply(budi))
    with pytest.raises(Throttled) as again:
        await running.channel.send(make_reply(ratna))

    assert caught.value.retry_after == timedelta(seconds=30)
    assert again.value.retry_after > timedelta(seconds=10), "it is not even asked before"
    assert time.monotonic() - begun < 10
    assert [sent.chat for sent in api.world.sent] == [budi]


async def test_a_line_that_is_cut_leaves_it_open(api: BotApi, running: Running) -> None:
    ratna = api.world.citizen("Ratna")
    api.cut_after_sending()

    with pytest.raises(OutcomeUnknown):
        await running.channel.send(make_reply(ratna))

    assert len(api.world.sent) == 1


async def test_a_group_that_moved_is_written_to_where_it_is(api: BotApi, running: Running) -> None:
    ratna, group = api.world.citizen("Ratna"), api.world.group("RT 5")
    moved = api.world.migrate(group)

    for _ in range(2):
        await running.channel.send(make_reply(ratna, route={"chat": str(group)}))

    assert [sent.chat for sent in api.world.sent] == [moved, moved]
    assert [fields["chat_id"] for method, fields in api.calls if method == "sendmessage"] == [group, moved, moved]


REFUSALS: dict[str, tuple[problems.Answer, type[SendError], bool]] = {
    "blocked": (problems.BLOCKED, Unwelcome, True),
    "deactivated": (problems.DEACTIVATED, Unwelcome, True),
    "kicked": (problems.KICKED, Unwelcome, True),
    "no chat": (problems.NO_CHAT, Unwelcome, True),
    "not started": (problems.NOT_STARTED, Unwelcome, False),
    "other 403": (problems.refusal(403, "Forbidden: something new"), Unwelcome, False),
    "token": (problems.UNAUTHORIZED, Misconfigured, False),
    "no method": (problems.NO_METHOD, Misconfigured, False),
    "bad button": (problems.BAD_BUTTON, Unsupported, False),
    "limit": (problems.throttled(5), Throttled, False),
}


@pytest.mark.parametrize(("answer", "kind", "gone"), REFUSALS.values(), ids=REFUSALS)
def test_each_refusal_has_its_name(answer: problems.Answer, kind: type[SendError], gone: bool) -> None:
    error = send_error(Problem(answer[0], description=answer[1]["description"]))

    assert type(error) is kind
    assert not isinstance(error, Unwelcome) or error.gone is gone


async def test_a_token_that_was_taken_back_stops_the_connection(api: BotApi, running: Running) -> None:
    ratna = api.world.citizen("Ratna")
    api.refuse(problems.UNAUTHORIZED, method="sendMessage")

    with pytest.raises(Misconfigured):
        await running.channel.send(make_reply(ratna))


def test_a_chat_has_three_at_once_and_then_one_a_second() -> None:
    pace = Pace(per_second=30, per_chat_second=1, per_group_minute=20)

    waits = [pace.take("7", 100.0) for _ in range(4)]

    assert waits[:3] == [0, 0, 0]
    assert waits[3] == pytest.approx(1.0)
    assert pace.take("8", 100.0) == 0, "others do not wait for it"
    assert pace.take("7", 101.0) == 0


def test_a_group_has_twenty_a_minute_and_all_together_thirty_a_second() -> None:
    pace = Pace(per_second=30, per_chat_second=1, per_group_minute=20)
    for _ in range(3):
        pace.take("-5", 100.0)

    assert pace.take("-5", 100.0) == pytest.approx(3.0)
    taken = sum(pace.take(str(chat), 100.0) == 0 for chat in range(100))
    assert taken == 27
    assert pace.take("x", 100.0) == pytest.approx(1 / 30)


def test_what_waits_takes_no_turn_from_others() -> None:
    pace = Pace(per_second=2, per_chat_second=1, per_group_minute=20)
    pace.hold("7", until=130.0)

    assert [pace.take("7", 100.0) for _ in range(5)] == [pytest.approx(30.0)] * 5
    assert [pace.take("8", 100.0), pace.take("9", 100.0)] == [0, 0]


async def test_who_is_written_to_often_keeps_no_place_from_others(api: BotApi, run: Run) -> None:
    running = run(per_chat_second=1.0)
    await running.up()
    ratna, budi = api.world.citizen("Ratna"), api.world.citizen("Budi")
    for _ in range(3):
        await running.channel.send(make_reply(ratna))

    with pytest.raises(Throttled) as caught:
        await running.channel.send(make_reply(ratna))
    await running.channel.send(make_reply(budi))

    assert timedelta() < caught.value.retry_after <= timedelta(seconds=1)
    assert [sent.chat for sent in api.world.sent] == [ratna, ratna, ratna, budi]


async def test_many_replies_to_one_chat_go_out_one_after_another(api: BotApi, run: Run) -> None:
    running = run(per_chat_second=30.0)
    await running.up()
    ratna = api.world.citizen("Ratna")

    ids = await asyncio.gather(*(running.channel.send(make_reply(ratna, f"Baris {n}")) for n in range(8)))

    assert len({one for (one,) in ids}) == 8
