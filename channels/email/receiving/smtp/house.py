"""What the dialogues of one server share, and what they answer to whom."""

import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from channels.email.letter.model import Envelope
from channels.email.receiving.settings import ReceivingSettings
from channels.email.receiving.smtp.addresses import Recipients
from channels.email.receiving.smtp.limits import Room, Visits, client_of

if TYPE_CHECKING:
    from channels.email.receiving.smtp.dialogue import Dialogue

log = logging.getLogger(__name__)

CLOSING: Final = "421 4.3.2 We are closing, try again later"
TOO_MANY_CONNECTIONS: Final = "421 4.7.0 Too many connections, try again later"
TOO_MANY_COMMANDS: Final = "421 4.7.0 Too many commands without a mail"
TOO_LATE: Final = "421 4.4.2 Too slow, try again later"
TOO_LARGE: Final = "552 5.3.4 The mail is too large"
NO_ROOM: Final = "452 4.3.1 Too much mail at the moment, try again later"


Take = Callable[[bytes, Envelope], Awaitable[str]]
"""What becomes of a mail: its answer to the client. It is not disturbed when the client hangs up."""


@dataclass(slots=True)
class House:
    """What the dialogues of one server share. ``name``: what we call ourselves."""

    settings: ReceivingSettings
    name: str
    take: Take
    room: Room
    tls: ssl.SSLContext | None = None
    is_closing: bool = False
    dialogues: "set[Dialogue]" = field(default_factory=set)
    recipients: Recipients = field(init=False)
    visits: Visits = field(init=False)
    hooks: "Hooks" = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self.recipients = Recipients(settings.addresses)
        self.visits = Visits(
            connections=settings.max_connections_per_client, mails_per_minute=settings.mails_per_minute
        )
        self.hooks = Hooks(self)


class Hooks:
    """What aiosmtpd asks, for every dialogue of a server."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def handle_PROXY(self, server: "Dialogue", _session: Any, _envelope: Any, proxy: Any) -> bool:  # noqa: N802
        """The proxy's client counts, not the proxy; without one (a probe of its own) the proxy does."""
        if server.enter(str(proxy.src_addr or server.client)):
            return True
        await server.push(TOO_MANY_CONNECTIONS)
        return False

    async def handle_EHLO(  # noqa: N802
        self, _server: "Dialogue", session: Any, _envelope: Any, name: str, offered: list[str]
    ) -> list[str]:
        """Pipelining works; logging in does not."""
        session.host_name = name
        kept = [line for line in offered if not line[4:].startswith("AUTH")]
        return [*kept[:-1], "250-PIPELINING", kept[-1]]

    async def handle_MAIL(  # noqa: N802
        self, server: "Dialogue", _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Too many mails are told to come again."""
        if server.mails >= self._house.settings.mails_per_connection:
            return "421 4.7.0 Too many mails over one connection, connect again"
        if not self._house.visits.may_bring(client_of(server.client)):
            return "450 4.7.1 Too many mails at the moment, try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: "Dialogue", _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Ours, and not too many of them."""
        if not self._house.recipients.take(address):
            return "550 5.1.1 No such address here"
        if len(envelope.rcpt_tos) >= self._house.settings.max_recipients:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        server.forgive()
        return "250 2.1.5 Ok"

    async def handle_exception(self, error: Exception) -> str:
        """Whatever it is, the mail comes again."""
        return try_again(error)


def try_again(error: Exception) -> str:
    """The error's words stay here."""
    log.error("A dialogue with a client failed", extra={"why": type(error).__name__})
    return "451 4.3.0 Try again later"
