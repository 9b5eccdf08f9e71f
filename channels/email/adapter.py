"""E-mail as a channel: it watches its relay and hands replies over to it. Letters are not received yet."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from channels.email.sending.headers import Letterhead
from channels.email.sending.message import LONGEST_TEXT, Mail, write_mail
from channels.email.sending.pace import Pace
from channels.email.sending.relay import Relay
from channels.email.settings import EmailSettings, read_sender
from core.channel import Capabilities, Health, Intake, Misconfigured, SendError, Unreachable
from core.model.message import Outbound

if TYPE_CHECKING:
    from channels.email.sending.signing import Signer

CAPABILITIES: Final = Capabilities(measure=len, max_length=LONGEST_TEXT)
FIRST_WAIT: Final = 1.0


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class EmailChannel:
    """One relay. ``now`` dates mails."""

    def __init__(self, settings: EmailSettings, *, now: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._head = letterhead(settings)
        self._signer = make_signer(settings)
        self._relay = Relay(settings)
        self._pace = Pace(at_once=settings.connections, per_second=settings.per_second)
        self._now = now
        self._health = Health(up=False, detail="the relay was not called yet")
        self._doubt = asyncio.Event()

    @property
    def capabilities(self) -> Capabilities:
        """Those of e-mail, at the rate this relay takes."""
        return replace(CAPABILITIES, per_second=self._settings.per_second or None)

    async def receive(self, intake: Intake) -> None:  # noqa: ARG002 - nothing is received yet
        """Call the relay until cancelled: often while it does not answer, else now and then."""
        usual = self._settings.watch_seconds
        wait = first = min(FIRST_WAIT, usual)
        try:
            while True:
                if await self._look():
                    wait = first
                    await self._pause(usual)
                else:
                    await self._pause(wait)
                    wait = min(wait * 2, usual)
        finally:
            self._relay.tidy(idle=0)

    async def _look(self) -> bool:
        """Whether the relay answers."""
        self._doubt.clear()
        self._relay.tidy()
        try:
            await self._relay.knock()
        except SendError as error:
            self._health = Health(up=False, detail=str(error))
        else:
            self._health = Health(up=True, detail="the relay answers")
        _stop_if_cancelled()
        return self._health.up

    async def _pause(self, seconds: float) -> None:
        """A mail that did not get through ends it."""
        try:
            async with asyncio.timeout(seconds):
                await self._doubt.wait()
        except TimeoutError:
            return

    async def health(self) -> Health:
        """Of the last call and the mails since then."""
        return self._health

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Hand one mail over; the reply's id alone. A mail that was taken before is not sent again."""
        if not message.accepted:
            mail = await self._signed(write_mail(message, head=self._head, now=self._now()))
            async with self._pace.turn():
                await self._hand_over(mail)
        return (message.id,)

    async def _signed(self, mail: Mail) -> Mail:
        return replace(mail, octets=await self._signer.sign(mail.octets)) if self._signer else mail

    async def _hand_over(self, mail: Mail) -> None:
        try:
            await self._relay.hand_over(mail)
        except (Unreachable, Misconfigured) as error:
            self._health = Health(up=False, detail=str(error))
            self._doubt.set()
            raise
        self._health = Health(up=True, detail="the relay answers")


def letterhead(settings: EmailSettings) -> Letterhead:
    """Who mails are from and where answers come to."""
    sender = read_sender(settings.sender)
    return Letterhead(
        sender,
        own=frozenset({sender.addr_spec.lower()}),
        key=settings.token_key.reveal().encode(),
        signed_return_path=settings.signed_return_path,
        links=settings.links_to,
    )


def make_signer(settings: EmailSettings) -> "Signer | None":
    """None where the relay signs."""
    if not settings.dkim_domain:
        return None
    from channels.email.sending.signing import Signer, read_key  # noqa: PLC0415 - an SDK that few deployments need

    key = read_key(settings.dkim_key_file)
    return Signer(domain=settings.dkim_domain, selector=settings.dkim_selector, key=key)


def _stop_if_cancelled() -> None:
    """Python 3.11's wait_for, which aiosmtplib uses, loses a cancellation that comes together with the relay's answer
    (cpython issue 86296).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
