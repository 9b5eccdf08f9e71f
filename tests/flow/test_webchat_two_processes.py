"""One talk over two processes on one PostgreSQL: the visitor's page at one of them, the operator at the other."""

from pathlib import Path

import aiohttp

from core import attending
from core.attending import Saying
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.ports import Tx
from core.testing.clocks import MONDAY_MORNING
from tests.channels.chat.webchat.chat_rig import Page
from tests.flow.rig import GatewayProcess, Town, open_town, write_config

RINA = Staff(new_id(), "rina.s", Role.CHAT_OPERATOR, "", MONDAY_MORNING, name="Rina")


def beside(folder: Path, database_url: str) -> Path:
    """The settings of a second gateway, with the keys and files of the first one."""
    (folder / "second").mkdir()
    same = {"privacy": {"key_file": str(folder / "privacy.key")}, "blobs": {"folder": str(folder / "blobs")}}
    return write_config(folder / "second", database_url=database_url, changed=same)


async def open_page(client: aiohttp.ClientSession, address: str, token: str | None = None) -> Page:
    page = Page(await client.ws_connect(f"{address}/chat/ws", headers={"Origin": address}))
    await page.send(t="hello", v=1, token=token, after=0, lang="id")
    await page.next("welcome")
    return page


async def take(town: Town) -> str:
    """Rina takes the chat that waits; its id."""
    office, now = town.parts.office, town.parts.clock.now()

    def work(tx: Tx) -> str:
        chat = attending.take_next(tx, RINA, office=office, now=now)
        assert chat is not None
        return chat.id

    return await town.write(work)


async def test_page_and_operator_meet_over_two_processes(postgres_url: str, tmp_path: Path) -> None:
    async with open_town(tmp_path, postgres_url) as town, aiohttp.ClientSession() as client:
        await town.parts.store.write(lambda tx: tx.people.add(RINA))
        async with GatewayProcess(beside(tmp_path, postgres_url), "serve", "--only", "webchat") as other:
            there = await open_page(client, await other.address())
            await there.say("PETUGAS")
            here = await open_page(client, town.address, str(there.of("welcome")[0]["token"]))
            await there.until(lambda: there.of("state"))

            chat = await take(town)
            for n in range(5):
                saying = Saying(new_id(), f"Jawaban {n}")
                office, now = town.parts.office, town.parts.clock.now()
                await town.write(
                    lambda tx, s=saying, o=office, n=now: attending.speak(tx, chat, s, RINA, office=o, now=n)
                )
                await there.say(f"Kata {n}")
            await there.until(lambda: "Jawaban 4" in there.texts and "Kata 4" in there.texts)
            await here.until(lambda: len(here.seqs) == len(there.seqs))

            assert there.of("state")[-1] == {"t": "state", "state": "person", "operator": "Rina"}
            assert there.seqs == here.seqs == list(range(1, len(there.seqs) + 1))
            assert there.texts == here.texts
            said = [text for text in there.texts if text.startswith(("Jawaban", "Kata"))]
            assert said == [f"{who} {n}" for n in range(5) for who in ("Jawaban", "Kata")]
