"""What a transaction holds: one register for each kind of row. ``core.ports.Tx`` gives them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.model.lifecycle import State
from core.model.listing import Found, Position, Selection
from core.model.message import Address, Delivery, Inbound
from core.model.people import Figures as PublicFigures
from core.model.report import Event, HistoryEntry, HistoryMark, Report
from core.model.work import Contact, Filing, Job, JobKind, Link, LinkKind, OutboxState, Outcome, Reply, StoredMessage


class Messages(Protocol):
    """Inbound messages: added in bulk, then each given its outcome."""

    def redelivered(self, messages: Sequence[Inbound]) -> Mapping[int, str]:
        """For each index whose fingerprint was stored within its redelivery window: the id of that message."""
        ...

    def add_all(self, messages: Sequence[StoredMessage], *, now: datetime) -> Mapping[str, tuple[str, bytes]]:
        """Insert; for each id whose message was known already: the first message's id and fingerprint."""
        ...

    def take(
        self, messages: Sequence[StoredMessage], *, now: datetime, told: bool = False
    ) -> Mapping[str, tuple[str, bytes]]:
        """``redelivered`` and ``add_all`` at once, with a CONVERSE job for each new message that has no outcome yet.

        Returns, for each id that was not new, the first message's id and fingerprint. ``told``: a broker is being told
        of the jobs.
        """
        ...

    def report_of(self, group: str, *, since: datetime) -> str:
        """The report that pieces of this group went into lately, or empty: for pieces that come too late."""
        ...

    def get(self, message_id: str) -> StoredMessage | None: ...
    def save(self, stored: StoredMessage) -> None:
        """Write another reading of a message; what it was read from stays."""
        ...

    def pieces(self, group: str) -> Sequence[StoredMessage]:
        """The unsettled pieces of a long message, oldest first."""
        ...

    def settle(
        self, message_ids: Collection[str], outcome: Outcome, *, report_id: str = "", note: str = ""
    ) -> None: ...
    def of_report(self, report_id: str) -> Sequence[StoredMessage]: ...
    def find(self, channel: str, external_id: str) -> StoredMessage | None:
        """The message with this id of its network."""
        ...

    def reports_of(self, channel: str, external_ids: Collection[str]) -> Mapping[str, str]:
        """The id of the report that each of these messages went into; those that went into none are left out."""
        ...

    def parked(self, *, channel: str = "", limit: int, after: str = "") -> Sequence[StoredMessage]:
        """Messages that wait for a person, by id, from ``after`` on; of one channel, where it is named."""
        ...

    def count_parked(self, *, most: int) -> int:
        """How many wait for a person; counting ends at ``most``."""
        ...

    def latest(self, *, channel: str, limit: int, after: str = "") -> Sequence[StoredMessage]:
        """Messages of a channel by id, from ``after`` on."""
        ...


class Reports(Protocol):
    """Reports and what is looked up of them."""

    def add_all(self, reports: Sequence[tuple[Report, str]]) -> Collection[str]:
        """Insert (report, PIN) pairs; the ids of those that were not, as another report has their tracking number."""
        ...

    def get(self, report_id: str) -> Report | None: ...
    def some(self, report_ids: Collection[str]) -> Sequence[Report]: ...
    def find(self, tracking_id: str) -> Report | None: ...
    def lock(self, report_id: str) -> Report:
        """The report, locked until the transaction ends. Raises KeyError."""
        ...

    def save(self, report: Report) -> None:
        """Write ``report`` over its previous version. Raises Changed when someone else was faster."""
        ...

    def pin_agrees(self, report_id: str, pin: str) -> bool: ...
    def pin_of(self, report_id: str) -> str:
        """The PIN while it is still kept (24 hours), else empty."""
        ...

    def forget_pins(self, *, before: datetime) -> int: ...
    def of_reporter(self, digest: bytes, *, limit: int) -> Sequence[Report]:
        """The newest reports of one address."""
        ...

    def queue(
        self, *, states: Collection[State], limit: int, agencies: Collection[str] | None = None
    ) -> Sequence[Report]:
        """Priority first, then oldest deadline; an empty ``states`` means all, ``agencies`` None those of everyone."""
        ...

    def figures(self) -> PublicFigures: ...


class Changed(Exception):
    """Someone else changed the report in between; look at it again."""


class Filings(Protocol):
    """Forms: message, report, first line of history and job at once."""

    def add(self, filings: Sequence[Filing], *, now: datetime) -> Mapping[str, tuple[str, bytes] | None]:
        """Insert what is new, each filing whole.

        Returns, for the id of each message that was not stored, the first message's id and fingerprint where it was
        known or redelivered, and None where only the tracking number was another report's.
        """
        ...


class History(Protocol):
    """The append-only history of each report."""

    def append(self, entries: Sequence[HistoryEntry]) -> None:
        """Number, chain and insert; ``number`` and digests of the given entries are set here."""
        ...

    def begin(self, entries: Sequence[HistoryEntry]) -> None:
        """As ``append`` for reports that have no history yet: nothing is read."""
        ...

    def of(self, report_id: str) -> Sequence[HistoryEntry]: ...
    def broken(self, report_id: str) -> Sequence[int]:
        """The numbers of the lines whose chain does not hold."""
        ...

    def last(self, report_id: str, event: Event) -> HistoryEntry | None: ...
    def newest(self, *, since: datetime, limit: int) -> Sequence[HistoryMark]:
        """What was added to any report at or after ``since``, the newest first; nothing is unsealed."""
        ...


class Contacts(Protocol):
    """What is remembered of an address."""

    def lock(self, scheme: str, value: str) -> Contact:
        """The contact, made where new, locked until the transaction ends: one message of a person at a time."""
        ...

    def save(self, contact: Contact) -> None: ...
    def digest(self, scheme: str, value: str) -> bytes: ...
    def language(self, scheme: str, value: str) -> str:
        """As ``Contact.language``, without locking: for whoever has locked the talk already."""
        ...

    def is_opted_out(self, scheme: str, value: str) -> bool: ...
    def is_gone(self, scheme: str, value: str) -> bool: ...


class Outbox(Protocol):
    """Replies on their way."""

    def add(self, replies: Iterable[Reply]) -> Collection[str]:
        """Insert; a reply whose cause is already there is left out. The ids of those that went in."""
        ...

    def claim(
        self, *, channel: str, connection: str, owner: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Reply]:
        """Take due replies, first lane first, and mark them as being sent."""
        ...

    def release(self, reply_ids: Collection[str], *, owner: str) -> None:
        """Give back what was claimed and surely not handed to the network."""
        ...

    def save(self, reply: Reply, *, owner: str) -> bool:
        """Write what an attempt came to, with the network's ids of its pieces; False where the lease was lost."""
        ...

    def abandoned(self, *, now: datetime, limit: int) -> Sequence[Reply]:
        """Replies being sent whose lease ran out, locked: their outcome is unknown."""
        ...

    def settle_abandoned(self, reply: Reply) -> None: ...
    def receipt(
        self, network: str, external_ids: Sequence[str], delivery: Delivery, *, at: datetime, gone: bool = False
    ) -> bool:
        """Note a receipt; False when no reply has such an id (it is kept for later).

        ``network`` is ``channel/connection``: two operators give the same ids. ``gone``: see ``Receipt``.
        """
        ...

    def take_gone(self, *, reason: str, limit: int) -> Sequence[Reply]:
        """Replies of which a receipt said that their address is gone, marked with ``reason``; each is given once."""
        ...

    def forget_receipts(self, *, before: datetime) -> None:
        """Drop receipts that belong to nothing we sent."""
        ...

    def sent_as(self, network: str, external_ids: Collection[str]) -> Mapping[str, str]:
        """The id of the report that each thing we sent under these ids was about; ``network`` as for ``receipt``."""
        ...

    def listing(self, *, limit: int, states: Collection[OutboxState] = ()) -> Sequence[Reply]: ...
    def of_report(self, report_id: str) -> Sequence[Reply]: ...


class Jobs(Protocol):
    """Steps to be done."""

    def add(self, jobs: Iterable[Job], *, now: datetime, told: bool = False) -> None:
        """Insert; a job of the same kind and subject is left as it is. ``told``: a broker is being told of them."""
        ...

    def by(self, job: Job, *, now: datetime) -> None:
        """Have it done by then: insert, or bring forward the job of the same kind and subject; it is never put off.

        A step that finds itself too early asks again for its time.
        """
        ...

    def next_due(self, kinds: Collection[JobKind]) -> datetime | None:
        """When the first of these kinds that nobody works on falls due or fell due; None where there is none."""
        ...

    def claim(
        self, *, owner: str, now: datetime, lease: timedelta, limit: int, ids: Collection[str] | None = None
    ) -> Sequence[Job]:
        """Take due jobs (of ``ids`` only, where given); a lost lease makes a job due again."""
        ...

    def take(
        self,
        *,
        now: datetime,
        limit: int,
        ids: Collection[str] | None = None,
        kinds: Collection[JobKind] = (),
    ) -> Sequence[Job]:
        """Remove due jobs to do them in this very transaction, what somebody waits for first.

        Of ``ids`` only, where given, and of ``kinds``, where any are named.
        """
        ...

    def finish(self, job_id: str, *, owner: str) -> bool:
        """Remove a claimed job; False when the lease was lost and another has it."""
        ...

    def postpone(self, job_id: str, *, owner: str, not_before: datetime, error: str) -> None: ...
    def park(self, job_id: str, *, owner: str, error: str) -> None: ...
    def publish(self, *, now: datetime, stale: timedelta, limit: int) -> Sequence[str]:
        """Ids of due jobs that no broker was told of, or so long ago that it must have lost them; marked as
        told now.
        """
        ...

    def find(self, kind: JobKind, subject: str) -> Job | None: ...


class Links(Protocol):
    """Recognised repeats and the keys they are found by."""

    def add(self, link: Link) -> None: ...
    def get(self, link_id: str) -> Link | None: ...
    def save(self, link: Link) -> None: ...
    def of_report(self, report_id: str) -> Sequence[Link]:
        """Links of a report, oldest first; those of messages that only pass it on come last."""
        ...

    def supporters(self, report_id: str) -> int:
        """How many support a report: other people's reports that are linked to it, and those who passed it on."""
        ...

    def is_supporter(self, report_id: str, supporter: Address) -> bool:
        """Whether this address counts as one already."""
        ...

    def index(self, report_id: str, keys: Sequence[str]) -> None:
        """Make a report findable; whoever indexes another one at the same moment waits for this transaction's end."""
        ...

    def candidates(self, keys: Sequence[str], *, since: datetime, limit: int) -> Sequence[str]:
        """Ids of reports that share most keys, best first."""
        ...

    def counts(self) -> Mapping[tuple[LinkKind, str], int]: ...


class Listing(Protocol):
    """Lists of reports, and the words by which they are found."""

    def page(self, selection: Selection, *, after: Position | None, limit: int) -> Found:
        """In the selection's order, those behind ``after``."""
        ...

    def count(self, selection: Selection, *, most: int) -> int:
        """How many there are; counting ends at ``most``."""
        ...

    def counts(self, agencies: Collection[str] | None, *, most: int) -> Mapping[State, int]:
        """By state, those of these agencies (None: of all); counting ends at ``most`` in each."""
        ...

    def supporters(self, report_ids: Collection[str]) -> Mapping[str, int]:
        """How many support each, as ``Links.supporters``."""
        ...

    def suggested(self, report_ids: Collection[str]) -> Collection[str]:
        """Those that may repeat another one, while nobody has said so."""
        ...

    def numbers(self, report_ids: Collection[str]) -> Mapping[str, tuple[str, str]]:
        """Tracking number and agency of each."""
        ...

    def index(self, report_id: str, keys: Sequence[str]) -> None:
        """Make a report findable by these words as well (``core.searching``)."""
        ...
