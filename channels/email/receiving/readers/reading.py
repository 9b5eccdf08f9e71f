"""What is asked of a reader, and what it answers. Values that cross between processes; all of it is personal data."""

from dataclasses import dataclass, field

from channels.email.letter.model import Envelope
from channels.email.sorting.bounces import Bounce
from channels.email.sorting.robots import Own
from core.model.message import Mark, Origin


@dataclass(frozen=True, slots=True)
class Question:
    """How a mail is to be read. ``most_files``: so many are taken out of it. ``trusted``: the server in front
    of us whose word on the sender counts.
    """

    envelope: Envelope = field(default_factory=Envelope)
    own: Own = field(default_factory=Own)
    most_files: int = 10
    trusted: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One of the mails that are sent to a process together; their octets follow in the same order."""

    question: Question
    size: int


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file; its content comes beside the reading, in the same order."""

    name: str = field(repr=False)
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail read. ``problem``: why it could not be, in constant words; all else is empty then.

    ``domain``: of the one address in From. ``proof``: what the trusted server says of it. ``answers``: Message-IDs that
    it answers or continues, nearest first.
    """

    sender: str = field(default="", repr=False)
    domain: str = field(default="", repr=False)
    proof: Mark | None = None
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    context: str = field(default="", repr=False)
    message_id: str = field(default="", repr=False)
    answers: tuple[str, ...] = field(default=(), repr=False)
    files: tuple[ReadFile, ...] = ()
    files_left_out: bool = False
    encrypted: bool = False
    origin: Origin = Origin.PERSON
    remark: str = ""
    returned: Bounce | None = None
    problem: str = ""


def unread(problem: str) -> Reading:
    """That of a mail that could not be read."""
    return Reading(problem=problem)
