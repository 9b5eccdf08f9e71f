"""Address headers (RFC 5322 §3.4) as people's mailers write them. Linear, without recursion, at most so many."""

import re
from dataclasses import dataclass, field
from typing import Final

from channels.email.letter.headers.encoded import decode_words, one_line
from channels.email.letter.model import Mailbox

LONGEST: Final = 16 * 1024
MOST: Final = 500
# Quoted words, comments' edges, encoded words (they may hold commas), marks, and runs of everything else.
TOKEN: Final = re.compile(
    rb"\"(?:[^\"\\]|\\.)*\"|\\.|=\?[^?\s]{1,60}\?[bBqQ]\?[^?<>]{0,400}\?=|[()<>,;:@\[\]\"\\]|\s+|[^()<>,;:@\[\]\"\\\s=]+|=",
    re.DOTALL,
)
ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
ADDRESS_LIKE: Final = re.compile(rb"[^\s<>@\"]{1,320}@[^\s<>@\"]{1,320}")
BLANKS: Final = b" \t\r\n"


@dataclass(slots=True)
class _Writing:
    """The mailbox that is being read."""

    words: list[bytes] = field(default_factory=list)
    angle: list[bytes] = field(default_factory=list)
    comment: list[bytes] = field(default_factory=list)
    has_angle: bool = False


def read_mailboxes(raw: bytes, charset: str = "") -> tuple[Mailbox, ...]:
    """The people in order; groups give their members; at most 500, out of the first 16 kB."""
    if len(raw) > LONGEST:
        raw = raw[:LONGEST].rpartition(b",")[0] or raw[:LONGEST]
    found: list[Mailbox] = []
    for writing in _writings(raw):
        found += _mailboxes(writing, charset)
    return tuple(found[:MOST])


def _writings(raw: bytes) -> list[_Writing]:
    """One for each mailbox; what a group is called is dropped."""
    done, now = [], _Writing()
    depth, angled = 0, False
    for match in TOKEN.finditer(raw):
        token = match[0]
        if depth or token == b"(":
            depth = max(0, depth + {b"(": 1, b")": -1}.get(token, 0))
            now.comment.append(token)
        elif token == b"<":
            angled = now.has_angle = True
            now.angle = []
        elif token == b">":
            angled = False
        elif angled and (token not in {b",", b";"} or now.angle[:1] == [b"@"]):
            now.angle.append(token)
        elif token in {b",", b";"}:
            done.append(now)
            now, angled = _Writing(), False
        elif token == b":" and b"@" not in now.words:
            now = _Writing()
        else:
            now.words.append(token)
    return [*done, now]


def _mailboxes(writing: _Writing, charset: str) -> list[Mailbox]:
    """One or none; several, where addresses stand side by side without a comma."""
    words = b"".join(writing.words).strip(BLANKS)
    if writing.has_angle:
        address = b"".join(writing.angle)
        # Route of RFC 822: <@relay:someone@example.org>.
        address = address.rpartition(b":")[2] if address.startswith(b"@") else address
        name = words or _comment(writing)
    else:
        address, name = words, _comment(writing)
        if b"@" not in words:
            return [Mailbox(name=_name(words, charset))] if words else []
        if words.count(b"@") > 1 and b'"' not in words:
            return [Mailbox(address=_address(one)) for one in ADDRESS_LIKE.findall(words)]
    mailbox = Mailbox(name=_name(name, charset), address=_address(address))
    return [mailbox] if mailbox != Mailbox() else []


def _comment(writing: _Writing) -> bytes:
    text = b"".join(writing.comment).strip(BLANKS)
    return ESCAPED.sub(rb"\1", text.removeprefix(b"(").removesuffix(b")"))


def _name(raw: bytes, charset: str) -> str:
    """Without the quotes around it or around a part of it."""
    if b'"' in raw:
        raw = ESCAPED.sub(rb"\1", raw.replace(b'\\"', b"\x00").replace(b'"', b"").replace(b"\x00", b'\\"'))
    return one_line(decode_words(raw, charset))


def _address(raw: bytes) -> str:
    """Without blanks; a quoted local part keeps its quotes only where it needs them."""
    text = one_line(decode_words(raw)).strip("<> ")
    local, at, domain = text.rpartition("@")
    if local.startswith('"') and local.endswith('"') and len(local) > 1:
        bare = local[1:-1]
        local = bare if re.fullmatch(r"[^\s\"\\()<>,;:@\[\]]+", bare) else local
    else:
        local = "".join(local.split())
    return f"{local}{at}{''.join(domain.split()).lower().rstrip('.')}" if at else text
