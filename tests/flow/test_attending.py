"""The operators' desk: one operator for each chat, whatever happens to their pages."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core import attending, chatting, visiting, watching
from core.attending import Full, NotThere, Saying, Unsaid
from core.chatting import Lapsed, Over, Taken
from core.ids import new_id
from core.model.lifecycle import NotAllowed, Role
from core.model.message import Attachment
from core.model.people import Staff
from core.model.talk import Author, Chat, Ending, Owner
from core.model.work import OutboxState
from core.storage.chats import ChatRows
from core.testing.clocks import MONDAY_MORNING
from gateway.attendance import DeskWatch
from tests.flow.desk import Desk, open_desk, somebody

LEASE = timedelta(seconds=45)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def desk(tmp_path: Path, database_url: str) -> AsyncIterator[Desk]:
    """Two operators and nobody waiting."""
    async with open_desk(tmp_path, database_url) as opened:
        yield opened


async def test_a_chat_from_the_call_to_the_rating(desk: Desk) -> None:
    visitor, chat_id = await desk.caller()

    taken = await desk.take_next(desk.rina)
    await desk.speak(chat_id, "Selamat pagi, ada yang bisa kami bantu?", desk.rina)
    await visitor.say("Jalan di depan SDN 3 berlubang")
    await desk.close(chat_id, desk.rina)
    talk = await visitor.talk()
    rated = await desk.do(lambda tx: chatting.rate(tx, tx.talks.lock(talk.id), 5, now=desk.now, remark="Ramah"))
    again = await desk.do(lambda tx: chatting.rate(tx, tx.talks.lock(talk.id), 1, now=desk.now))

    assert taken is not None
    assert taken.id == chat_id
    assert await visitor.heard() == ["chat_taken", "Selamat pagi, ada yang bisa kami bantu?", "chat_closed"]
    assert (talk.owner, talk.chat, talk.due_at) == (Owner.BOT, "", desk.now)
    assert rated is not None
    assert (rated.ending, rated.closed_by, rated.rating, rated.remark) == (Ending.CLOSED, "rina", 5, "Ramah")
    assert again is None, "a chat is rated once"


async def test_the_visitor_reads_the_operators_name_and_not_the_user_name(desk: Desk) -> None:
    visitor, chat_id = await desk.caller()

    await desk.take(chat_id, desk.rina)
    await desk.speak(chat_id, "Halo", desk.rina)

    told = [line.text for line in await visitor.lines()]
    assert any("Rina Wulandari" in text for text in told)
    assert not any("rina" in text for text in told)


async def test_two_at_once_never_get_the_same_chat(desk: Desk) -> None:
    calls = [(await desk.caller(number))[1] for number in range(4)]

    next_ones = await asyncio.gather(*(desk.take_next(who) for who in (desk.rina, desk.tono) * 2))
    contended = await asyncio.gather(
        *(desk.take(chat_id, who) for chat_id in calls for who in (desk.rina, desk.tono)), return_exceptions=True
    )

    assert sorted(chat.id for chat in next_ones if chat) == sorted(calls), "each chat went to one of them"
    for first, second in zip(contended[::2], contended[1::2], strict=True):
        assert isinstance(first, Taken) != isinstance(second, Taken), "one has it, the other is told"
    for chat_id in calls:
        taken = await desk.chat(chat_id)
        assert taken.taken_by in {"rina", "tono"}


async def test_who_comes_second_is_told_who_has_it(desk: Desk) -> None:
    _, chat_id = await desk.caller()
    await desk.take(chat_id, desk.rina)

    with pytest.raises(Taken, match="rina"):
        await desk.take(chat_id, desk.tono)
    with pytest.raises(Taken, match="rina"):
        await desk.speak(chat_id, "Saya bantu", desk.tono)
    assert (await desk.take(chat_id, desk.rina)).taken_by == "rina", "a double click changes nothing"


async def test_a_chat_returns_when_its_operator_vanishes_and_only_then(desk: Desk) -> None:
    visitor, chat_id = await desk.caller()
    await desk.take_next(desk.rina)
    desk.clock.forward(LEASE - SECOND)
    assert await desk.keep(desk.rina) == {chat_id}
    desk.clock.forward(LEASE - SECOND)
    assert await desk.tidy() == 0

    desk.clock.forward(SECOND)
    assert await desk.tidy() == 1

    assert await desk.keep(desk.rina) == set(), "the page that wakes up hears that it has nothing"
    with pytest.raises(Lapsed):
        await desk.speak(chat_id, "Maaf, saya kembali", desk.rina)
    assert (await visitor.talk()).owner is Owner.WAITING
    assert await visitor.heard() == ["chat_taken", "chat_returned"]
    taken = await desk.take_next(desk.tono)
    assert taken is not None
    assert taken.id == chat_id
    with pytest.raises(Taken, match="tono"):
        await desk.speak(chat_id, "Maaf, saya kembali", desk.rina)
    assert await visitor.heard() == ["chat_taken", "chat_returned", "chat_taken"]


async def test_a_lapsed_chat_can_be_taken_before_the_round_finds_it(desk: Desk) -> None:
    visitor, chat_id = await desk.caller()
    await desk.take_next(desk.rina)
    desk.clock.forward(LEASE)

    await desk.take(chat_id, desk.tono)

    assert (await desk.chat(chat_id)).taken_by == "tono"
    assert await visitor.heard() == ["chat_taken", "chat_returned", "chat_taken"]
    assert await desk.tidy() == 0


async def test_words_sent_twice_are_said_once(desk: Desk) -> None:
    visitor, chat_id = await desk.caller(channel="telegram")
    await desk.take_next(desk.rina)

    first = await desk.speak(chat_id, "Sudah kami catat", desk.rina, client_id="a1")
    second = await desk.speak(chat_id, "Sudah kami catat", desk.rina, client_id="a1")

    assert first == second
    said = [line for line in await visitor.lines() if line.author is Author.OPERATOR]
    assert [(line.text, line.by, line.client_id, line.seq) for line in said] == [
        ("Sudah kami catat", "rina", "a1", first)
    ]
    replies = await desk.store.read(lambda tx: tx.outbox.listing(limit=10))
    mine = [reply for reply in replies if reply.outbound.text == "Sudah kami catat"]
    assert [reply.state for reply in mine] == [OutboxState.PENDING], "one way to Telegram, in the same commit"
    assert mine[0].id == said[0].reply_id


async def test_somebody_takes_as_many_as_they_chose(desk: Desk) -> None:
    for number in range(4):
        await desk.caller(number)
    await desk.do(lambda tx: attending.is_there(tx, desk.rina, now=desk.now, capacity=2))
    mine = await asyncio.gather(*(desk.take_next(desk.rina) for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(one, Full) for one in mine) == 2
    assert await desk.store.read(lambda tx: tx.chats.held("rina", now=desk.now)) == 2


async def test_a_chat_handed_to_somebody_is_kept_for_them_a_while(desk: Desk) -> None:
    visitor, chat_id = await desk.caller()
    sari = somebody("sari", "Sari")
    await desk.do(lambda tx: tx.people.add(sari))
    await desk.take_next(desk.rina)

    await desk.hand_on(chat_id, "tono", desk.rina)

    with pytest.raises(Taken, match="tono"):
        await desk.take(chat_id, sari)
    assert await desk.take_next(sari) is None
    with pytest.raises(Lapsed):
        await desk.speak(chat_id, "Masih saya", desk.rina)
    assert (await desk.take(chat_id, desk.tono)).taken_by == "tono"
    await desk.hand_on(chat_id, "rina", desk.tono)
    desk.clock.forward(timedelta(seconds=60))
    assert (await desk.take(chat_id, sari)).taken_by == "sari", "afterwards anybody may"
    assert (await visitor.heard()).count("chat_moved") == 2


@pytest.mark.parametrize("to", ["rina", "nobody", "budi"])
async def test_a_chat_is_handed_to_operators_alone(desk: Desk, to: str) -> None:
    _, chat_id = await desk.caller()
    await desk.do(lambda tx: tx.people.add(somebody("budi", role=Role.LIAISON_OFFICER, agency="kota-bekasi")))
    await desk.take_next(desk.rina)

    with pytest.raises(NotThere):
        await desk.hand_on(chat_id, to, desk.rina)


async def test_a_chat_given_back_is_taken_by_the_next(desk: Desk) -> None:
    _, chat_id = await desk.caller()
    await desk.take_next(desk.rina)

    await desk.hand_on(chat_id, "", desk.rina)

    taken = await desk.take_next(desk.tono)
    assert taken is not None
    assert taken.id == chat_id


async def test_nobody_comes_and_the_bot_answers_again(desk: Desk) -> None:
    visitor, chat_id = await desk.caller()
    patience = desk.office.rules.chat_patience
    desk.clock.forward(patience)
    assert await desk.tidy() == 0
    desk.clock.forward(SECOND)

    assert await desk.tidy() == 1

    chat, talk = await desk.chat(chat_id), await visitor.talk()
    assert (chat.ending, chat.closed_at, chat.closed_by) == (Ending.NOBODY_CAME, desk.now, "")
    assert (talk.owner, talk.chat) == (Owner.BOT, "")
    assert await visitor.heard() == ["chat_nobody"]
    assert await desk.take_next(desk.rina) is None
    with pytest.raises(Over):
        await desk.take(chat_id, desk.rina)
    again = await visitor.call()
    assert (await desk.take(again, desk.rina)).id == again, "they may ask again"


async def test_who_came_back_to_the_queue_waits_anew(desk: Desk) -> None:
    _, chat_id = await desk.caller()
    await desk.take_next(desk.rina)
    patience = desk.office.rules.chat_patience
    while desk.now < (await desk.chat(chat_id)).asked_at + patience:
        desk.clock.forward(LEASE / 2)
        await desk.keep(desk.rina)
    await desk.hand_on(chat_id, "", desk.rina)
    desk.clock.forward(patience)

    assert await desk.tidy() == 0

    desk.clock.forward(SECOND)
    assert await desk.tidy() == 1


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CHAT_OPERATOR, Role.NATIONAL_ADMIN}])
async def test_every_other_role_is_refused_everything(desk: Desk, role: Role) -> None:
    _, chat_id = await desk.caller()
    other = replace(somebody("budi", role=role), username="rina")
    await desk.take(chat_id, desk.rina)

    for deed in (
        desk.take_next(other),
        desk.take(chat_id, other),
        desk.keep(other),
        desk.speak(chat_id, "Halo", other),
        desk.hand_on(chat_id, "", other),
        desk.close(chat_id, other),
        desk.do(lambda tx: attending.see(tx, chat_id, 1, other, office=desk.office, now=desk.now)),
    ):
        with pytest.raises(NotAllowed):
            await deed


async def test_lines_of_a_chat_are_for_who_holds_it(desk: Desk) -> None:
    _, chat_id = await desk.caller()
    await desk.take(chat_id, desk.rina)

    async def lines(staff: Staff) -> list[int]:
        asked = [watching.Asked(staff, {chat_id: known}) for known in (0, 1)]
        found, _ = await desk.store.read(
            lambda tx: watching.fresh_lines(tx, asked, office=desk.office, now=desk.now, limit=9)
        )
        return [line.seq for chats in found for one in chats for line in one.lines]

    assert await lines(desk.rina) == [1, 2, 3, 2, 3]
    assert await lines(desk.tono) == []
    desk.clock.forward(LEASE)
    assert await lines(desk.rina) == [], "what ran out is not theirs any more"


async def test_the_round_tidies_up_whatever_there_is(desk: Desk) -> None:
    chats = [(await desk.caller(number))[1] for number in range(3)]
    await desk.take(chats[0], desk.rina)
    await desk.take(chats[1], desk.tono)
    watch = DeskWatch(desk.store, desk.office, desk.clock)
    assert await watch.once() == 0
    desk.clock.forward(LEASE)

    assert await watch.once() == 2
    desk.clock.forward(desk.office.rules.chat_patience + SECOND)
    assert await watch.once() == 3
    assert await watch.once() == 0
    assert await desk.store.read(lambda tx: tx.chats.open(limit=9)) == []


@pytest.mark.parametrize(("text", "why"), [("", "empty"), ("  \n ", "empty"), ("x" * 4_001, "too_long")])
async def test_what_cannot_be_said_is_refused(desk: Desk, text: str, why: str) -> None:
    visitor, chat_id = await desk.caller()
    await desk.take_next(desk.rina)

    with pytest.raises(Unsaid, match=why):
        await desk.speak(chat_id, text, desk.rina)
    assert await visitor.heard() == ["chat_taken"]


async def test_a_channel_without_files_gets_none(desk: Desk) -> None:
    _, chat_id = await desk.caller(channel="telegram")
    await desk.take_next(desk.rina)
    saying = Saying("b1", "Denahnya", (Attachment(new_id(), "image/png", 120),))

    with pytest.raises(Unsaid, match="no_files"):
        await desk.do(lambda tx: attending.speak(tx, chat_id, saying, desk.rina, office=desk.office, now=desk.now))


@pytest.mark.parametrize(("change", "why"), [({"opted_out": True}, "silence"), ({"gone_at": MONDAY_MORNING}, "gone")])
async def test_who_cannot_hear_is_not_spoken_to(desk: Desk, change: dict[str, object], why: str) -> None:
    visitor, chat_id = await desk.caller()
    await desk.take_next(desk.rina)
    address = visitor.address
    await desk.do(lambda tx: tx.contacts.save(replace(tx.contacts.lock(address.scheme, address.value), **change)))

    with pytest.raises(Unsaid, match=why):
        await desk.speak(chat_id, "Halo?", desk.rina)


async def test_files_go_with_the_words(desk: Desk) -> None:
    visitor, chat_id = await desk.caller()
    await desk.take_next(desk.rina)
    file = Attachment(new_id(), "image/png", 120, name="denah.png")
    saying = Saying("b1", "", (file,))

    await desk.do(lambda tx: attending.speak(tx, chat_id, saying, desk.rina, office=desk.office, now=desk.now))

    assert (await visitor.lines())[-1].attachments == (file,)


async def test_what_was_read_never_goes_back(desk: Desk) -> None:
    visitor, chat_id = await desk.caller()
    await desk.take_next(desk.rina)
    await visitor.say("Halo?")
    for seq in (3, 2, 99):
        await desk.do(lambda tx, n=seq: attending.see(tx, chat_id, n, desk.rina, office=desk.office, now=desk.now))

    assert (await desk.chat(chat_id)).seen == (await visitor.talk()).last_seq


async def test_the_queue_is_looked_at_once_for_all_who_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    visitors = [(await desk.caller(number))[0] for number in range(1, 6)]
    known = {(await visitor.talk()).id: 0 for visitor in visitors}
    looks = 0
    open_chats = ChatRows.open

    def counted(rows: ChatRows, *, limit: int) -> Sequence[Chat]:
        nonlocal looks
        looks += 1
        return open_chats(rows, limit=limit)

    monkeypatch.setattr(ChatRows, "open", counted)
    found = await desk.store.read(lambda tx: visiting.find_news(tx, known, limit=100, now=desk.now))

    assert [found[talk].visit.place for talk in known] == [1, 2, 3, 4, 5]
    assert looks == 1
