"""The guided dialogue as data: what a draft holds, where the bot stands, what can happen and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.model.message import Attachment, Choice


class Question(StrEnum):
    """What the bot can ask. Each can be passed over."""

    WHAT = "what"
    WHERE = "where"
    WHEN = "when"
    AGENCY = "agency"
    EVIDENCE = "evidence"
    VISIBILITY = "visibility"
    IDENTITY = "identity"
    RESUME = "resume"
    ADDITION = "addition"
    LANGUAGE = "language"


class Visibility(StrEnum):
    """*Terbuka*, *anonim*, *rahasia*."""

    OPEN = "open"
    ANONYMOUS = "anonymous"
    SECRET = "secret"  # noqa: S105 - what is hidden, not what hides it


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a draft. ``group``: pictures sent together. ``files``: how many it brings, fetched or not."""

    message_id: str
    at: datetime
    text: str = field(default="", repr=False)
    attachments: tuple[Attachment, ...] = ()
    files: int = 0
    place: str = field(default="", repr=False)
    group: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that is not sent yet. ``pieces`` hold every word, answers to questions included, in their order."""

    begun_at: datetime
    pieces: tuple[Piece, ...] = ()
    what: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    time: str = field(default="", repr=False)
    agency: str = ""
    visibility: Visibility | None = None
    name: str = field(default="", repr=False)
    passed_over: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Last:
    """The report that came of the last draft, for what belongs to it and comes late."""

    report_id: str
    tracking_id: str
    at: datetime
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where the bot stands with one person.

    Attributes:
        draft: what was said for a report that is not sent yet.
        held: said while the bot waits to hear whether it belongs to ``draft`` or ``last``.
        asked: the open question, and ``offered`` what can be chosen for it, in order.
        due_at: when ``TimePassed`` is to happen.
        silent: a person answers: the bot says nothing but what it is told to.
    """

    draft: Draft | None = None
    held: tuple[Piece, ...] = ()
    asked: Question | None = None
    offered: tuple[Choice, ...] = ()
    due_at: datetime | None = None
    spoke_at: datetime | None = None
    reminded: bool = False
    silent: bool = False
    greeted: bool = False
    last: Last | None = None


# What can happen. ``at`` is when.


@dataclass(frozen=True, slots=True)
class Spoke:
    """The person said something that is no command about a report; it may be a word for the bot (LAPOR, KIRIM, YA)."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Edited:
    """The person changed what they said before."""

    message_id: str
    at: datetime
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TimePassed:
    """It is ``due_at`` or later."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PersonTook:
    """A person answers from now on."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PersonLeft:
    """The bot answers again. ``reported``: the person made a report of what was said."""

    at: datetime
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Reported:
    """``Submit`` was carried out."""

    at: datetime
    report_id: str
    tracking_id: str


Event = Spoke | Edited | TimePassed | PersonTook | PersonLeft | Reported


# What comes of it.


@dataclass(frozen=True, slots=True)
class Say:
    """A reply of ``config/replies``, with what can be chosen instead of written."""

    event: str
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Submit:
    """Make a report of the draft; its number is told by whoever does."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class AddTo:
    """What was said belongs to a report that is there."""

    report_id: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Settle:
    """Nothing more comes of these messages. ``cancelled``: they were a draft that the person threw away."""

    message_ids: tuple[str, ...]
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class CallPerson:
    """The person asks for a person."""


@dataclass(frozen=True, slots=True)
class SpeakLanguage:
    """From now on in this language (``id``, ``en``)."""

    language: str


Effect = Say | Submit | AddTo | Settle | CallPerson | SpeakLanguage
