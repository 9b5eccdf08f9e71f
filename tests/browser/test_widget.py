"""The widget against a scripted other side: it asks for nothing unasked, loses nothing, and everybody can use it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product
from typing import Any

import pytest

from tests.browser.chat_peer import ChatPeer, Site, open_peer, until
from tests.browser.conftest import DESKTOP, PHONE, shoot
from tests.browser.test_pages import overflow, serious

Visit = Callable[..., Awaitable[Any]]

FIELD = "lapor-chat textarea"
ROAD = "Jalan Raya Serpong KM 7 depan pasar berlubang sedalam 30 cm"
STORED = "Object.keys(localStorage).filter((name) => name.startsWith('lapor-chat')).sort()"
NO_STORAGE = (
    "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
)
PICTURE = """async (width, height, noise) => {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const pen = canvas.getContext('2d'), spots = pen.createImageData(width, height);
  for (let at = 0; at < spots.data.length; at++) spots.data[at] = at % 4 === 3 ? 255 : (at * noise) % 251;
  pen.putImageData(spots, 0, 0);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.95));
}"""
DROP = f"""async (sizes) => {{
  const dataTransfer = new DataTransfer(), made = [];
  for (const [width, height] of sizes) {{
    const blob = await ({PICTURE})(width, height, 7919);
    made.push(blob.size);
    dataTransfer.items.add(new File([blob], `foto-${{width}}.jpg`, {{ type: blob.type }}));
  }}
  dataTransfer.items.add(new File(['MZ'], 'virus.exe', {{ type: 'application/x-msdownload' }}));
  const panel = document.querySelector('lapor-chat').shadowRoot.querySelector('dialog');
  panel.dispatchEvent(new DragEvent('drop', {{ dataTransfer }}));
  return made;
}}"""


@pytest.fixture
async def chat() -> AsyncIterator[tuple[ChatPeer, Site]]:
    """The other side, and a site of a ministry on another origin."""
    async with open_peer() as opened:
        yield opened


@pytest.fixture
def visit(browser: Any, chat: tuple[ChatPeer, Site]) -> Visit:
    """Open the site's page as a new visitor. What the page complains of is kept in ``complaints``."""

    async def come(*, size: dict[str, int] = DESKTOP, script: str = "", context: Any = None, **given: Any) -> Any:
        context = context or await browser.new_context(viewport=size, **({"reduced_motion": "reduce"} | given))
        page = await context.new_page()
        page.complaints, page.asked = [], []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("websocket", lambda socket: page.asked.append(socket.url))
        if script:
            await page.add_init_script(script)
        await page.goto(chat[1].url)
        await page.wait_for_selector("lapor-chat .launcher")
        return page

    return come


async def write(page: Any, *texts: str) -> None:
    """Say something, as one does: type and press Enter."""
    if not await page.is_visible(FIELD):
        await page.click("lapor-chat .launcher")
    for text in texts:
        await page.fill(FIELD, text)
        await page.press(FIELD, "Enter")


async def shown(page: Any) -> list[str]:
    """The texts of the log from the top, without the greeting."""
    texts = await page.locator("lapor-chat .log .line .text").all_inner_texts()
    return list(texts[1:] if texts and texts[0].startswith(("Halo!", "Hello!")) else texts)


async def agree(page: Any, peer: ChatPeer) -> None:
    """Wait until the page shows exactly what was said, every line once and in its order, all of it acknowledged."""
    for _ in range(400):
        marks = await page.locator("lapor-chat .mine .meta").all_inner_texts()
        is_acknowledged = all("terkirim" in mark or "dibaca" in mark for mark in marks)
        if is_acknowledged and await shown(page) == [line["text"] for line in peer.lines] != []:
            return
        await page.wait_for_timeout(50)
    assert await shown(page) == [line["text"] for line in peer.lines], "all of it was acknowledged or never said"


async def becomes(page: Any, expression: str, wanted: object) -> None:
    """Wait for a value in the page; its policy forbids what wait_for_function does."""
    for _ in range(200):
        found = await page.evaluate(expression)
        if found == wanted:
            return
        await page.wait_for_timeout(50)
    assert found == wanted


async def make_picture(page: Any, width: int, height: int) -> bytes:
    """A small picture."""
    made = f"async ([w, h]) => [...new Uint8Array(await (await ({PICTURE})(w, h, 1)).arrayBuffer())]"
    return bytes(await page.evaluate(made, [width, height]))


async def test_nothing_is_asked_or_kept_before_somebody_writes(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, site = chat
    page = await visit()
    before = list(page.asked)

    await page.click("lapor-chat .launcher")
    await page.wait_for_selector("lapor-chat .hours:has-text('08.00')")
    opened, kept = list(page.asked), await page.evaluate(STORED)
    await page.fill(FIELD, "Jalan")
    await becomes(page, STORED, ["lapor-chat.draft"])
    await page.press(FIELD, "Enter")
    await until(lambda: peer.lines)

    assert before == [f"{site.url}/", f"{site.gateway}/widget.js"]
    assert opened == [*before, f"{site.gateway}/chat/hours?lang=id"]
    assert kept == []
    assert peer.opened == 1
    assert await page.evaluate("document.cookie") == ""
    assert await page.context.cookies() == []
    assert page.complaints == []


async def test_what_is_written_without_network_arrives_once(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit()
    await write(page, ROAD)
    await agree(page, peer)

    peer.is_away = True
    peer.cut()
    await write(page, "Sudah dua motor jatuh", "Mohon diperbaiki")
    await peer.say("Di mana tepatnya?")
    await page.wait_for_selector("lapor-chat .meta:has-text('menunggu jaringan') >> nth=1")
    await shoot(page, "chat-no-network")
    peer.is_away = False

    await agree(page, peer)
    assert sorted(peer.said()) == sorted([ROAD, "Sudah dua motor jatuh", "Mohon diperbaiki"])


async def _gap(peer: ChatPeer) -> None:
    peer.unsent.add(len(peer.lines) + 1)
    await peer.say("tidak sampai")
    peer.unsent.clear()
    await peer.say("sampai")


async def _doubles(peer: ChatPeer) -> None:
    for line in peer.lines:
        await peer.tell(line)


async def _half_a_frame(peer: ChatPeer) -> None:
    await peer.break_frame()
    await peer.say("sesudah putus")


async def _busy(peer: ChatPeer) -> None:
    peer.busy.append(1)


FAULTS = {
    "gap": _gap,
    "doubles": _doubles,
    "half a frame": _half_a_frame,
    "slow client": lambda peer: peer.close(4430),
    "restart": lambda peer: peer.close(1001),
    "busy": _busy,
}


async def test_no_fault_loses_or_doubles_a_line(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    peer.answers = lambda frame: f"Diterima: {frame['text']}"
    page = await visit()
    await write(page, "mulai")

    for name, fault in FAULTS.items():
        await write(page, f"sebelum {name}")
        await fault(peer)
        await write(page, f"sesudah {name}")
        await until(lambda name=name: f"sesudah {name}" in peer.said())
        await agree(page, peer)
    for code in (4409, 4429):  # it comes back later by itself, and at once when the network says that it is there
        await peer.close(code)
        await write(page, f"sesudah {code}")
        await page.evaluate("dispatchEvent(new Event('online'))")
        await until(lambda code=code: f"sesudah {code}" in peer.said())
    peer.held_acks = []
    await write(page, "satu", "dua", "tiga")
    await until(lambda: len(peer.held_acks or []) == 3)
    await peer.release_acks()

    await agree(page, peer)
    said = peer.said()
    assert len(said) == len(set(said)) == 2 * len(FAULTS) + 6
    assert await page.evaluate(STORED) == ["lapor-chat.at", "lapor-chat.seen", "lapor-chat.token"]
    assert page.complaints == []


async def test_a_silent_connection_is_left_when_the_page_wakes(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit()
    await write(page, ROAD)
    await agree(page, peer)

    peer.is_mute = True
    peer.sockets.clear()
    await peer.say("Jawaban yang tidak terdengar")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await until(lambda: peer.heard[-1] == {"t": "ping"})
    peer.is_mute = False

    await agree(page, peer)
    assert peer.opened == 2


async def test_a_revoked_token_begins_another_talk_with_what_was_unsent(
    visit: Visit, chat: tuple[ChatPeer, Site]
) -> None:
    peer, _ = chat
    page = await visit()
    await write(page, ROAD)
    await agree(page, peer)

    peer.is_away = True
    peer.cut()
    await write(page, "Belum terkirim")
    peer.lines.clear()
    peer.tokens.add("another")
    peer.is_away = False

    await until(lambda: peer.said() == ["Belum terkirim"])
    await agree(page, peer)
    hellos = [frame for frame in peer.heard if frame["t"] == "hello"]
    assert hellos[-1] == {"t": "hello", "v": 1, "token": None, "after": 0, "lang": "id"}
    assert await page.is_visible("text=Ini percakapan baru")


async def test_the_next_page_has_the_draft_and_what_was_unsent(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, site = chat
    page = await visit()
    await write(page, ROAD)
    await agree(page, peer)
    photo = await make_picture(page, 300, 200)

    peer.is_away = True
    peer.cut()
    await write(page, "Ditulis tanpa jaringan")
    await page.set_input_files(
        "lapor-chat input[type=file]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo}
    )
    await page.wait_for_selector("lapor-chat .tray img")
    await write(page, "Fotonya")
    await page.fill(FIELD, "Belum selesai")
    await page.goto("about:blank")
    peer.is_away = False
    await page.goto(site.url)

    await until(lambda: len(peer.lines) == 3)
    await page.click("lapor-chat .launcher")
    await agree(page, peer)
    assert sorted(peer.said()) == sorted([ROAD, "Ditulis tanpa jaringan", "Fotonya"])
    assert [octets for _, octets in peer.files.values()] == [photo]
    assert await page.input_value(FIELD) == "Belum selesai"


async def test_two_windows_of_one_visitor_say_everything_once(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    one = await visit()
    await write(one, ROAD)
    other = await visit(context=one.context)
    await until(lambda: peer.opened == 2)
    await other.click("lapor-chat .launcher")

    peer.is_away = True
    peer.cut()
    await write(one, "dari jendela pertama")
    await other.wait_for_selector("text=dari jendela pertama")
    await write(other, "dari jendela kedua")
    peer.is_away = False

    await until(lambda: len(peer.lines) == 3)
    await agree(one, peer)
    await agree(other, peer)
    assert len(peer.lines) == 3
    assert await one.evaluate(STORED) == ["lapor-chat.at", "lapor-chat.seen", "lapor-chat.token"]


async def test_photos_are_made_lighter_and_arrive(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit(size=PHONE)
    await write(page, ROAD)
    peer.upload_fails = 1

    small, large = await page.evaluate(DROP, [[300, 200], [2600, 1300]])
    await page.wait_for_selector("lapor-chat .said:has-text('virus.exe tidak diterima')")
    await page.wait_for_selector("lapor-chat .tray img >> nth=1")
    await shoot(page, "chat-tray-360")
    await page.press(FIELD, "Enter")
    await until(lambda: len(peer.lines) == 2, 60)

    assert large > 1_000_000
    sizes = [len(octets) for _, octets in peer.files.values()]
    assert sizes[0] == small
    assert sizes[1] < large / 2
    assert [file["id"] for file in peer.lines[1]["files"]] == ["file1-", "file2-"]
    assert await page.locator("lapor-chat .mine .file img").count() == 2
    await shoot(page, "chat-photos-360")


async def test_twelve_photos_leave_room_to_write_and_a_second_tap_says_nothing(
    visit: Visit, chat: tuple[ChatPeer, Site]
) -> None:
    peer, _ = chat
    page = await visit(size={"width": 360, "height": 560})
    await write(page, ROAD)
    await agree(page, peer)
    labels = ("Kirim", "Tambah foto", "Rahasiakan nama saya", "Rahasiakan laporan", "Pilih instansi")
    await peer.say("Kirim sekarang?", choices=[{"label": label, "says": label.upper()} for label in labels])
    await page.wait_for_selector("text=Rahasiakan laporan")

    photo = await make_picture(page, 40, 30)
    chosen = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo} for n in range(12)]
    await page.set_input_files("lapor-chat [type=file]", chosen)
    await page.wait_for_selector("lapor-chat .said:has-text('berkas tidak diterima')")
    await page.focus(FIELD)
    box = await page.locator(FIELD).bounding_box()
    await shoot(page, "chat-many-photos-360")
    await page.locator("lapor-chat .chips button").first.dblclick()
    await agree(page, peer)

    assert box["y"] + box["height"] <= 560
    assert peer.said() == [ROAD, "KIRIM"]
    assert await page.evaluate("document.querySelector('lapor-chat').shadowRoot.querySelector('dialog').scrollTop") == 0


async def test_photos_can_be_pasted_and_seen_again(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit()
    await write(page, ROAD)
    await page.evaluate(
        """async () => {
          const canvas = document.createElement('canvas');
          const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([blob], 'tempel.png', { type: 'image/png' }));
          const field = document.querySelector('lapor-chat').shadowRoot.querySelector('textarea');
          field.dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
        }"""
    )
    await page.wait_for_selector("lapor-chat .tray img")
    await page.press(FIELD, "Enter")
    await until(lambda: len(peer.lines) == 2)

    await page.reload()
    await page.click("lapor-chat .launcher")
    await page.get_by_role("button", name="Lihat foto.jpg").click()

    await page.wait_for_selector("lapor-chat .mine .file img")
    assert page.complaints == []


async def test_texts_are_only_texts(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit()
    evil = "<img src=x onerror=\"document.title='kena'\"><script>document.title='kena'</script> javascript:alert(1)"
    await write(page, evil)
    await peer.say(evil + " https://contoh.go.id/a?b=1&c=2.", choices=[{"label": evil, "says": "1"}])
    await peer.say(evil, "operator", by=evil)
    await peer.turn(state="person", operator=evil)

    await agree(page, peer)
    assert await page.title() == "PPID Kementerian Contoh"
    links = page.locator("lapor-chat .log a")
    assert await links.evaluate_all("all => all.map((one) => [one.href, one.rel])") == [
        ["https://contoh.go.id/a?b=1&c=2", "noopener noreferrer nofollow"]
    ]
    assert await page.locator("lapor-chat .log img").count() == 0
    assert page.complaints == []


async def test_long_words_go_out_in_pieces_and_corrections_take_their_place(
    visit: Visit, chat: tuple[ChatPeer, Site]
) -> None:
    peer, _ = chat
    page = await visit()
    long = " ".join(f"kata{number}" for number in range(1200)) + " " + "\U0001f573" * 4_500

    await write(page, long)
    await until(lambda: sum(len(said) for said in peer.said()) >= len(long) - 5)
    said = peer.said()
    seq = await peer.say("Di jalan apa?")
    await peer.say("Di jalan mana?", replaces=seq)
    peer.refusals = ["bad"]
    await write(page, "Ditolak")
    await page.wait_for_selector("text=Tidak dapat diterima.")
    refused = await page.evaluate(STORED)
    await page.get_by_role("button", name="Hapus").click()
    await page.wait_for_selector("lapor-chat .mine:has-text('Ditolak')", state="detached")

    assert all(len(text) <= 4_000 for text in said)
    assert "".join(said).replace(" ", "") == long.replace(" ", "")
    assert (await shown(page))[-1] == "Di jalan mana?"
    assert "diubah" in await page.locator("lapor-chat .theirs .meta").last.inner_text()
    assert any("lapor-chat.q." in name for name in refused)
    assert not any("lapor-chat.q." in name for name in await page.evaluate(STORED))


async def test_a_site_that_is_not_allowed_is_told_so(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, site = chat
    peer.allowed.clear()
    page = await visit(size=PHONE)

    await write(page, ROAD)
    await page.wait_for_selector("lapor-chat .status a[href='sms:1708']")

    await shoot(page, "chat-foreign-360")
    assert any(f"does not accept chats from {site.url}" in said for said in page.complaints)
    assert peer.lines == []
    assert await shown(page) == [ROAD]


async def test_without_sockets_the_other_ways_are_shown(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    page = await visit(script="delete window.WebSocket;")

    await write(page, ROAD)

    await page.wait_for_selector(f"lapor-chat .status a[href='{chat[1].gateway}/lapor']")
    assert await shown(page) == [ROAD]


async def test_it_works_where_nothing_can_be_stored(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit(script=NO_STORAGE)

    await write(page, ROAD)
    await agree(page, peer)
    peer.cut()
    await peer.say("Di mana?")

    await agree(page, peer)
    assert [frame["token"] for frame in peer.heard if frame["t"] == "hello"] == [None, "peer-token"]
    assert page.complaints == []


async def test_older_lines_come_when_they_are_asked_for(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit()
    await write(page, ROAD)
    for number in range(120):
        await peer.say(f"baris {number}")
    await page.reload()
    await page.click("lapor-chat .launcher")

    for _ in range(2):
        await page.get_by_role("button", name="Pesan sebelumnya").click()
        await page.wait_for_timeout(200)

    await agree(page, peer)
    assert not await page.is_visible("text=Pesan sebelumnya")


async def test_a_person_comes_and_is_rated(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit(size=PHONE)
    await write(page, ROAD)
    await agree(page, peer)
    await peer.say("Laporan Anda bernomor 2076 034 116.", choices=[{"label": "Panggil petugas", "says": "PETUGAS"}])
    await page.get_by_role("button", name="Salin 2076 034 116").wait_for()
    await page.get_by_role("button", name="Panggil petugas").click()
    await until(lambda: peer.said()[-1] == "PETUGAS")
    await peer.turn(state="waiting", place=3)
    await page.wait_for_selector("text=urutan ke-3")
    await peer.say("Sambil menunggu: di mana kejadiannya?", choices=[{"label": "Lewati", "says": "LEWATI"}])
    await page.wait_for_selector("lapor-chat .chips >> text=Lewati")
    await peer.turn(state="person", operator="Rina")
    await peer.tell({"t": "typing", "from": "operator", "by": "Rina"})
    await page.wait_for_selector("text=Rina sedang menulis")
    await peer.say("Selamat siang, saya Rina.", "operator", by="Rina")
    assert not await page.is_visible("lapor-chat .chips")
    await page.type(FIELD, "Ya")
    await until(lambda: {"t": "typing"} in peer.heard)
    await peer.tell({"t": "seen", "seq": len(peer.lines)})
    await page.wait_for_selector("lapor-chat .mine .meta:has-text('dibaca')")
    await shoot(page, "chat-person-360")
    await page.set_viewport_size({"width": 360, "height": 300})  # what a keyboard leaves
    await shoot(page, "chat-person-300")
    place = await page.locator(FIELD).bounding_box()
    assert place["y"] + place["height"] <= 300
    await page.set_viewport_size(PHONE)

    await peer.turn(state="bot")
    await peer.tell({"t": "rate"})
    await page.get_by_label("4 dari 5").check()
    await page.fill("lapor-chat form textarea", "Ramah")
    await shoot(page, "chat-rate-360")
    await page.get_by_role("button", name="Kirim").first.click()

    await page.wait_for_selector("lapor-chat .said:has-text('Terima kasih')")
    assert {"t": "rate", "stars": 4, "remark": "Ramah"} in peer.heard
    assert not await page.is_visible("lapor-chat form")
    await until(lambda: {"t": "seen", "seq": len(peer.lines)} in peer.heard)


async def test_the_menu_offers_code_copy_language_and_forgetting(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit(size=PHONE)
    await write(page, ROAD)
    await agree(page, peer)

    async def choose(name: str) -> None:
        await page.click("lapor-chat [aria-expanded]")
        await page.get_by_role("button", name=name).click()

    await page.click("lapor-chat [aria-expanded]")
    await shoot(page, "chat-menu-360")
    await page.keyboard.press("Escape")
    await choose("Lanjut di SMS atau Telegram")
    await page.wait_for_selector("lapor-chat .card >> text=LANJUT 7KQ2MX")
    await shoot(page, "chat-code-360")
    link = await page.get_attribute("lapor-chat .card a", "href")
    await choose("Kirim salinan ke e-mail")
    await page.fill("lapor-chat [type=email]", "siti@example.com")
    await page.press("lapor-chat [type=email]", "Enter")
    await page.wait_for_selector("text=Terkirim. Terima kasih.")
    await choose("English")
    await until(lambda: [frame["lang"] for frame in peer.heard if frame["t"] == "hello"] == ["id", "en"])
    await until(lambda: [frame["text"] for frame in peer.heard if frame["t"] == "say"][-1] == "ENGLISH")
    english = await page.get_attribute(FIELD, "placeholder")
    await choose("Forget me on this device")
    await page.get_by_role("button", name="Delete").click()
    await until(lambda: peer.heard[-1] == {"t": "forget"})
    await page.wait_for_selector("lapor-chat .mine", state="detached")

    assert link == "sms:1708?body=LANJUT%207KQ2MX"
    assert {"t": "transcript", "to": "siti@example.com"} in peer.heard
    assert english == "Write a message…"
    assert await page.evaluate(STORED) == []
    assert await shown(page) == []
    assert page.complaints == []


async def test_unread_lines_are_counted_on_the_button(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit()
    await write(page, ROAD)
    await agree(page, peer)

    await page.keyboard.press("Escape")
    await peer.say("Satu")
    await peer.say("Dua")
    counted = page.get_by_role("button", name="Buka chat LAPOR!, 2 pesan belum dibaca")
    await counted.wait_for()
    await shoot(page, "chat-unread-1280")
    await counted.click()

    await agree(page, peer)
    await until(lambda: {"t": "seen", "seq": 3} in peer.heard)
    assert await page.title() == "PPID Kementerian Contoh"


async def test_the_keyboard_alone_is_enough(visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, _ = chat
    page = await visit()
    focused = "document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label')"
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    launcher = await page.evaluate(focused)
    await page.keyboard.press("Enter")
    await becomes(page, focused, "Tulis pesan…")
    await page.keyboard.type(ROAD)
    await page.keyboard.press("Enter")
    await agree(page, peer)
    await peer.say("Di mana?", choices=[{"label": "Lewati", "says": "LEWATI"}])
    await page.get_by_role("button", name="Lewati").wait_for()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await until(lambda: peer.said()[-1] == "LEWATI")
    await becomes(page, focused, "Tulis pesan…")
    await page.keyboard.press("Escape")

    assert launcher == "Buka chat LAPOR!"
    assert await page.evaluate(focused) == launcher


@pytest.mark.parametrize("lang", ["id", "en"])
async def test_it_is_accessible_closed_and_open(lang: str, visit: Visit, chat: tuple[ChatPeer, Site]) -> None:
    peer, site = chat
    site.more = f'data-lang="{lang}"'

    for size, dark in product((PHONE, DESKTOP), (False, True)):
        peer.lines.clear()
        peer.state = {"state": "bot"}
        page = await visit(size=size, color_scheme="dark" if dark else "light")
        name = f"{lang}-{size['width']}{'-dark' if dark else ''}"

        async def check(step: str, page: Any = page, name: str = name) -> None:
            await shoot(page, f"chat-{step}-{name}")
            assert await serious(page) == [], step
            assert await overflow(page) <= 0

        await check("closed")
        await page.click("lapor-chat .launcher")
        await check("open")
        await write(page, ROAD)
        await until(lambda: peer.lines)
        await peer.say("Di mana kejadiannya?", choices=[{"label": "Lewati", "says": "LEWATI"}, {"label": "Kirim"}])
        await page.wait_for_selector("lapor-chat .chips >> text=Lewati")
        await check("asked")
        await peer.turn(state="person", operator="Rina")
        await peer.say("Selamat siang, lihat https://contoh.go.id. Nomor 2076 034 116.", "operator", by="Rina")
        await peer.say("Rina bergabung", "system", event="operator_joined")
        await peer.tell({"t": "rate"})
        await page.wait_for_selector("lapor-chat .stars")
        await check("rate")
        assert page.complaints == []
        await page.context.close()
