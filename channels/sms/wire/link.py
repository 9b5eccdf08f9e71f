"""Keeps one bind to one operator up: connects, binds, waits for its end, waits a while, connects again."""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from typing import Protocol

from channels.sms.errors import WRONG_CREDENTIALS
from channels.sms.settings import OperatorSettings
from channels.sms.wire.codec import Role, status_name
from channels.sms.wire.session import OK, Session, SessionLost
from core.channel import Health

logger = logging.getLogger(__name__)

ConnectionFailed = (OSError, SessionLost, TimeoutError)


class Mail(Protocol):
    """Where messages go: see ``channels.sms.deliveries``."""

    def take(self, session: Session, command: int, number: int, pdu: bytes) -> None: ...
    async def settle(self, limit: float) -> None: ...
    async def close(self, limit: float) -> None: ...


class Link:
    """One role at one operator; what comes over it goes to ``mail``."""

    def __init__(
        self,
        operator: OperatorSettings,
        *,
        role: Role,
        mail: Mail,
        time_ns: Callable[[], int],
    ) -> None:
        self._operator = operator
        self._role = role
        self._mail = mail
        self._time_ns = time_ns
        self.session: Session | None = None
        self.health = Health(up=False, detail=f"{role}: not started")
        self.refusal: int | None = None

    @property
    def is_misconfigured(self) -> bool:
        """Whether the SMSC refused our log-in, which no repetition mends."""
        return self.refusal in WRONG_CREDENTIALS

    async def run(self) -> None:
        """Run until cancelled; then let what is under way end, unbind and close."""
        failures = 0
        try:
            while True:
                lasted = await self._live()
                failures = 0 if lasted >= self._operator.stable_seconds else failures + 1
                await asyncio.sleep(self._pause(failures))
        finally:
            await self._mail.close(self._operator.leave_seconds)
            await self._leave()
            self.health = Health(up=False, detail=f"{self._role}: stopped")

    async def _live(self) -> float:
        """One connection from its start to its end; for how many seconds it was bound."""
        loop, lasted = asyncio.get_running_loop(), 0.0
        try:
            session = await self._bind()
            if session.is_bound:
                since = loop.time()
                self._note_end(await asyncio.shield(session.ended))
                lasted = loop.time() - since
        except ConnectionFailed as error:
            self._note_end(str(error) or type(error).__name__)
        await self._leave()
        return lasted

    async def _bind(self) -> Session:
        """A session after the SMSC's answer to the bind. Raises one of ConnectionFailed."""
        began = self._time_ns()
        self.session = session = Session(self._operator, role=self._role, deliver=self._mail.take, began_ns=began)
        async with asyncio.timeout(self._operator.response_seconds):
            await self._connect(session)
        status = await session.bind()
        self.refusal = None if status == OK else status
        if status != OK:
            remedy = "; check system_id, password and system_type" if self.is_misconfigured else ""
            self._note_end(f"the operator refused the bind: {status_name(status)}{remedy}")
            return session
        logger.info("bound to the operator", extra=self._facts())
        self.health = Health(up=True, detail=f"{self._role}: bound")
        return session

    async def _connect(self, session: Session) -> None:
        await asyncio.get_running_loop().create_connection(
            lambda: session.stream, self._operator.host, self._operator.port, ssl=_tls(self._operator)
        )

    async def _leave(self) -> None:
        """Unbind politely where there is a bind; else only close. A second call finishes what a cancelled one began."""
        session = self.session
        if session is None:
            return
        if session.stream.is_open and (session.is_bound or session.unbind_number is not None):
            await self._mail.settle(self._operator.leave_seconds)
            await session.leave(limit=self._operator.leave_seconds)
        await session.close("closed")
        self.session = None

    def _pause(self, failures: int) -> float:
        """Doubling from the least to the most, half more or less by chance, so that not all clients knock at once."""
        least, most = self._operator.reconnect_min_seconds, self._operator.reconnect_max_seconds
        pause = most if self.is_misconfigured else min(most, least * 2 ** min(max(failures - 1, 0), 30))
        return pause * random.uniform(0.5, 1.5)  # noqa: S311 (spread, not secrecy)

    def _note_end(self, reason: str) -> None:
        """Said once for each reason: an operator that is away for a night would fill the log."""
        detail = f"{self._role}: {reason}"
        level = logging.DEBUG if detail == self.health.detail else logging.WARNING
        self.health = Health(up=False, detail=detail)
        logger.log(level, "no bind to the operator", extra=self._facts() | {"reason": reason})

    def _facts(self) -> dict[str, str]:
        return {"operator": self._operator.name, "role": self._role}


def _tls(operator: OperatorSettings) -> ssl.SSLContext | None:
    """Verifies the operator's certificate and name. Raises OSError for files that cannot be read."""
    if not operator.tls:
        return None
    context = ssl.create_default_context(cafile=operator.tls_ca_file or None)
    if operator.tls_cert_file:
        context.load_cert_chain(operator.tls_cert_file)
    return context
