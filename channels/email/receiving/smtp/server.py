"""The listener: opened, and closed so that no mail that is complete goes without its answer."""

import asyncio
import logging
import ssl
from typing import Final

from channels.email.receiving.smtp.dialogue import Dialogue, LmtpDialogue
from channels.email.receiving.smtp.house import House

BACKLOG: Final = 256
ANSWERING: Final = 1.0
"""Seconds in which an answer that is due has to leave."""

AIOSMTPD_LOGS: Final = ("mail.log", "mail.debug")
"""Where aiosmtpd tells who writes to whom."""


class Server:
    """Listens while it is open."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._listener: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that is listened on; 0 while none is."""
        return self._listener.sockets[0].getsockname()[1] if self._listener and self._listener.sockets else 0

    async def open(self) -> None:
        """Raises OSError."""
        for name in AIOSMTPD_LOGS:
            logging.getLogger(name).disabled = True
        house, settings = self._house, self._house.settings
        kind = LmtpDialogue if settings.protocol == "lmtp" else Dialogue
        self._listener = await asyncio.get_running_loop().create_server(
            lambda: kind(house), settings.listen_host, settings.listen_port, backlog=BACKLOG
        )

    def stop(self) -> None:
        """Take nothing new."""
        self._house.is_closing = True
        if self._listener is not None:
            self._listener.close()
        for dialogue in list(self._house.dialogues):
            dialogue.leave()

    async def close(self) -> None:
        """Hang up; the answers that are due are given a moment."""
        self.stop()
        dialogues = list(self._house.dialogues)
        if dialogues:
            await asyncio.wait([dialogue.ended for dialogue in dialogues], timeout=ANSWERING)
        for dialogue in dialogues:
            dialogue.abort()
        if self._listener is not None:
            await self._listener.wait_closed()


def tls_context(cert_file: str, key_file: str) -> ssl.SSLContext | None:
    """What we show clients; None where there is no certificate. Raises OSError (unreadable, or not in order)."""
    if not cert_file:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file or None)
    return context
