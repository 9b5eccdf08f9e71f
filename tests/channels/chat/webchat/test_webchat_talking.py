"""What a page is told: every line once, in order, whatever breaks in between."""

import asyncio
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

import pytest

from channels.chat.webchat.adapter import MAILS_OF_ALL_PER_MINUTE
from channels.chat.webchat.live.session import TOO_SLOW, Ended, Session
from channels.chat.webchat.settings import WebchatSettings
from channels.chat.webchat.wire.tokens import address_of, make_token
from core.channel import Busy, Refused
from core.model.message import Choice
from core.model.talk import Author, Owner
from tests.channels.chat.webchat.chat_rig import KEY, ChatRig, Page, Talking


async def with_talk(chat: ChatRig, *said: str) -> tuple[str, Talking]:
    """A visitor whose talk has lines already; their token."""
    token = make_token(KEY.encode(), secrets.token_bytes(32), now=_now())
    talking = chat.talks.of(address_of(KEY.encode(), token))
    chat.talks.add(talking, *said)
    return token.written, talking


def _now() -> datetime:
    return datetime.now(UTC)


async def test_a_newcomer_gets_a_token_and_their_own_words_back(chat: ChatRig) -> None:
    page = await chat.open()

    client_id = await page.say("Lampu jalan di Jl. Kenanga padam")

    assert len(page.of("welcome")[0]["token"]) == 76
    assert page.of("welcome")[0]["talk"] == {"state": "bot"}
    assert (await page.next("ack")) == {"t": "ack", "id": client_id, "seq": 1}
    line = await page.next("line")
    assert (line["seq"], line["from"], line["text"], line["id"]) == (
        1,
        "visitor",
        "Lampu jalan di Jl. Kenanga padam",
        client_id,
    )


async def test_the_token_opens_the_same_talk_again(chat: ChatRig) -> None:
    first = await chat.open()
    token = first.of("welcome")[0]["token"]
    await first.say("Selamat pagi")
    await first.leave()

    again = await chat.open(token)
    line = await again.next("line")

    assert line["text"] == "Selamat pagi"
    assert "token" not in again.of("welcome")[0], "a young token is kept"


@pytest.mark.parametrize("after", [1, 59, 60, 160])
async def test_a_page_that_comes_back_gets_what_it_has_not(chat: ChatRig, after: int) -> None:
    token, talking = await with_talk(chat, *(f"baris {n}" for n in range(1, 161)))

    page = await chat.open(token, after=after)
    chat.talks.add(talking, "yang baru")
    await page.until(lambda: page.seqs[-1:] == [161])

    assert page.seqs == list(range(after + 1, 162))
    assert "more" not in page.of("welcome")[0]


async def test_a_page_that_has_nothing_gets_the_newest_and_asks_for_older_ones(chat: ChatRig) -> None:
    token, _ = await with_talk(chat, *(f"baris {n}" for n in range(1, 121)))
    page = await chat.open(token)
    await page.until(lambda: len(page.seqs) == 50)

    await page.send(t="older", before=71)
    await page.next("older")
    await page.send(t="older", before=21)
    await page.next("older", 2)

    assert page.of("welcome")[0]["more"] is True
    assert page.seqs == [*range(71, 121), *range(21, 71), *range(1, 21)]
    assert page.of("older") == [{"t": "older"}, {"t": "older", "done": True}]


async def test_a_line_is_shown_with_all_it_has(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "Di mana?")
    page = await chat.open(token)

    chat.talks.add(
        talking, "Kirim?", event="talk_ready", choices=(Choice("Kirim", "KIRIM"), Choice("LEWATI")), replaces=1
    )
    line = await page.next("line", 2)

    assert line["choices"] == [{"label": "Kirim", "says": "KIRIM"}, {"label": "LEWATI", "says": "LEWATI"}]
    assert (line["event"], line["replaces"], line["from"]) == ("talk_ready", 1, "bot")


async def test_where_the_page_shows_stars_it_offers_no_numbers_beside(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "PETUGAS")
    page = await chat.open(token)

    chat.talks.add(talking, "Terima kasih", event="chat_closed", choices=tuple(Choice(str(n)) for n in range(1, 6)))
    line = await page.next("line", 2)

    assert line["event"] == "chat_closed"
    assert not line.get("choices")


async def test_all_pages_of_a_talk_share_one_look_at_the_store(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "Selamat datang")
    pages = [await chat.open(token) for _ in range(5)]
    for page in pages:
        await page.next("line")
    before = chat.talks.looks

    chat.talks.add(talking, "Ada lagi?")
    for page in pages:
        await page.next("line", 2)

    assert [page.seqs for page in pages] == [[1, 2]] * 5
    assert chat.talks.looks == before + 1


async def test_a_second_page_hears_of_a_talk_that_begins_in_the_first(chat: ChatRig) -> None:
    first = await chat.open()
    second = await chat.open(first.of("welcome")[0]["token"])

    await first.say("Halo")

    assert (await second.next("line"))["text"] == "Halo"


async def test_lines_whose_news_got_lost_are_found_after_the_break(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "satu")
    page = await chat.open(token)
    await page.next("line")

    chat.talks.add(talking, "dua", "tiga", quiet=True)
    chat.talks.tell("*")
    await page.next("line", 3)

    assert page.seqs == [1, 2, 3]


async def test_a_token_taken_back_while_the_news_got_lost_turns_out_every_page(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "Di mana?")
    stolen = await chat.open(token)
    await stolen.next("line")

    talking.visit = replace(talking.visit, revoked=True)
    chat.talks.tell("*")

    assert await stolen.closed() == 4401


async def test_lines_come_late_where_the_database_was_away(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "satu")
    page = await chat.open(token)
    await page.next("line")
    chat.talks.is_away = True
    chat.talks.add(talking, "dua")
    await asyncio.sleep(0.01)

    chat.talks.is_away = False
    await page.next("line", 2)

    assert page.seqs == [1, 2]


async def test_a_database_that_is_away_closes_with_try_again(chat: ChatRig) -> None:
    token, _ = await with_talk(chat, "satu")
    chat.talks.is_away = True

    page = await chat.open(token)

    assert await page.closed() == 1013


async def test_who_answers_and_how_far_they_read_is_told(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "Sebentar ya")
    talking.visit = replace(talking.visit, owner=Owner.WAITING, place=2)
    page = await chat.open(token)

    chat.talks.change(talking, owner=Owner.PERSON, operator="Rina", place=0)
    await page.next("state")
    chat.talks.change(talking, seen=1)
    await page.next("seen")
    chat.talks.tell(f"typing:{talking.visit.talk}:rina", f"typing:{talking.visit.talk}:visitor")
    await page.next("typing")
    chat.talks.change(talking, owner=Owner.BOT, operator="", rates=True)
    await page.next("rate")

    assert page.of("welcome")[0]["talk"] == {"state": "waiting", "place": 2}
    assert page.of("state") == [{"t": "state", "state": "person", "operator": "Rina"}, {"t": "state", "state": "bot"}]
    assert page.of("seen") == [{"t": "seen", "seq": 1}]
    assert page.of("typing") == [{"t": "typing", "by": "Rina", "from": "operator"}]


async def test_a_chat_is_left_and_rated_once(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "Saya bantu, Bu")
    talking.visit = replace(talking.visit, owner=Owner.PERSON, operator="Rina")
    page = await chat.open(token)

    await page.send(t="end")
    await page.next("rate")
    await page.send(t="rate", stars=4, remark="cepat")
    await page.next("done", 2)
    await page.send(t="end")
    await page.next("failed")

    assert chat.talks.ratings == [(4, "cepat")]
    assert [frame["what"] for frame in page.of("done")] == ["end", "rate"]
    assert page.of("failed") == [{"t": "failed", "what": "end", "why": "none"}]


async def test_what_the_visitor_saw_and_that_they_type_is_passed_on(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "satu", "dua")
    page = await chat.open(token)

    for frame in ({"t": "seen", "seq": 2}, {"t": "seen", "seq": 1}, {"t": "typing"}, {"t": "typing"}, {"t": "ping"}):
        await page.send(**frame)
    await page.next("pong")

    assert talking.seen == [2], "what was seen before is not written again"
    assert chat.talks.typed == [talking.visit.talk], "once in a while"


async def test_a_busy_core_and_a_refusal_are_told_by_the_id(chat: ChatRig) -> None:
    page = await chat.open()
    chat.intake.fail(Busy("the database is away"))
    chat.intake.fail(Refused("too long", field="text"), at=2)

    first, second = await page.say("satu"), await page.say("dua")

    assert page.of("busy") == [{"t": "busy", "id": first, "after": 5}]
    assert page.of("refused") == [{"t": "refused", "id": second, "why": "too_long"}]


async def test_forgetting_turns_out_every_page_and_ends_the_token(chat: ChatRig) -> None:
    token, _ = await with_talk(chat, "rahasia saya")
    pages = [await chat.open(token) for _ in range(3)]

    await pages[0].send(t="forget")

    assert [await page.closed() for page in pages] == [4401] * 3
    back = await chat.open(token)
    assert await back.closed() == 4401
    assert not back.of("line")


async def test_a_server_that_goes_tells_every_page(chat: ChatRig) -> None:
    pages = [await chat.open() for _ in range(3)]
    await pages[0].say("Halo")

    await chat.stop()

    assert [await page.closed() for page in pages] == [1001] * 3


async def test_a_page_that_does_not_read_is_cut_off_and_loses_nothing() -> None:
    chat = ChatRig(queue=16, write_seconds=0.3, sockets_per_talk=2)
    await chat.start()
    try:
        token, talking = await with_talk(chat, "mulai")
        slow, quick = await chat.open(token), await chat.open(token)
        await slow.next("line")
        slow.stop_reading()

        chat.talks.add(talking, *(f"{n} " + "x" * 4000 for n in range(4000)), author=Author.OPERATOR)
        await quick.until(lambda: quick.seqs[-1:] == [4001])
        again = await chat.open_when_free(token, after=slow.seqs[-1])
        slow.read_on()
        await slow.closed()
        await again.until(lambda: again.seqs[-1:] == [4001])

        assert quick.seqs == list(range(1, 4002))
        assert slow.seqs == list(range(1, slow.seqs[-1] + 1))
        assert slow.seqs[-1] < 4001
        assert again.seqs == list(range(2, 4002))
    finally:
        await chat.stop()


async def test_a_message_sent_twice_is_one_line(chat: ChatRig) -> None:
    page = await chat.open()
    await page.say("Sampah menumpuk", id="pesan-0001")

    again = await chat.open(page.of("welcome")[0]["token"])
    await again.say("Sampah menumpuk", id="pesan-0001")

    assert again.of("ack") == [{"t": "ack", "id": "pesan-0001", "seq": 1}]
    assert len(chat.intake.committed) == 1


async def test_many_pages_talk_at_once_without_a_gap(chat: ChatRig) -> None:
    pages = [await chat.open() for _ in range(20)]

    async def talk(page: Page) -> None:
        for n in range(10):
            await page.say(f"baris {n}")

    await asyncio.gather(*(talk(page) for page in pages))
    for page in pages:
        await page.next("line", 10)

    assert all(page.seqs == list(range(1, 11)) for page in pages)
    assert all(page.texts == [f"baris {n}" for n in range(10)] for page in pages)


async def test_a_visitor_goes_on_elsewhere_with_a_code() -> None:
    chat = ChatRig(telegram_bot="lapor_bot")
    await chat.start()
    try:
        token, _ = await with_talk(chat, "Di mana?")
        page = await chat.open(token)

        await page.send(t="code")

        assert await page.next("code") == {
            "t": "code",
            "code": "7KQ2MX",
            "until": "2026-11-21T03:00:00Z",
            "sms": {"number": "1708", "text": "LANJUT 7KQ2MX"},
            "telegram": "https://t.me/lapor_bot?start=7KQ2MX",
        }
    finally:
        await chat.stop()


async def test_what_was_said_is_mailed_where_it_can_be(chat: ChatRig) -> None:
    token, _ = await with_talk(chat, "Di mana?")
    page, newcomer = await chat.open(token), await chat.open()

    await page.send(t="transcript", to="siti@example.com")
    await page.send(t="transcript", to="siti")
    await page.next("failed")
    await newcomer.send(t="transcript", to="siti@example.com")
    await newcomer.next("failed")

    assert chat.talks.mailed == [("siti@example.com", "id")]
    assert page.of("done") == [{"t": "done", "what": "transcript"}]
    assert page.of("failed") == [{"t": "failed", "what": "transcript", "why": "bad"}]
    assert newcomer.of("failed") == [{"t": "failed", "what": "transcript", "why": "none"}]


async def test_mails_are_few_wherever_they_are_asked_for(chat: ChatRig) -> None:
    token, _ = await with_talk(chat, "Di mana?")
    page = await chat.open(token)

    for number in range(MAILS_OF_ALL_PER_MINUTE + 1):
        await page.send(t="transcript", to=f"warga{number}@example.com")
    await page.next("failed")

    assert len(chat.talks.mailed) == MAILS_OF_ALL_PER_MINUTE
    assert page.of("failed") == [{"t": "failed", "what": "transcript", "why": "too_many"}]


async def test_older_lines_that_are_not_read_are_not_kept() -> None:
    taken = asyncio.Event()

    class Stalled:
        async def send_str(self, _frame: str) -> None:
            await taken.wait()

    class Front:
        settings = WebchatSettings(write_seconds=0.2)
        clock = staticmethod(monotonic)

    session = Session(Front(), Stalled(), source="")  # type: ignore[arg-type]
    with pytest.raises(Ended) as ended:
        await session.answer_shown("x" * 4000)

    assert ended.value.code == TOO_SLOW


async def test_a_talk_that_cannot_be_read_keeps_no_other_from_being_told(chat: ChatRig) -> None:
    (bad, spoilt), (good, talking) = await with_talk(chat, "rusak"), await with_talk(chat, "baik")
    await chat.open(bad)
    page = await chat.open(good)
    await page.next("line")
    chat.talks.spoilt.add(spoilt.visit.talk)

    chat.talks.add(spoilt, "hilang")
    chat.talks.add(talking, "masih baik")
    await page.next("line", 2)

    assert page.texts == ["baik", "masih baik"]


async def test_who_waits_hears_that_the_queue_moved(chat: ChatRig) -> None:
    token, talking = await with_talk(chat, "Tunggu sebentar")
    talking.visit = replace(talking.visit, owner=Owner.WAITING, place=2)
    page = await chat.open(token)
    await page.next("line")
    await page.until(lambda: chat.talks.looks)

    talking.visit = replace(talking.visit, place=1)
    chat.talks.tell("desk")

    assert await page.next("state") == {"t": "state", "state": "waiting", "place": 1}
