"""Mails that are kept, read again with today's reader."""

from collections.abc import Sequence

from channels.email.letter.model import Unreadable
from channels.email.letter.reading import read_letter
from channels.email.receiving.mapping import cut
from channels.email.receiving.readers.interpreting import interpret
from channels.email.receiving.readers.reading import Question
from channels.email.settings import EmailSettings
from channels.spec import FoundFile


def read_again(raws: Sequence[bytes | None], settings: EmailSettings) -> str:
    """The text of a mail as it would be taken today; empty where it still cannot be read."""
    reading, _ = interpret(b"".join(raw or b"" for raw in raws), Question())
    return cut(reading.text or reading.title, "", settings.max_text)[0]


def read_around(raw: bytes, settings: EmailSettings) -> tuple[str, str]:
    """Subject and context as they would be taken today."""
    reading, _ = interpret(raw, Question())
    return reading.title, cut(reading.text or reading.title, reading.context, settings.max_text)[1]


def find_files(raw: bytes, settings: EmailSettings) -> Sequence[FoundFile]:
    """The files of a mail, at most as many as are taken; none where it cannot be read."""
    try:
        return read_letter(raw).files[: settings.max_files]
    except Unreadable:
        return ()
