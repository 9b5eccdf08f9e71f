"""What a file is, told by its content: a name or a declared type proves nothing."""

import codecs
import re
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from core.model.message import Attachment

EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "jpg": "image/jpeg",
        "png": "image/png",
        "gif": "image/gif",
        "webp": "image/webp",
        "pdf": "application/pdf",
        "mp4": "video/mp4",
        "ogg": "audio/ogg",
        "mp3": "audio/mpeg",
        "m4a": "audio/mp4",
        "heic": "image/heic",
        "mov": "video/quicktime",
        "3gp": "video/3gpp",
        "webm": "video/webm",
        "amr": "audio/amr",
        "wav": "audio/wav",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "txt": "text/plain",
        "csv": "text/csv",
        "doc": "application/msword",
    }
)
HEAD = 8192
LONGEST_NAME = 200
SIGNATURES = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"\xff\xf2", "mp3"),
    (b"#!AMR", "amr"),
    (b"\x1aE\xdf\xa3", "webm"),
)
# ISO 14496-12 §4.3: the major brand of a file tells what it is: MP4 as phones and browsers play it, pictures of
# iPhones, videos of iPhones and of old telephones.
BRANDS: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"avc1", b"mp41", b"mp42", b"M4V "), "mp4"),
        **dict.fromkeys((b"MSNV", b"dash"), "mp4"),
        b"M4A ": "m4a",
        **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1"), "heic"),
        b"qt  ": "mov",
        **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3ge6", b"3g2a"), "3gp"),
    }
)
RIFFS = {b"WEBP": "webp", b"WAVE": "wav"}
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OFFICE_START = re.compile(
    rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/|docProps/|word/|xl/|customXml/)", re.DOTALL
)
SAME_TYPE = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "application/x-pdf": "application/pdf",
    "audio/mp3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "application/ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "image/heif": "image/heic",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/3gpp": "video/3gpp",
    "audio/webm": "video/webm",
    "video/x-matroska": "video/webm",
    "application/csv": "text/csv",
    "text/x-csv": "text/csv",
    "application/vnd.ms-excel": "text/csv",
}
SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
TEXTS = frozenset({"text/plain", "text/csv"})
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")


class FileRefused(Exception):
    """A file is not taken. Each reason is a class of its own, so that whoever serves it can say it in their words."""


class Empty(FileRefused):
    """There is nothing in it."""


class UnknownKind(FileRefused):
    """None of the kinds in ``EXTENSIONS``."""


class OtherKind(FileRefused):
    """Its content is ``found``, which is not the type it was declared to be."""

    def __init__(self, found: str) -> None:
        super().__init__(f"the content is {found}")
        self.found = found


class TooLarge(FileRefused):
    """It has more than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class NotUtf8(FileRefused):
    """A text in another encoding."""


class HasControls(FileRefused):
    """A text with control characters."""


def clean_name(name: str | None) -> str:
    """A file's name without folders and control characters, at most 200 characters."""
    last = re.split(r"[/\\]", name or "")[-1]
    shown = "".join(sign for sign in unicodedata.normalize("NFC", last) if sign.isprintable())
    return shown.encode("utf-8", "replace").decode()[-LONGEST_NAME:]


def find_type(head: bytes, *, name: str, declared: str) -> str:
    """The media type of a file from its first 8 KiB.

    Raises:
        Empty, UnknownKind.
        OtherKind: it contradicts the declared type; an empty one and ``application/octet-stream`` declare nothing.
    """
    if not head:
        raise Empty
    extension = _by_signature(head) or _office(head, name) or _text(head, name, declared)
    if extension is None:
        raise UnknownKind
    found = EXTENSIONS[extension]
    claimed = declared.strip().lower()
    claimed = SAME_TYPE.get(claimed, claimed)
    if claimed not in SAYS_NOTHING and claimed != found and not {claimed, found} <= TEXTS:
        raise OtherKind(found)
    return found


def _by_signature(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return RIFFS.get(head[8:12])
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12])
    return next((extension for start, extension in SIGNATURES if head.startswith(start)), None)


def _office(head: bytes, name: str) -> str | None:
    """Word and Excel files are ZIP archives that begin with parts of their own; other archives are not taken."""
    if head.startswith(OLD_OFFICE):
        return "doc" if name.lower().endswith(".doc") else None
    if not OFFICE_START.match(head):
        return None
    if b"word/" in head or b"xl/" in head:
        return "docx" if b"word/" in head else "xlsx"
    return next((extension for extension in ("docx", "xlsx") if name.lower().endswith(extension)), None)


def _text(head: bytes, name: str, declared: str) -> str | None:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    if CONTROLS.search(head):
        return None
    is_table = name.lower().endswith(".csv") or SAME_TYPE.get(declared, declared) == "text/csv"
    return "csv" if is_table else "txt"


class Keep(Protocol):
    """Stores content: ``Intake.store``, or the blobs themselves."""

    def __call__(self, content: AsyncIterable[bytes], media_type: str, *, name: str) -> Awaitable[Attachment]: ...


async def keep_file(
    content: AsyncIterable[bytes], keep: Keep, *, name: str | None, declared: str, limit: int
) -> Attachment:
    """Keep a file as what its content says it is. Raises FileRefused, and as ``keep`` does."""
    pieces, head = aiter(content), b""
    async for piece in pieces:
        head += piece
        if len(head) >= HEAD:
            break
    shown = clean_name(name)
    media_type = find_type(head[:HEAD], name=shown, declared=declared)
    return await keep(checked(_joined(head, pieces), media_type=media_type, limit=limit), media_type, name=shown)


async def _joined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in rest:
        yield piece


async def checked(content: AsyncIterable[bytes], *, media_type: str, limit: int) -> AsyncIterator[bytes]:
    """The content as it comes. Raises TooLarge past ``limit`` bytes, NotUtf8 or HasControls for a text that is none."""
    decoder = codecs.getincrementaldecoder("utf-8")() if media_type in TEXTS else None
    size = 0
    async for piece in content:
        size += len(piece)
        if size > limit:
            raise TooLarge(limit)
        if decoder is not None:
            _require_text(decoder, piece)
        yield piece
    if decoder is not None:
        _require_text(decoder, b"", final=True)


def _require_text(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> None:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        raise NotUtf8 from None
    if CONTROLS.search(piece):
        raise HasControls
