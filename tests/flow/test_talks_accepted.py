"""What is said in a chat is a line when it is accepted: once, in order, whoever answers."""

import asyncio
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from core.channel import Capabilities, Refused
from core.ids import new_id
from core.intake import Answer, Offer, accept_all, stands_alone
from core.model.message import Accepted, Address, Inbound, RemoteFile
from core.model.network import Manner
from core.model.talk import Author, Line, Owner
from core.model.work import JobKind, Outcome
from core.ports import Poison, Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.testing.builders import VISITOR, a_chat_message, an_sms, stored
from core.testing.clocks import MONDAY_MORNING
from core.vault import Vault
from gateway.grouping import GroupCommit
from tests.conftest import in_postgres
from tests.flow.post import OFFICE as PLAIN

OFFICE = replace(
    PLAIN,
    capabilities={**PLAIN.capabilities, "webchat": Capabilities(measure=len, max_length=4_000, sends=False)},
    manners={"webchat": Manner(is_chat=True)},
)
PHOTO = RemoteFile("AgACAgUAAx")


def offered(*messages: Inbound) -> list[Offer]:
    return [Offer(message, f"{message.channel}/{message.connection}") for message in messages]


async def accept(store: SqlStore, *messages: Inbound) -> Sequence[Answer]:
    return await _commit(store, offered(*messages))


async def accepted(store: SqlStore, *messages: Inbound) -> list[Accepted]:
    answers = await accept(store, *messages)
    return [answer for answer in answers if isinstance(answer, Accepted)]


async def hand_over(store: SqlStore, talk_id: str) -> None:
    def work(tx: Tx) -> None:
        tx.talks.save(replace(tx.talks.lock(talk_id), owner=Owner.PERSON, chat="c" * 32))

    await store.write(work)


async def became(store: SqlStore, answer: Accepted) -> tuple[Outcome, bool]:
    """Its outcome, and whether a step waits for it."""

    def look(tx: Tx) -> tuple[Outcome, bool]:
        stored = tx.messages.get(answer.message_id)
        assert stored is not None
        return stored.outcome, tx.jobs.find(JobKind.CONVERSE, answer.message_id) is not None

    return await store.read(look)


async def test_who_brings_a_message_learns_its_line(store: SqlStore) -> None:
    first, again = a_chat_message("Lampu mati"), a_chat_message("di Bekasi")

    one, sms, two, repeated = await accepted(store, first, an_sms(), again, first)
    later = await accepted(store, again, a_chat_message("RT 3"))

    assert [(answer.seq, answer.repeated) for answer in (one, two, repeated)] == [(1, False), (2, False), (1, True)]
    assert [(answer.seq, answer.repeated) for answer in later] == [(2, True), (3, False)]
    assert (sms.talk, sms.seq) == ("", 0)
    assert {answer.talk for answer in (one, two, repeated, *later)} == {one.talk}
    assert await became(store, one) == (Outcome.NONE, True)
    lines = await store.read(lambda tx: tx.talks.lines(one.talk, limit=9))
    assert [(line.seq, line.text, line.message_id) for line in lines] == [
        (1, "Lampu mati", one.message_id),
        (2, "di Bekasi", two.message_id),
        (3, "RT 3", later[1].message_id),
    ]
    assert await store.read(lambda tx: tx.talks.find(Address("tel", "6281234567890"))) is None


async def test_the_same_id_with_other_words_is_refused_and_makes_no_line(store: SqlStore) -> None:
    message = a_chat_message()
    (first,) = await accepted(store, message)

    changed, together, *_ = await accept(store, replace(message, fingerprint=b"x"), a_chat_message(), message)
    (stolen,) = await accept(store, replace(message, sender=Address("web", "thief"), fingerprint=b"y"))

    assert isinstance(changed, Refused)
    assert isinstance(stolen, Refused)
    assert isinstance(together, Accepted)
    assert together.seq == 2
    assert await store.read(lambda tx: tx.talks.heads([first.talk])) == {first.talk: 2}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Ya, yang dekat pasar", Outcome.TALK),
        ("STATUS saya bagaimana?", Outcome.TALK),
        ("", Outcome.TALK),
        ("STATUS 4821093756", Outcome.NONE),
        ("BERHENTI", Outcome.NONE),
    ],
)
async def test_a_person_gets_the_words_and_the_gateway_its_orders(store: SqlStore, text: str, outcome: Outcome) -> None:
    (begun,) = await accepted(store, a_chat_message())
    await hand_over(store, begun.talk)

    (answer,) = await accepted(store, a_chat_message(text))

    assert await became(store, answer) == (outcome, outcome is Outcome.NONE)
    assert answer.seq == 2
    assert answer.settled is (outcome is Outcome.TALK)
    assert not begun.settled


async def test_newer_words_go_to_the_draft_while_a_person_answers(store: SqlStore) -> None:
    message = a_chat_message()
    (begun,) = await accepted(store, message)
    await hand_over(store, begun.talk)

    (answer,) = await accepted(store, replace(a_chat_message("Bukan jalan, jembatan"), replaces=message.external_id))

    assert await became(store, answer) == (Outcome.NONE, True)


async def test_files_are_wanted_with_the_message_that_brings_them(store: SqlStore) -> None:
    message = replace(a_chat_message(), wanted=(PHOTO, PHOTO))

    (first,) = await accepted(store, message)
    (again,) = await accepted(store, message)

    wanted = await store.read(lambda tx: tx.wanted.of(first.message_id))
    assert [(each.number, each.file) for each in wanted] == [(0, PHOTO), (1, PHOTO)]
    assert again.message_id == first.message_id
    due = await store.read(lambda tx: tx.wanted.due(channel="webchat", connection="", now=MONDAY_MORNING, limit=9))
    assert len(due) == 2


async def test_what_is_said_quickly_is_worked_on_in_its_order(store: SqlStore) -> None:
    answers = await accepted(store, *(a_chat_message(f"Kalimat {n}") for n in range(50)))

    jobs = await store.write(lambda tx: tx.jobs.take(now=MONDAY_MORNING, limit=50))

    assert [job.subject for job in jobs] == [answer.message_id for answer in answers]


async def test_a_message_that_the_database_refuses_takes_no_other_with_it(store: SqlStore) -> None:
    group = GroupCommit(lambda offers: _commit(store, offers))
    bad = a_chat_message(external_id="with \ud800 inside")
    good = [a_chat_message() for _ in range(9)]

    futures = [group.add(offer) for offer in offered(*good[:5], bad, *good[5:])]
    answers = await asyncio.gather(*futures, return_exceptions=True)

    assert [type(answer) for answer in answers] == [Accepted] * 5 + [Poison] + [Accepted] * 4
    assert sorted(answer.seq for answer in answers if isinstance(answer, Accepted)) == list(range(1, 10))


async def _commit(store: SqlStore, offers: Sequence[Offer]) -> Sequence[Answer]:
    return await store.write(lambda tx: accept_all(tx, offers, office=OFFICE, now=MONDAY_MORNING))


async def test_many_are_accepted_by_several_at_once_with_nothing_lost_or_doubled(store: SqlStore) -> None:
    senders = [Address("web", f"{n:016d}") for n in range(40)]
    said = [a_chat_message(f"Kalimat {n}", sender=senders[n % 40]) for n in range(400)]

    answers = await asyncio.gather(*(accepted(store, *said[start::4], *said[:25]) for start in range(4)))

    places = {(a.talk, a.seq) for batch in answers for a in batch}
    heads = await store.read(lambda tx: tx.talks.heads({talk for talk, _ in places}))
    assert len({a.message_id for batch in answers for a in batch}) == len(places) == sum(heads.values()) == 400
    for talk, head in heads.items():
        lines = await store.read(lambda tx, t=talk: tx.talks.lines(t, limit=1000))  # type: ignore[misc]
        assert [line.seq for line in lines] == list(range(1, head + 1))
    assert await store.read(lambda tx: tx.figures.balance()) == {"webchat": 0}


async def test_steps_and_acceptance_never_lock_each_other_out(postgres_url: str, vault: Vault) -> None:
    store = SqlStore(open_database(postgres_url), vault)
    before = deadlocks(postgres_url)
    senders = [Address("web", f"{n:016d}") for n in range(30)]
    begun = [each.message_id for each in await accepted(store, *(a_chat_message(sender=each) for each in senders))]
    for sender in senders:
        await store.write(lambda tx, a=sender: tx.contacts.lock(a.scheme, a.value))  # type: ignore[misc]

    def step(order: Sequence[str]) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            tx.talks.hold(order)
            for message_id in order:
                stored, line = tx.messages.get(message_id), tx.talks.line_of(message_id)
                assert stored is not None
                assert line is not None
                tx.contacts.lock(stored.inbound.sender.scheme, stored.inbound.sender.value)
                tx.talks.append(line.talk, [Line(line.talk, 0, Author.BOT, MONDAY_MORNING, "Baik")])

        return work

    def one_alone(sender: Address) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            tx.contacts.lock(sender.scheme, sender.value)
            talk = tx.talks.find(sender)
            assert talk is not None
            tx.talks.lock(talk.id)

        return work

    chance = random.Random(1708)
    for _ in range(6):
        steps = [store.write(step(chance.sample(begun, 20))) for _ in range(3)]
        steps += [store.write(one_alone(sender)) for sender in chance.sample(senders, 3)]
        batch = accepted(store, *(a_chat_message(sender=each) for each in chance.sample(senders, 20)))
        await asyncio.gather(*steps, batch)

    assert await store.read(lambda tx: sum(tx.talks.heads(heads_of(tx, begun)).values())) == 30 + 6 * 80
    await store.close()
    assert deadlocks(postgres_url) == before


async def test_a_stranger_who_comes_to_two_processes_at_once_locks_nobody_out(postgres_url: str, vault: Vault) -> None:
    store = SqlStore(open_database(postgres_url), vault)
    before = deadlocks(postgres_url)
    stranger, known = sorted(
        (Address("web", new_id()) for _ in range(2)), key=lambda each: vault.digest(each.scheme, each.value)
    )
    await accepted(store, a_chat_message(sender=known))
    looked, go_on = threading.Event(), threading.Event()

    def slowly() -> str:
        """Called between the look for the talks and the making of those that are missing."""
        looked.set()
        assert go_on.wait(20)
        return new_id()

    async def elsewhere() -> None:
        other = SqlStore(open_database(postgres_url), vault)
        both = [stored(a_chat_message(sender=each)) for each in (known, stranger)]
        await other.write(lambda tx: tx.talks.enter(both, new_id=slowly, now=MONDAY_MORNING))
        await other.close()

    entering = asyncio.create_task(asyncio.to_thread(asyncio.run, elsewhere()))
    assert await asyncio.to_thread(looked.wait, 20)
    await accepted(store, a_chat_message(sender=stranger))
    both = asyncio.create_task(accepted(store, *(a_chat_message(sender=each) for each in (stranger, known))))
    await asyncio.wait([both], timeout=0.5)
    go_on.set()
    await asyncio.gather(entering, both)
    await store.close()

    assert deadlocks(postgres_url) == before


def deadlocks(url: str) -> int:
    """How often PostgreSQL had to end one of two who waited for each other."""
    asked = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    found = in_postgres(lambda c: c.fetchval(asked), url)
    assert isinstance(found, int)
    return found


def heads_of(tx: Tx, message_ids: Sequence[str]) -> list[str]:
    """The talks of these messages."""
    return [line.talk for line in (tx.talks.line_of(message_id) for message_id in message_ids) if line]


def test_only_what_needs_no_other_statement_stands_alone() -> None:
    def alone(*messages: Inbound) -> bool:
        return stands_alone(offered(*messages), office=OFFICE)

    assert alone(an_sms(), an_sms())
    assert not alone(an_sms(), a_chat_message(sender=VISITOR))
    assert not alone(replace(an_sms(), wanted=(PHOTO,)))
    assert not stands_alone([Offer(an_sms(), "sms/telkomsel", cursor="17")], office=OFFICE)
