"""Frames that pages send (README.md): one JSON object each, ``t`` says what it is."""

import json
import re
from collections.abc import Callable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from core.model.message import Address

LARGEST: Final = 16_384
LONGEST_TEXT: Final = 4_000
CLIENT_ID: Final = r"\A[A-Za-z0-9_-]{8,64}\Z"
MOST_OLDER: Final = 50
NEWEST = 2**31 - 1

Seq = Annotated[int, Meta(ge=0, le=NEWEST)]


class Broken(Exception):
    """No frame of the protocol. ``id``: that of the message it would have been."""

    def __init__(self, client_id: str = "") -> None:
        super().__init__("no frame of the protocol")
        self.id = client_id


class Hello(msgspec.Struct, frozen=True, tag_field="t", tag="hello"):
    """Who comes, and the newest line they have."""

    v: Literal[1]
    token: Annotated[str, Meta(max_length=200)] | None = None
    after: Seq = 0
    lang: Annotated[str, Meta(max_length=8)] = "id"


class Say(msgspec.Struct, frozen=True, tag_field="t", tag="say"):
    """A message. ``files``: names that uploads got."""

    id: Annotated[str, Meta(pattern=CLIENT_ID)]
    text: str = ""
    files: tuple[str, ...] = ()


class Typing(msgspec.Struct, frozen=True, tag_field="t", tag="typing"):
    """The visitor is typing."""


class Seen(msgspec.Struct, frozen=True, tag_field="t", tag="seen"):
    """The newest line that was shown."""

    seq: Seq


class Rate(msgspec.Struct, frozen=True, tag_field="t", tag="rate"):
    """How the chat with a person was."""

    stars: Annotated[int, Meta(ge=1, le=5)]
    remark: Annotated[str, Meta(max_length=1000)] = ""


class Code(msgspec.Struct, frozen=True, tag_field="t", tag="code"):
    """A code to go on elsewhere is asked for."""


class Transcript(msgspec.Struct, frozen=True, tag_field="t", tag="transcript"):
    """What was said is wanted by e-mail."""

    to: Annotated[str, Meta(max_length=254)]


class End(msgspec.Struct, frozen=True, tag_field="t", tag="end"):
    """The visitor leaves the chat with a person."""


class Forget(msgspec.Struct, frozen=True, tag_field="t", tag="forget"):
    """The visitor ends it and takes back their token."""


class Ping(msgspec.Struct, frozen=True, tag_field="t", tag="ping"):
    """Is the server there?"""


class Older(msgspec.Struct, frozen=True, tag_field="t", tag="older"):
    """Lines before one are wanted."""

    before: Annotated[int, Meta(ge=1, le=NEWEST)]


Frame = Hello | Say | Typing | Seen | Rate | Code | Transcript | End | Forget | Ping | Older

FRAMES: Final[Callable[[str | bytes], Frame]] = msgspec.json.Decoder(Frame).decode
UNREADABLE: Final = (msgspec.DecodeError, ValueError, RecursionError)


class _Named(msgspec.Struct, tag_field="t", tag="say"):
    id: str


def read_frame(raw: str | bytes) -> Frame:
    """A frame. Raises Broken."""
    try:
        return _read(raw)
    except UNREADABLE:
        raise Broken(_id_in(raw)) from None


def _read(raw: str | bytes) -> Frame:
    """Half of an emoji is no UTF-8, and a browser writes it all the same (ECMA-262, JSON.stringify): as an escape."""
    try:
        return FRAMES(raw)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        converted: Frame = msgspec.convert(json.loads(raw), Frame)
        return converted


def _id_in(raw: str | bytes) -> str:
    """A message that cannot be taken is refused by its id where it has one, so that it does not come for ever."""
    try:
        client_id = msgspec.json.decode(raw, type=_Named).id
    except UNREADABLE:
        return ""
    return client_id if re.fullmatch(CLIENT_ID, client_id) else ""


def external_id_of(address: Address, client_id: str) -> str:
    """One message of one talk, however often it comes."""
    return f"{address.value}:{client_id}"
