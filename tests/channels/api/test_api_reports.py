"""Handing in a report: what is answered, and what reaches the core."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from core.channel import Busy, Refused
from core.model.message import Address
from core.testing.channel_rig import eventually
from tests.channels.api.api_rig import ApiRig

FULL = {
    "text": "Jembatan gantung Desa Sumberejo putus sejak banjir Senin lalu, anak sekolah memutar 7 km.",
    "title": "Jembatan gantung putus",
    "classification": "complaint",
    "place": "Desa Sumberejo, Kec. Ngluyu",
    "occurred_at": "2026-11-16T05:30:00+07:00",
    "agency": "kab-nganjuk",
    "anonymous": True,
    "reporter": {"name": "Sri Wahyuni", "phone": "0812-3456-7890", "email": "sri@example.id"},
}


async def test_a_report_is_answered_with_its_number_and_pin(api: ApiRig) -> None:
    async with api.client.post(f"{api.url}/api/v1/reports", json={"text": "Lampu jalan padam."}) as response:
        answer = await response.json()

    assert response.status == 201
    assert response.headers["Location"] == answer["links"]["self"] == f"/api/v1/reports/{answer['tracking_id']}"
    assert set(answer) == {"tracking_id", "pin", "state", "verify_by", "links"}
    assert len(answer["tracking_id"]) == 10
    assert len(answer["pin"]) == 6
    assert datetime.fromisoformat(answer["verify_by"]).tzinfo is not None


async def test_everything_a_form_says_reaches_the_core(api: ApiRig) -> None:
    async with api.client.post(f"{api.url}/api/v1/reports", json=FULL) as response:
        assert response.status == 201

    message = api.intake.committed[0]
    form = message.form
    assert message.text == FULL["text"]
    assert form is not None
    assert (form.title, form.classification, form.agency) == ("Jembatan gantung putus", "complaint", "kab-nganjuk")
    assert form.occurred_at == datetime(2026, 11, 15, 22, 30, tzinfo=UTC)
    assert form.anonymous
    assert not form.secret
    assert (form.reporter_name, form.reporter_phone) == ("Sri Wahyuni", "0812-3456-7890")
    assert json.loads(message.raw) == FULL


@pytest.mark.parametrize("phones", [("0812-3456-7890", "+62 812 3456 7890"), ("0274 562011", "62274562011")])
async def test_the_same_contact_is_the_same_sender(api: ApiRig, phones: tuple[str, str]) -> None:
    for phone in phones:
        body = {"text": "Air keruh.", "reporter": {"phone": phone}}
        async with api.client.post(f"{api.url}/api/v1/reports", json=body) as response:
            assert response.status == 201

    first, second = (message.sender for message in api.intake.committed)
    assert first == second
    assert phones[0] not in first.value


async def test_reporters_without_a_contact_are_different_people(api: ApiRig) -> None:
    for _ in range(2):
        async with api.client.post(f"{api.url}/api/v1/reports", json={"text": "Air keruh."}):
            pass

    first, second = (message.sender for message in api.intake.committed)
    assert isinstance(first, Address)
    assert first != second


async def test_the_same_key_gives_the_same_answer(api: ApiRig) -> None:
    answers = []
    for body in ({"text": "Halte rusak."}, {"text": "Halte rusak.", "secret": False}):
        async with api.client.post(
            f"{api.url}/api/v1/reports", json=body, headers={"Idempotency-Key": "app-7"}
        ) as response:
            answers.append((response.status, await response.json()))

    assert answers[0] == answers[1]
    assert answers[0][0] == 201
    assert len(api.intake.committed) == 1


async def test_the_same_key_with_another_body_is_refused(api: ApiRig) -> None:
    headers = {"Idempotency-Key": "app-8"}
    async with api.client.post(f"{api.url}/api/v1/reports", json={"text": "Halte rusak."}, headers=headers):
        pass

    async with api.client.post(f"{api.url}/api/v1/reports", json={"text": "Pasar kotor."}, headers=headers) as response:
        problem = await response.json()

    assert response.status == 422
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert len(api.intake.committed) == 1


async def test_a_large_body_is_kept_as_a_blob(api: ApiRig) -> None:
    text = "Sampah \U0001f6a7\U0001f6a7" * 2200
    async with api.client.post(f"{api.url}/api/v1/reports", json={"text": text}) as response:
        assert response.status == 201

    message = api.intake.committed[0]
    assert message.raw == b""
    assert api.read([api.intake.files[message.raw_blob]]) == message.text


async def test_control_characters_are_cleaned_away(api: ApiRig) -> None:
    body = b'{"text": "Ban\\u0000jir di\\u202e Kudus\\r\\nparah", "title": "Banjir\\n\\u0007 besar"}'
    headers = {"Content-Type": "application/json"}
    async with api.client.post(f"{api.url}/api/v1/reports", data=body, headers=headers) as response:
        assert response.status == 201

    message = api.intake.committed[0]
    assert message.text == "Banjir di Kudus\nparah"
    assert message.form is not None
    assert message.form.title == "Banjir besar"


async def test_busy_is_503_with_retry_after(api: ApiRig) -> None:
    api.intake.fail(Busy("the database is away", retry_after=timedelta(seconds=3.2)))

    async with api.client.post(f"{api.url}/api/v1/reports", json={"text": "Halte rusak."}) as response:
        problem = await response.json(content_type="application/problem+json")

    assert response.status == problem["status"] == 503
    assert response.headers["Retry-After"] == "4"


async def test_a_refusal_of_the_core_is_422_for_its_field(api: ApiRig) -> None:
    api.intake.fail(Refused("the text is longer than 5000 characters", field="text"))

    async with api.client.post(f"{api.url}/api/v1/reports", json={"text": "Halte rusak."}) as response:
        problem = await response.json(content_type="application/problem+json")

    assert response.status == 422
    assert problem["errors"] == [{"field": "text", "message": "the text is longer than 5000 characters"}]


async def test_an_unexpected_failure_is_500_and_logged_once(api: ApiRig, caplog: pytest.LogCaptureFixture) -> None:
    api.intake.fail(RuntimeError("something broke"))

    async with api.client.post(f"{api.url}/api/v1/reports", json={"text": "Halte rusak."}) as response:
        problem = await response.json(content_type="application/problem+json")

    assert response.status == 500
    assert "broke" not in json.dumps(problem)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["an API request failed"]


async def test_many_reports_at_once_wait_for_one_commit_together(api: ApiRig) -> None:
    api.intake.hold()

    async def post(number: int) -> int:
        async with api.client.post(f"{api.url}/api/v1/reports", json={"text": f"Laporan {number}"}) as response:
            return response.status

    posting = asyncio.gather(*(post(number) for number in range(40)))
    await eventually(lambda: len(api.intake.offered) == 40, "nothing in the API makes one report wait for another")
    api.intake.release()

    assert set(await posting) == {201}
