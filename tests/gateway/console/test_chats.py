"""The operators' desk over HTTP: who may see and do what, what pages are told, and that nothing is missed."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core import watching
from core.model.lifecycle import Role
from core.ports import Tx
from core.watching import Asked
from gateway.console.chats.looks import Looks, Seen
from tests.flow.rig import until
from tests.gateway.console.chatters import LEASE, Chatter, chat, hire_operators, pass_by
from tests.gateway.console.desk import Browser, Desk

HERE = "/console/obrolan"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc3300000000"
    "49454e44ae426082"
)
CSRF = re.compile(r'data-csrf="([0-9a-f]+)"')


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """With two operators."""
    await hire_operators(desk)
    return desk


class Operator:
    """The page of one of them, without a browser."""

    def __init__(self, browser: Browser, csrf: str) -> None:
        self.browser, self.csrf = browser, csrf

    async def do(self, path: str, **fields: str) -> tuple[int, dict[str, Any]]:
        """A deed: its status, and what it is answered."""
        page = await self.browser.post(HERE + path, fields or {"x": "1"}, **{"X-CSRF-Token": self.csrf})
        return page.status, json.loads(page.text) if page.text.startswith("{") else {}

    async def ask(self, path: str) -> tuple[int, dict[str, Any]]:
        """Something to read."""
        page = await self.browser.get(HERE + path)
        return page.status, json.loads(page.text) if page.text.startswith("{") else {}

    async def stream(self, known: str = "") -> "Stream":
        """What the page is told from now on."""
        headers = {"Last-Event-ID": known} if known else {}
        return Stream(await self.browser.client.get(f"{HERE}/aliran", headers=headers))


class Stream:
    """Server-sent events, one after the other."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.id, self.said = answer, "", []

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next event."""
        event = data = ""
        async with asyncio.timeout(20):
            while True:
                line = (await self.answer.content.readline()).decode()
                assert line, f"the stream ended: {self.answer.status}"
                line = line.rstrip("\n")
                name, _, value = line.partition(": ")
                if name == "id":
                    self.id = value
                elif name == "event":
                    event = value
                elif name == "data":
                    data = value
                elif not line and data:
                    return event, json.loads(data)

    async def lines(self, most: int) -> list[int]:
        """The numbers of the next lines, up to the line ``most``."""
        found: list[int] = []
        while not found or found[-1] < most:
            event, body = await self.next()
            if event == "baris":
                found += [line["seq"] for line in body["lines"]]
                self.said += body["lines"]
        return found

    async def close(self) -> None:
        """The network is lost."""
        self.answer.close()


async def operator(desk: Desk, username: str) -> Operator:
    """Logged in, at the desk."""
    browser = await desk.browser(username)
    found = CSRF.search((await browser.get(HERE)).text)
    assert found is not None
    return Operator(browser, found[1])


@pytest.fixture
async def ayu(desk: Desk) -> Operator:
    """An operator at the desk."""
    return await operator(desk, "ayu")


@pytest.mark.parametrize("username", ["dewi", "budi", "rina"])
async def test_every_other_role_is_refused(desk: Desk, username: str) -> None:
    chat_id = await Chatter(desk).call()
    browser = await desk.browser(username)
    home = await browser.get("/console/")
    csrf = CSRF.search(home.text)
    assert csrf is not None

    for path in ("", "/aliran", f"/{chat_id}/lama", f"/{chat_id}/tentang", f"/{chat_id}/laporan"):
        assert (await browser.get(HERE + path)).status == 403, path
    for path in ("berikut", "denyut", f"{chat_id}/ambil", f"{chat_id}/kata", f"{chat_id}/dibaca", f"{chat_id}/serahkan",
                 f"{chat_id}/tutup", f"{chat_id}/cari", f"{chat_id}/laporan", f"{chat_id}/mengetik"):  # fmt: skip
        sent = await browser.post(f"{HERE}/{path}", {"id": "a" * 32, "text": "x"}, **{"X-CSRF-Token": csrf[1]})
        assert sent.status == 403, path
    assert f'href="{HERE}"' not in home.text
    assert not (await chat(desk, chat_id)).taken_by


async def test_nothing_is_done_without_the_proof_that_our_page_asks(desk: Desk, ayu: Operator) -> None:
    chat_id = await Chatter(desk).call()

    page = await ayu.browser.post(f"{HERE}/{chat_id}/ambil", {"x": "1"})

    assert page.status == 403
    assert not (await chat(desk, chat_id)).taken_by


async def test_the_menu_counts_who_waits(desk: Desk, ayu: Operator) -> None:
    await Chatter(desk, 1).call()
    await Chatter(desk, 2).call()

    page = await ayu.browser.get("/console/")

    assert '<b data-count="chats">2</b>' in page.text
    counts = json.loads((await ayu.browser.get("/console/hitungan")).text)
    assert counts["chats"] == "2"


async def test_other_pages_are_told_that_somebody_waits(desk: Desk, ayu: Operator) -> None:
    officer = await desk.browser("budi")
    pages = [await one.client.get("/console/events") for one in (ayu.browser, officer)]
    await Chatter(desk).say("Halo")
    await until(lambda: is_looking(desk))
    await Chatter(desk).call()

    async with asyncio.timeout(30):
        while not (await pages[0].content.readline()).startswith(b"data: "):
            continue
    unread = pages[1].content.read_nowait()
    for page in pages:
        page.close()

    assert b"data: " not in unread, "who takes no chats is told nothing of them"


async def is_looking(desk: Desk) -> bool:
    """The first look is over: what is there then is no news."""
    return desk.gateway._console.live._chats is not None


async def test_a_page_that_comes_back_is_told_what_it_missed_and_nothing_twice(desk: Desk, ayu: Operator) -> None:
    visitor = Chatter(desk)
    await visitor.say("Jalan depan SDN 3 berlubang")
    chat_id = await visitor.call()
    stream = await ayu.stream()
    event, body = await stream.next()
    assert (event, [one["id"] for one in body["waiting"]]) == ("meja", [chat_id])
    await ayu.do("/berikut")
    head = 4
    first = await stream.lines(head)
    await stream.close()

    for number in range(60):
        await visitor.say(f"Kata ke-{number}")
    again = await ayu.stream(stream.id)
    rest = await again.lines(head + 60)
    await visitor.say("Masih di sana?")
    live = await again.lines(head + 61)
    await again.close()

    assert first + rest + live == list(range(1, head + 62))
    assert stream.id.startswith(chat_id)


async def test_of_chats_of_others_nothing_is_told(desk: Desk, ayu: Operator) -> None:
    joko = await operator(desk, "joko")
    visitor = Chatter(desk)
    chat_id = await visitor.call()
    await joko.do(f"/{chat_id}/ambil")
    stream = await ayu.stream(f"{chat_id}:1")
    _, body = await stream.next()
    await visitor.say("Rahasia untuk Joko")
    await Chatter(desk, 2).call()
    _, later = await stream.next()
    await stream.close()

    assert (body["mine"], body["waiting"], body["others"]) == ([], [], 1)
    assert len(later["waiting"]) == 1, "the next it is told is of somebody else"
    for path in (f"/{chat_id}/lama?sebelum=9", f"/{chat_id}/tentang", f"/{chat_id}/laporan"):
        status, told = await ayu.ask(path)
        assert (status, told["trouble"]) == (409, "taken"), path
        assert "Joko Prasetyo" in told["text"]


@pytest.mark.parametrize("shut_out", ["logged out", "not active", "another role"])
async def test_a_stream_tells_nothing_more_when_its_session_is_over(desk: Desk, ayu: Operator, shut_out: str) -> None:
    visitor = Chatter(desk)
    await visitor.call()
    await ayu.do("/berikut")
    stream = await ayu.stream()
    await stream.next()
    await stream.next()

    def end(tx: Tx) -> None:
        staff = tx.people.find("ayu")
        assert staff is not None
        if shut_out == "logged out":
            tx.sessions.end_all(staff.id)
        elif shut_out == "not active":
            tx.people.save(replace(staff, active=False))
        else:
            tx.people.save(replace(staff, role=Role.LIAISON_OFFICER))

    await desk.write(end)
    desk.clock.forward(timedelta(seconds=2))
    await visitor.say("Nomor rekening saya 123")

    async with asyncio.timeout(20):
        rest = await stream.answer.content.read()
    assert b"rekening" not in rest
    assert (await ayu.ask("/aliran"))[0] != 200


async def test_a_chat_that_cannot_be_read_keeps_no_other_page_from_being_told(
    desk: Desk, ayu: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await Chatter(desk, 1).call(), await Chatter(desk, 2).call()
    joko = await operator(desk, "joko")
    await ayu.do(f"/{bad}/ambil")
    await joko.do(f"/{good}/ambil")
    fresh_lines = watching.fresh_lines

    def spoilt(tx: Tx, asked: Sequence[Asked], **given: Any) -> Any:
        if any(bad in one.known for one in asked):
            raise ValueError("a row that does not open")
        return fresh_lines(tx, asked, **given)

    monkeypatch.setattr(watching, "fresh_lines", spoilt)
    looks = Looks(desk.parts.store, desk.parts.office, desk.clock)
    staff = {name: await desk.read(lambda tx, name=name: tx.people.find(name)) for name in ("ayu", "joko")}
    asked = Asked(staff["ayu"], {bad: 0}), Asked(staff["joko"], {good: 0})
    failed, told = await asyncio.gather(*map(looks.see, asked), return_exceptions=True)

    assert isinstance(failed, ValueError)
    assert isinstance(told, Seen)
    assert [one.chat.id for one in told.chats] == [good]


async def test_words_are_said_once_however_often_they_are_sent(desk: Desk, ayu: Operator) -> None:
    visitor = Chatter(desk)
    chat_id = await visitor.call()
    await ayu.do("/berikut")

    sent = [await ayu.do(f"/{chat_id}/kata", id="0123456789abcdef", text="Baik, kami catat.") for _ in range(3)]

    assert {status for status, _ in sent} == {200}
    assert len({body["seq"] for _, body in sent}) == 1
    assert await visitor.heard() == ["chat_taken", "Baik, kami catat."]


@pytest.mark.parametrize(("fields", "status"), [
    ({"id": "0123456789abcdef", "text": ""}, 422),
    ({"id": "0123456789abcdef", "text": "x" * 4_001}, 422),
    ({"id": "short", "text": "x"}, 422),
    ({"id": "../../etc/passwd-and-more", "text": "x"}, 422),
])  # fmt: skip
async def test_words_that_cannot_be_said_are_refused_in_a_sentence(
    desk: Desk, ayu: Operator, fields: dict[str, str], status: int
) -> None:
    visitor = Chatter(desk)
    chat_id = await visitor.call()
    await ayu.do("/berikut")

    found, body = await ayu.do(f"/{chat_id}/kata", **fields)

    assert found == status
    assert body["text"]
    assert await visitor.heard() == ["chat_taken"]


async def test_what_ran_out_is_refused_and_taken_again(desk: Desk, ayu: Operator) -> None:
    visitor = Chatter(desk)
    chat_id = await visitor.call()
    await ayu.do("/berikut")
    await pass_by(desk, LEASE)

    status, body = await ayu.do(f"/{chat_id}/kata", id="0123456789abcdef", text="Maaf")
    _, beat = await ayu.do("/denyut")

    assert (status, body["trouble"]) == (409, "lapsed")
    assert beat["held"] == {}
    assert (await ayu.do(f"/{chat_id}/ambil"))[0] == 200
    assert (await ayu.do("/denyut"))[1]["held"].keys() == {chat_id}


async def test_files_of_a_talk_are_given_to_who_holds_it(desk: Desk, ayu: Operator) -> None:
    joko = await operator(desk, "joko")
    visitor = Chatter(desk)
    page = await desk.keep(b"<script>alert(1)</script>" * 20, "text/html", "halaman.html")
    picture = await desk.keep(PNG, "image/png", "lubang.png")
    chat_id = await visitor.call()
    await ayu.do(f"/{chat_id}/ambil")
    await visitor.say("Ini fotonya", picture, page)
    seq = (await ayu.ask(f"/{chat_id}/lama?sebelum=99"))[1]["lines"][-1]["seq"]

    shown = await ayu.browser.get(f"{HERE}/{chat_id}/{seq}/gambar/{picture.id}")
    script = await ayu.browser.get(f"{HERE}/{chat_id}/{seq}/gambar/{page.id}")
    saved = await ayu.browser.get(f"{HERE}/{chat_id}/{seq}/berkas/{page.id}")

    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/png")
    assert script.status == 404
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in saved.headers["Content-Security-Policy"]
    assert (await joko.browser.get(f"{HERE}/{chat_id}/{seq}/gambar/{picture.id}")).status == 409
    assert (await ayu.browser.get(f"{HERE}/{chat_id}/{seq - 1}/gambar/{picture.id}")).status == 404


async def test_neither_address_nor_pin_is_shown(desk: Desk, ayu: Operator) -> None:
    visitor = Chatter(desk, 4711)
    chat_id = await visitor.call()
    await ayu.do("/berikut")
    await visitor.say("Jalan di depan SDN 3 Serpong berlubang")
    status, made = await ayu.do(f"/{chat_id}/laporan", text="Jalan di depan SDN 3 Serpong berlubang")
    stream = await ayu.stream()
    pieces = [await stream.next() for _ in range(2)]
    await stream.close()
    pieces += [await ayu.ask(f"/{chat_id}/lama?sebelum=99"), await ayu.ask(f"/{chat_id}/tentang")]

    assert status == 200
    told = json.dumps([body for _, body in pieces])
    assert made["number"][-3:] in told, "the visitor's first reply is among the lines"
    assert "pengunjung-4711" not in told
    replies = await desk.read(lambda tx: tx.outbox.listing(limit=50))
    pin = next(re.search(r"PIN Anda (\d{6})", reply.outbound.text) for reply in replies if reply.event == "received")
    assert pin is not None
    assert pin[1] not in told


async def test_a_report_is_made_once(desk: Desk, ayu: Operator) -> None:
    visitor = Chatter(desk)
    chat_id = await visitor.call()
    await ayu.do("/berikut")
    await visitor.say("Jalan di depan SDN 3 Serpong berlubang")
    before = len(await desk.reports())

    answers = [await ayu.do(f"/{chat_id}/laporan", text="Jalan berlubang", agency="kota-bekasi") for _ in range(2)]

    assert {body["number"] for _, body in answers} == {answers[0][1]["number"]}
    assert len(await desk.reports()) == before + 1
    assert (await ayu.do(f"/{chat_id}/laporan", text="Jalan", agency="antah berantah"))[0] in {200, 422}


async def test_supervisors_see_how_chats_ended_and_no_word_of_them(desk: Desk, ayu: Operator) -> None:
    visitor = Chatter(desk)
    await visitor.say("Tetangga saya memukul anaknya")
    await visitor.call()
    await pass_by(desk, desk.parts.office.rules.chat_patience * 2)
    supervisor = await desk.browser("rina")
    assert f'href="{HERE}/selesai"' in (await supervisor.get("/console/")).text

    page = await supervisor.get(f"{HERE}/selesai?akhir=nobody_came")

    assert page.status == 200
    assert "Tidak ada petugas" in page.text
    assert "Tetangga" not in page.text
    assert (await supervisor.get(f"{HERE}/selesai?akhir=closed")).text.count("<tr>") == 0
    assert (await ayu.browser.get(f"{HERE}/selesai")).status == 403


async def test_admins_keep_answers_and_operators_use_them(desk: Desk, ayu: Operator) -> None:
    sri = await desk.browser("sri")
    await desk.hire("edi", Role.CHAT_OPERATOR, "kota-bekasi", "Edi")
    edi = await operator(desk, "edi")
    chat_id = await Chatter(desk).call()
    page = f"{HERE}/jawaban"
    bad = await sri.send(page, {"shortcut": "dua kata", "text": "<b>x</b>", "language": "id"}, page=page)

    kept = await sri.send(page, {"shortcut": "salam", "text": "Selamat <b>pagi</b>", "language": "id"}, page=page)
    await sri.send(
        page, {"shortcut": "alamat", "text": "Jl. A. Yani 1", "language": "id", "agency": "kota-bekasi"}, page=page
    )

    assert bad.status == 422
    assert "&lt;b&gt;x" in bad.text
    assert kept.status == 303
    assert "Selamat &lt;b&gt;pagi" in (await sri.get(page)).text
    await edi.do(f"/{chat_id}/ambil")
    answers = (await edi.ask(f"/{chat_id}/tentang"))[1]["answers"]
    assert [one["shortcut"] for one in answers] == ["alamat", "salam"]
    assert (await ayu.browser.get(page)).status == 403


async def test_the_desk_tells_in_which_language_a_visitor_is_spoken_to(desk: Desk, ayu: Operator) -> None:
    sri, page = await desk.browser("sri"), f"{HERE}/jawaban"
    for shortcut, language in (("a-salam", "id"), ("b-hello", "en")):
        await sri.send(page, {"shortcut": shortcut, "text": "x", "language": language}, page=page)
    visitor, other = Chatter(desk), Chatter(desk, number=2)
    await visitor.say("ENGLISH")
    chats = [await visitor.call("AGENT"), await other.call()]
    for chat_id in chats:
        await ayu.do(f"/{chat_id}/ambil")

    english, indonesian = [(await ayu.ask(f"/{chat_id}/tentang"))[1] for chat_id in chats]

    assert (english["speaks"], indonesian["speaks"]) == ("Berbahasa Inggris", "")
    assert [one["shortcut"] for one in english["answers"]] == ["b-hello", "a-salam"]
    assert [one["shortcut"] for one in indonesian["answers"]] == ["a-salam", "b-hello"]


async def test_a_page_gone_bad_asks_for_no_more_than_there_is(desk: Desk, ayu: Operator) -> None:
    chat_id = await Chatter(desk).call()
    await ayu.do("/berikut")

    assert (await ayu.do(f"/{chat_id}/dibaca", seq="99999999999"))[0] == 200
    assert (await ayu.do(f"/{chat_id}/dibaca", seq="-1"))[0] == 200
    assert (await ayu.do("/denyut", capacity="999", available="7"))[0] == 200
    assert (await ayu.do(f"/{'f' * 32}/kata", id="0123456789abcdef", text="x"))[0] == 404
    assert (await ayu.do(f"/{chat_id}/cari", number="bukan nomor"))[0] == 422
    assert (await ayu.do(f"/{chat_id}/serahkan", to="dewi"))[0] == 422
    known = await desk.read(lambda tx: tx.attendants.get("ayu"))
    assert known is not None
    assert known.capacity == 10
    stream = await ayu.stream("x:y," + "0" * 4_000)
    assert (await stream.next())[0] == "meja"
    await stream.close()


async def test_a_pin_that_the_visitor_writes_is_not_shown(desk: Desk, ayu: Operator) -> None:
    visitor = Chatter(desk)
    number = await desk.sms("Lampu jalan di depan SDN 3 Serpong padam sejak seminggu lalu")
    await visitor.say(f"STATUS {number} 071355")
    chat_id = await visitor.call()
    await ayu.do("/berikut")
    await visitor.say(f"Laporan saya {number} pin 071355, kode pos 17121")

    stream = await ayu.stream()
    await stream.lines(6)
    await stream.close()
    _, form = await ayu.ask(f"/{chat_id}/laporan")

    assert number in json.dumps(stream.said)
    assert "17121" in form["text"]
    assert "071355" not in json.dumps([*stream.said, form])
