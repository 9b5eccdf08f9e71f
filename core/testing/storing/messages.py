"""The kit's tests of inbound messages."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.model.message import Attachment, Command, Inbound, Verb
from core.model.work import JobKind, Outcome, StoredMessage
from core.ports import Poison, Store
from core.testing.builders import SITI, a_form, a_piece, an_sms, group_of, stored
from core.testing.storing.rules import MINUTE, NOW, agree, keep, numbered


def again(message: Inbound, *, since: datetime, until: datetime | None) -> Inbound:
    """The same message as a network without ids brings it once more."""
    return replace(an_sms(message.text), redelivered_since=since, redelivered_until=until)


class MessageTests:
    """Added in bulk, recognised when they come again, given their outcome."""

    async def test_a_message_comes_back_as_it_was_stored(self, store: Store) -> None:
        file = Attachment(id="f" * 32, media_type="image/jpeg", size=48_213, name="lubang.jpg")
        command = Command(Verb.SATISFIED, tracking_id="4821093756", pin="482913", rating=5)
        given = [
            a_form(),
            a_piece("tolong", number=2, total=3),
            replace(an_sms(), attachments=(file,), command=command),
        ]

        ids = await keep(store, *given)

        found = await store.read(lambda tx: [tx.messages.get(each) for each in ids])
        agree([each and each.inbound for each in found], given, "a message comes back whole")
        agree({each and each.outcome for each in found}, {Outcome.NONE}, "a new message has no outcome")

    async def test_an_unknown_message_is_none(self, store: Store) -> None:
        agree(await store.read(lambda tx: tx.messages.get(numbered(1))), None, "no such message")

    async def test_a_known_id_is_told_with_the_first_message_and_its_fingerprint(self, store: Store) -> None:
        first, other = stored(an_sms("Lampu jalan mati", external_id="7")), stored(an_sms("Lain", external_id="7"))
        await store.write(lambda tx: tx.messages.add_all([first], now=NOW))

        known = await store.write(lambda tx: tx.messages.add_all([other, stored(an_sms())], now=NOW))

        agree(dict(known), {other.id: (first.id, first.inbound.fingerprint)}, "the first message is named")
        agree(await store.read(lambda tx: tx.figures.received()), {"sms": 2}, "only what is new is stored")

    async def test_a_batch_may_hold_a_message_twice(self, store: Store) -> None:
        one, two = stored(an_sms(external_id="7")), stored(an_sms(external_id="7"))

        known = await store.write(lambda tx: tx.messages.add_all([one, two, stored(an_sms())], now=NOW))

        agree(dict(known), {two.id: (one.id, one.inbound.fingerprint)}, "the second is told the first")

    async def test_another_channel_may_use_the_same_id(self, store: Store) -> None:
        await keep(store, an_sms(external_id="7"))

        known = await store.write(lambda tx: tx.messages.add_all([stored(a_form(external_id="7"))], now=NOW))

        agree(dict(known), {}, "ids belong to their channel")

    async def test_of_writers_at_the_same_moment_one_is_first(self, store: Store) -> None:
        rivals = [stored(an_sms(external_id="7")) for _ in range(8)]

        async def offer(message: StoredMessage) -> Mapping[str, tuple[str, bytes]]:
            return await store.write(lambda tx: tx.messages.add_all([message], now=NOW))

        told = await asyncio.gather(*(offer(each) for each in rivals))

        firsts = {first for known in told for first, _ in known.values()}
        agree(sum(not known for known in told), 1, "one of them stored it")
        agree(
            firsts, {each.id for each, known in zip(rivals, told, strict=True) if not known}, "the others are told it"
        )

    async def test_an_equal_message_within_its_window_is_recognised(self, store: Store) -> None:
        (first,) = await keep(store, an_sms("tolong"))
        here = again(an_sms("tolong"), since=NOW, until=NOW + MINUTE)

        found = await store.read(lambda tx: tx.messages.redelivered([an_sms("lain"), here]))

        agree(dict(found), {1: first}, "the window holds its beginning")

    async def test_a_redelivered_message_that_comes_twice_in_a_batch_is_recognised_twice(self, store: Store) -> None:
        (first,) = await keep(store, an_sms("tolong"))
        here = again(an_sms("tolong"), since=NOW, until=NOW + MINUTE)

        found = await store.read(lambda tx: tx.messages.redelivered([here, here]))

        agree(dict(found), {0: first, 1: first}, "each of them is this message come again")

    async def test_each_message_of_a_batch_has_a_window_of_its_own(self, store: Store) -> None:
        await keep(store, an_sms("tolong"), an_sms("1"))
        wide = again(an_sms("lain"), since=NOW - 60 * MINUTE, until=NOW + MINUTE)
        narrow = again(an_sms("tolong"), since=NOW + MINUTE, until=NOW + 2 * MINUTE)

        found = await store.read(lambda tx: tx.messages.redelivered([wide, narrow]))

        agree(dict(found), {}, "another's wider window is not this one's")

    @pytest.mark.parametrize(
        ("since", "until"), [(MINUTE, 2 * MINUTE), (-MINUTE, 0 * MINUTE)], ids=["after it", "before it"]
    )
    async def test_an_equal_message_outside_its_window_is_another(
        self, store: Store, since: timedelta, until: timedelta
    ) -> None:
        await keep(store, an_sms("tolong"))
        here = again(an_sms("tolong"), since=NOW + since, until=NOW + until)

        agree(dict(await store.read(lambda tx: tx.messages.redelivered([here]))), {}, "it is no redelivery")

    async def test_where_the_network_gives_ids_equal_words_are_two_messages(self, store: Store) -> None:
        await keep(store, an_sms("tolong"))

        agree(
            dict(await store.read(lambda tx: tx.messages.redelivered([an_sms("tolong")]))), {}, "no window, no look-up"
        )

    async def test_only_unsettled_pieces_wait_oldest_first(self, store: Store) -> None:
        (settled,) = await keep(store, a_piece("lama", number=1, total=2))
        await store.write(lambda tx: tx.messages.settle([settled], Outcome.PIECE, report_id=numbered(9)))
        (late,) = await keep(store, a_piece("dua", number=2, total=2), at=NOW + MINUTE)
        (early,) = await keep(store, a_piece("satu", number=1, total=2))
        await keep(store, a_piece("orang lain", number=1, total=2, group="other"))

        waiting = await store.read(lambda tx: tx.messages.pieces(group_of(SITI)))

        agree([each.id for each in waiting], [early, late], "the open pieces of the group, in order")

    async def test_late_pieces_find_the_newest_report_of_their_group(self, store: Store) -> None:
        group = group_of(SITI)
        (old,) = await keep(store, a_piece("lama", number=1, total=2), at=NOW - 60 * MINUTE)
        (new,) = await keep(store, a_piece("baru", number=1, total=2))
        await store.write(lambda tx: tx.messages.settle([old], Outcome.REPORT, report_id=numbered(1)))
        await store.write(lambda tx: tx.messages.settle([new], Outcome.REPORT, report_id=numbered(2)))

        found = await store.read(lambda tx: [tx.messages.report_of(group, since=NOW + m) for m in (-MINUTE, MINUTE)])

        agree(found, [numbered(2), ""], "the newest within the time, else none")

    async def test_a_settled_message_belongs_to_its_report(self, store: Store) -> None:
        one, two, _ = await keep(store, an_sms(), an_sms(), an_sms())

        await store.write(
            lambda tx: tx.messages.settle([one, two], Outcome.REPEAT, report_id=numbered(5), note="twice")
        )

        found = await store.read(lambda tx: tx.messages.of_report(numbered(5)))
        agree({(m.id, m.outcome, m.note) for m in found}, {(i, Outcome.REPEAT, "twice") for i in (one, two)}, "settled")

    async def test_another_reading_keeps_the_outcome(self, store: Store) -> None:
        (known,) = await keep(store, an_sms("Jln rusak"))
        await store.write(lambda tx: tx.messages.settle([known], Outcome.PARKED, note="unreadable"))
        first = await store.read(lambda tx: tx.messages.get(known))
        better = replace(first, inbound=replace(first.inbound, text="Jalan rusak"))  # type: ignore[union-attr, type-var]

        await store.write(lambda tx: tx.messages.save(better))  # type: ignore[arg-type]

        agree(await store.read(lambda tx: tx.messages.get(known)), better, "only the reading is new")

    async def test_a_channel_is_read_page_by_page(self, store: Store) -> None:
        kept = [stored(an_sms(), message_id=numbered(n)) for n in range(1, 6)]
        await store.write(lambda tx: tx.messages.add_all([*kept, stored(a_form())], now=NOW))

        first = await store.read(lambda tx: tx.messages.latest(channel="sms", limit=2))
        rest = await store.read(lambda tx: tx.messages.latest(channel="sms", limit=9, after=first[-1].id))

        agree([each.id for each in (*first, *rest)], [each.id for each in kept], "every message once, in order")

    async def test_a_message_that_cannot_be_written_is_poison_and_the_next_one_is_stored(self, store: Store) -> None:
        broken = replace(an_sms(), text="\ud800 tolong")

        with pytest.raises(Poison):
            await keep(store, broken)

        await keep(store, an_sms())
        agree(await store.read(lambda tx: tx.figures.received()), {"sms": 1}, "poison stores nothing")


class TakingTests:
    """What the accept path writes: messages that are new, each with its job, in as few statements as there can be."""

    async def test_a_new_message_gets_its_job_in_the_same_commit(self, store: Store) -> None:
        message, form = stored(an_sms()), stored(a_form(), outcome=Outcome.REPORT, report_id=numbered(9))

        known = await store.write_at_once(lambda tx: tx.messages.take([message, form], now=NOW))

        job = await store.read(lambda tx: tx.jobs.find(JobKind.CONVERSE, message.id))
        agree((dict(known), job and job.id), ({}, message.id), "the job has the message's id")
        agree(
            await store.read(lambda tx: tx.jobs.find(JobKind.CONVERSE, form.id)), None, "a form needs no conversation"
        )
        agree(await store.read(lambda tx: tx.messages.get(message.id)), message, "it is stored whole")

    async def test_what_is_known_gets_no_second_job(self, store: Store) -> None:
        first, again_first = stored(an_sms(external_id="7")), stored(an_sms(external_id="7"))
        await store.write_at_once(lambda tx: tx.messages.take([first], now=NOW))

        known = await store.write_at_once(lambda tx: tx.messages.take([again_first, stored(an_sms())], now=NOW))

        agree(dict(known), {again_first.id: (first.id, first.inbound.fingerprint)}, "the first message is named")
        agree(await store.read(lambda tx: tx.figures.jobs_due(now=NOW)), 2, "one job for each message")

    async def test_what_is_redelivered_is_the_first_message(self, store: Store) -> None:
        (first,) = await keep(store, an_sms("tolong", at=NOW))
        repeated = stored(again(an_sms("tolong"), since=NOW - MINUTE, until=NOW + MINUTE))
        deliberate = stored(again(an_sms("tolong"), since=NOW - MINUTE, until=NOW))

        known = await store.write_at_once(lambda tx: tx.messages.take([repeated, deliberate], now=NOW + MINUTE))

        agree({key: value[0] for key, value in known.items()}, {repeated.id: first}, "the window decides")
        agree(await store.read(lambda tx: tx.figures.received()), {"sms": 2}, "a deliberate repeat is a message")

    async def test_jobs_of_which_a_broker_is_told_are_published_only_when_stale(self, store: Store) -> None:
        message = stored(an_sms())
        await store.write_at_once(lambda tx: tx.messages.take([message], now=NOW, told=True))

        soon = await store.write(lambda tx: tx.jobs.publish(now=NOW + MINUTE / 4, stale=MINUTE, limit=9))
        late = await store.write(lambda tx: tx.jobs.publish(now=NOW + 2 * MINUTE, stale=MINUTE, limit=9))

        agree((list(soon), list(late)), ([], [message.id]), "the broker must have lost it by then")
