"""``kill -9`` while a chat's messages are accepted: what was acknowledged stands where it was said to stand, once."""

import asyncio
import random
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from core.intake import Answer, Offer, accept_all
from core.model.message import Accepted, Address
from core.model.talk import Line
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.testing.builders import a_chat_message
from core.testing.clocks import MONDAY_MORNING
from core.vault import make_vault
from gateway.grouping import GroupCommit
from tests.flow.rig import ROOT
from tests.flow.test_talks_accepted import OFFICE

KILLS = 2
VISITORS = 7
SAID = 600
START = "import asyncio, sys; from tests.flow.test_talks_kill import serve; asyncio.run(serve(*sys.argv[1:]))"


async def serve(database_url: str, key: str) -> None:
    """The gateway's way in: numbers come on standard input, what is committed is acknowledged on standard output."""
    store = SqlStore(open_database(database_url), make_vault([bytes.fromhex(key)]))

    async def commit(offers: Sequence[Offer]) -> Sequence[Answer]:
        return await store.write(partial(accept_all, offers=offers, office=OFFICE, now=MONDAY_MORNING))

    group = GroupCommit(commit, beside=lambda _: True)
    running = asyncio.create_task(group.run())

    async def accept(number: int) -> None:
        message = a_chat_message(f"Kalimat {number}", sender=visitor(number), external_id=f"said-{number}")
        answer = await group.add(Offer(message, "webchat/"))
        assert isinstance(answer, Accepted)
        sys.stdout.write(f"{number} {answer.message_id} {answer.talk} {answer.seq}\n")
        sys.stdout.flush()

    numbers = [int(number) for number in (await asyncio.to_thread(sys.stdin.readline)).split()]
    await asyncio.gather(*(accept(number) for number in numbers))
    await asyncio.to_thread(sys.stdin.read)  # Whoever is to be killed is still there when its last words are heard.
    running.cancel()
    await store.close()


def visitor(number: int) -> Address:
    return Address("web", f"{number % VISITORS:016d}")


@dataclass
class Run:
    """What is known outside: each number's acknowledgements, as (message, talk, seq)."""

    database_url: str
    key: str
    chance: random.Random
    told: dict[int, set[tuple[str, str, int]]] = field(default_factory=dict)

    async def live(self, numbers: Sequence[int], *, lines: int = 0) -> None:
        """Offer these; killed after so many acknowledgements, if any are named."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", START, self.database_url, self.key),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write((" ".join(str(number) for number in numbers) + "\n").encode())
        if not lines:
            process.stdin.close()
        heard = 0
        while line := await process.stdout.readline():
            number, message, talk, seq = line.decode().split()
            self.told.setdefault(int(number), set()).add((message, talk, int(seq)))
            heard += 1
            if heard == lines:
                process.kill()
        assert await process.wait() == (-9 if lines else 0)


async def test_what_was_acknowledged_stands_where_it_was_said_to(database_url: str) -> None:
    seed = secrets.randbelow(10**6)
    print(f"\nkill -9 of chats: seed {seed}")
    run = Run(database_url, secrets.token_hex(32), random.Random(seed))
    numbers = list(range(SAID))

    for _ in range(KILLS):
        run.chance.shuffle(numbers)
        left = [n for n in numbers if n not in run.told] or numbers  # One commit may hold all, told before the kill.
        await run.live(left, lines=min(len(left), run.chance.randint(1, 250)))
    before = {number: set(places) for number, places in run.told.items()}
    await run.live(numbers)

    assert all(len(run.told[number]) == 1 for number in numbers), "told otherwise when it came again"
    assert all(places == run.told[number] for number, places in before.items())
    kept = await _everything(run)
    assert {(line.message_id, line.talk, line.seq) for line in kept} == {next(iter(run.told[n])) for n in numbers}
    assert sorted(line.text for line in kept) == sorted(f"Kalimat {n}" for n in numbers)
    for talk in {line.talk for line in kept}:
        seqs = [line.seq for line in kept if line.talk == talk]
        assert seqs == list(range(1, len(seqs) + 1))


async def _everything(run: Run) -> Sequence[Line]:
    store = SqlStore(open_database(run.database_url), make_vault([bytes.fromhex(run.key)]))

    def look(tx: Tx) -> list[Line]:
        talks = [tx.talks.find(visitor(n)) for n in range(VISITORS)]
        assert sum(tx.figures.received().values()) == SAID
        return [line for talk in talks if talk for line in tx.talks.lines(talk.id, limit=10_000)]

    try:
        return await store.read(look)
    finally:
        await store.close()
