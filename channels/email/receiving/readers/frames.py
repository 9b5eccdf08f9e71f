"""What the gateway and a reader say to each other: frames of two parts, words (MessagePack) and octets as they are."""

import socket
import struct
from collections.abc import Sequence
from typing import Final

HEAD: Final = struct.Struct("!IQ")
FIRST: Final = 65_536
MOST_WORDS: Final = 1 << 28
MOST_OCTETS: Final = 1 << 31


class FrameInvalid(Exception):
    """The other end does not keep to this; nothing it says from now on has a meaning."""


def head(words: bytes, octets: int) -> bytes:
    """What goes before both parts."""
    return HEAD.pack(len(words), octets)


def read_head(octets: bytes | memoryview) -> tuple[int, int]:
    """The sizes of both parts. Raises FrameInvalid."""
    words, rest = HEAD.unpack(octets)
    if words > MOST_WORDS or rest > MOST_OCTETS:
        raise FrameInvalid("larger than anything that is said here")
    return words, rest


def send_frame(line: socket.socket, words: bytes, octets: Sequence[bytes]) -> None:
    """Blocking, for the reader's end."""
    line.sendall(head(words, sum(len(part) for part in octets)) + words)
    for part in octets:
        line.sendall(part)


def receive_frame(line: socket.socket) -> tuple[memoryview, memoryview] | None:
    """Blocking, for the reader's end; None where the gateway is gone. Raises FrameInvalid.

    The gateway sends the next frame only when this one is answered, so nothing stands behind it.
    """
    begun = line.recv(FIRST)
    while 0 < len(begun) < HEAD.size:
        begun += line.recv(FIRST)
    if not begun:
        return None
    words, rest = read_head(begun[: HEAD.size])
    body = bytearray(HEAD.size + words + rest)
    at = len(begun)
    body[:at] = begun
    view = memoryview(body)
    while at < len(body):
        count = line.recv_into(view[at:])
        if not count:
            return None
        at += count
    return view[HEAD.size : HEAD.size + words], view[HEAD.size + words :]
