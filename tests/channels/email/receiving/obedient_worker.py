"""A worker that does what the mail says, as a mail that finds a fault in a parser would make it."""

import os
import time
from collections.abc import Sequence

from channels.email.receiving.readers import worker
from channels.email.receiving.readers.reading import Question, ReadFile, Reading


def obey(raw: bytes, question: Question) -> tuple[Reading, Sequence[bytes]]:
    order, _, rest = raw.partition(b" ")
    if order == b"die":
        os._exit(1)
    if order == b"sleep":
        time.sleep(60)
    if order == b"burn":
        while True:
            pass
    if order == b"eat":
        b"x" * 2**31
    if order == b"lie":
        os.write(0, b"\xff" * 64)
        time.sleep(60)
    files = (ReadFile("a", "text/plain", len(rest)),) if order == b"file" else ()
    return Reading(text=f"{os.getpid()}", files=files, context=str(os.environ.get("LAPOR_SECRET"))), (rest,) * len(
        files
    )


if __name__ == "__main__":
    worker.main(obey)
