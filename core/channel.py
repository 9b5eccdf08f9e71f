"""The contract between the core and a network. Every sentence here has a test in ``core.testing.channel_kit``."""

from collections.abc import AsyncIterable, Sequence
from datetime import timedelta
from typing import ClassVar, Protocol

from core.model.message import Accepted, Attachment, Inbound, Outbound, Receipt
from core.model.network import Capabilities as Capabilities  # noqa: PLC0414 - part of the contract
from core.model.network import Health as Health  # noqa: PLC0414 - part of the contract
from core.model.work import WantedFile


class Intake(Protocol):
    """The core, as a channel sees it."""

    async def accept(self, message: Inbound, *, cursor: str | None = None, in_line: bool = False) -> Accepted:
        """Return only when the message and the cursor are committed, together.

        ``in_line``: the network shows nothing of anybody before it hears of this message, so that its sender is not
        told to come again for writing too often: everybody else would wait as well.

        Raises:
            Busy: nothing was stored; the network must try again.
            Refused: it never will be; the network must not try again.
        """
        ...

    async def cursor(self) -> str | None:
        """The cursor committed last for this connection, or None."""
        ...

    async def store(
        self, content: AsyncIterable[bytes], media_type: str, *, name: str = "", original: bool = False
    ) -> Attachment:
        """Keep a file durably before the message that carries it is offered. Raises Busy or Refused (too large).

        ``original``: a message as it came, whose size its channel has limited.
        """
        ...

    async def receipt(self, receipt: Receipt) -> None:
        """Commit what the network says of a reply. Unknown ids are kept for a while: a receipt may overtake
        its answer.
        """
        ...

    async def wanted(self, *, limit: int) -> Sequence[WantedFile]:
        """Files of accepted messages that this connection is to fetch now (``Inbound.wanted``). Raises Busy."""
        ...

    async def fetched(self, wanted: WantedFile, attachment: Attachment) -> None:
        """Put a file that was stored to its message; it is wanted no more. Raises Busy."""
        ...

    async def postpone(self, wanted: WantedFile) -> None:
        """Want it again from its ``not_before`` on, with so many ``attempts`` behind it. Raises Busy."""
        ...

    async def lost(self, wanted: WantedFile) -> None:
        """Want it no more; whoever reads the report learns that a file is missing. Raises Busy."""
        ...


class Channel(Protocol):
    """One configured connection to one network. Holds no state worth keeping."""

    @property
    def capabilities(self) -> Capabilities:
        """Constant for the life of the connection."""
        ...

    async def receive(self, intake: Intake) -> None:
        """Run until cancelled; reconnect by yourself. Acknowledge to the network only what ``accept`` returned for."""
        ...

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Make one attempt; the network's ids of all pieces, those of earlier attempts too. Raises SendError."""
        ...

    async def health(self) -> Health:
        """Answer from memory, without asking the network."""
        ...


class Busy(Exception):
    """Nothing was stored; the network must bring the message again."""

    def __init__(self, reason: str, *, retry_after: timedelta = timedelta(seconds=5)) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(Exception):
    """The message will never be taken. ``field`` names what is wrong with it, where one thing is."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


class SendError(Exception):
    """A reply was not surely sent. ``accepted`` has the shape of ``Outbound.accepted``: what the network took
    already.
    """

    retry: ClassVar[bool] = False

    def __init__(self, reason: str, *, accepted: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.accepted = accepted


class Unreachable(SendError):
    """Not sent: no connection. Worth a retry."""

    retry = True


class Throttled(SendError):
    """Not sent: the network asks to wait ``retry_after``."""

    retry = True

    def __init__(self, reason: str, *, retry_after: timedelta, accepted: tuple[str, ...] = ()) -> None:
        super().__init__(reason, accepted=accepted)
        self.retry_after = retry_after


class OutcomeUnknown(SendError):
    """It may have been sent; no machine repeats it blindly."""


class Unsupported(SendError):
    """This network cannot carry it: our defect."""


class Unwelcome(SendError):
    """The recipient does not take it. ``gone``: nor anything else, as they are gone, blocked us or opted out; False
    where only this message is not taken (a policy, a private way that is closed).
    """

    def __init__(self, reason: str, *, accepted: tuple[str, ...] = (), gone: bool = True) -> None:
        super().__init__(reason, accepted=accepted)
        self.gone = gone


class Misconfigured(SendError):
    """The network refuses our credentials or settings: stop, tell an operator."""
