"""Frames that pages are sent (README.md). What is empty or 0 by default is left out."""

from collections.abc import Callable

import msgspec

from core.model.message import Attachment
from core.model.talk import Line

RATED_BY_STARS = "chat_closed"


class HoursShown(msgspec.Struct, frozen=True):
    """When people are there."""

    open: bool
    text: str


class FilesTaken(msgspec.Struct, frozen=True):
    """Which files a message may bring; ``bytes`` is the largest."""

    most: int
    bytes: int
    types: tuple[str, ...]


class TalkState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who answers."""

    state: str
    operator: str = ""
    place: int = 0


class Welcome(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="welcome"):
    """The answer to ``hello``."""

    talk: TalkState
    head: int
    hours: HoursShown
    files: FilesTaken
    token: str = ""
    more: bool = False
    rate: bool = False


class ChoiceShown(msgspec.Struct, frozen=True):
    """What can be chosen."""

    label: str
    says: str


class FileShown(msgspec.Struct, frozen=True):
    """A file of a line."""

    id: str
    name: str
    type: str
    size: int


class LineShown(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="line"):
    """A line of the talk."""

    seq: int
    author: str = msgspec.field(name="from")
    at: str
    text: str
    id: str = ""
    by: str = ""
    event: str = ""
    choices: tuple[ChoiceShown, ...] = ()
    files: tuple[FileShown, ...] = ()
    replaces: int = 0


class Ack(msgspec.Struct, frozen=True, tag_field="t", tag="ack"):
    """A message is durable."""

    id: str
    seq: int


class BusyNow(msgspec.Struct, frozen=True, tag_field="t", tag="busy"):
    """A message was not taken; it is to come again after so many seconds."""

    id: str
    after: int


class RefusedFor(msgspec.Struct, frozen=True, tag_field="t", tag="refused"):
    """A message never will be taken."""

    id: str
    why: str


class TypingShown(msgspec.Struct, frozen=True, tag_field="t", tag="typing"):
    """The operator is typing."""

    by: str
    author: str = msgspec.field(name="from", default="operator")


class StateShown(TalkState, frozen=True, omit_defaults=True, tag_field="t", tag="state"):
    """Somebody else answers now, or the place in the queue is another."""


class SeenShown(msgspec.Struct, frozen=True, tag_field="t", tag="seen"):
    """How far the operator has read."""

    seq: int


class RateNow(msgspec.Struct, frozen=True, tag_field="t", tag="rate"):
    """The chat with a person is over."""


class Pong(msgspec.Struct, frozen=True, tag_field="t", tag="pong"):
    """The server is there."""


class SmsWay(msgspec.Struct, frozen=True):
    """What to send to which number."""

    number: str
    text: str


class CodeGiven(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="code"):
    """How to go on elsewhere."""

    code: str
    until: str
    sms: SmsWay | None = None
    telegram: str = ""


class OlderDone(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="older"):
    """The older lines were sent; ``done``: there are none before."""

    done: bool = False


class Done(msgspec.Struct, frozen=True, tag_field="t", tag="done"):
    """What was asked for is done."""

    what: str


class Failed(msgspec.Struct, frozen=True, tag_field="t", tag="failed"):
    """It is not."""

    what: str
    why: str


def show_line(line: Line, *, name: Callable[[Attachment], str]) -> LineShown:
    """A line as a page gets it; ``name`` gives the names of its files. To rate, the page shows stars of its own."""
    choices = () if line.event == RATED_BY_STARS else line.choices
    return LineShown(
        seq=line.seq,
        author=line.author.value,
        at=f"{line.at:%Y-%m-%dT%H:%M:%SZ}",
        text=line.text,
        id=line.client_id.rpartition(":")[2],
        by=line.by,
        event=line.event,
        choices=tuple(ChoiceShown(choice.label, choice.says or choice.label) for choice in choices),
        files=tuple(FileShown(name(each), each.name, each.media_type, each.size) for each in line.attachments),
        replaces=line.replaces,
    )
