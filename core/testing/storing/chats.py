"""The kit's tests of the operators' desk: chats, attendants, canned answers."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from core.model.talk import Attendant, CannedAnswer, Chat, Ending
from core.ports import Store, Tx
from core.talks import AlreadyCalled, ShortcutTaken
from core.testing.storing.rules import LEASE, MINUTE, NOW, agree, numbered


def a_chat(number: int, *, at: datetime = NOW) -> Chat:
    """Somebody asks for a person."""
    return Chat(id=numbered(number), talk=numbered(1000 + number), asked_at=at, first_seq=number, channel="webchat")


async def keep_chats(store: Store, *chats: Chat) -> None:
    """Store them."""

    def work(tx: Tx) -> None:
        for chat in chats:
            tx.chats.add(chat)

    await store.write(work)


async def claim(store: Store, by: str, *, at: datetime = NOW) -> str:
    """The number of the chat that ``by`` gets; empty for none."""
    taken = await store.write(lambda tx: tx.chats.claim(by=by, now=at, until=at + LEASE))
    return taken.id if taken else ""


def _save_attendant(attendant: Attendant, tx: Tx) -> None:
    tx.attendants.save(attendant)


def _save_answer(answer: CannedAnswer, tx: Tx) -> None:
    tx.canned_answers.save(answer)


class ChatTests:
    """Each chat is in one person's hands."""

    async def test_a_chat_comes_back_whole(self, store: Store) -> None:
        chat = replace(
            a_chat(1),
            taken_by="rina",
            taken_at=NOW,
            lease_until=NOW + LEASE,
            seen=7,
            to="tono",
            to_until=NOW + MINUTE,
            closed_at=NOW + 2 * MINUTE,
            closed_by="rina",
            ending=Ending.CLOSED,
            report_id=numbered(9),
            rating=4,
            remark="Cepat dan ramah 🙏",
        )
        await keep_chats(store, a_chat(1))

        await store.write(lambda tx: tx.chats.save(chat))

        agree(await store.read(lambda tx: tx.chats.get(chat.id)), chat, "every field is kept")
        agree(await store.read(lambda tx: tx.chats.get(numbered(2))), None, "none of another id")

    async def test_one_talk_has_one_open_chat(self, store: Store) -> None:
        first, second = a_chat(1), replace(a_chat(2), talk=a_chat(1).talk)
        await keep_chats(store, first)
        refused = False
        try:
            await keep_chats(store, second)
        except AlreadyCalled:
            refused = True
        await store.write(lambda tx: tx.chats.save(replace(first, closed_at=NOW, ending=Ending.CLOSED)))

        await keep_chats(store, second)

        agree(refused, True, "a second one is refused while the first is open")
        found = await store.read(lambda tx: tx.chats.of_talk(first.talk, limit=5))
        agree([chat.id for chat in found], [second.id, first.id], "the newest first")

    async def test_who_waits_longest_is_taken_first(self, store: Store) -> None:
        await keep_chats(store, a_chat(1, at=NOW + MINUTE), a_chat(2), a_chat(3, at=NOW + 2 * MINUTE))

        taken = [await claim(store, "rina"), await claim(store, "tono"), await claim(store, "rina")]

        agree(taken, [numbered(2), numbered(1), numbered(3)], "by the time they asked")
        agree(await claim(store, "tono"), "", "nothing is left")
        agree(await store.read(lambda tx: tx.chats.held("rina", now=NOW)), 2, "what one holds is counted")

    async def test_two_at_once_never_get_the_same(self, store: Store) -> None:
        await keep_chats(store, *(a_chat(number) for number in range(1, 7)))

        taken = await asyncio.gather(*(claim(store, f"petugas{number}") for number in range(12)))

        agree(sorted(one for one in taken if one), [numbered(n) for n in range(1, 7)], "each chat once")

    async def test_what_is_kept_for_somebody_is_theirs_until_then(self, store: Store) -> None:
        kept = replace(a_chat(1), to="tono", to_until=NOW + MINUTE)
        await keep_chats(store, kept)

        agree(await claim(store, "rina"), "", "not for another")
        agree(await claim(store, "rina", at=NOW + MINUTE), kept.id, "for anybody afterwards")

    async def test_a_lease_is_renewed_until_it_runs_out(self, store: Store) -> None:
        await keep_chats(store, a_chat(1), a_chat(2))
        await claim(store, "rina")
        await claim(store, "tono", at=NOW - LEASE)

        late = NOW + LEASE - timedelta(seconds=1)
        kept = await store.write(lambda tx: tx.chats.renew("rina", until=late + LEASE, now=late))
        lost = await store.write(lambda tx: tx.chats.renew("tono", until=late + LEASE, now=late))

        agree((set(kept), set(lost)), ({numbered(1)}, set()), "only what had not run out")
        found = await store.read(lambda tx: tx.chats.lapsed(now=late, limit=5))
        agree([chat.id for chat in found], [numbered(2)], "the other one has lapsed")
        agree(await claim(store, "sari", at=late), numbered(2), "and can be taken")
        agree(await store.read(lambda tx: tx.chats.held("tono", now=late)), 0, "from who held it")

    async def test_a_closed_chat_is_nobody_s(self, store: Store) -> None:
        await keep_chats(store, a_chat(1), a_chat(2))
        await claim(store, "rina")
        closed = replace(a_chat(1), taken_by="rina", lease_until=NOW + LEASE, closed_at=NOW, ending=Ending.NOBODY_CAME)

        await store.write(lambda tx: tx.chats.save(closed))

        open_ones = await store.read(lambda tx: tx.chats.open(limit=5))
        agree([chat.id for chat in open_ones], [numbered(2)], "it is not open")
        agree(await store.read(lambda tx: tx.chats.count_waiting(now=NOW, most=5)), 1, "it does not wait")
        agree(await store.read(lambda tx: tx.chats.held("rina", now=NOW)), 0, "it is not held")
        agree(set(await store.write(lambda tx: tx.chats.renew("rina", until=NOW, now=NOW))), set(), "nor renewed")
        ended = await store.read(lambda tx: tx.chats.ended(limit=5, ending=Ending.NOBODY_CAME))
        agree([chat.id for chat in ended], [numbered(1)], "it is listed by its ending")
        agree(await store.read(lambda tx: tx.chats.ended(limit=5, before=numbered(1))), [], "and page by page")

    async def test_who_waits_too_long_is_found(self, store: Store) -> None:
        returned = replace(a_chat(2), lease_until=NOW + 5 * MINUTE)
        await keep_chats(
            store, a_chat(1), returned, a_chat(3, at=NOW + 5 * MINUTE), replace(a_chat(4), taken_by="tono")
        )

        found = await store.read(lambda tx: tx.chats.unanswered(before=NOW + 3 * MINUTE, limit=5))

        agree([chat.id for chat in found], [numbered(1)], "who came back waits since then; who is taken does not wait")


class AttendantTests:
    """Who is at the desk."""

    async def test_an_attendant_has_one_row(self, store: Store) -> None:
        rina = Attendant("rina", available=True, capacity=3, seen_at=NOW)
        tono = Attendant("tono", available=True, capacity=1, seen_at=NOW - MINUTE)
        away = replace(rina, available=False, capacity=5, seen_at=NOW + MINUTE)
        for attendant in (rina, tono, away):
            await store.write(partial(_save_attendant, attendant))

        agree(await store.read(lambda tx: tx.attendants.get("rina")), away, "the newest is kept")
        agree(await store.read(lambda tx: tx.attendants.get("sari")), None, "nobody else")
        found = await store.read(lambda tx: tx.attendants.present(since=NOW))
        agree(list(found), [away], "those seen since then")


class CannedAnswerTests:
    """Answers used again."""

    async def test_answers_of_an_agency_and_of_everyone(self, store: Store) -> None:
        salam = CannedAnswer(numbered(1), "salam", "Selamat pagi, ada yang bisa kami bantu?")
        english = CannedAnswer(numbered(2), "salam", "Good morning.", language="en")
        bekasi = CannedAnswer(numbered(3), "alamat", "Jalan Ahmad Yani 1.", agency="kota-bekasi")
        other = CannedAnswer(numbered(4), "alamat", "Jalan Basuki Rahmat 1.", agency="kab-nganjuk")
        for answer in (salam, english, bekasi, other):
            await store.write(partial(_save_answer, answer))

        found = await store.read(lambda tx: tx.canned_answers.of(["kota-bekasi"]))

        agree(list(found), [bekasi, english, salam], "by shortcut; of no other agency")

    async def test_a_shortcut_stands_for_one_answer(self, store: Store) -> None:
        first, second = CannedAnswer(numbered(1), "jam", "08.00-16.00"), CannedAnswer(numbered(2), "jam", "09.00-15.00")
        await store.write(lambda tx: tx.canned_answers.save(first))
        taken = ""
        try:
            await store.write(lambda tx: tx.canned_answers.save(second))
        except ShortcutTaken as error:
            taken = str(error)
        changed = replace(first, text="08.00-15.30")
        await store.write(lambda tx: tx.canned_answers.save(changed))

        agree(taken, "jam", "the second is refused")
        agree(await store.read(lambda tx: tx.canned_answers.get(first.id)), changed, "the first can be changed")

        await store.write(lambda tx: tx.canned_answers.drop(first.id))

        agree(await store.read(lambda tx: tx.canned_answers.of([])), [], "and dropped")
