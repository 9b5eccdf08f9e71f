"""What a network can carry, and how a connection to it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a network can carry, as data: replies are composed to fit before ``send``.

    Attributes:
        measure: units a text takes on this network (SMS segments, weighted characters, characters).
        max_length: the most units one reply may take.
        sends: False for a network that only fetches its replies (the JSON API).
        parts: long messages arrive in pieces that the core joins.
        receipts: the network tells afterwards what became of a reply.
        repeats: the network may bring the same message again.
        per_second: replies the network takes a second; None where it sets no limit.
        public: everyone reads what is written there; ``private_length`` is the most units of ``Outbound.private``.
        choices: how many things to choose a reply may offer beside its words; 0 where they are written into it.
        fetches_files: files of a message are fetched after it was accepted (``Inbound.wanted``).
        brake: at most so many answers to one address within each of these times; robots that answer robots end here.
    """

    measure: Callable[[str], int]
    max_length: int
    sends: bool = True
    attachments: bool = False
    threading: bool = False
    parts: bool = False
    receipts: bool = False
    repeats: bool = True
    reply_window: timedelta | None = None
    per_second: float | None = None
    public: bool = False
    private_length: int = 0
    choices: int = 0
    fetches_files: bool = False
    brake: tuple[tuple[timedelta, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How the bot talks on a network.

    Attributes:
        is_chat: every message is a line of a talk when it is accepted, and begins a draft; elsewhere a text is a report
            at once and the dialogue begins only when it is asked for (LAPOR) or nothing but a greeting is said.
        pause: after the last words of a draft before something is asked, so that several messages become one report.
        remind_after: of silence, once; None for never, where a reminder costs.
        resume_after: of silence; then words are asked about: do they belong to the draft?
        submit_after: of silence; then a draft is sent as it is.
        follow_on: since the last report; what is said then may belong to it, and is asked about.
        files: people can send files there.
    """

    is_chat: bool = False
    pause: timedelta = timedelta()
    remind_after: timedelta | None = None
    resume_after: timedelta = timedelta(minutes=30)
    submit_after: timedelta = timedelta(hours=2)
    follow_on: timedelta = timedelta(minutes=30)
    files: bool = False


ON_REQUEST = Manner()


@dataclass(frozen=True, slots=True)
class Health:
    """How a connection is. ``detail`` is for an operator and holds no personal data and no secret."""

    up: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Postbox:
    """A connection that can write to addresses of a kind without having been written to.

    ``prefixes``: how the addresses it reaches begin; empty for all of them.
    """

    channel: str
    connection: str
    prefixes: tuple[str, ...] = ()

    def fit(self, value: str) -> int:
        """How much of the address speaks for this connection: the length of the longest prefix, -1 for none."""
        return max((len(p) for p in self.prefixes or ("",) if value.startswith(p)), default=-1)


def find_postbox(postboxes: Sequence[Postbox], value: str) -> Postbox | None:
    """The one that fits an address best, the first among equals; None when none reaches it."""
    best = max(postboxes, key=lambda postbox: postbox.fit(value), default=None)
    return best if best is not None and best.fit(value) >= 0 else None
