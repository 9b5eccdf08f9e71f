"""What the gateway and a reader say to each other: frames of two parts, words (MessagePack) and octets as they are."""

import socket
import struct
from collections.abc import Iterable
from typing import Final

HEAD: Final = struct.Struct("!IQ")
MOST_WORDS: Final = 1 << 28
MOST_OCTETS: Final = 1 << 31


class FrameInvalid(Exception):
    """The other end does not keep to this; nothing it says from now on has a meaning."""


def head(words: bytes, octets: int) -> bytes:
    """What goes before both parts."""
    return HEAD.pack(len(words), octets)


def read_head(octets: bytes | bytearray) -> tuple[int, int]:
    """The sizes of both parts. Raises FrameInvalid."""
    words, rest = HEAD.unpack(octets)
    if words > MOST_WORDS or rest > MOST_OCTETS:
        raise FrameInvalid("larger than anything that is said here")
    return words, rest


def send_frame(line: socket.socket, words: bytes, octets: Iterable[bytes]) -> None:
    """Blocking, for the reader's end."""
    parts = list(octets)
    line.sendall(head(words, sum(len(part) for part in parts)) + words)
    for part in parts:
        line.sendall(part)


def receive_frame(line: socket.socket) -> tuple[bytes, bytes] | None:
    """Blocking, for the reader's end; None where the gateway is gone. Raises FrameInvalid."""
    begun = line.recv(HEAD.size, socket.MSG_WAITALL)
    if len(begun) < HEAD.size:
        return None
    words, rest = read_head(begun)
    body = bytearray(words + rest)
    view, at = memoryview(body), 0
    while at < len(body):
        count = line.recv_into(view[at:])
        if not count:
            return None
        at += count
    return bytes(view[:words]), bytes(view[words:])
