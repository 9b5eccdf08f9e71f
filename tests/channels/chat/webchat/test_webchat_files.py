"""Files in both directions: known by their content, for their own talk alone, and never run."""

from typing import Any

import aiohttp
import pytest

from channels.chat.webchat.wire.files import name_upload, read_name
from core.channel import Busy
from core.model.message import Address, Attachment
from tests.channels.chat.webchat.chat_rig import PAGE, ChatRig, Page

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40
PDF = b"%PDF-1.7\n" + b"x" * 500


async def upload(
    chat: ChatRig, token: str, content: bytes, *, name: str = "foto.jpg", kind: str = "image/jpeg", origin: str = PAGE
) -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData()
    form.add_field("file", content, filename=name, content_type=kind)
    headers = {"Authorization": f"Bearer {token}", "Origin": origin}
    async with chat.client.post(f"{chat.url}/chat/files", data=form, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def fetch(chat: ChatRig, token: str, file_id: str) -> tuple[int, bytes, Any]:
    headers = {"Authorization": f"Bearer {token}", "Origin": PAGE}
    async with chat.client.get(f"{chat.url}/chat/files/{file_id}", headers=headers) as response:
        return response.status, await response.read(), response.headers


async def opened(chat: ChatRig) -> tuple[Page, str]:
    page = await chat.open()
    return page, page.of("welcome")[0]["token"]


async def test_a_picture_goes_with_a_message_and_comes_back(chat: ChatRig) -> None:
    page, token = await opened(chat)
    status, told = await upload(chat, token, JPEG)

    await page.say("", files=[told["id"]])
    shown = (await page.next("line"))["files"][0]
    got, content, headers = await fetch(chat, token, shown["id"])

    assert (status, told["type"], told["size"], told["name"]) == (201, "image/jpeg", len(JPEG), "foto.jpg")
    assert (shown["name"], shown["type"], shown["size"]) == ("foto.jpg", "image/jpeg", len(JPEG))
    assert (got, content) == (200, JPEG)
    assert headers["Content-Disposition"] == 'inline; filename="lampiran.jpg"'
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Access-Control-Allow-Origin"] == PAGE


async def test_one_file_twice_in_a_message_is_refused(chat: ChatRig) -> None:
    page, token = await opened(chat)
    _, told = await upload(chat, token, JPEG)

    await page.say("dua kali", files=[told["id"], told["id"]])

    assert page.of("refused")[0]["why"] == "bad"


@pytest.mark.parametrize("sign", ["a", "é", "ꦗ", "😀"])
def test_a_long_name_in_any_script_is_found_again(sign: str) -> None:
    key, address = b"k" * 32, Address("web", "a" * 32)
    document = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    stored = Attachment("ab" * 16, document, 10_485_760, name=sign * 195 + ".docx")

    found = read_name(key, address, name_upload(key, address, stored))

    assert (found.id, found.media_type, found.size) == (stored.id, document, stored.size)
    assert found.name.endswith(f"{sign}{sign}.docx")


async def test_what_is_no_picture_is_only_saved(chat: ChatRig) -> None:
    _, token = await opened(chat)
    _, told = await upload(chat, token, PDF, name="surat.pdf", kind="application/pdf")

    _, _, headers = await fetch(chat, token, told["id"])

    assert headers["Content-Disposition"] == 'attachment; filename="lampiran.pdf"'


async def test_a_file_of_one_talk_is_no_file_of_another(chat: ChatRig) -> None:
    _, token = await opened(chat)
    thief, other = await opened(chat)
    _, told = await upload(chat, token, JPEG)

    await thief.say("lihat", files=[told["id"]])

    assert (await fetch(chat, other, told["id"]))[0] == 404
    assert thief.of("refused")[0]["why"] == "bad"
    assert (await fetch(chat, token, ("B" if told["id"][0] == "A" else "A") + told["id"][1:]))[0] == 404
    assert not chat.intake.committed


@pytest.mark.parametrize("token", ["", "A" * 76, "x"])
async def test_without_a_token_nothing_is_taken_or_given(chat: ChatRig, token: str) -> None:
    assert (await upload(chat, token, JPEG))[0] == 401
    assert (await fetch(chat, token, "x"))[0] == 401
    assert not chat.intake.files


async def test_a_token_that_was_taken_back_opens_no_file(chat: ChatRig) -> None:
    page, token = await opened(chat)
    _, told = await upload(chat, token, JPEG)
    await page.say("foto", files=[told["id"]])

    await page.send(t="forget")
    await page.closed()

    assert (await fetch(chat, token, told["id"]))[0] == 401
    assert (await upload(chat, token, JPEG))[0] == 401


@pytest.mark.parametrize(
    ("content", "name", "kind", "status"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>\x00", "foto.svg", "image/svg+xml", 415),
        (b"<script>alert(1)</script>", "foto.jpg", "image/jpeg", 415),
        (b"MZ\x90\x00\x03", "foto.jpg", "image/jpeg", 415),
        (b"", "foto.jpg", "image/jpeg", 422),
        (JPEG * 3, "foto.jpg", "image/jpeg", 413),
    ],
)
async def test_a_file_is_what_its_content_is(content: bytes, name: str, kind: str, status: int) -> None:
    chat = ChatRig(max_file=20_000)
    await chat.start()
    try:
        _, token = await opened(chat)

        told, problem = await upload(chat, token, content, name=name, kind=kind)

        assert told == status
        assert problem["status"] == status
        assert not chat.intake.files
    finally:
        await chat.stop()


async def test_a_store_without_room_says_come_again(chat: ChatRig) -> None:
    _, token = await opened(chat)
    chat.intake.fail_store(Busy("no room"))

    assert (await upload(chat, token, JPEG))[0] == 503


async def test_pages_of_other_sites_neither_bring_nor_read(chat: ChatRig) -> None:
    _, token = await opened(chat)

    assert (await upload(chat, token, JPEG, origin="https://evil.example"))[0] == 403
    for path in ("/chat/files", "/chat/files/x"):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        async with chat.client.options(chat.url + path, headers=asked) as response:
            assert "Access-Control-Allow-Origin" not in response.headers
        async with chat.client.options(chat.url + path, headers=asked | {"Origin": PAGE}) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == PAGE
            assert response.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"


async def test_broken_bodies_are_told_as_such(chat: ChatRig) -> None:
    _, token = await opened(chat)
    headers = {"Authorization": f"Bearer {token}", "Origin": PAGE}
    bodies = {
        "multipart/form-data; boundary=x": b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nabc",
        "multipart/form-data": b"abc",
        "application/json": b"{}",
    }
    for kind, body in bodies.items():
        given = headers | {"Content-Type": kind}
        async with chat.client.post(f"{chat.url}/chat/files", data=body, headers=given) as response:
            assert response.status in {400, 415}, kind
    assert not chat.intake.files


async def test_hours_are_told_in_both_languages(chat: ChatRig) -> None:
    for language, words in {"id": "Setiap saat", "en": "At any time"}.items():
        async with chat.client.get(f"{chat.url}/chat/hours?lang={language}", headers={"Origin": PAGE}) as response:
            assert await response.json() == {"open": True, "text": words}
            assert response.headers["Cache-Control"] == "public, max-age=60"
            assert response.headers["Access-Control-Allow-Origin"] == PAGE
