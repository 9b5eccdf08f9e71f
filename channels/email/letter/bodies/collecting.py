"""What a mail's parts hold: which of them are its words, and which are files."""

import re
from typing import Final

from channels.email.letter.bodies.files import OCTETS, find_kind
from channels.email.letter.bodies.flowed import unflow
from channels.email.letter.bodies.found import Found
from channels.email.letter.bodies.html import read_html, split_pictures
from channels.email.letter.bodies.invitation import read_invitation
from channels.email.letter.bodies.signed import NotSigned, unwrap
from channels.email.letter.bodies.tnef import NotTnef, read_tnef
from channels.email.letter.bodies.transfer import decode_transfer, split_uuencoded
from channels.email.letter.charsets import decode, find_codec
from channels.email.letter.headers.encoded import decode_words, one_line
from channels.email.letter.headers.parameters import read_described
from channels.email.letter.model import Unreadable
from channels.email.letter.scan import Section, scan

LONGEST_RETURNED: Final = 64 * 1024
LONGEST_STATUS: Final = 64 * 1024
STATUSES: Final = frozenset({"message/delivery-status", "message/global-delivery-status", "message/feedback-report"})
RETURNED: Final = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/rfc822-headers"}
)
ENCRYPTED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
ONLY_SIGNED: Final = frozenset({"signed-data", "certs-only"})
TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
WORDS: Final = frozenset({"text/plain", "text/html"})
# Parts of multipart/alternative that say the same once more in a form that nobody asks for.
REPEATED: Final = frozenset({"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext", "text/rtf"})
FILE_BEGINS: Final = re.compile(rb"[\x80-\xff\x00-\x08]|GIF8|%PDF-|PK\x03\x04|Rar!|RIFF|.{4}ftyp", re.DOTALL)
# A page is a page, whatever it is called.
HTML_PAGE: Final = re.compile(rb"\s{0,100}(?:<!doctype html\b|<html[\s>])", re.IGNORECASE)
# What a text that is no file looks like to whoever tells files apart.
NO_FILE: Final = frozenset({OCTETS, "text/plain", "text/csv", "application/rtf"})
META_CHARSET: Final = re.compile(rb"<meta[^<>]{0,200}?charset\s{0,5}=[\s\"']{0,5}([\w.:-]{1,40})", re.IGNORECASE)
PGP_MESSAGE: Final = "-----BEGIN PGP MESSAGE-----"
# What mailers write in the plain half of a mail that has only an HTML half.
PLACEHOLDER: Final = re.compile(
    r"(?=.{0,400}$)(?=.*\bhtml\b)(?=.*(?:view|display|support|capable|format|viewer|menampilkan|mendukung|melihat))",
    re.IGNORECASE | re.DOTALL,
)


def collect(letter: Section) -> Found:
    """Everything in it."""
    found = Found()
    _take(found, letter, first=True)
    return found


def _take(found: Found, section: Section, *, first: bool, related: bool = False) -> None:
    """``first``: of its multipart, or all there is; ``related``: beside the root of multipart/related."""
    found.kinds.append(section.kind)
    if section.parts:
        _take_parts(found, section)
    elif section.kind in STATUSES:
        found.statuses.append(_text(found, section)[:LONGEST_STATUS])
    elif _is_words(section, first=first, related=related):
        _take_words(found, section)
    else:
        _take_file(found, section)


def _take_parts(found: Found, section: Section) -> None:
    if section.kind == "multipart/alternative":
        _take_alternative(found, section)
        return
    found.encrypted |= section.kind == "multipart/encrypted"
    root = _root(section)
    for part in section.parts:
        _take(found, part, first=part is root, related=section.kind == "multipart/related" and part is not root)


def _root(section: Section) -> Section:
    """RFC 2387 §3.2: what ``start`` names, else the first."""
    start = section.parameters.get("start", "")
    named = (part for part in section.parts if start and part.first("content-id").decode("ascii", "replace") == start)
    return next(named, section.parts[0])


def _take_alternative(found: Found, section: Section) -> None:
    """The plain one, unless it says nothing; the files of all."""
    readings: list[tuple[Section, Found]] = []
    for part in section.parts:
        told = found.told or any(_says_something(kind.kind, before.texts) for kind, before in readings)
        own = Found(found.allowance, told=told)
        _take(own, part, first=True)
        readings.append((part, own))
    chosen = _choose([(part.kind, "\n".join(own.texts)) for part, own in readings])
    for number, (part, own) in enumerate(readings):
        if number == chosen:
            found.texts += own.texts
        found.take_facts(own)
        if part.kind not in REPEATED:
            found.take_files(own)


def _says_something(kind: str, texts: list[str]) -> bool:
    text = "\n".join(texts).strip()
    return kind == "text/plain" and bool(text) and not PLACEHOLDER.match(text)


def _choose(texts: list[tuple[str, str]]) -> int:
    """The place of the best one: plain before anything else, but not one that is empty or says "view as HTML"."""
    worth = [
        (bool(text.strip()), not PLACEHOLDER.match(text.strip()), kind == "text/plain", -number)
        for number, (kind, text) in enumerate(texts)
    ]
    return -max(worth)[3] if worth else 0


def _is_words(section: Section, *, first: bool, related: bool) -> bool:
    """RFC 8621 §4.1.4: a text that is not called an attachment; further ones only where they have no name.

    A multipart without parts is what stands in it.
    """
    if section.kind.startswith("multipart/"):
        return True
    if section.kind not in WORDS or related:
        return False
    disposition = read_described(section.first("content-disposition"))
    return disposition.value != "attachment" and (first or not _name(section))


def _take_words(found: Found, section: Section) -> None:
    octets = decode_transfer(section.body, section.first("content-transfer-encoding"))
    if section.kind == "text/html" or HTML_PAGE.match(octets):
        _take_html(found, octets, section)
        return
    if FILE_BEGINS.match(octets) and find_kind(octets, name="", declared=OCTETS) not in NO_FILE:
        found.add_file(octets, name=_name(section), declared=section.kind)
        return
    octets, enclosed = split_uuencoded(octets)
    text = _decoded(found, octets, section)[: found.allowance.letters]
    if section.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delete_space=section.parameters.get("delsp", "").lower() == "yes")
    found.encrypted |= text.lstrip().startswith(PGP_MESSAGE)
    found.add_text(text)
    for file in enclosed:
        found.add_file(file.content, name=one_line(decode_words(file.name)), declared="")


def _take_html(found: Found, octets: bytes, section: Section) -> None:
    """Pictures inside the markup (``data:`` URLs) are files like any other inline picture."""
    if found.told and b"data:image" not in octets:
        return
    if found.allowance.markup <= 0:
        found.add_file(octets, name=_name(section), declared=section.kind)
        return
    markup, pictures = split_pictures(_decoded(found, octets, section))
    if not found.told:
        found.add_text(read_html(markup, longest=found.allowance.markup))
        found.allowance.markup -= len(markup)
    for picture in pictures:
        found.add_file(decode_transfer(picture.encode("ascii", "ignore"), b"base64"), name="", declared="")


def _text(found: Found, section: Section) -> str:
    return _decoded(found, decode_transfer(section.body, section.first("content-transfer-encoding")), section)


def _decoded(found: Found, octets: bytes, section: Section) -> str:
    label = section.parameters.get("charset", "")
    if section.kind == "text/html" and not find_codec(label) and (told := META_CHARSET.search(octets[:8192])):
        label = told[1].decode("ascii", "replace")
    guessing = found.allowance.guesses > 0 and not octets.isascii()
    found.allowance.guesses -= guessing
    return decode(octets, label, guessing=guessing)


def _name(section: Section) -> str:
    disposition = read_described(section.first("content-disposition"))
    told = disposition.parameters.get("filename") or section.parameters.get("name")
    return one_line(told or decode_words(section.first("content-location")).partition("?")[0])


def _take_file(found: Found, section: Section) -> None:
    name, octets = _name(section), section.body
    if not section.kind.startswith("multipart/"):
        octets = decode_transfer(octets, section.first("content-transfer-encoding"))
    if (section.kind in TNEF or name.lower() == "winmail.dat") and _unpack(found, octets):
        return
    if section.kind in ENCRYPTED and not _open_signed(found, octets):
        found.encrypted |= section.parameters.get("smime-type", "").lower() not in ONLY_SIGNED
    if section.kind in RETURNED and not found.returned:
        found.returned = (
            decode(octets[:LONGEST_RETURNED], guessing=False).replace("\r\n", "\n").split("\n\n")[0].rstrip()
        )
    if section.kind.startswith("text/"):
        text = _decoded(found, octets, section)
        found.spare_texts.append(read_invitation(text) or text if section.kind == "text/calendar" else text)
    found.add_file(octets, name=name, declared=section.kind)


def _open_signed(found: Found, octets: bytes) -> bool:
    """Read what an S/MIME signature is wrapped around. False where there is no such thing."""
    try:
        inner = scan(unwrap(octets))
    except NotSigned:
        return False
    except Unreadable:
        return True
    found.allowance.wraps -= 1
    if found.allowance.wraps >= 0:
        _take(found, inner, first=True)
    return True


def _unpack(found: Found, octets: bytes) -> bool:
    """What ``winmail.dat`` holds, if nothing of it is lost by that."""
    try:
        packed = read_tnef(octets)
    except NotTnef:
        return False
    words = packed.text or read_html(packed.html, longest=max(0, found.allowance.markup))
    if words.strip() and not found.says_something:
        found.add_text(words)
    for file in packed.files:
        found.add_file(file.content, name=one_line(file.name), declared=file.kind)
    return not packed.formatted or found.says_something
