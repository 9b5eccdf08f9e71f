"""A part as a file: what it is called and what its content shows it to be."""

import re
from typing import Final

from channels.spec import FoundFile
from core.filetypes import HEAD, FileRefused, clean_name, find_type

OCTETS: Final = "application/octet-stream"
# What has a signature of its own in core.filetypes is not believed without it.
SHOWN_BY_CONTENT: Final = frozenset(
    {"image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/gif", "image/webp", "application/pdf"}
)
SIGNATURES: Final = (
    (re.compile(rb"#!AMR"), "audio/amr"),
    (re.compile(rb"MZ|\x7fELF|\xca\xfe\xba\xbe|#!"), OCTETS),
    (re.compile(rb"PK\x03\x04|PK\x05\x06"), "application/zip"),
    (re.compile(rb"Rar!\x1a\x07"), "application/vnd.rar"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "application/x-7z-compressed"),
    (re.compile(rb"\x1f\x8b"), "application/gzip"),
    (re.compile(rb"II\*\x00|MM\x00\*"), "image/tiff"),
    (re.compile(rb"BM.{4}\x00{4}", re.DOTALL), "image/bmp"),
    (re.compile(rb".{4}ftyp(?:heic|heix|mif1|msf1)", re.DOTALL), "image/heic"),
    (re.compile(rb".{4}ftypavif", re.DOTALL), "image/avif"),
    (re.compile(rb".{4}ftyp(?:3gp|3g2)", re.DOTALL), "video/3gpp"),
    (re.compile(rb".{4}ftypqt", re.DOTALL), "video/quicktime"),
    (re.compile(rb"ID3|\xff[\xfb\xf3\xf2]"), "audio/mpeg"),
    (re.compile(rb"OggS"), "audio/ogg"),
    (re.compile(rb"RIFF.{4}WAVE", re.DOTALL), "audio/wav"),
    (re.compile(rb"\{\\rtf"), "application/rtf"),
)
# Families whose members share a container: the declared one is as good as the container's own name.
CONTAINERS: Final = {
    "application/zip": re.compile(r"application/(?:vnd\.|x-zip|epub|java-archive|octet-stream$).*"),
    "audio/ogg": re.compile(r"(?:audio|video)/.*(?:ogg|opus)"),
}
ENDINGS: Final = {
    "message/rfc822": "eml",
    "message/delivery-status": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/xml": "xml",
    "text/csv": "csv",
    "text/rtf": "rtf",
    "application/rtf": "rtf",
    "application/json": "json",
    "application/zip": "zip",
    "application/gzip": "gz",
    "application/vnd.rar": "rar",
    "application/x-7z-compressed": "7z",
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/pgp-signature": "asc",
    "application/pgp-encrypted": "asc",
    "application/pgp-keys": "asc",
    "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/ms-tnef": "dat",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/tiff": "tif",
    "image/bmp": "bmp",
    "image/heic": "heic",
    "image/svg+xml": "svg",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/amr": "amr",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
}
A_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9!#$&^.+-]{1,100}")


def make_file(content: bytes, *, name: str, declared: str, number: int) -> FoundFile:
    """``number`` counts a mail's files from 1: it names the one that has no name."""
    shown = clean_name(name).strip(" .\"'")
    kind = find_kind(content, name=shown, declared=declared)
    ending = ENDINGS.get(kind) or ("txt" if kind.startswith(("text/", "message/")) else "bin")
    return FoundFile(shown or f"lampiran-{number}.{ending}", kind, content)


def find_kind(content: bytes, *, name: str, declared: str) -> str:
    """What the content shows; what it was declared to be only where the content shows nothing against it."""
    declared = declared if A_TYPE.fullmatch(declared) else OCTETS
    try:
        found = find_type(content[:HEAD], name=name, declared="")
    except FileRefused:
        return _by_signature(content, declared)
    if found in {"text/plain", "text/csv"} and declared.startswith(("text/", "message/", "application/")):
        return found if declared in {OCTETS, "text/plain", "application/vnd.ms-excel"} else _written(declared, found)
    return found


def _written(declared: str, found: str) -> str:
    """A text is what it is declared to be, unless that is never text."""
    return found if declared in SHOWN_BY_CONTENT or declared.startswith("application/vnd.openxml") else declared


def _by_signature(content: bytes, declared: str) -> str:
    head = content[:64]
    found = next((kind for sign, kind in SIGNATURES if sign.match(head)), "")
    if found in CONTAINERS and CONTAINERS[found].fullmatch(declared) and declared != OCTETS:
        return declared
    if found:
        return found
    return OCTETS if declared in SHOWN_BY_CONTENT else declared
