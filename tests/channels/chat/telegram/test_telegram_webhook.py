"""What is brought to the webhook: who may, what is taken, what is told."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from channels.chat.telegram.api_peer import BotApi
from core.channel import Busy, Refused
from core.testing.channel_rig import eventually
from core.testing.fakes import RecordingIntake
from tests.channels.chat.telegram.conftest import SECRET, Run, Web, make_settings

SHOWN = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


@pytest.fixture
async def intake(api: BotApi, site: Web) -> RecordingIntake:
    intake = RecordingIntake()
    await site.serve(make_settings(api, mode="webhook"), intake)
    return intake


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def bring(session: aiohttp.ClientSession, site: Web, body: Any, **headers: str) -> tuple[int, str, str]:
    data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    async with session.post(site.hook, data=data, headers=headers or SHOWN) as response:
        return response.status, await response.text(), response.headers.get("Retry-After", "")


@pytest.mark.parametrize("shown", [{}, {"X-Telegram-Bot-Api-Secret-Token": "x" * 32}, {"X-T": SECRET}], ids=range(3))
async def test_who_does_not_show_the_secret_is_sent_away_without_work(
    session: aiohttp.ClientSession, site: Web, intake: RecordingIntake, shown: dict[str, str]
) -> None:
    async with session.post(site.hook, data=b"{}", headers=shown) as response:
        assert response.status == 401

    assert not intake.offered


async def test_a_forged_update_is_not_even_read(
    session: aiohttp.ClientSession, site: Web, intake: RecordingIntake
) -> None:
    async with session.post(site.hook, data=b"x" * (900 << 10), headers={"X-T": "1"}) as response:
        assert response.status == 401


POISON = {
    "no json": b"{",
    "nothing": b"",
    "bytes": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
    "list": b"[1]",
    "number": b"1e999",
    "no chat": b'{"update_id": 7, "message": {"message_id": 1}}',
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
async def test_poison_is_parked_and_does_not_hold_back_what_follows(
    session: aiohttp.ClientSession, site: Web, intake: RecordingIntake, body: bytes
) -> None:
    first = await bring(session, site, body)
    again = await bring(session, site, body)

    assert (first[0], again[0]) == (200, 200)
    assert [message.unreadable for message in intake.committed] == [True]


async def test_more_than_a_megabyte_is_no_update(
    session: aiohttp.ClientSession, site: Web, intake: RecordingIntake
) -> None:
    status, _, _ = await bring(session, site, b'{"update_id": 7, "x": "' + b"x" * (1 << 20) + b'"}')

    assert (status, intake.offered) == (413, [])


async def test_a_large_update_goes_into_a_file(
    api: BotApi, session: aiohttp.ClientSession, site: Web, intake: RecordingIntake
) -> None:
    ratna = api.world.citizen("Ratna")
    api.world.say(ratna, "Banjir", padding="x" * 70_000)

    status, _, _ = await bring(session, site, api.world.updates[0])

    assert status == 200
    assert intake.committed[0].raw == b""
    assert b"Banjir" in intake.files[intake.committed[0].raw_blob]


async def test_a_busy_core_asks_to_come_again(
    api: BotApi, session: aiohttp.ClientSession, site: Web, intake: RecordingIntake
) -> None:
    ratna = api.world.citizen("Ratna")
    api.world.say(ratna, "Banjir")
    intake.fail(Busy("the database is away", retry_after=timedelta(seconds=3.2)))

    assert await bring(session, site, api.world.updates[0]) == (503, "come again", "4")
    assert (await bring(session, site, api.world.updates[0]))[0] == 200


async def test_what_the_core_never_takes_is_not_brought_again(
    api: BotApi, session: aiohttp.ClientSession, site: Web, intake: RecordingIntake
) -> None:
    ratna = api.world.citizen("Ratna")
    api.world.say(ratna, "Banjir")
    intake.fail(Refused("not taken"))

    assert (await bring(session, site, api.world.updates[0]))[0] == 200


async def test_many_are_taken_at_once(
    api: BotApi, session: aiohttp.ClientSession, site: Web, intake: RecordingIntake
) -> None:
    intake.hold()
    for number in range(20):
        api.world.say(api.world.citizen(f"Warga {number}"), "Banjir")
    brought = [asyncio.create_task(bring(session, site, update)) for update in api.world.updates]

    await eventually(lambda: len(intake.offered) == 20, "each waits for its own commit")
    intake.release()

    assert {status for status, _, _ in await asyncio.gather(*brought)} == {200}


async def test_it_takes_updates_while_telegram_itself_is_down(
    api: BotApi, session: aiohttp.ClientSession, site: Web, intake: RecordingIntake
) -> None:
    ratna, group = api.world.citizen("Ratna"), api.world.group("RT 5")
    api.world.say(ratna, "Banjir")
    api.world.say(ratna, "/lapor@lapor_bot Banjir", chat=group)
    await api.stop()

    private = await bring(session, site, api.world.updates[0])
    grouped = await bring(session, site, api.world.updates[1])
    await api.start()
    again = await bring(session, site, api.world.updates[1])

    assert (private[0], grouped[0], again[0]) == (200, 503, 200)
    assert [message.text for message in intake.committed] == ["Banjir", "Banjir"]


async def test_a_button_stops_to_blink_and_a_group_hears_where_it_goes_on(api: BotApi, site: Web, run: Run) -> None:
    ratna, group = api.world.citizen("Ratna"), api.world.group("RT 5")
    intake = RecordingIntake()
    await site.serve(make_settings(api, mode="webhook"), intake)
    running = run(intake, mode="webhook", webhook_url=site.url)
    await running.up()

    api.world.answer(ratna, "Lanjutkan?", reply_to=0, choices=[("Ya", "YA")], fields={})
    query = api.world.press(ratna, api.world.sent[0], "Ya")
    made = api.world.say(ratna, "/lapor@lapor_bot Rahasia: tetangga saya", chat=group)

    await running.taken(2)
    await eventually(lambda: api.answered == [query] and len(api.world.sent) == 2, "both are done")
    assert (api.world.sent[1].chat, api.world.sent[1].reply_to) == (group, made["message_id"])
    assert "Rahasia" not in api.world.sent[1].text
    assert "Ratna" not in api.world.sent[1].text


async def test_the_webhook_is_set_with_its_secret_and_set_again_when_it_is_lost(
    api: BotApi, site: Web, run: Run
) -> None:
    running = run(mode="webhook", webhook_url=f"{site.url}/")
    await running.up()
    await eventually(lambda: api.hook.url == site.hook, "it is set")
    assert api.hook.secret == SECRET

    api.hook.url = ""

    await eventually(lambda: api.hook.url == site.hook, "it is set again")


async def test_an_operator_sees_that_updates_cannot_be_brought(api: BotApi, site: Web, run: Run) -> None:
    running = run(mode="webhook", webhook_url=site.url)
    await running.up()
    await site.stop()

    api.world.say(api.world.citizen("Ratna"), "Banjir")

    await running.says("cannot bring all updates")
