"""From a page's frame to the core's message: values in, values out."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from channels.chat.webchat.wire.files import NoSuchFile, read_name
from channels.chat.webchat.wire.frames import LONGEST_TEXT, Broken, Say, external_id_of, read_frame
from core.model.message import Address, Attachment, Inbound
from core.text import clean

KIND: Final = "webchat"


class NotTaken(Exception):
    """A message that never will be taken. ``why`` is the protocol's word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def message_of(say: Say, raw: str, address: Address, *, key: bytes, most_files: int, received_at: datetime) -> Inbound:
    """A message as the core takes it. Raises NotTaken."""
    if len(say.text) > LONGEST_TEXT:
        raise NotTaken("too_long")
    if len(say.files) > most_files:
        raise NotTaken("too_many")
    text = clean(say.text).strip()
    attachments = _read_files(say.files, address, key)
    if not text and not attachments:
        raise NotTaken("bad")
    return Inbound(
        channel=KIND,
        external_id=external_id_of(address, say.id),
        sender=address,
        received_at=received_at,
        text=text,
        fingerprint=hashlib.sha256("\0".join((text, *(each.id for each in attachments))).encode()).digest(),
        attachments=attachments,
        raw=raw.encode(),
    )


def _read_files(names: Sequence[str], address: Address, key: bytes) -> tuple[Attachment, ...]:
    """Only what was uploaded for this talk, each once."""
    if len(set(names)) < len(names):
        raise NotTaken("bad")
    try:
        return tuple(read_name(key, address, name) for name in names)
    except NoSuchFile:
        raise NotTaken("bad") from None


def read_text(pieces: Sequence[bytes | None], _settings: Any = None) -> str:
    """The text of a stored frame. Empty where it cannot be read."""
    return "\n".join(_text_in(piece) for piece in pieces if piece is not None)


def _text_in(raw: bytes) -> str:
    try:
        frame = read_frame(raw)
    except Broken:
        return ""
    return clean(frame.text).strip() if isinstance(frame, Say) else ""
