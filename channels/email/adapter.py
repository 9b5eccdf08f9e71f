"""E-mail as a channel: it receives letters, watches its relay and hands replies over to it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from channels.email.capabilities import CAPABILITIES
from channels.email.receiving.mapping import Ours
from channels.email.receiving.reception import Reception
from channels.email.sending.headers import MARK, Letterhead
from channels.email.sending.message import Mail, write_mail
from channels.email.sending.pace import Pace
from channels.email.sending.relay import Relay
from channels.email.settings import EmailSettings, read_sender
from core.channel import Capabilities, Health, Intake, Misconfigured, SendError, Unreachable
from core.model.message import Outbound

if TYPE_CHECKING:
    from channels.email.sending.signing import Signer
    from channels.email.sorting.proofs.checks import SenderChecks

FIRST_WAIT: Final = 1.0


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class EmailChannel:
    """A port to listen on and a relay, or one of them. ``now`` dates mails."""

    def __init__(self, settings: EmailSettings, *, now: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._head = letterhead(settings) if settings.relay_url else None
        self._signer = make_signer(settings)
        self._relay = Relay(settings) if settings.relay_url else None
        self._reception = make_reception(settings, now) if settings.listen_port else None
        self._pace = Pace(at_once=settings.connections, per_second=settings.per_second)
        self._now = now
        self._health = Health(up=False, detail="the relay was not called yet")
        self._doubt = asyncio.Event()

    @property
    def capabilities(self) -> Capabilities:
        """Those of e-mail, at the rate this relay takes."""
        return replace(CAPABILITIES, per_second=self._settings.per_second or None)

    async def receive(self, intake: Intake) -> None:
        """Take letters and watch the relay until cancelled; then let commits end."""
        async with asyncio.TaskGroup() as group:
            if self._reception is not None:
                group.create_task(self._reception.run(intake))
            if self._relay is not None:
                group.create_task(self._watch(self._relay))

    async def _watch(self, relay: Relay) -> None:
        """Call the relay: often while it does not answer, else now and then."""
        usual = self._settings.watch_seconds
        wait = first = min(FIRST_WAIT, usual)
        try:
            while True:
                if await self._look(relay):
                    wait = first
                    await self._pause(usual)
                else:
                    await self._pause(wait)
                    wait = min(wait * 2, usual)
        finally:
            relay.tidy(idle=0)

    async def _look(self, relay: Relay) -> bool:
        """Whether the relay answers."""
        self._doubt.clear()
        relay.tidy()
        try:
            await relay.knock()
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
        """Of the port, and of the relay by the last call and the mails since then."""
        sides = [self._reception.health] if self._reception is not None else []
        sides += [self._health] if self._relay is not None else []
        return Health(up=all(side.up for side in sides), detail="; ".join(side.detail for side in sides))

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Hand one mail over; the reply's id alone. A mail that was taken before is not sent again."""
        if self._relay is None or self._head is None:
            raise Misconfigured("there is no relay: set email.relay_url")
        if not message.accepted:
            mail = await self._signed(write_mail(message, head=self._head, now=self._now()))
            async with self._pace.turn():
                await self._hand_over(self._relay, mail)
        return (message.id,)

    async def _signed(self, mail: Mail) -> Mail:
        return replace(mail, octets=await self._signer.sign(mail.octets)) if self._signer else mail

    async def _hand_over(self, relay: Relay, mail: Mail) -> None:
        try:
            await relay.hand_over(mail)
        except (Unreachable, Misconfigured) as error:
            self._health = Health(up=False, detail=str(error))
            self._doubt.set()
            raise
        self._health = Health(up=True, detail="the relay answers")


def letterhead(settings: EmailSettings) -> Letterhead:
    """Who mails are from and where answers come to."""
    return Letterhead(
        read_sender(settings.sender),
        own=settings.own_addresses,
        home=settings.home_address,
        key=settings.token_key.reveal().encode() if settings.listen_port else b"",
        signed_return_path=settings.signed_return_path,
        links=settings.links_to,
    )


def make_reception(settings: EmailSettings, now: Callable[[], datetime]) -> Reception:
    """What takes letters."""
    ours = Ours(settings.own_addresses, key=settings.token_key.reveal().encode(), mark=MARK)
    name = read_sender(settings.sender).domain if settings.sender else ""
    checks = partial(_make_checks, settings.check_seconds) if settings.check_senders else None
    return Reception(settings, ours=ours, name=name, now=now, trusted=settings.trusted_authserv, make_checks=checks)


def _make_checks(seconds: float) -> "SenderChecks":
    from channels.email.sorting.proofs.checks import SenderChecks  # noqa: PLC0415 - SDKs that few deployments need
    from channels.email.sorting.proofs.domains import Owners  # noqa: PLC0415 - the same

    return SenderChecks(seconds=seconds, owners=Owners())


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
