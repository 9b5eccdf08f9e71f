"""X, the relay and the database are away for a while; each comes back by itself, and nothing is lost or said twice.

``LAPOR_TEST_OUTAGE=3600`` makes each outage an hour.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from channels.twitter.api_peer import XApi
from core.model.work import OutboxState, Reply
from core.ports import Tx
from tests.channels.email.relay_peer import RelayPeer
from tests.flow.line import Line
from tests.flow.postfix import free_port
from tests.flow.rig import GatewayProcess, until, write_config
from tests.flow.test_letters_kill import MailServer, look, settings, words

OUTAGE = float(os.environ.get("LAPOR_TEST_OUTAGE", "3"))
RECOVERY = 60.0
SETTLED = frozenset({OutboxState.SENT, OutboxState.DELIVERED})


@dataclass
class Country:
    """A gateway with its relay, X and the line to its database; citizens are numbered."""

    config: Path
    database_url: str
    relay: RelayPeer
    api: XApi
    line: Line
    server: MailServer
    written: int = 0

    def tweet(self) -> None:
        self.api.world.write(f"warga_{self.written:04}", f"#lapor {words(self.written)} @lapor1708")
        self.written += 1

    def mail(self) -> asyncio.Task[None]:
        self.written += 1
        return asyncio.create_task(self.server.deliver(self.written - 1))

    async def all_answered(self) -> bool:
        """Whether every citizen's report has its first reply, handed over."""
        replies = [r for r in await look(self.config, self.database_url, _replies) if r.event == "received"]
        return len(replies) == self.written and {reply.state for reply in replies} <= SETTLED

    def said(self) -> Counter[str]:
        """How often each thing was said to citizens."""
        return Counter([mail.text for mail in self.relay.taken] + [post.text for post in self.api.posts])


def _replies(tx: Tx) -> Sequence[Reply]:
    return tx.outbox.listing(limit=1000)


@pytest.fixture
async def country(tmp_path: Path, postgres_url: str) -> AsyncIterator[Country]:
    parts, port = urlsplit(postgres_url), free_port()
    host, user = parts.hostname or "127.0.0.1", f"{parts.username}@" if parts.username else ""
    async with RelayPeer() as relay, XApi() as api, Line(host, parts.port or 5432) as line:
        through = parts._replace(netloc=f"{user}127.0.0.1:{line.port}").geturl()
        config = write_config(tmp_path, database_url=through, changed=settings(relay, api, port=port))
        async with GatewayProcess(config, "serve") as gateway:
            await gateway.address()
            await until(lambda: _listens(port), limit=RECOVERY)
            yield Country(config, postgres_url, relay, api, line, MailServer(port))
            assert await gateway.stop() == 0


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


Step = Callable[[], Awaitable[object]]


@asynccontextmanager
async def away(go: Step, come_back: Step) -> AsyncIterator[None]:
    """The outage: what happens inside happens while it lasts."""
    await go()
    yield
    await asyncio.sleep(OUTAGE)  # an outage is a time, there is no condition to wait for
    await come_back()


@pytest.mark.timeout(OUTAGE + 2 * RECOVERY)
@pytest.mark.parametrize("what", ["X", "the relay", "the database"])
async def test_after_an_outage_everything_is_answered_once(country: Country, what: str) -> None:
    outages: dict[str, tuple[Step, Step]] = {
        "X": (country.api.stop, country.api.start),
        "the relay": (country.relay.close, country.relay.open),
        "the database": (country.line.cut, country.line.mend),
    }
    country.tweet()
    first = country.mail()
    await until(country.all_answered, limit=RECOVERY)

    async with away(*outages[what]):
        country.tweet()
        second = country.mail()

    await until(country.all_answered, limit=RECOVERY)
    await asyncio.gather(first, second)
    assert set(country.said().values()) == {1}
