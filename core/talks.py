"""Talks, the operators' desk, codes for going on elsewhere, files to be fetched. ``core.ports.Tx`` gives them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.model.message import Address, Inbound
from core.model.talk import Attendant, CannedAnswer, Chat, Ending, Line, Spot, Talk, TalkState, Transcript
from core.model.work import StoredMessage, WantedFile

DESK = "desk"
"""Told when something waits at the operators' desk, is taken, given back or closed."""

JOBS = "jobs"
"""Told when a step was asked for that is due at once."""


def topic_of(talk_id: str) -> str:
    """Told when a talk has new lines or another owner."""
    return f"talk:{talk_id}"


class Talks(Protocol):
    """The talk with each address, and its lines. Whoever adds lines tells ``topic_of`` the talk in the same commit."""

    def enter(
        self, arriving: Sequence[StoredMessage], *, new_id: Callable[[], str], now: datetime
    ) -> Mapping[str, Spot]:
        """Make a line of each message that is not known yet; where each stands, by its id.

        A message that came before stands where it stood the first time. The talks are locked until the transaction
        ends, made where they are not there, and take the newest way to answer.
        """
        ...

    def hold(self, subjects: Collection[str]) -> None:
        """Lock the talks with these ids and those with the senders of these messages, and before them the contacts of
        both, before any is worked on: who locks several does so in one order, or two of them wait for each other.
        """
        ...

    def get(self, talk_id: str) -> Talk | None: ...
    def find(self, address: Address) -> Talk | None: ...
    def lock(self, talk_id: str) -> Talk:
        """The talk, locked until the transaction ends. Raises KeyError."""
        ...

    def meet(self, inbound: Inbound, *, new_id: Callable[[], str], now: datetime) -> Talk:
        """The talk with a sender, locked; made on first sight."""
        ...

    def save(self, talk: Talk) -> None:
        """Write everything but ``last_seq`` and ``seen``. Raises registers.Changed when someone else was faster."""
        ...

    def append(self, talk_id: str, lines: Sequence[Line]) -> Sequence[Line]:
        """Add lines behind the newest; as they were numbered (whatever ``talk`` and ``seq`` they came with)."""
        ...

    def lines(self, talk_id: str, *, after: int = 0, limit: int) -> Sequence[Line]:
        """Oldest first."""
        ...

    def lines_behind(self, known: Mapping[str, int], *, limit: int) -> Mapping[str, Sequence[Line]]:
        """Of each talk the lines behind one, oldest first; together at most ``limit``."""
        ...

    def newest(self, talk_id: str, *, before: int = 0, limit: int) -> Sequence[Line]:
        """The newest ones below ``before`` (0: of all), oldest first."""
        ...

    def line_of(self, message_id: str) -> Line | None:
        """The line of a message."""
        ...

    def see(self, talk_id: str, seq: int) -> None:
        """The visitor has seen everything up to here; never goes back."""
        ...

    def states(self, talk_ids: Collection[str]) -> Mapping[str, TalkState]:
        """How each of these stands; one that is not there is left out."""
        ...

    def heads(self, talk_ids: Collection[str]) -> Mapping[str, int]:
        """``last_seq`` of each."""
        ...


class AlreadyCalled(Exception):
    """A person was called for this talk already; the message is its id."""


class Chats(Protocol):
    """Requests for a person. At most one of a talk is open."""

    def add(self, chat: Chat) -> None:
        """Raises AlreadyCalled."""
        ...

    def get(self, chat_id: str) -> Chat | None: ...
    def some(self, chat_ids: Collection[str]) -> Mapping[str, Chat]:
        """Those of these that there are."""
        ...

    def lock(self, chat_id: str) -> Chat:
        """Locked until the transaction ends. Raises KeyError."""
        ...

    def save(self, chat: Chat) -> None: ...
    def claim(self, *, by: str, now: datetime, until: datetime) -> Chat | None:
        """Take the one that waits longest and that ``by`` may take; of two at once each gets another one."""
        ...

    def open(self, *, limit: int) -> Sequence[Chat]:
        """Not closed: those that wait and those that are taken, oldest first."""
        ...

    def count_waiting(self, *, now: datetime, most: int) -> int:
        """How many nobody holds; counting ends at ``most``."""
        ...

    def held(self, by: str, *, now: datetime) -> int:
        """How many this person holds."""
        ...

    def renew(self, by: str, *, until: datetime, now: datetime) -> Collection[str]:
        """Keep what this person holds; the ids of it. What ran out already is not theirs any more."""
        ...

    def lapsed(self, *, now: datetime, limit: int) -> Sequence[Chat]:
        """Taken, not closed, and its lease has run out."""
        ...

    def unanswered(self, *, before: datetime, limit: int) -> Sequence[Chat]:
        """Waiting since before then: since they were asked for, or since they came back to the queue."""
        ...

    def of_talk(self, talk_id: str, *, limit: int) -> Sequence[Chat]:
        """Newest first."""
        ...

    def ended(self, *, limit: int, before: str = "", ending: Ending | None = None) -> Sequence[Chat]:
        """Closed ones, newest first, from below the id ``before`` on; of one ending, where it is named."""
        ...


class Attendants(Protocol):
    """Who is at the desk."""

    def save(self, attendant: Attendant) -> None: ...
    def get(self, username: str) -> Attendant | None: ...
    def present(self, *, since: datetime) -> Sequence[Attendant]:
        """Seen since then."""
        ...


class ShortcutTaken(Exception):
    """Another answer of this agency and language has the shortcut."""


class CannedAnswers(Protocol):
    """Answers that operators use again."""

    def of(self, agencies: Collection[str]) -> Sequence[CannedAnswer]:
        """Of these agencies and of everyone, by shortcut."""
        ...

    def get(self, answer_id: str) -> CannedAnswer | None: ...
    def save(self, answer: CannedAnswer) -> None:
        """Write it, over what has its id. Raises ShortcutTaken."""
        ...

    def drop(self, answer_id: str) -> None: ...


class Codes(Protocol):
    """Codes by which somebody goes on with a talk on another channel; only a keyed digest of each is kept."""

    def add(self, code: str, *, talk: str, until: datetime) -> bool:
        """Give one out; those of the talk that were not used yet end. False where this one is known already: draw
        another.
        """
        ...

    def use(self, code: str, *, now: datetime) -> str:
        """The talk, once; empty for a code that is wrong, used or too old."""
        ...

    def forget(self, *, before: datetime) -> None:
        """Drop those that ended before."""
        ...


class Transcripts(Protocol):
    """Links to what was said; only a keyed digest of each is kept."""

    def add(self, token: str, transcript: Transcript) -> None: ...
    def find(self, token: str, *, now: datetime) -> Transcript | None:
        """None for a token that is wrong or too old."""
        ...

    def count(self, talk_id: str, *, since: datetime) -> int:
        """How many were made for a talk."""
        ...

    def forget(self, *, before: datetime) -> None:
        """Drop those that ended before."""
        ...


class WantedFiles(Protocol):
    """Files of stored messages that still lie with their network."""

    def add(self, stored: Sequence[StoredMessage], *, now: datetime) -> None:
        """Want every file of ``Inbound.wanted``."""
        ...

    def due(self, *, channel: str, connection: str, now: datetime, limit: int) -> Sequence[WantedFile]: ...
    def of(self, message_id: str) -> Sequence[WantedFile]: ...
    def postpone(self, wanted: WantedFile) -> None: ...
    def drop(self, message_id: str, number: int) -> bool:
        """False where it was dropped already."""
        ...
