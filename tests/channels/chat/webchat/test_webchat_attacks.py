"""Foreign sites, stolen and old tokens, floods, frames that are none: each against the real server on loopback."""

import asyncio
import json
import os
import secrets
import struct
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from channels.chat.webchat import adapter
from channels.chat.webchat.live import opening
from channels.chat.webchat.live.limits import find_source
from channels.chat.webchat.requests import door
from channels.chat.webchat.wire.tokens import make_token
from tests.channels.chat.webchat.chat_rig import CITIZENS, KEY, PAGE, ChatRig

HANDSHAKE = (
    "GET /chat/ws HTTP/1.1\r\nHost: chat\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: " + PAGE + "\r\n\r\n"
)


async def refused(chat: ChatRig, origin: str | None, **headers: str) -> int:
    """The status of a handshake that is refused; 101 where it is not."""
    given = headers | ({"Origin": origin} if origin is not None else {})
    try:
        socket = await chat.client.ws_connect(f"{chat.url}/chat/ws", headers=given)
    except aiohttp.WSServerHandshakeError as error:
        return error.status
    await socket.close()
    return 101


@pytest.mark.parametrize(
    "origin",
    [None, "null", "https://evil.example", "http://www.lapor.go.id", "https://www.lapor.go.id.evil.example", "file://"],
)
async def test_other_sites_are_refused_before_the_handshake(chat: ChatRig, origin: str | None) -> None:
    assert await refused(chat, origin) == 403
    assert await refused(chat, PAGE) == 101


async def test_without_a_list_only_our_own_pages_open_the_chat() -> None:
    chat = ChatRig(allowed_origins=(), pages="https://lapor.example/")
    await chat.start()
    try:
        assert await refused(chat, "https://lapor.example") == 101
        assert await refused(chat, chat.url) == 101, "the address that the request names as its host"
        assert await refused(chat, "http://127.0.0.1:1") == 403
        assert await refused(chat, PAGE) == 403
    finally:
        await chat.stop()


async def test_a_plain_request_for_the_socket_is_told_what_it_is(chat: ChatRig) -> None:
    async with chat.client.get(f"{chat.url}/chat/ws", headers={"Origin": PAGE}) as response:
        assert response.status == 426
        assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("wrong", ["forged", "of another key", "old", "from the future", "cut", "long", "words"])
async def test_a_token_that_is_not_ours_opens_nothing(chat: ChatRig, wrong: str) -> None:
    now, random, key = datetime.now(UTC), secrets.token_bytes(32), KEY.encode()
    good = make_token(key, random, now=now).written
    token = {
        "forged": ("B" if good[0] == "A" else "A") + good[1:],
        "of another key": make_token(b"another", random, now=now).written,
        "old": make_token(key, random, now=now - timedelta(days=91)).written,
        "from the future": make_token(key, random, now=now + timedelta(days=1)).written,
        "cut": good[:-4],
        "long": good + "AAAA",
        "words": "token\u00e9" * 12,
    }[wrong]

    page = await chat.open(token)

    assert await page.closed() == 4401
    assert not page.frames
    assert not chat.talks.talks, "a token costs no row"


async def test_a_token_of_some_age_is_renewed_and_opens_the_same_talk(chat: ChatRig) -> None:
    old = make_token(KEY.encode(), secrets.token_bytes(32), now=datetime.now(UTC) - timedelta(days=30)).written
    first = await chat.open(old)
    await first.say("Selamat pagi")

    page = await chat.open(first.of("welcome")[0]["token"])

    assert first.of("welcome")[0]["token"] != old
    assert (await page.next("line"))["text"] == "Selamat pagi"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"t":"say","id":"pesan-0001","text":"halo"}', 4400),
        ('{"t":"hello","v":2,"token":null}', 4400),
        ('{"t":"hello","v":1,"token":null,"after":-1}', 4400),
        ('{"t":"hello","v":1,"token":null,"after":9999999999999}', 4400),
        ('{"t":"ping"}', 4400),
        ("[" * 16000, 4400),
        ("\x00", 4400),
        ("", 4400),
    ],
)
async def test_a_first_frame_that_is_no_hello_ends_it(chat: ChatRig, frame: str, code: int) -> None:
    page = await chat.connect()

    await page.socket.send_str(frame)

    assert await page.closed() == code


async def test_frames_out_of_order_or_of_no_kind_end_it(chat: ChatRig) -> None:
    for frame in ('{"t":"hello","v":1,"token":null}', '{"t":"admin"}', '{"t":"line","seq":1}', "ping", '{"t":"say"}'):
        page = await chat.open()
        await page.socket.send_str(frame)
        assert await page.closed() == 4400, frame


async def test_an_id_with_a_line_end_is_none(chat: ChatRig) -> None:
    page = await chat.open()

    await page.send(t="say", id="pesan-0001\n", text="Jalan rusak")

    assert await page.closed() == 4400


async def test_a_token_that_is_shown_again_and_again_is_not_looked_up_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(adapter, "RETURNS_PER_MINUTE", 3)
    for module in (opening, door):
        monkeypatch.setattr(module, "find_source", lambda _remote: "203.0.113.7")
    chat = ChatRig()
    await chat.start()
    try:
        token = (await chat.open()).of("welcome")[0]["token"]
        codes = [(await chat.open(token)).code for _ in range(3)]
        headers = {"Authorization": f"Bearer {token}", "Origin": PAGE}
        async with chat.client.get(f"{chat.url}/chat/files/x", headers=headers) as response:
            status = response.status

        assert codes == [None] * 3
        assert status == 429
        assert (await chat.open(token)).code == 4429
    finally:
        await chat.stop()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"text": "x" * 4001}, "too_long"),
        ({"text": " \u200b\n "}, None),
        ({"text": ""}, "bad"),
        ({"text": 5}, "bad"),
        ({"text": "foto", "files": ["../../etc/passwd"]}, "bad"),
        ({"text": "foto", "files": ["A" * 90] * 6}, "too_many"),
        ({"text": "foto", "files": [None]}, "bad"),
    ],
)
async def test_a_message_that_never_can_be_taken_is_refused_by_its_id(
    chat: ChatRig, given: dict[str, object], why: str | None
) -> None:
    page = await chat.open()

    await page.send(t="say", id="pesan-0001", **given)
    await page.until(lambda: page.answer_to("pesan-0001"))
    after = await page.say("Yang ini baik")

    if why is not None:
        assert page.of("refused") == [{"t": "refused", "id": "pesan-0001", "why": why}]
    assert page.answer_to(after) == "ack"


async def test_an_id_that_is_used_for_other_words_is_refused(chat: ChatRig) -> None:
    page = await chat.open()
    await page.say("Sampah menumpuk", id="pesan-0001")

    await page.send(t="say", id="pesan-0001", text="Uang saya kembali")
    await page.next("refused")

    assert page.of("refused") == [{"t": "refused", "id": "pesan-0001", "why": "bad"}]
    assert [message.text for message in chat.intake.committed] == ["Sampah menumpuk"]


async def test_one_visitors_ids_are_not_anothers(chat: ChatRig) -> None:
    first, second = await chat.open(), await chat.open()

    await first.say("Sampah menumpuk", id="pesan-0001")
    await second.say("Jalan rusak", id="pesan-0001")

    assert [page.answer_to("pesan-0001") for page in (first, second)] == ["ack", "ack"]
    assert len(chat.intake.committed) == 2


async def test_replayed_frames_change_nothing(chat: ChatRig) -> None:
    page = await chat.open()
    recorded = json.dumps({"t": "say", "id": "pesan-0001", "text": "Sampah menumpuk"})

    for _ in range(20):
        await page.socket.send_str(recorded)
    await page.next("ack", 20)

    assert {ack["seq"] for ack in page.of("ack")} == {1}
    assert len(chat.intake.committed) == 1
    assert page.seqs == [1]


async def shout(chat: ChatRig, *frames: bytes) -> bytes:
    """A handshake and hand-made frames on a connection of their own; everything the server says until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", chat.port)
    writer.write(HANDSHAKE.encode())
    await reader.readuntil(b"\r\n\r\n")
    try:
        for frame in frames:
            writer.write(frame)
            await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def masked(payload: bytes, *, opcode: int = 1, announced: int | None = None, final: bool = True) -> bytes:
    """A client's frame (RFC 6455 §5.2) that announces the length it has, or another one."""
    mask = os.urandom(4)
    body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return (
        struct.pack("!BBQ", opcode | 0x80 * final, 0xFF, len(payload) if announced is None else announced) + mask + body
    )


def code_in(said: bytes) -> int:
    """The code of the close frame at the end."""
    place = said.index(b"\x88")
    return int.from_bytes(said[place + 2 : place + 4], "big")


async def test_a_frame_of_ten_megabytes_is_refused_by_its_header(chat: ChatRig) -> None:
    said = await shout(chat, masked(b"", announced=10_000_000))

    assert code_in(said) == 1009


async def test_many_pieces_do_not_make_a_larger_message(chat: ChatRig) -> None:
    pieces = [masked(b"x" * 8000, opcode=1 if n == 0 else 0, final=False) for n in range(10)]

    assert code_in(await shout(chat, *pieces)) == 1009


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (masked(b'{"t":"hello\xff\xfe'), 1007),
        (masked(b'{"t":"hello"}', opcode=2), 1003),
        (masked(b"?", opcode=3), 1002),
        (masked(b"x" * 126, opcode=9), 1002),
        (bytes([0xF1, 0x80, 0, 0, 0, 0]), 1002),
    ],
    ids=["not UTF-8", "binary", "of no kind", "a long ping", "reserved bits"],
)
async def test_frames_that_no_browser_makes_end_it(chat: ChatRig, frame: bytes, code: int) -> None:
    assert code_in(await shout(chat, frame)) == code


async def test_who_says_nothing_is_not_waited_for() -> None:
    chat = ChatRig(hello_seconds=0.1)
    await chat.start()
    try:
        page = await chat.connect()
        assert await page.closed() == 4408
    finally:
        await chat.stop()


async def test_who_answers_no_heartbeat_is_cut_off_and_who_does_stays() -> None:
    chat = ChatRig(heartbeat_seconds=0.2)
    await chat.start()
    try:
        page = await chat.open()

        said = await shout(chat, masked(b'{"t":"hello","v":1,"token":null}'))

        assert b"welcome" in said
        assert said.count(b"\x89\x00") == 1, "it is asked once"
        assert page.code is None
        await page.say("Saya masih di sini")
        assert page.of("ack")
    finally:
        await chat.stop()


async def test_a_flood_of_frames_ends_it(chat: ChatRig) -> None:
    page = await chat.open()

    for _ in range(200):
        await page.socket.send_str('{"t":"ping"}')

    assert await page.closed() == 4429
    assert len(page.of("pong")) <= 41


async def test_a_flood_of_pings_ends_it(chat: ChatRig) -> None:
    page = await chat.open()

    for _ in range(200):
        await page.socket.ping(b"x" * 125)

    assert await page.closed() == 4429


async def test_too_many_pages_of_one_talk_are_refused(chat: ChatRig) -> None:
    first = await chat.open()
    token = first.of("welcome")[0]["token"]
    others = [await chat.open(token) for _ in range(5)]

    late = await chat.open(token)
    assert await late.closed() == 4409
    await others[0].leave()

    assert (await chat.open(token)).code is None
    assert first.code is None


async def test_a_flood_of_sockets_is_refused_before_the_handshake() -> None:
    chat = ChatRig(sockets=3)
    await chat.start()
    try:
        pages = [await chat.open() for _ in range(3)]
        assert await refused(chat, PAGE) == 429
        await pages[0].leave()
        assert await refused(chat, PAGE) == 101
    finally:
        await chat.stop()


@pytest.mark.parametrize(
    ("remote", "source"),
    [
        ("127.0.0.1", ""),
        ("::1", ""),
        ("114.4.1.2", "114.4.1.2"),
        ("::ffff:114.4.1.2", "114.4.1.2"),
        ("2404:8000:1:2:aaaa:bbbb:cccc:dddd", "2404:8000:1:2::"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_counts_with_its_network(remote: str, source: str) -> None:
    assert find_source(remote) == source


async def test_script_in_every_text_stays_text(chat: ChatRig) -> None:
    script = "<script>alert(1)</script>\"'</textarea><img src=x onerror=alert(1)>\u2028"
    page = await chat.open()

    await page.say(script)
    line = await page.next("line")

    assert line["text"] == script.replace("\u2028", "\n").strip()
    assert chat.intake.committed[0].text == line["text"]


async def test_nothing_personal_is_logged(chat: ChatRig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    page = await chat.open()
    token = page.of("welcome")[0]["token"]
    chat.intake.fail(RuntimeError("a defect"))

    await page.send(t="say", id="pesan-0001", text=CITIZENS[0])
    await page.closed()

    assert "an open chat failed" in caplog.text
    shown = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)
    assert not any(secret in shown for secret in (CITIZENS[0], token, KEY))
