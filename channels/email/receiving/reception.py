"""Receiving, from its beginning to its end: listens, hands over, closes without losing a mail that is complete."""

import asyncio
import logging
import socket
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from channels.email.receiving.arrivals import Arrivals
from channels.email.receiving.mapping import Ours
from channels.email.receiving.readers.pool import Readers
from channels.email.receiving.settings import ReceivingSettings
from channels.email.receiving.smtp.house import House
from channels.email.receiving.smtp.limits import Room
from channels.email.receiving.smtp.server import Server, tls_context
from core.channel import Health, Intake

if TYPE_CHECKING:
    from channels.email.sorting.proofs.checks import SenderChecks

log = logging.getLogger(__name__)

FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 30.0


class Reception:
    """``ours``: addresses and key. ``name``: what we call ourselves. ``now`` dates mails. ``trusted``: the server in
    front of us whose word on senders counts. ``make_checks``: opens checks of our own.
    """

    def __init__(
        self,
        settings: ReceivingSettings,
        *,
        ours: Ours,
        name: str,
        now: Callable[[], datetime],
        trusted: str = "",
        make_checks: Callable[[], "SenderChecks"] | None = None,
    ) -> None:
        self._settings = settings
        self._ours = ours
        self._name = settings.greeting or name or socket.gethostname()
        self._now = now
        self._trusted = trusted
        self._make_checks = make_checks
        self._server: Server | None = None
        self.health = Health(up=False, detail="not listening yet")

    @property
    def port(self) -> int:
        """The port that is listened on; 0 while none is."""
        return self._server.port if self._server is not None else 0

    async def run(self, intake: Intake) -> None:
        """Receive until cancelled; where nobody can listen, try again and again."""
        settings = self._settings
        readers = Readers(count=settings.readers, seconds=settings.read_seconds, memory=settings.read_memory)
        wait = FIRST_WAIT
        try:
            while True:
                try:
                    await self._serve(intake, readers)
                except OSError as error:
                    where = f"{settings.listen_host}:{settings.listen_port}"
                    self.health = Health(up=False, detail=f"cannot listen on {where} ({error.strerror})")
                    log.warning("Mails cannot be received", extra={"where": where, "why": type(error).__name__})
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
        finally:
            await readers.close()

    async def _serve(self, intake: Intake, readers: Readers) -> None:
        """Until cancelled. Raises OSError: the port or the certificate cannot be used."""
        settings = self._settings
        tls = tls_context(settings.tls_cert_file, settings.tls_key_file)
        room = Room(settings.max_in_flight)
        checks = self._make_checks() if self._make_checks is not None else None
        arrivals = Arrivals(
            settings,
            ours=self._ours,
            readers=readers,
            now=self._now,
            room=room,
            trusted=self._trusted,
            checks=checks,
        )
        arrivals.open(intake)
        server = self._server = Server(House(settings, self._name, take=arrivals.take, room=room, tls=tls))
        await server.open()
        self.health = Health(up=True, detail=f"listening on {settings.listen_host}:{server.port}")
        try:
            await asyncio.Event().wait()
        finally:
            server.stop()
            await arrivals.close(settings.leave_seconds)
            await server.close()
            if checks is not None:
                checks.close()
            self._server = None
            self.health = Health(up=False, detail="not listening any more")
