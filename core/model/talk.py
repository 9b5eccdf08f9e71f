"""Talks: everything that was said between us and one address, and who answers it now: the bot or a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.model.dialogue import Dialogue
from core.model.message import Address, Attachment, Choice


class Author(StrEnum):
    """Who said a line. ``SYSTEM``: nobody; it tells what happened (a person joined, the chat was closed)."""

    VISITOR = "visitor"
    BOT = "bot"
    OPERATOR = "operator"
    SYSTEM = "system"


class Owner(StrEnum):
    """Who answers. ``WAITING``: a person was asked for and has not come yet."""

    BOT = "bot"
    WAITING = "waiting"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a talk. ``seq`` counts from 1 without a gap and without a double, whoever speaks.

    Attributes:
        event: what a line of the bot or system is (``talk_ask_where``, ``operator_joined``); empty for words of people.
        by: username of the operator who said it.
        client_id: the id that the visitor's own program gave the message.
        choices: what can be chosen instead of written, the line's own only.
        replaces: ``seq`` of the line of which this is a newer version; 0 for none.
    """

    talk: str
    seq: int
    author: Author
    at: datetime
    text: str = field(default="", repr=False)
    attachments: tuple[Attachment, ...] = ()
    choices: tuple[Choice, ...] = ()
    event: str = ""
    by: str = ""
    client_id: str = ""
    message_id: str = ""
    reply_id: str = ""
    replaces: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """The talk with one address; there is one for each, for ever.

    Attributes:
        digest: the keyed digest of ``address``, as in ``Contact``.
        chat: the open request for a person, or empty; set whenever ``owner`` is not the bot.
        last_seq, seen: the newest line, and the newest one that the visitor has seen.
        dialogue: where the bot stands; sealed at rest.
        due_at: when the bot has something to do if nothing is said before.
        version: counts changes of the dialogue, and guards against two steps at once.
        revoked_at: the visitor ended it and took back their token.
    """

    id: str
    digest: bytes = field(repr=False)
    address: Address
    channel: str
    connection: str
    opened_at: datetime
    spoke_at: datetime
    route: Mapping[str, str] = field(default_factory=dict, repr=False)
    owner: Owner = Owner.BOT
    chat: str = ""
    last_seq: int = 0
    seen: int = 0
    dialogue: Dialogue = field(default_factory=Dialogue)
    due_at: datetime | None = None
    version: int = 1
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TalkState:
    """Of a talk what changes while people speak. Nothing personal is in it."""

    id: str
    owner: Owner
    chat: str
    last_seq: int
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message stands in its talk, told to whoever brought it."""

    talk: str
    seq: int
    owner: Owner = Owner.BOT


@dataclass(frozen=True, slots=True)
class Transcript:
    """A link by which what was said in a talk until then can be read: lines ``first_seq`` to ``last_seq``."""

    talk: str
    first_seq: int
    last_seq: int
    made_at: datetime
    until: datetime
    language: str


class Ending(StrEnum):
    """How a chat with a person ended."""

    CLOSED = "closed"
    VISITOR_LEFT = "visitor_left"
    NOBODY_CAME = "nobody_came"


@dataclass(frozen=True, slots=True)
class Chat:
    """One request for a person at the operators' desk, from the question to the rating.

    It waits while ``taken_by`` is empty or its lease has run out, and is over once ``closed_at`` is set.

    Attributes:
        first_seq: the first line that belongs to it.
        seen: the newest line its operator has seen.
        to: the operator it was handed to and who alone may take it until ``to_until``; empty for anybody.
        report_id: the report that was made of it.
    """

    id: str
    talk: str
    asked_at: datetime
    first_seq: int
    channel: str = ""
    taken_by: str = ""
    taken_at: datetime | None = None
    lease_until: datetime | None = None
    seen: int = 0
    to: str = ""
    to_until: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    ending: Ending | None = None
    report_id: str = ""
    rating: int | None = None
    remark: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Attendant:
    """A member of staff at the desk: there while ``seen_at`` is fresh and ``available``; takes at most ``capacity``."""

    username: str
    available: bool
    capacity: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    """An answer that operators use again. ``agency``: whose; empty for everyone's. ``shortcut``: typed behind ``/``."""

    id: str
    shortcut: str
    text: str
    agency: str = ""
    language: str = "id"
