"""What people read when something goes wrong: a page that says what to do, on every route of the console and beyond."""

import pytest

from gateway.console.words import words
from tests.gateway.console.desk import Desk

FORM = "/console/formulir/letter"
BROKEN = (
    b"Content-Disposition: form-data\r\n\r\nisi",
    b"Content-Disposition: ;;;\r\n\r\nisi",
    b"\r\nisi",
    b'Content-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=utf-99\r\n\r\nisi',
    b'Content-Disposition: form-data; name="text"\r\n\r\n\xff\xfe',
)
MULTIPART = {"Content-Type": "multipart/form-data; boundary=batas"}


def a_body(part: bytes) -> bytes:
    return b"--batas\r\n" + part + b"\r\n--batas--\r\n"


async def test_without_the_database_every_page_says_that_nothing_was_lost(desk: Desk) -> None:
    browser = await desk.browser("sri")
    csrf = await browser.form("/console/akun")

    await desk.parts.store.close()
    shown = {path: await browser.get(path) for path in ("/console/", "/console/akun", "/console/login", FORM)}
    sent = {path: await browser.post(path, csrf) for path in (FORM, "/console/akun/bahasa", "/console/pengguna/baru")}

    for path, page in (shown | sent).items():
        assert (page.status, page.headers["Retry-After"], "Tidak ada yang hilang" in page.text) == (503, "30", True), (
            path
        )


async def test_without_the_database_citizens_are_told_to_come_again(desk: Desk) -> None:
    browser = await desk.browser("sri")

    await desk.parts.store.close()
    tracked = await browser.post("/lacak", {"nomor": "4821093750", "pin": "123456"})
    asked = await browser.get("/api/v1/statistics/summary")

    assert (tracked.status, tracked.headers["Retry-After"]) == (503, "30")
    assert "Tidak ada yang hilang" in tracked.text
    assert (asked.status, asked.headers["Retry-After"]) == (503, "30")


@pytest.mark.parametrize("part", BROKEN)
async def test_a_broken_body_is_a_bad_request_everywhere(desk: Desk, part: bytes) -> None:
    browser = await desk.browser("sri")
    csrf = (await browser.form("/console/akun"))["csrf"]
    paths = (
        FORM, "/console/formulir/mirip", "/console/akun/bahasa", "/console/akun/sesi", "/console/pengguna/baru",
        "/console/instansi/baru", "/console/massal", "/console/bahasa", "/console/login", "/lacak", "/lapor",
    )  # fmt: skip

    seen = {path: await browser.post(path, a_body(part), **MULTIPART) for path in paths}
    proved = {path: await browser.post(path, a_body(part), **MULTIPART, **{"X-CSRF-Token": csrf}) for path in paths[:8]}

    assert {path: page.status for path, page in seen.items()} == dict.fromkeys(paths, 400)
    assert {path: page.status for path, page in proved.items()} == dict.fromkeys(paths[:8], 400)


@pytest.mark.parametrize("language", ["id", "en"])
async def test_a_stale_form_is_explained_in_the_language_of_its_reader(desk: Desk, language: str) -> None:
    browser = await desk.browser("sri")
    await browser.send("/console/akun/bahasa", {"language": language}, page="/console/akun")

    pages = [await browser.post(path, {"csrf": "0" * 64}) for path in ("/console/akun/sesi", FORM, "/console/bahasa")]

    assert [page.status for page in pages] == [403] * 3
    assert all(words(language)("error.text_403") in page.text for page in pages)
