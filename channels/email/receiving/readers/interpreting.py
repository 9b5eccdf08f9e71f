"""A mail → what it says to us. Pure, and run where a mail can do no harm."""

from collections.abc import Sequence

from channels.email.letter.model import Letter, Unreadable
from channels.email.letter.reading import read_letter
from channels.email.receiving.readers.reading import Question, ReadFile, Reading, unread
from channels.email.sorting.bounces import read_bounce
from channels.email.sorting.proofs.told import from_domain, read_proof
from channels.email.sorting.quotes import fold
from channels.email.sorting.robots import sort_letter
from channels.email.sorting.subjects import says_forward, subject_of
from core.model.message import Origin

NOTHING = "there is nothing in it"


def interpret(raw: bytes, question: Question) -> tuple[Reading, Sequence[bytes]]:
    """What a mail says, and the contents of its files. Whatever is wrong with it, this does not raise."""
    try:
        letter = read_letter(raw)
        reading = _read(letter, question)
    except Unreadable as problem:
        return unread(str(problem)), ()
    except Exception as error:  # noqa: BLE001 - a fault of ours costs nobody their mail
        return unread(type(error).__name__), ()
    if not (reading.text or reading.title or reading.files or reading.origin is not Origin.PERSON):
        return unread(NOTHING), ()
    return reading, [file.content for file in letter.files[: question.most_files]]


def _read(letter: Letter, question: Question) -> Reading:
    sorting = sort_letter(letter, question.envelope, own=question.own)
    folded = fold(letter.text, forwarded=says_forward(letter.subject))
    files = letter.files[: question.most_files]
    return Reading(
        sender=letter.sender.address,
        domain=from_domain(letter),
        proof=read_proof(letter, server=question.trusted),
        title=subject_of(letter.subject),
        text=folded.text.strip("\n"),
        context=folded.context,
        message_id=letter.message_id,
        answers=tuple(dict.fromkeys([*letter.in_reply_to, *reversed(letter.references)])),
        files=tuple(ReadFile(file.name, file.media_type, len(file.content)) for file in files),
        files_left_out=letter.files_left_out > 0 or len(letter.files) > len(files),
        encrypted=letter.encrypted,
        origin=sorting.origin,
        remark=sorting.remark,
        returned=read_bounce(letter) if sorting.origin is Origin.BOUNCE else None,
    )
