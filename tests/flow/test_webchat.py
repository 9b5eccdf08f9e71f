"""The web chat through the whole gateway: a page on one side, the operators' desk on the other."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from channels.chat.webchat.wire.tokens import address_of, read_token
from core import attending, chatting
from core.attending import Saying
from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.model.talk import Ending, Owner, Transcript
from core.model.work import Outcome
from core.ports import Tx
from core.testing.clocks import MONDAY_MORNING
from tests.channels.chat.webchat.chat_rig import Page
from tests.flow.rig import Town, open_town

RINA = Staff(new_id(), "rina.s", Role.CHAT_OPERATOR, "", MONDAY_MORNING, name="Rina")


class Site:
    """A site of ours on which visitors open the chat."""

    def __init__(self, town: Town, client: aiohttp.ClientSession) -> None:
        self.town = town
        self._client = client

    async def open(self, token: str | None = None, *, after: int = 0, lang: str = "id", **headers: str) -> Page:
        given = {"Origin": self.town.address, **headers}
        page = Page(await self._client.ws_connect(f"{self.town.address}/chat/ws", headers=given))
        await page.send(t="hello", v=1, token=token, after=after, lang=lang)
        await page.until(lambda: page.of("welcome") or page.code is not None)
        return page

    async def get(self, path: str) -> tuple[int, str, Mapping[str, str]]:
        """A page."""
        async with self._client.get(self.town.address + path) as response:
            return response.status, await response.text(), response.headers

    async def talk_of(self, page: Page) -> str:
        """Its id in the store."""
        key = self.town.parts.settings.channels["webchat"].token_key.reveal().encode()  # type: ignore[attr-defined]
        token = read_token(key, token_of(page), now=datetime.now(UTC), lasts=timedelta(days=1))
        found = await self.town.read(lambda tx: tx.talks.find(address_of(key, token)))
        assert found is not None
        return found.id

    async def outcome(self, page: Page, seq: int) -> Outcome:
        """What became of the message of a line."""
        talk = await self.talk_of(page)

        def look(tx: Tx) -> Outcome:
            stored = tx.messages.get(tx.talks.lines(talk, after=seq - 1, limit=1)[0].message_id)
            assert stored is not None
            return stored.outcome

        return await self.town.read(look)


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A gateway with an operator."""
    async with open_town(tmp_path, database_url) as town, aiohttp.ClientSession() as client:
        await town.parts.store.write(lambda tx: tx.people.add(RINA))
        yield Site(town, client)


def token_of(page: Page) -> str:
    return str(page.of("welcome")[0]["token"])


def own(page: Page) -> dict[str, int]:
    """The visitor's lines that a page got: number by the id it gave."""
    return {line["id"]: line["seq"] for line in page.of("line") if line["from"] == "visitor"}


async def test_what_is_said_is_a_line_before_it_is_acknowledged(site: Site) -> None:
    page = await site.open()

    for n in range(5):
        await page.say(f"Lampu jalan di Jl. Kenanga RT {n} padam")
    await page.until(lambda: len(own(page)) == 5)

    assert page.seqs == list(range(1, len(page.seqs) + 1))
    assert own(page) == {ack["id"]: ack["seq"] for ack in page.of("ack")}


async def test_a_page_that_comes_back_has_every_line_once(site: Site) -> None:
    page = await site.open()
    await page.say("Selamat pagi, jalan di Serpong berlubang")
    second = await page.say("dekat pasar")
    await page.leave()

    again = await site.open(token_of(page), after=1)
    third = await again.say("sudah dua minggu")
    await again.until(lambda: third in own(again))

    assert again.seqs == list(range(2, again.seqs[-1] + 1))
    assert set(own(again)) == {second, third}


async def test_the_same_message_again_stands_where_it_stood(site: Site) -> None:
    page = await site.open()
    await page.say("Sampah menumpuk", id="pesan-0001")
    await page.leave()

    again = await site.open(token_of(page), after=1)
    await again.say("Sampah menumpuk", id="pesan-0001")

    assert again.of("ack") == [{"t": "ack", "id": "pesan-0001", "seq": 1}]
    assert "pesan-0001" not in own(again)


async def call(site: Site, page: Page) -> str:
    """A person is asked for; the chat's id."""
    talk_id = await site.talk_of(page)
    office, now = site.town.parts.office, site.town.parts.clock.now()

    def work(tx: Tx) -> str:
        talk = tx.talks.lock(talk_id)
        chat = chatting.call(tx, talk, office=office, now=now)
        tx.talks.save(chatting.owned(talk, Owner.WAITING, chat))
        return chat.id

    return await site.town.parts.store.write(work)


async def test_a_visitor_and_an_operator_talk_and_the_visitor_rates(site: Site) -> None:
    town = site.town
    office, clock = town.parts.office, town.parts.clock
    page = await site.open()
    await page.say("Saya mau bicara dengan orang")
    await town.quiet()
    chat = await call(site, page)
    await page.until(lambda: page.of("state"))

    await town.write(lambda tx: attending.take(tx, chat, RINA, office=office, now=clock.now()))
    saying = Saying(new_id(), "Selamat pagi, saya Rina")
    await town.write(lambda tx: attending.speak(tx, chat, saying, RINA, office=office, now=clock.now()))
    client_id = await page.say("Terima kasih, Mbak")
    await town.write(lambda tx: attending.see(tx, chat, 99, RINA, office=office, now=clock.now()))
    await page.next("seen")
    await town.write(lambda tx: attending.close(tx, chat, RINA, office=office, now=clock.now()))
    await page.next("rate")
    await page.send(t="rate", stars=5, remark="ramah")
    await page.next("done")

    states = [(frame["state"], frame.get("operator", ""), frame.get("place", 0)) for frame in page.of("state")]
    assert states == [("waiting", "", 1), ("person", "Rina", 0), ("bot", "", 0)]
    said = next(line for line in page.of("line") if line["from"] == "operator")
    assert (said["text"], said["by"]) == ("Selamat pagi, saya Rina", "Rina")
    assert "rina.s" not in str(page.frames)
    assert await site.outcome(page, own(page)[client_id]) is Outcome.TALK
    rated = await town.read(lambda tx: tx.chats.get(chat))
    assert rated is not None
    assert (rated.rating, rated.remark) == (5, "ramah")
    assert page.seqs == list(range(1, len(page.seqs) + 1))


async def test_who_does_not_want_to_wait_has_the_bot_again(site: Site) -> None:
    page = await site.open()
    await page.say("Saya mau bicara dengan orang")
    await site.town.quiet()
    chat = await call(site, page)
    await page.until(lambda: page.of("state"))

    await page.send(t="end")
    await page.until(lambda: len(page.of("state")) == 2)

    assert page.of("state")[-1]["state"] == "bot"
    ended = await site.town.read(lambda tx: tx.chats.get(chat))
    assert ended is not None
    assert ended.ending is Ending.VISITOR_LEFT


async def test_a_token_that_was_taken_back_opens_nothing_any_more(site: Site) -> None:
    page = await site.open()
    await page.say("Rahasia")

    await page.send(t="forget")

    assert await page.closed() == 4401
    again = await site.open(token_of(page))
    assert again.code == 4401
    anew = await site.open()
    await anew.say("Halo lagi")
    assert anew.of("ack")[0]["seq"] == 1


async def test_the_page_behind_a_link_shows_words_as_words(site: Site) -> None:
    page = await site.open()
    await page.say("<script>alert(1)</script> Jalan rusak")
    await site.town.quiet()
    talk, now = await site.talk_of(page), site.town.parts.clock.now()
    transcript = Transcript(talk, 1, 1, now, now + timedelta(days=1), "en")
    await site.town.write(lambda tx: tx.transcripts.add("A" * 22, transcript))

    status, text, headers = await site.get(f"/chat/transkrip/{'A' * 22}")
    missing = [(await site.get(f"/chat/transkrip/{token}"))[0] for token in ("B" * 22, "x", "A" * 22 + "%00")]

    assert status == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Jalan rusak" in text
    assert "<script>alert" not in text
    assert "Your talk with LAPOR!" in text
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert missing == [404] * 3


async def test_who_opens_the_chat_in_english_is_answered_in_english_there_and_by_sms(site: Site) -> None:
    page = await site.open(lang="en")
    await page.say("Hello")
    await page.until(lambda: len(page.of("line")) > 1)
    await page.send(t="code")
    given = await page.next("code")

    (moved,) = await site.town.citizen().tell(given["sms"]["text"])

    assert page.of("line")[1]["text"].startswith("Hello, this is LAPOR!")
    assert "From now on we send news about your reports here" in moved


async def test_a_visitor_goes_on_by_sms_with_a_code(site: Site) -> None:
    page = await site.open()
    await page.say("Lampu jalan di Jl. Kenanga RT 03 Kelurahan Margahayu padam sejak Senin")

    await page.send(t="code")
    given = await page.next("code")
    replies = await site.town.citizen().tell(given["sms"]["text"])
    await page.until(lambda: any(line.get("event") == "talk_moved_away" for line in page.of("line")))

    assert given["sms"]["number"] == "1708"
    assert replies
    assert page.seqs == list(range(1, len(page.seqs) + 1))


async def test_behind_a_proxy_each_client_has_its_own_places(sqlite_url: str, tmp_path: Path) -> None:
    changed = {"http": {"port": 0, "trusted_proxies": ["127.0.0.1"]}, "webchat": {"sockets_per_source": 2}}
    async with open_town(tmp_path, sqlite_url, changed) as town, aiohttp.ClientSession() as client:
        site = Site(town, client)
        for _ in range(2):
            page = await site.open(**{"X-Forwarded-For": "114.4.1.2"})
            await page.say("Halo")

        with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
            await site.open(**{"X-Forwarded-For": "114.4.1.2"})

        assert (await site.open(**{"X-Forwarded-For": "114.4.1.3"})).of("welcome")
