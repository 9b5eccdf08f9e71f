"""Uploading files: content decides what they are, limits hold, nothing is whole in memory."""

import io
import zipfile
from collections.abc import AsyncIterable

import aiohttp
import pytest

from core.channel import Busy
from core.filetypes import clean_name
from core.model.message import Attachment
from tests.channels.api.api_rig import ApiRig

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 8
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def office(part: str, *, start: str = "[Content_Types].xml") -> bytes:
    """A ZIP archive laid out as Word and Excel lay out theirs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(start, "<Types/>")
        archive.writestr(part, "<x/>" * 3)
    return buffer.getvalue()


ENCODED = (
    b'--x\r\nContent-Disposition: form-data; name="file"\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--x--\r\n'
)


TWO_FILES = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nsatu\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="b.txt"\r\n\r\ndua\r\n--x--\r\n'
)


async def upload(
    api: ApiRig, content: bytes, *, name: str = "bukti", declared: str = ""
) -> tuple[int, dict[str, object]]:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(content), filename=name, content_type=declared or "application/octet-stream")
    async with api.client.post(f"{api.url}/api/v1/attachments", data=form) as response:
        return response.status, await response.json(content_type=None)


@pytest.mark.parametrize(
    ("content", "name", "declared", "media_type"),
    [
        (JPEG, "foto.jpg", "image/jpeg", "image/jpeg"),
        (JPEG, "foto.jpg", "image/jpg", "image/jpeg"),
        (JPEG, "tanpa-nama", "", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "a.png", "image/png", "image/png"),
        (b"GIF89a" + b"\x01" * 40, "a.gif", "image/gif", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "a.webp", "image/webp", "image/webp"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "surat.pdf", "application/pdf", "application/pdf"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", "v.mp4", "video/mp4", "video/mp4"),
        (b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic", "IMG_0042.HEIC", "image/heic", "image/heic"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "IMG_0043.MOV", "video/quicktime", "video/quicktime"),
        (b"\x00\x00\x00\x14ftyp3gp5\x00\x00\x00\x00", "v.3gp", "audio/3gpp", "video/3gpp"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01", "v.webm", "video/webm", "video/webm"),
        (b"#!AMR\n\x3c\x00", "suara.amr", "audio/amr", "audio/amr"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "suara.wav", "audio/x-wav", "audio/wav"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 40, "surat.doc", "application/msword", "application/msword"),
        (office("word/document.xml"), "surat.docx", DOCX_TYPE, DOCX_TYPE),
        (office("xl/workbook.xml"), "data.xlsx", XLSX_TYPE, XLSX_TYPE),
        ("Kronologi: malam itu hujan …\n".encode(), "kronologi.txt", "text/plain", "text/plain"),
        (b"tanggal;lokasi\n2026-11-16;Kudus\n", "data.csv", "text/csv", "text/csv"),
        (b"tanggal;lokasi\n", "data.csv", "application/vnd.ms-excel", "text/csv"),
    ],
)
async def test_a_file_is_taken_for_what_it_is(
    api: ApiRig, content: bytes, name: str, declared: str, media_type: str
) -> None:
    status, answer = await upload(api, content, name=name, declared=declared)

    assert status == 201
    assert (answer["media_type"], answer["size"]) == (media_type, len(content))
    assert list(api.intake.files.values()) == [content]


@pytest.mark.parametrize(
    ("content", "name", "declared", "status"),
    [
        (b"", "kosong.txt", "text/plain", 422),
        (b"MZ\x90\x00\x03", "foto.jpg", "image/jpeg", 415),
        (b"\x7fELF\x02\x01", "a", "", 415),
        (JPEG, "surat.pdf", "application/pdf", 415),
        (b"<html><script>alert(1)</script>", "a.html", "text/html", 415),
        (office("evil.exe", start="readme.txt"), "a.zip", "application/zip", 415),
        (b"\x00\x00\x00\x18ftypavif", "a.avif", "image/avif", 415),
        ("Jalan rusak é".encode("latin-1"), "a.txt", "text/plain", 415),
        (b"a" * 9000 + b"\xff\xfe", "akhir.txt", "text/plain", 415),
        (b"a" * 9000 + b"\xe2\x82", "potong.txt", "text/plain", 415),
        (b"a" * 9000 + b"\x00", "nul.txt", "text/plain", 415),
    ],
)
async def test_what_is_not_taken_says_why(api: ApiRig, content: bytes, name: str, declared: str, status: int) -> None:
    answered, problem = await upload(api, content, name=name, declared=declared)

    assert answered == problem["status"] == status
    assert problem["detail"]
    assert not api.intake.files


async def test_an_uploaded_file_goes_with_its_report(api: ApiRig) -> None:
    _, answer = await upload(api, JPEG, name="../../foto Rumah.jpg")

    body = {"text": "Foto terlampir.", "attachments": [answer["id"]]}
    async with api.client.post(f"{api.url}/api/v1/reports", json=body) as response:
        assert response.status == 201

    (attachment,) = api.intake.committed[0].attachments
    assert (attachment.media_type, attachment.size) == ("image/jpeg", len(JPEG))
    assert api.intake.files[attachment.id] == JPEG


async def test_a_file_that_is_too_large_is_413_whether_it_says_so_or_not(rig: ApiRig) -> None:
    rig.settings = type(rig.settings)(max_attachment=100_000)
    await rig.start()

    announced, _ = await upload(rig, JPEG + b"\x00" * 200_000)
    hidden, _ = await upload(rig, JPEG + b"\x00" * 105_000)

    assert (announced, hidden) == (413, 413)
    assert not rig.intake.files


async def test_a_file_is_streamed_and_never_whole_in_memory(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    largest = 0
    store = api.intake.store

    async def measured(content: AsyncIterable[bytes], media_type: str, *, name: str = "") -> Attachment:
        async def watched() -> AsyncIterable[bytes]:
            nonlocal largest
            async for piece in content:
                largest = max(largest, len(piece))
                yield piece

        return await store(watched(), media_type, name=name)

    monkeypatch.setattr(api.intake, "store", measured)
    status, answer = await upload(api, JPEG + b"\x00" * (5 << 20))

    assert status == 201
    assert answer["size"] == len(JPEG) + (5 << 20)
    assert 0 < largest <= 256 * 1024


async def test_no_room_for_files_is_503(api: ApiRig) -> None:
    api.intake.fail_store(Busy("files cannot be stored now"))

    status, _ = await upload(api, JPEG)

    assert status == 503


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"--x\r\n", 400),
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=x", b"no boundary here", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken header\r\n\r\nabc\r\n--x--\r\n", 400),
        ("multipart/form-data; boundary=x", b"--x--\r\n", 422),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="x"\r\n\r\nabc\r\n--x--\r\n',
            422,
        ),
        (
            "multipart/form-data; boundary=x",
            ENCODED,
            422,
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n\xff\xd8\xff cut off',
            400,
        ),
    ],
)
async def test_a_broken_form_gets_a_defined_answer(api: ApiRig, media_type: str, body: bytes, status: int) -> None:
    headers = {"Content-Type": media_type}
    async with api.client.post(f"{api.url}/api/v1/attachments", data=body, headers=headers) as response:
        problem = await response.json(content_type="application/problem+json")

    assert response.status == problem["status"] == status
    assert not api.intake.files


async def test_a_second_file_in_one_request_is_not_silently_dropped(api: ApiRig) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with api.client.post(f"{api.url}/api/v1/attachments", data=TWO_FILES, headers=headers) as response:
        problem = await response.json(content_type="application/problem+json")

    assert response.status == 422
    assert problem["errors"][0]["message"].startswith("send one file")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\foto\\Rumah.jpg", "Rumah.jpg"), ("a\x07\u202eb.txt", "ab.txt"), (None, "")],
)
def test_a_files_name_is_only_its_last_part(given: str | None, kept: str) -> None:
    assert clean_name(given) == kept
