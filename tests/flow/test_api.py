"""A partner's program hands reports in over HTTP, to the gateway as it really runs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from core.model.lifecycle import State
from tests.flow.rig import Town, number_in, pin_in

LAMP = {"text": "Lampu jalan mati di Jl. Kenanga RT 03 RW 05 Kota Bekasi sudah 3 minggu", "agency": "kota-bekasi"}
BRIDGE = {"text": "Jembatan bambu di Dusun Sidorejo Desa Ngepung Kabupaten Nganjuk lapuk"}

Answer = tuple[int, dict[str, Any]]


class Api:
    """``/api/v1`` of one gateway."""

    def __init__(self, client: aiohttp.ClientSession, address: str) -> None:
        self._client = client
        self._base = f"{address}/api/v1"

    async def post(self, path: str, body: object, **headers: str) -> Answer:
        """The status and the answer's JSON. ``Idempotency_Key`` names the header with a dash."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._client.post(self._base + path, json=body, headers=named) as response:
            return response.status, await response.json(content_type=None)

    async def get(self, path: str, **headers: str) -> Answer:
        """As ``post``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._client.get(self._base + path, headers=named) as response:
            return response.status, await response.json(content_type=None)


@pytest.fixture
async def api(town: Town) -> AsyncIterator[Api]:
    """A client of the gateway."""
    async with aiohttp.ClientSession() as client:
        yield Api(client, town.address)


async def test_a_report_sent_again_with_its_key_is_answered_alike_and_kept_once(town: Town, api: Api) -> None:
    first = await api.post("/reports", LAMP, Idempotency_Key="b7e1")
    second = await api.post("/reports", LAMP, Idempotency_Key="b7e1")
    await town.quiet()

    assert first[0] == 201
    assert second == first
    (report,) = await town.reports()
    assert report.tracking_id == first[1]["tracking_id"]
    assert await town.read(lambda tx: tx.reports.pin_agrees(report.id, first[1]["pin"]))


async def test_ten_times_at_once_with_one_key_is_one_report(town: Town, api: Api) -> None:
    answers = await asyncio.gather(*(api.post("/reports", LAMP, Idempotency_Key="b7e1") for _ in range(10)))
    await town.quiet()

    assert {status for status, _ in answers} == {201}
    assert len({answer["tracking_id"] for _, answer in answers}) == 1
    assert len({answer["pin"] for _, answer in answers}) == 1
    assert len(await town.reports()) == 1


async def test_the_same_key_with_another_body_is_refused(town: Town, api: Api) -> None:
    await api.post("/reports", LAMP, Idempotency_Key="b7e1")

    status, problem = await api.post("/reports", BRIDGE, Idempotency_Key="b7e1")

    assert status == 422
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert len(await town.reports()) == 1


async def test_number_and_pin_show_the_report(town: Town, api: Api) -> None:
    _, filed = await api.post("/reports", LAMP)
    await town.quiet()

    status, shown = await api.get(f"/reports/{filed['tracking_id']}", X_Pin=filed["pin"])

    assert status == 200
    assert (shown["state"], shown["state_label"]) == ("unverified", "Belum Terverifikasi")
    assert shown["agency"] == "Pemerintah Kota Bekasi"
    assert [line["event"] for line in shown["history"]] == ["received"]


async def test_a_wrong_number_and_a_wrong_pin_are_answered_alike(api: Api) -> None:
    _, filed = await api.post("/reports", LAMP)
    wrong_pin = f"{(int(filed['pin']) + 1) % 10**6:06}"

    answers = [
        await api.get(f"/reports/{filed['tracking_id']}", X_Pin=wrong_pin),
        await api.get("/reports/4821093756", X_Pin=filed["pin"]),
        await api.get(f"/reports/{filed['tracking_id']}"),
        await api.get("/reports/0000000000", X_Pin=filed["pin"]),
    ]

    assert [status for status, _ in answers] == [404] * 4
    assert all(problem == answers[0][1] for _, problem in answers)


async def test_a_withdrawn_report_says_so(town: Town, api: Api) -> None:
    _, filed = await api.post("/reports", LAMP)
    path = f"/reports/{filed['tracking_id']}"

    status, answer = await api.post(f"{path}/withdraw", {"reason": "sudah menyala"}, X_Pin=filed["pin"])
    _, shown = await api.get(path, X_Pin=filed["pin"])

    assert (status, answer["settled"]) == (200, True)
    assert shown["state"] == "archived_by_reporter"
    assert ("withdrawn", "sudah menyala") in [(line["event"], line["text"]) for line in shown["history"]]


async def test_a_report_that_was_verified_cannot_be_withdrawn_and_the_reason_is_given(town: Town, api: Api) -> None:
    _, filed = await api.post("/reports", LAMP)
    await town.quiet()
    await town.verify(filed["tracking_id"])

    status, problem = await api.post(f"/reports/{filed['tracking_id']}/withdraw", {}, X_Pin=filed["pin"])

    assert status == 409
    assert "tidak dapat dibatalkan" in problem["detail"]


async def test_a_message_comes_into_the_history_once(town: Town, api: Api) -> None:
    _, filed = await api.post("/reports", LAMP)
    path = f"/reports/{filed['tracking_id']}"
    await town.quiet()
    await town.ask(filed["tracking_id"], "Tiang nomor berapa?")
    answer = {"text": "Tiang nomor 14, depan pos ronda"}

    sent = [await api.post(f"{path}/messages", answer, X_Pin=filed["pin"], Idempotency_Key="c1") for _ in range(2)]
    _, shown = await api.get(path, X_Pin=filed["pin"])

    assert [status for status, _ in sent] == [201, 201]
    assert shown["state"] == "information_received"
    said = [(line["event"], line["text"]) for line in shown["history"]]
    assert said.count(("answered", answer["text"])) == 1
    assert ("questioned", "Tiang nomor berapa?") in said


async def test_a_rating_closes_what_was_followed_up(town: Town, api: Api) -> None:
    _, filed = await api.post("/reports", LAMP)
    await town.quiet()
    await town.verify(filed["tracking_id"])
    await town.follow_up(filed["tracking_id"], "Lampu sudah diganti")

    status, _ = await api.post(f"/reports/{filed['tracking_id']}/rating", {"rating": 5}, X_Pin=filed["pin"])

    report = await town.report(filed["tracking_id"])
    assert status == 200
    assert (report.state, report.rating) == (State.CLOSED_BY_REPORTER, 5)


async def test_a_report_by_sms_can_be_seen_over_http_and_the_other_way_round(town: Town, api: Api) -> None:
    reply = await town.citizen().say(BRIDGE["text"])
    _, filed = await api.post("/reports", LAMP)

    status, shown = await api.get(f"/reports/{number_in(reply)}", X_Pin=pin_in(reply))
    answer = await town.citizen("6285700000002").say(f"STATUS {filed['tracking_id']} {filed['pin']}")

    assert (status, shown["state"]) == (200, "unverified")
    assert "Belum Terverifikasi" in answer


async def test_a_report_over_http_of_an_event_known_by_sms_is_linked(town: Town, api: Api) -> None:
    first = number_in(await town.citizen().say(LAMP["text"]))

    _, filed = await api.post("/reports", LAMP | {"text": f"Pak, {LAMP['text'].lower()} mohon diperbaiki"})
    await town.quiet()
    await town.verify(first)

    _, shown = await api.get(f"/reports/{filed['tracking_id']}", X_Pin=filed["pin"])
    assert shown["state"] == "verified"
    assert first not in str(shown)


async def test_every_request_is_accounted_for(town: Town, api: Api) -> None:
    _, filed = await api.post("/reports", LAMP)
    await api.post(f"/reports/{filed['tracking_id']}/messages", {"text": "mohon segera"}, X_Pin=filed["pin"])
    await api.post("/reports", {"text": ""})
    await town.quiet()

    assert set((await town.read(lambda tx: tx.figures.balance())).values()) == {0}
