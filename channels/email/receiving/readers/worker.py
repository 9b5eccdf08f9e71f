"""The process that reads mails: it imports little, knows no secrets, opens no files, and ends with the gateway.

Started as ``python -m channels.email.receiving.readers.worker MEMORY SECONDS``; its standard input is the line to the
gateway, in both directions.
"""

import itertools
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from channels.email.receiving.readers.frames import receive_frame, send_frame
from channels.email.receiving.readers.interpreting import interpret
from channels.email.receiving.readers.reading import Asked, Question, Reading

TOGETHER: Final = 16
"""Mails for which CPU time is allowed at once: it takes three calls of the system."""

READY: Final = b"ready"


Interpret = Callable[[bytes, Question], tuple[Reading, Sequence[bytes]]]


def main(read: Interpret = interpret) -> None:
    """Read mails until the gateway hangs up."""
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which lets mails under way end
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    line = socket.socket(fileno=sys.stdin.fileno())
    send_frame(line, READY, ())
    decode, encode = msgspec.msgpack.Decoder(list[Asked]).decode, msgspec.msgpack.Encoder().encode
    for count in itertools.count():
        if count % TOGETHER == 0:
            _allow(TOGETHER * seconds)
        frame = receive_frame(line)
        if frame is None:
            return
        words, octets = frame
        answers, at = [], 0
        for asked in decode(words):
            answers.append(read(bytes(octets[at : at + asked.size]), asked.question))
            at += asked.size
        send_frame(line, encode([reading for reading, _ in answers]), [one for _, files in answers for one in files])


def _allow(seconds: int) -> None:
    """So much more CPU time: a mail that goes on for ever is ended also where no gateway is left that would do it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, most))


if __name__ == "__main__":
    main()
