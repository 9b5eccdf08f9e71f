"""The kit's tests of talks and their lines."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from core.ids import new_id
from core.model.dialogue import Answer, Dialogue, Draft, Offer, Piece, Question, Visibility
from core.model.message import Address, Attachment, Choice, Inbound
from core.model.talk import Author, Line, Owner, Spot, Talk
from core.ports import Store, Tx
from core.registers import Changed
from core.testing.builders import VISITOR, a_chat_message, an_sms, stored
from core.testing.storing.rules import MINUTE, NOW, agree, keep, numbered

OTHER = Address("web", "8h2j4k6m0p1r3t5w")
PHOTO = Attachment(id="f" * 32, media_type="image/jpeg", size=4821, name="jalan.jpg")


async def meet(store: Store, inbound: Inbound | None = None, *, at: datetime = NOW) -> Talk:
    """The talk with a sender."""
    message = inbound or a_chat_message()
    return await store.write(lambda tx: tx.talks.meet(message, new_id=new_id, now=at))


async def talk_with(store: Store, address: Address) -> Talk:
    """The talk with an address that was met."""
    found = await store.read(lambda tx: tx.talks.find(address))
    if found is None:
        raise AssertionError("there is no talk with it")
    return found


async def get(store: Store, talk_id: str) -> Talk:
    """A talk that is there."""
    found = await store.read(lambda tx: tx.talks.get(talk_id))
    if found is None:
        raise AssertionError("the talk is not there")
    return found


async def enter(store: Store, *messages: Inbound, at: datetime = NOW) -> list[Spot]:
    """Make lines of messages and store them, in one commit, as they are accepted; where each stands."""
    arriving = [stored(message) for message in messages]

    def work(tx: Tx) -> Mapping[str, Spot]:
        spots: Mapping[str, Spot] = tx.talks.enter(arriving, new_id=new_id, now=at)
        tx.messages.take(arriving, now=at)
        return spots

    spots = await store.write(work)
    return [spots[each.id] for each in arriving]


async def lines(store: Store, talk_id: str, *, after: int = 0, limit: int = 1000) -> Sequence[Line]:
    """What was said."""
    return await store.read(lambda tx: tx.talks.lines(talk_id, after=after, limit=limit))


def a_word(text: str = "Baik", *, author: Author = Author.BOT) -> Line:
    """A line that is not numbered yet."""
    return Line(talk="", seq=0, author=author, at=NOW, text=text)


class TalkTests:
    """One talk with each address, for ever; its dialogue changes under an optimistic lock."""

    async def test_there_is_one_talk_with_an_address(self, store: Store) -> None:
        first = await meet(store)

        again, other = await meet(store, at=NOW + MINUTE), await meet(store, a_chat_message(sender=OTHER))

        agree((again.id, again.opened_at), (first.id, NOW), "the same for ever")
        agree(other.id == first.id, False, "another one with another address")
        agree((first.address, first.channel, first.owner, first.last_seq), (VISITOR, "webchat", Owner.BOT, 0), "begun")
        agree(await store.read(lambda tx: tx.talks.find(VISITOR)), again, "found by its address")
        agree(await store.read(lambda tx: tx.talks.find(Address("tel", VISITOR.value))), None, "of its kind only")
        agree(await store.read(lambda tx: tx.talks.get(numbered(1))), None, "no such talk")

    async def test_the_newest_way_to_answer_is_kept(self, store: Store) -> None:
        talk = await meet(store, an_sms(connection="telkomsel"))

        met = await meet(store, an_sms(connection="indosat"))

        agree((met.connection, met.route["operator"]), ("indosat", "indosat"), "as met")
        agree(await get(store, talk.id), met, "and as kept")

    async def test_all_that_can_change_of_a_talk_comes_back(self, store: Store) -> None:
        talk = await meet(store)
        piece = Piece(numbered(1), NOW, "Jalan berlubang", (PHOTO,), files=2, place="-6.1, 106.8", group="album")
        draft = Draft(NOW, (piece,), place="Serpong", visibility=Visibility.SECRET, answers=(Answer(Question.WHEN),))
        changed = replace(
            talk,
            owner=Owner.PERSON,
            chat=numbered(7),
            due_at=NOW + MINUTE,
            revoked_at=NOW,
            route={"talk": "new"},
            dialogue=Dialogue(draft, asked=Question.WHERE, offered=(Offer(label="Lewati"),), due_at=NOW + MINUTE),
        )

        await store.write(lambda tx: tx.talks.save(changed))

        agree(await get(store, talk.id), replace(changed, version=2), "as saved, one version on")

    async def test_who_saves_over_somebody_elses_change_is_told(self, store: Store) -> None:
        talk = await meet(store)
        await store.write(lambda tx: tx.talks.save(talk))

        with pytest.raises(Changed):
            await store.write(lambda tx: tx.talks.save(replace(talk, owner=Owner.PERSON)))

        agree((await get(store, talk.id)).owner, Owner.BOT, "as the first one left it")

    async def test_lines_do_not_disturb_a_step_of_the_dialogue(self, store: Store) -> None:
        talk = await meet(store)
        await store.write(lambda tx: tx.talks.append(talk.id, [a_word()]))
        await enter(store, a_chat_message())

        await store.write(lambda tx: tx.talks.save(talk))

        agree((await get(store, talk.id)).last_seq, 2, "and saving leaves the numbers alone")

    async def test_a_talk_that_is_not_there_cannot_be_locked(self, store: Store) -> None:
        talk = await meet(store)
        agree(await store.write(lambda tx: tx.talks.lock(talk.id)), talk, "locked")

        with pytest.raises(KeyError):
            await store.write(lambda tx: tx.talks.lock(numbered(1)))

    async def test_what_the_visitor_has_seen_never_goes_back(self, store: Store) -> None:
        talk = await meet(store)
        await store.write(lambda tx: tx.talks.append(talk.id, [a_word() for _ in range(5)]))

        for seq in (3, 2, 99):
            await store.write(lambda tx, seq=seq: tx.talks.see(talk.id, seq))  # type: ignore[misc]

        agree((await get(store, talk.id)).seen, 3, "not back, and not beyond what is there")


class LineTests:
    """Lines count from 1 without a gap and without a double."""

    async def test_lines_are_numbered_behind_the_newest(self, store: Store) -> None:
        talk = await meet(store)
        first = replace(a_word("Satu"), event="talk_ask_where", choices=(Choice("Lewati"),), reply_id=numbered(4))
        second = replace(a_word("Dua", author=Author.OPERATOR), by="rina", attachments=(PHOTO,), replaces=1)

        given = await store.write(lambda tx: tx.talks.append(talk.id, [first, second]))
        (third,) = await store.write(lambda tx: tx.talks.append(talk.id, [a_word("Tiga")]))

        agree([(line.talk, line.seq) for line in (*given, third)], [(talk.id, n) for n in (1, 2, 3)], "in order")
        agree(list(await lines(store, talk.id)), [*given, third], "and whole")
        agree([replace(line, talk="", seq=0) for line in given], [first, second], "as they were given")

    async def test_nothing_is_said_in_a_talk_that_is_not_there(self, store: Store) -> None:
        with pytest.raises(KeyError):
            await store.write(lambda tx: tx.talks.append(numbered(1), [a_word()]))

    async def test_a_part_of_a_talk_is_read_oldest_first(self, store: Store) -> None:
        talk = await meet(store)
        await store.write(lambda tx: tx.talks.append(talk.id, [a_word() for _ in range(9)]))

        async def newest(before: int, limit: int) -> list[int]:
            found = await store.read(lambda tx: tx.talks.newest(talk.id, before=before, limit=limit))
            return [line.seq for line in found]

        agree([line.seq for line in await lines(store, talk.id, after=6)], [7, 8, 9], "behind")
        agree([line.seq for line in await lines(store, talk.id, after=2, limit=2)], [3, 4], "so many at most")
        agree([await newest(0, 2), await newest(8, 2), await newest(1, 2)], [[8, 9], [6, 7], []], "the newest")
        agree(await store.read(lambda tx: tx.talks.heads([talk.id, numbered(1)])), {talk.id: 9}, "how far each is")
        agree(await store.read(lambda tx: tx.talks.heads([])), {}, "of none")

    async def test_a_line_that_fails_leaves_no_gap(self, store: Store) -> None:
        talk = await meet(store)

        with pytest.raises(ZeroDivisionError):
            await store.write(lambda tx: (tx.talks.append(talk.id, [a_word()]), 1 // 0))
        (line,) = await store.write(lambda tx: tx.talks.append(talk.id, [a_word()]))

        agree(line.seq, 1, "the number was not used up")


class EnteringTests:
    """A message is a line when it is accepted, once."""

    async def test_every_message_gets_its_place(self, store: Store) -> None:
        message = replace(a_chat_message("Lampu mati"), attachments=(PHOTO,))
        spots = await enter(store, message, a_chat_message(sender=OTHER), a_chat_message())

        mine, other = [await talk_with(store, each) for each in (VISITOR, OTHER)]
        agree([spot.seq for spot in spots], [1, 1, 2], "in each talk from 1")
        agree([spot.talk for spot in spots], [mine.id, other.id, mine.id], "in the talk with its sender")
        first, second = await lines(store, mine.id)
        agree((first.author, first.text, first.attachments), (Author.VISITOR, "Lampu mati", (PHOTO,)), "what was said")
        agree((first.client_id, first.at, second.seq), (message.external_id, NOW, 2), "whose it is")
        agree(await store.read(lambda tx: tx.talks.line_of(first.message_id)), first, "found by its message")
        agree(await store.read(lambda tx: tx.talks.line_of(numbered(9))), None, "no such message")

    async def test_a_message_that_comes_again_stands_where_it_stood(self, store: Store) -> None:
        message, next_one = a_chat_message(), a_chat_message()
        await enter(store, message, next_one)

        again = await enter(store, next_one, message, replace(message, fingerprint=b"other"), at=NOW + MINUTE)

        agree([spot.seq for spot in again], [2, 1, 1], "where it stood the first time")
        agree(len(await lines(store, again[0].talk)), 2, "no line more")
        agree((await get(store, again[0].talk)).spoke_at, NOW, "nothing was said")

    async def test_a_message_that_is_twice_in_a_batch_has_one_line(self, store: Store) -> None:
        message = a_chat_message()

        spots = await enter(store, message, a_chat_message(), message)

        agree([spot.seq for spot in spots], [1, 2, 1], "the first one counts")
        agree([line.seq for line in await lines(store, spots[0].talk)], [1, 2], "without a gap")

    async def test_nobody_learns_where_anothers_message_stands(self, store: Store) -> None:
        message = a_chat_message()
        await enter(store, a_chat_message(), message)

        (spot,) = await enter(store, replace(message, sender=OTHER))

        agree((spot.seq, list(await lines(store, spot.talk))), (0, []), "no place in one's own talk")

    async def test_a_newer_version_names_the_line_it_replaces(self, store: Store) -> None:
        message = a_chat_message("Jalan rusk")
        await enter(store, a_chat_message(), message)

        (spot,) = await enter(store, replace(a_chat_message("Jalan rusak"), replaces=message.external_id))

        agree([line.replaces for line in await lines(store, spot.talk)], [0, 0, 2], "the second line")

    async def test_who_answers_is_told(self, store: Store) -> None:
        talk = await meet(store)
        await store.write(lambda tx: tx.talks.save(replace(talk, owner=Owner.PERSON, chat=numbered(1))))

        spots = await enter(store, a_chat_message(), a_chat_message(sender=OTHER))

        agree([spot.owner for spot in spots], [Owner.PERSON, Owner.BOT], "of each talk")

    async def test_many_who_talk_at_once_get_every_number_once(self, store: Store) -> None:
        senders = [Address("web", f"{n:016d}") for n in range(5)]
        batches = [[a_chat_message(sender=senders[(n + m) % 5]) for m in range(10)] for n in range(12)]
        talks = {sender: await meet(store, a_chat_message(sender=sender)) for sender in senders[:3]}

        async def bot() -> Sequence[Line]:
            return await store.write(lambda tx: tx.talks.append(talks[senders[0]].id, [a_word()]))

        spots, said = await asyncio.gather(
            asyncio.gather(*(enter(store, *batch) for batch in batches)),
            asyncio.gather(*(bot() for _ in range(10))),
        )

        for sender in senders:
            talk = await talk_with(store, sender)
            told = [s.seq for batch in spots for s in batch if s.talk == talk.id]
            told += [line.seq for batch in said for line in batch if line.talk == talk.id]
            kept = [line.seq for line in await lines(store, talk.id)]
            agree(kept, list(range(1, talk.last_seq + 1)), "no gap, no double")
            agree(sorted(told), kept, "and everybody was told their own")

    async def test_the_same_messages_brought_by_several_at_once_are_entered_once(self, store: Store) -> None:
        messages = [a_chat_message(sender=Address("web", f"{n:016d}")) for n in range(20)]

        spots = await asyncio.gather(*(enter(store, *messages[::step]) for step in (1, -1, 1, -1)))

        agree({spot.seq for batch in spots for spot in batch}, {1}, "each where it stood the first time")
        talks = sorted({spot.talk for batch in spots for spot in batch})
        agree(await store.read(lambda tx: tx.talks.heads(talks)), dict.fromkeys(talks, 1), "one line each")

    async def test_a_large_batch_is_entered(self, store: Store) -> None:
        senders = [Address("web", f"{n:016d}") for n in range(250)]

        spots = await enter(store, *(a_chat_message(sender=senders[n // 2]) for n in range(500)))

        agree([spot.seq for spot in spots], [1, 2] * 250, "every message")

    async def test_talks_can_be_held_by_their_messages_and_by_name(self, store: Store) -> None:
        talk = await meet(store)
        (message,) = await keep(store, a_chat_message(sender=OTHER))

        def work(tx: Tx) -> int:
            tx.talks.hold([talk.id, message, numbered(1)])
            return tx.talks.lock(talk.id).version

        agree(await store.write(work), 1, "held, and worked on")
