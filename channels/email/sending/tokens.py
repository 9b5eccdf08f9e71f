"""Signed plus-addresses: an address that says which reply of ours a mail answers, or gives back.

``lapor@lapor.go.id`` becomes ``lapor+a<42 letters>@lapor.go.id``. Mail systems change the case of local parts and
people copy them by hand, so only letters and digits that survive both are used (RFC 4648 §6).
"""

import hmac
import re
from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from channels.email.settings import LONGEST_LOCAL, TOKEN_LENGTH, NotAnAddress

Kind = Literal["answer", "bounce"]

SIGNATURE: Final = 10
"""Octets; 80 bits, each guess at which costs a mail."""

LETTERS: Final[dict[str, Kind]] = {"a": "answer", "b": "bounce"}
ID: Final = re.compile(r"[0-9a-f]{32}")
LOOK_ALIKE: Final = str.maketrans("018", "olb")


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a plus-address of ours says: ``reply_id`` is ``Outbound.id``, ``bounce`` the address mails return to."""

    kind: Kind
    reply_id: str


def address_for(reply_id: str, *, kind: Kind, own: str, key: bytes) -> str:
    """The plus-address of a reply. ``reply_id`` is 32 hexadecimal digits.

    Raises:
        NotAnAddress: ``own`` has a local part of more than ``settings.LONGEST_OWN`` characters.
        ValueError: no such ``reply_id``.
    """
    local, _, domain = own.rpartition("@")
    signed = f"{local}+{_token(_octets(reply_id), kind, key)}"
    if len(signed) > LONGEST_LOCAL:
        raise NotAnAddress(f"no room for a sign of {TOKEN_LENGTH} letters")
    return f"{signed}@{domain}"


def read_address(recipient: str, *, own: Collection[str], key: bytes) -> Ticket | None:
    """What a recipient of a mail says, or None: none of ``own``, no sign on it, or one that we did not give."""
    local, _, domain = recipient.lower().rpartition("@")
    name, plus, given = local.rpartition("+")
    if not plus or f"{name}@{domain}" not in {address.lower() for address in own}:
        return None
    return _read_token(given.translate(LOOK_ALIKE), key)


def is_reply_id(written: str) -> bool:
    """Whether an address can be signed for it: 32 hexadecimal digits in lower case."""
    return ID.fullmatch(written) is not None


def _read_token(given: str, key: bytes) -> Ticket | None:
    kind = LETTERS.get(given[:1])
    if kind is None or len(given) != TOKEN_LENGTH or not given.isascii():
        return None
    try:
        octets = b32decode(given[1:].upper() + "=" * (-(len(given) - 1) % 8))[:-SIGNATURE]
    except NotBase32:
        return None
    return Ticket(kind, octets.hex()) if hmac.compare_digest(_token(octets, kind, key), given) else None


def _token(octets: bytes, kind: Kind, key: bytes) -> str:
    signature = hmac.digest(key, kind.encode() + b":" + octets, "sha256")[:SIGNATURE]
    return kind[0] + b32encode(octets + signature).decode().rstrip("=").lower()


def _octets(reply_id: str) -> bytes:
    if not is_reply_id(reply_id):
        raise ValueError("not the id of a reply")
    return bytes.fromhex(reply_id)
