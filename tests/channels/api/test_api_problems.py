"""Bad requests: each gets a defined answer as a problem document, and the next request gets through."""

import gzip
import io
import json
from typing import Any

import pytest

from channels.api.wire.front import Visitors
from channels.api.wire.problems import Problem
from core.model.message import Attachment
from tests.channels.api.api_rig import NUMBER, PIN, ApiRig

JSON = {"Content-Type": "application/json"}
TEXT = "Jalan rusak di Kudus."


async def problem_of(
    api: ApiRig, body: bytes | io.BytesIO, headers: dict[str, str] = JSON, path: str = "reports"
) -> dict[str, Any]:
    """The problem that a posted body gets, checked for its form."""
    async with api.client.post(f"{api.url}/api/v1/{path}", data=body, headers=headers) as response:
        assert response.content_type == "application/problem+json"
        problem = await response.json(content_type=None)
        assert problem["status"] == response.status
        assert problem["title"]
        assert problem["detail"]
        return problem


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"text": "a"} b',
        b"\xff\xfe",
        b'{"text": "\xed\xa0\x80"}',
        b'{"text": "\\ud800 x"}',
        b"nan",
        b"[" * 9000,
    ],
)
async def test_malformed_json_is_400(api: ApiRig, body: bytes) -> None:
    problem = await problem_of(api, body)

    assert problem["status"] in ({400, 422} if body.startswith(b"[[") else {400})
    assert not api.intake.offered


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \u0000\n"}, "text"),
        ({"text": "a" * 20_001}, "text"),
        ({"text": 5}, "text"),
        ({"text": TEXT, "tittle": "Jalan"}, "tittle"),
        ({"text": TEXT, "classification": "keluhan"}, "classification"),
        ({"text": TEXT, "occurred_at": "2026-11-16T05:30:00"}, "occurred_at"),
        ({"text": TEXT, "occurred_at": "kemarin"}, "occurred_at"),
        ({"text": TEXT, "anonymous": "ya"}, "anonymous"),
        ({"text": TEXT, "agency": "kab-atlantis"}, "agency"),
        ({"text": TEXT, "reporter": {"phone": "nol delapan"}}, "reporter.phone"),
        ({"text": TEXT, "reporter": {"mail": "a@b"}}, "reporter.mail"),
        ({"text": TEXT, "reporter": []}, "reporter"),
        ({"text": TEXT, "attachments": ["../../etc/passwd"]}, "attachments[0]"),
        ({"text": TEXT, "attachments": ["a.exe.5"]}, "attachments[0]"),
        ({"text": TEXT, "attachments": ["a.jpg.5", "a.jpg.5"]}, "attachments"),
        ({"text": TEXT, "attachments": [f"a{n}.jpg.5" for n in range(6)]}, "attachments"),
        ({"text": TEXT, "attachments": ["a.jpg.5", 7]}, "attachments[1]"),
        ([TEXT], ""),
        ("x", ""),
    ],
)
async def test_what_does_not_fit_is_422_and_names_the_field(api: ApiRig, body: object, field: str) -> None:
    problem = await problem_of(api, json.dumps(body).encode())

    assert problem["status"] == 422
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["message"]
    assert not api.intake.offered


async def test_an_attachment_that_was_never_uploaded_is_422(api: ApiRig) -> None:
    unknown = Attachment("0" * 32, "image/jpeg", 5)
    problem = await problem_of(api, json.dumps({"text": TEXT, "attachments": [f"{unknown.id}.jpg.5"]}).encode())

    assert problem["errors"][0]["field"] == "attachments"


@pytest.mark.parametrize("key", ["", "x" * 201, "kunci\x7f", "kunci ü"])
async def test_a_key_that_cannot_be_kept_is_422(api: ApiRig, key: str) -> None:
    request = (
        f"POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: 15\r\n\r\n"
    ).encode()
    answer = await api.first_line(request + b'{"text":"Rusa"}')

    # aiohttp itself refuses a header with a control character, with 400.
    assert answer.split(b" ", 2)[1] in ({b"400"} if "\x7f" in key else {b"422"})
    assert not api.intake.offered


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
async def test_another_content_type_is_415(api: ApiRig, media_type: str) -> None:
    problem = await problem_of(api, b'{"text": "x"}', {"Content-Type": media_type})

    assert problem["status"] == 415


async def test_a_25_megabyte_body_is_413_before_it_is_read(api: ApiRig) -> None:
    head = "POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

    status = await api.first_line(f'{head}Content-Length: {25 << 20}\r\n\r\n{{"text": "'.encode())

    assert b" 413 " in status
    assert not api.intake.offered


async def test_a_25_megabyte_body_that_is_sent_is_413(api: ApiRig) -> None:
    problem = await problem_of(api, io.BytesIO(b" " * (25 << 20)))

    assert problem["status"] == 413


async def test_a_large_body_of_unknown_length_is_413(api: ApiRig) -> None:
    async def endless() -> Any:
        for _ in range(1000):
            yield b" " * 1024

    async with api.client.post(f"{api.url}/api/v1/reports", data=endless(), headers=JSON) as response:
        assert response.status == 413


async def test_a_compressed_bomb_is_413(api: ApiRig) -> None:
    bomb = gzip.compress(b" " * (20 << 20))
    problem = await problem_of(api, bomb, {**JSON, "Content-Encoding": "gzip"})

    assert problem["status"] == 413


async def test_a_body_that_is_not_compressed_as_it_says_is_400(api: ApiRig) -> None:
    problem = await problem_of(api, b"not gzip at all", {**JSON, "Content-Encoding": "gzip"})

    assert problem["status"] == 400


async def test_a_slow_client_is_408(rig: ApiRig) -> None:
    rig.settings = type(rig.settings)(body_seconds=0.05, upload_seconds=0.05)
    await rig.start()
    for path, media_type in (("reports", "application/json"), ("attachments", "multipart/form-data; boundary=x")):
        head = f"POST /api/v1/{path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: 400\r\n\r\n--"

        status = await rig.first_line(head.encode())

        assert b" 408 " in status


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/reports", "POST"),
        ("DELETE", f"/api/v1/reports/{NUMBER}", "GET, HEAD"),
        ("PUT", f"/api/v1/reports/{NUMBER}/messages", "POST"),
        ("OPTIONS", "/api/v1/agencies", "GET, HEAD"),
    ],
)
async def test_another_method_is_405_and_says_which_there_are(
    api: ApiRig, method: str, path: str, allowed: str
) -> None:
    async with api.client.request(method, f"{api.url}{path}") as response:
        problem = await response.json(content_type="application/problem+json")

    assert response.status == problem["status"] == 405
    assert response.headers["Allow"] == allowed


async def test_an_unknown_path_is_404(api: ApiRig) -> None:
    async with api.client.get(f"{api.url}/api/v1/laporan") as response:
        problem = await response.json(content_type="application/problem+json")

    assert response.status == problem["status"] == 404


async def test_one_source_is_limited_and_told_when_to_come_again(rig: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 21.5, 60.0])
    visitors = Visitors(2, clock=lambda: next(clock))
    visitors.count("103.10.66.1")
    visitors.count("103.10.66.1")

    with pytest.raises(Problem) as caught:
        visitors.count("103.10.66.1")
    visitors.count("103.10.66.1")

    assert caught.value.response().headers["Retry-After"] == "39"
    assert caught.value.status == 429


def test_loopback_is_never_limited() -> None:
    visitors = Visitors(1, clock=lambda: 0.0)
    for source in ("127.0.0.1", "::1") * 3:
        visitors.count(source)


async def test_after_every_kind_of_bad_request_a_good_one_gets_through(api: ApiRig) -> None:
    await api.bring_garbage()
    for body in (b"{", b'{"text": 5}', b" " * 300_000):
        await problem_of(api, body)

    async with api.client.post(f"{api.url}/api/v1/reports", json={"text": TEXT}) as response:
        assert response.status == 201
    assert PIN not in api.url
