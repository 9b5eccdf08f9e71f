"""PDUs over one TCP connection, for either side: whole ones in, and out all of one turn of the loop together."""

import asyncio
import logging
from collections.abc import Callable

from channels.sms.wire.pdu import BadFrame, cut_frames

logger = logging.getLogger(__name__)


class Stream(asyncio.Protocol):
    """Hands each whole PDU to ``take``; closes on a length no PDU has. ``lost`` gets the reason once it is closed."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._unsent: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._reason = ""
        self._half_since: float | None = None
        self.heard = self._loop.time()
        self.lost: asyncio.Future[str] = self._loop.create_future()

    @property
    def is_open(self) -> bool:
        """Whether something written may still arrive."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def half_for(self) -> float:
        """For how many seconds a PDU has been waited for that began and did not end."""
        return 0.0 if self._half_since is None else self._loop.time() - self._half_since

    def write(self, pdu: bytes) -> None:
        """Send with everything else of this turn of the loop in one call; dropped where the connection is closed."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(pdu)

    async def close(self, reason: str, *, limit: float = 1.0) -> None:
        """Send what is unsent, close, and return when the socket is closed; a peer that does not read is cut off."""
        self._reason = self._reason or reason
        self._flush()
        if self._transport is None or self.lost.done():
            return
        self._transport.close()
        cut = self._loop.call_later(limit, self._transport.abort)
        try:
            await asyncio.shield(self.lost)
        finally:
            cut.cancel()

    def abort(self, reason: str) -> None:
        """Hang up at once."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The loop calls this once, before any data."""
        self._transport = transport  # type: ignore[assignment] # a stream's transport, whichever loop made it

    def data_received(self, data: bytes) -> None:
        """Cut and hand on. A bad length costs the connection, and not one octet is kept for it."""
        self.heard = self._loop.time()
        buffer = self._buffer
        buffer += data
        whole = False
        try:
            for pdu in cut_frames(buffer):
                whole = True
                self._take(pdu)
        except BadFrame as error:
            logger.warning("the peer sent a length that no PDU has", extra={"problem": str(error)})
            buffer.clear()
            self.abort("bad frame")
        if not buffer:
            self._half_since = None
        elif whole or self._half_since is None:
            self._half_since = self.heard

    def pause_writing(self) -> None:
        """A peer that does not read our answers is not read either, or they would pile up."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer reads again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        if not self.lost.done():
            self.lost.set_result(self._reason or (type(exc).__name__ if exc else "closed by the peer"))

    def _flush(self) -> None:
        if self._unsent and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()
