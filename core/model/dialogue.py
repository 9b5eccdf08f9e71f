"""The guided dialogue as data: what a draft holds, where the bot stands, what can happen and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.model.message import Attachment


class Question(StrEnum):
    """What the bot can ask. Each can be passed over. ``SEND`` closes a draft and offers the rest as choices."""

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
    SEND = "send"
    START_OVER = "start_over"


class Visibility(StrEnum):
    """*Terbuka*, *anonim*, *rahasia*."""

    OPEN = "open"
    ANONYMOUS = "anonymous"
    SECRET = "secret"  # noqa: S105 - what is hidden, not what hides it


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be chosen instead of written.

    ``key`` names its label under ``[choices]`` of ``config/replies``; ``label`` is shown as it is where ``key`` is
    empty (a name). ``says`` counts as said when it is chosen (empty: the label); at most 64 bytes. ``aside``: shown as
    a button only; where choices are numbered in the text, the text itself tells of it.
    """

    key: str = ""
    label: str = ""
    says: str = ""
    aside: bool = False


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
class Answer:
    """A question that is done with. ``message_id``: the piece that answers it; empty for a choice, or passed over."""

    question: Question
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that is not sent yet.

    Attributes:
        pieces: every word of the report, answers to questions included, in their order.
        answers: the questions that are not asked again, the last one at the end.
        warned: the person was told what in their words gives them away.
    """

    begun_at: datetime
    pieces: tuple[Piece, ...] = ()
    place: str = field(default="", repr=False)
    time: str = field(default="", repr=False)
    agency: str = ""
    visibility: Visibility | None = None
    name: str = field(default="", repr=False)
    answers: tuple[Answer, ...] = ()
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Last:
    """The report that came of the last draft, for what belongs to it and comes late.

    ``groups``: albums that are part of it; ``told``: the places and other facts in it, to know a new matter by.
    """

    report_id: str
    tracking_id: str
    at: datetime
    groups: tuple[str, ...] = ()
    told: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where the bot stands with one person.

    Attributes:
        draft: what was said for a report that is not sent yet.
        held: said while the bot waits to hear whether it belongs to ``draft`` or ``last``, or while it is silent.
        asked: the open question, and ``offered`` what can be chosen for it, in order.
        due_at: when ``TimePassed`` is to happen.
        reminded: the person was reminded of the draft; once is enough.
        silent: a person was asked for or answers: the bot collects words and says nothing.
        greeted: the bot has said what it is.
        tries: how often the open question was not understood.
        sent: the draft that was submitted, until ``Reported`` tells its number.
    """

    draft: Draft | None = None
    held: tuple[Piece, ...] = ()
    asked: Question | None = None
    offered: tuple[Offer, ...] = ()
    due_at: datetime | None = None
    spoke_at: datetime | None = None
    reminded: bool = False
    silent: bool = False
    greeted: bool = False
    tries: int = 0
    last: Last | None = None
    sent: Last | None = None


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
    """The bot answers again. ``came``: somebody was there, and has answered what was said while the bot was silent;
    else that is still to be sent.
    """

    at: datetime
    came: bool = False


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
    """A reply of ``config/replies``, with what can be chosen instead of written (``Replies.choice`` labels it)."""

    event: str
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    choices: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Submit:
    """Make a report of the draft, which the state no longer holds. Whoever does tells its number, and ``Reported``."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class AddTo:
    """What was said belongs to a report that is there. ``quiet``: nothing need be said of it (rest of an album)."""

    report_id: str
    pieces: tuple[Piece, ...]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Settle:
    """Nothing more comes of these messages. ``cancelled``: the person threw them away."""

    message_ids: tuple[str, ...]
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class CallPerson:
    """The person asks for a person. Whoever calls one says what comes of it; the bot is silent until ``PersonLeft``."""


@dataclass(frozen=True, slots=True)
class SpeakLanguage:
    """From now on in this language (``id``, ``en``)."""

    language: str


Effect = Say | Submit | AddTo | Settle | CallPerson | SpeakLanguage
