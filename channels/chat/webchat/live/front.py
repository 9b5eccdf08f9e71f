"""What every open chat works with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from channels.chat.webchat.live.hub import Hub
from channels.chat.webchat.live.limits import Rate, Seats
from channels.chat.webchat.settings import WebchatSettings
from channels.chat.webchat.wire.origins import Origin, find_site, is_allowed
from channels.chat.webchat.wire.tokens import RANDOM_BYTES, Token, make_token, read_token
from core.channel import Intake
from core.desk import Visits


@dataclass(frozen=True, slots=True)
class Front:
    """``key`` signs tokens; ``now`` is aware UTC; ``clock`` counts seconds; ``random`` gives bytes nobody can guess."""

    settings: WebchatSettings
    intake: Intake
    visits: Visits
    hub: Hub
    seats: Seats
    newcomers: Rate
    returns: Rate
    uploads: Rate
    mails: Rate
    codes: Rate
    mails_of_all: Rate
    allowed: Sequence[Origin]
    own: Origin | None
    key: bytes = field(repr=False)
    now: Callable[[], datetime]
    clock: Callable[[], float]
    random: Callable[[int], bytes]

    def lets_in(self, request: web.Request) -> bool:
        """Whether the page that asks is on a site that may."""
        site = find_site(request.headers.get("Origin"))
        return is_allowed(site, allowed=self.allowed, own=self.own, host=request.headers.get("Host", ""))

    @property
    def _lasts(self) -> timedelta:
        return timedelta(days=self.settings.token_days)

    def new_token(self) -> Token:
        """For somebody who comes for the first time; it costs no row."""
        return make_token(self.key, self.random(RANDOM_BYTES), now=self.now())

    def read_token(self, written: str) -> Token:
        """Raises Invalid."""
        return read_token(self.key, written, now=self.now(), lasts=self._lasts)

    def renewed(self, token: Token) -> Token:
        """The same, or with a new date where one is due."""
        now = self.now()
        due = token.is_to_be_renewed(now=now, lasts=self._lasts)
        return make_token(self.key, token.random, now=now) if due else token
