"""Looking at one's report and writing to it, with number and PIN."""

from datetime import timedelta

import pytest

from channels.api.mapping import Arrival, command_message, command_of
from channels.api.wire.bodies import MessageBody
from core.model.message import Verb
from tests.channels.api.api_rig import AT, NUMBER, PIN, ApiRig, Outcome

HERE = f"/api/v1/reports/{NUMBER}"
PROOF = {"X-Pin": PIN}


@pytest.mark.parametrize(
    "written", [NUMBER, "4821 093 756", "4821.093.756", "4821-093-756", "%234821093756", "4821–093–756"]
)
async def test_a_report_is_shown_for_its_number_and_pin(api: ApiRig, written: str) -> None:
    async with api.client.get(f"{api.url}/api/v1/reports/{written}", headers=PROOF) as response:
        report = await response.json()

    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert report["tracking_id"] == NUMBER
    assert report["state_label"] == "Belum Terverifikasi"
    assert report["follow_up_by"] is None
    assert [set(line) for line in report["history"]] == [{"at", "event", "text"}]


async def test_the_pin_may_stand_in_the_query(api: ApiRig) -> None:
    async with api.client.get(f"{api.url}{HERE}?pin={PIN}") as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("number", "pin"),
    [(NUMBER, "000000"), ("4821093757", PIN), ("abc", PIN), (NUMBER, ""), (NUMBER, "٠٧١٣٥٥"), ("4" * 400, PIN)],
)
async def test_a_wrong_number_and_a_wrong_pin_are_answered_alike(api: ApiRig, number: str, pin: str) -> None:
    async with api.client.get(f"{api.url}/api/v1/reports/4000000000", headers=PROOF) as response:
        unknown = await response.read()

    async with api.client.get(f"{api.url}/api/v1/reports/{number}", params={"pin": pin}) as response:
        assert response.status == 404
        assert await response.read() == unknown


async def test_too_many_guesses_are_429(api: ApiRig) -> None:
    api.desk.guesses_left = 0

    async with api.client.get(f"{api.url}{HERE}", headers=PROOF) as response:
        await response.read()

    assert response.status == 429
    assert response.headers["Retry-After"] == "420"
    assert api.desk.asked == [(NUMBER, "127.0.0.1")]


@pytest.mark.parametrize(
    ("path", "body", "status", "verb"),
    [
        ("messages", {"text": "Tiang nomor 14, depan SDN 2."}, 201, Verb.ANSWER),
        ("rating", {"rating": 4, "text": "Sudah ditambal, terima kasih."}, 200, Verb.SATISFIED),
        ("rating", {"rating": 1}, 200, Verb.SATISFIED),
        ("withdraw", {"reason": "Sudah selesai sendiri."}, 200, Verb.WITHDRAW),
        ("withdraw", {}, 200, Verb.WITHDRAW),
    ],
)
async def test_what_the_reporter_asks_reaches_the_core_as_a_command(
    api: ApiRig, path: str, body: dict[str, object], status: int, verb: Verb
) -> None:
    async with api.client.post(f"{api.url}{HERE}/{path}", json=body, headers=PROOF) as response:
        answer = await response.json()

    command = api.intake.committed[0].command
    assert response.status == status
    assert answer["settled"] is True
    assert command is not None
    assert (command.verb, command.tracking_id, command.pin, command.rating) == (verb, NUMBER, PIN, body.get("rating"))
    assert command.text == body.get("text", body.get("reason", ""))
    assert api.desk.limits == [timedelta(seconds=2)]


async def test_a_message_that_is_not_carried_out_yet_is_202(api: ApiRig) -> None:
    api.desk.outcome = None

    async with api.client.post(f"{api.url}{HERE}/messages", json={"text": "Tiang 14."}, headers=PROOF) as response:
        answer = await response.json()

    assert response.status == 202
    assert answer["settled"] is False
    assert len(api.intake.committed) == 1


async def test_what_the_state_forbids_is_409_with_the_reason(api: ApiRig) -> None:
    api.desk.outcome = Outcome(done=False, reason="Laporan sudah diteruskan, tidak bisa dibatalkan lagi.")

    async with api.client.post(f"{api.url}{HERE}/withdraw", json={}, headers=PROOF) as response:
        problem = await response.json(content_type="application/problem+json")

    assert response.status == 409
    assert problem["detail"] == "Laporan sudah diteruskan, tidak bisa dibatalkan lagi."


@pytest.mark.parametrize("path", ["messages", "rating", "withdraw"])
async def test_nothing_is_handed_in_without_the_right_pin(api: ApiRig, path: str) -> None:
    body = {"rating": 5} if path == "rating" else {"text": "x"} if path == "messages" else {}
    async with api.client.post(f"{api.url}{HERE}/{path}", json=body, headers={"X-Pin": "999999"}) as response:
        assert response.status == 404

    assert not api.intake.offered


async def test_a_repeated_message_is_stored_once(api: ApiRig) -> None:
    headers = {**PROOF, "Idempotency-Key": "m-1"}
    for _ in range(2):
        async with api.client.post(
            f"{api.url}{HERE}/messages", json={"text": "Tiang 14."}, headers=headers
        ) as response:
            assert response.status == 201

    assert len(api.intake.committed) == 1


def test_the_same_key_and_words_for_another_report_are_another_message() -> None:
    arrival = Arrival(received_at=AT, fresh_id="f1", key="m-1")
    body = MessageBody(text="Tiang 14.")
    one, other = (
        command_message(body, arrival, command=command_of(body, tracking_id=number, pin=PIN))
        for number in (NUMBER, "4821093764")
    )

    assert one.external_id == other.external_id
    assert one.fingerprint != other.fingerprint


async def test_public_lists_may_be_kept_and_asked_for_again(api: ApiRig) -> None:
    shapes = {"agencies": list, "categories": list, "statistics/summary": dict}
    for path, shape in shapes.items():
        async with api.client.get(f"{api.url}/api/v1/{path}") as response:
            assert isinstance(await response.json(), shape)
            assert response.headers["Cache-Control"].startswith("public, max-age=")
            tag = response.headers["ETag"]

        async with api.client.get(f"{api.url}/api/v1/{path}", headers={"If-None-Match": tag}) as again:
            assert again.status == 304
