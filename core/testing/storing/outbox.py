"""The kit's tests of replies on their way and their receipts."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.model.message import Delivery, Lane
from core.model.work import OutboxState, Reply
from core.ports import Store
from core.testing.builders import a_reply
from core.testing.storing.rules import LEASE, MINUTE, NOW, agree, numbered


async def add(store: Store, *replies: Reply) -> None:
    """Write replies to the outbox."""
    await store.write(lambda tx: tx.outbox.add(replies))


async def claim(
    store: Store, *, owner: str = "a", at: datetime = NOW, limit: int = 10, connection: str = "telkomsel"
) -> Sequence[Reply]:
    """Take what is due for an operator."""
    return await store.write(
        lambda tx: tx.outbox.claim(channel="sms", connection=connection, owner=owner, now=at, lease=LEASE, limit=limit)
    )


async def save(
    store: Store, reply: Reply, *, owner: str = "a", state: OutboxState = OutboxState.SENT, ids: Sequence[str] = ()
) -> None:
    """Write what an attempt came to."""
    tried = replace(reply, state=state, outbound=replace(reply.outbound, accepted=tuple(ids)))
    await store.write(lambda tx: tx.outbox.save(tried, owner=owner))


async def send(store: Store, reply: Reply, *ids: str, owner: str = "a") -> None:
    """Add, claim and mark as sent with the network's ids."""
    await add(store, reply)
    (claimed,) = await claim(store, owner=owner, connection=reply.outbound.connection)
    await save(store, claimed, owner=owner, ids=ids)


async def receipt(
    store: Store,
    *ids: str,
    delivery: Delivery = Delivery.DELIVERED,
    connection: str = "telkomsel",
    at: datetime = NOW,
    gone: bool = False,
) -> bool:
    """Note a receipt that names its piece by one of ``ids``."""
    return await store.write(lambda tx: tx.outbox.receipt(f"sms/{connection}", ids, delivery, at=at, gone=gone))


async def gone(store: Store, *ids: str) -> bool:
    """Note that the address takes nothing any more."""
    return await receipt(store, *ids, delivery=Delivery.FAILED, gone=True)


async def take_gone(store: Store, limit: int = 10) -> list[str]:
    """The replies whose address is gone."""
    return [r.id for r in await store.write(lambda tx: tx.outbox.take_gone(reason="user unknown", limit=limit))]


async def states(store: Store) -> list[OutboxState]:
    """The state of each reply, in the order of their ids."""
    return [reply.state for reply in reversed(await store.read(lambda tx: tx.outbox.listing(limit=100)))]


class OutboxTests:
    """Written once for a cause, claimed by one courier, written back by the holder of the lease."""

    async def test_a_reply_comes_back_as_it_was_written(self, store: Store) -> None:
        reply = replace(a_reply(report_id=numbered(1)), reason="belum dikirim", doubtful=True)

        await add(store, reply)

        agree(list(await store.read(lambda tx: tx.outbox.of_report(numbered(1)))), [reply], "whole")

    async def test_a_cause_answers_once(self, store: Store) -> None:
        first = a_reply("Pertama", cause="received:1")
        await add(store, first)

        await add(store, a_reply("Kedua", cause="received:1"), a_reply(cause="x"), a_reply(cause="x"))

        found = await store.read(lambda tx: tx.outbox.listing(limit=9))
        agree(sorted(each.cause for each in found), ["received:1", "x"], "one reply for a cause")
        agree(first in found, True, "the first one")

    async def test_first_replies_are_claimed_before_ordinary_ones(self, store: Store) -> None:
        ordinary = a_reply(at=NOW - MINUTE)
        first = [a_reply(lane=Lane.FIRST, at=NOW - n * MINUTE) for n in (0, 5)]
        later, elsewhere = a_reply(at=NOW + MINUTE), a_reply(connection="indosat")
        await add(store, ordinary, *first, later, elsewhere)

        claimed = await claim(store)

        agree(
            [each.id for each in claimed],
            [first[1].id, first[0].id, ordinary.id],
            "lane, then age; only what is due here",
        )
        agree({(each.state, each.attempts) for each in claimed}, {(OutboxState.SENDING, 1)}, "marked as being sent")

    async def test_couriers_never_claim_the_same_reply(self, store: Store) -> None:
        await add(store, *(a_reply() for _ in range(20)))

        claims = await asyncio.gather(*(claim(store, owner=f"owner-{n}", limit=3) for n in range(8)))

        ids = [each.id for claimed in claims for each in claimed]
        agree(len(ids), len(set(ids)), "no reply is claimed twice")
        rest = await claim(store, owner="last", limit=20)
        agree(len(ids) + len(rest), 20, "and none is passed over for good")

    async def test_who_lost_the_lease_writes_nothing(self, store: Store) -> None:
        await add(store, a_reply())
        (claimed,) = await claim(store, owner="slow")

        await save(store, claimed, owner="other", ids=["1"])

        agree(await states(store), [OutboxState.SENDING], "ignored")
        agree(await receipt(store, "1"), False, "its pieces are not noted either")

    async def test_a_reply_written_back_is_not_written_again(self, store: Store) -> None:
        await add(store, a_reply())
        (claimed,) = await claim(store)
        await save(store, claimed, state=OutboxState.FAILED)

        await save(store, claimed, ids=["1"])

        agree(await states(store), [OutboxState.FAILED], "an attempt ends once")

    async def test_released_replies_wait_again_without_the_attempt(self, store: Store) -> None:
        await add(store, a_reply(), a_reply())
        one, two = await claim(store)

        await store.write(lambda tx: tx.outbox.release([one.id, two.id], owner="other"))
        agree(len(await claim(store, owner="b")), 0, "only the owner releases")
        await store.write(lambda tx: tx.outbox.release([one.id, two.id], owner="a"))

        agree({each.attempts for each in await claim(store, owner="b")}, {1}, "the attempt was none")

    async def test_a_reply_whose_lease_ran_out_is_abandoned(self, store: Store) -> None:
        await add(store, a_reply())
        (claimed,) = await claim(store)

        early = await store.write(lambda tx: tx.outbox.abandoned(now=NOW + LEASE / 2, limit=9))
        late = await store.write(lambda tx: tx.outbox.abandoned(now=NOW + LEASE * 2, limit=9))

        agree(([each.id for each in early], [each.id for each in late]), ([], [claimed.id]), "after its lease")

    async def test_what_is_decided_of_an_abandoned_reply_is_written(self, store: Store) -> None:
        await add(store, a_reply())
        (claimed,) = await claim(store)
        decided = replace(claimed, state=OutboxState.PENDING, doubtful=True, not_before=NOW + MINUTE)

        await store.write(lambda tx: tx.outbox.settle_abandoned(decided))
        await save(store, claimed, ids=["1"])

        (found,) = await claim(store, at=NOW + MINUTE, owner="b")
        agree((found.doubtful, found.attempts), (True, 2), "it waits again, and the vanished sender writes nothing")

    async def test_the_listing_is_newest_first_by_state(self, store: Store) -> None:
        await send(store, a_reply(reply_id=numbered(1)), "1")
        await add(store, a_reply(reply_id=numbered(2)), a_reply(reply_id=numbered(3)))

        waiting = await store.read(lambda tx: tx.outbox.listing(limit=9, states=[OutboxState.PENDING]))

        agree([each.id for each in waiting], [numbered(3), numbered(2)], "newest first")


class ReceiptTests:
    """What networks say afterwards reaches the right reply, whatever comes first."""

    async def test_a_receipt_finds_its_reply_by_any_form_of_its_id(self, store: Store) -> None:
        await send(store, a_reply(), "1f3a")

        agree(await receipt(store, "7994", "1f3a"), True, "one of the forms is known")
        agree(await states(store), [OutboxState.DELIVERED], "delivered")

    async def test_a_long_reply_is_delivered_when_every_piece_is(self, store: Store) -> None:
        await send(store, a_reply(), "1", "2", "3")

        for piece in ("2", "1"):
            await receipt(store, piece)
        agree(await states(store), [OutboxState.SENT], "one piece is open yet")
        await receipt(store, "3")

        agree(await states(store), [OutboxState.DELIVERED], "now it is")

    async def test_a_long_reply_failed_when_one_piece_did(self, store: Store) -> None:
        await send(store, a_reply(), "1", "2")

        await receipt(store, "1")
        await receipt(store, "2", delivery=Delivery.FAILED)

        agree(await states(store), [OutboxState.FAILED], "half a reply is none")

    async def test_an_interim_word_does_not_take_a_final_one_back(self, store: Store) -> None:
        await send(store, a_reply(), "1")

        for delivery in (Delivery.PENDING, Delivery.DELIVERED, Delivery.PENDING, Delivery.FAILED):
            await receipt(store, "1", delivery=delivery)

        agree(await states(store), [OutboxState.DELIVERED], "the first final word stands")

    async def test_a_receipt_that_overtakes_the_answer_is_kept(self, store: Store) -> None:
        agree(await receipt(store, "1f3a", "7994"), False, "nothing is known of it yet")

        await send(store, a_reply(), "1f3a")

        agree(await states(store), [OutboxState.DELIVERED], "applied when the ids are known")

    async def test_an_early_final_word_follows_an_early_interim_one(self, store: Store) -> None:
        for delivery in (Delivery.PENDING, Delivery.DELIVERED, Delivery.PENDING):
            await receipt(store, "1", delivery=delivery)

        await send(store, a_reply(), "1")

        agree(await states(store), [OutboxState.DELIVERED], "the final one counts")

    async def test_an_early_receipt_is_spent_in_all_its_forms(self, store: Store) -> None:
        await receipt(store, "10", "16", delivery=Delivery.FAILED)
        await send(store, a_reply(reply_id=numbered(1)), "10")

        await send(store, a_reply(reply_id=numbered(2)), "16")

        agree(await states(store), [OutboxState.FAILED, OutboxState.SENT], "it was meant for one reply")

    async def test_a_forgotten_early_receipt_is_not_for_a_later_reply(self, store: Store) -> None:
        await receipt(store, "1", at=NOW - 60 * MINUTE)
        await receipt(store, "2")
        await store.write(lambda tx: tx.outbox.forget_receipts(before=NOW))

        await send(store, a_reply(reply_id=numbered(1)), "1")
        await send(store, a_reply(reply_id=numbered(2)), "2")

        agree(await states(store), [OutboxState.SENT, OutboxState.DELIVERED], "networks use their ids again")

    async def test_a_receipt_that_comes_with_the_answer_is_not_lost(self, store: Store) -> None:
        """Each transaction may miss what the other is about to commit; what both missed is found when tidying up."""
        await add(store, *(a_reply() for _ in range(12)))
        claimed = await claim(store, limit=12)

        both = ((save(store, one, ids=[one.id]), receipt(store, one.id)) for one in claimed)
        await asyncio.gather(*(step for steps in both for step in steps))
        await store.write(lambda tx: tx.outbox.forget_receipts(before=NOW - MINUTE))

        agree(set(await states(store)), {OutboxState.DELIVERED}, "every one is known to be delivered")

    async def test_a_receipt_for_one_piece_outlives_the_next_attempt(self, store: Store) -> None:
        await add(store, a_reply())
        (claimed,) = await claim(store)
        await save(store, claimed, state=OutboxState.PENDING, ids=["1", ""])
        await receipt(store, "1")
        (again,) = await claim(store, owner="b")
        await save(store, again, owner="b", ids=["1", "2"])

        await receipt(store, "2")

        agree(await states(store), [OutboxState.DELIVERED], "the first piece was delivered before")

    async def test_a_receipt_before_the_last_attempt_still_concludes_the_reply(self, store: Store) -> None:
        await add(store, a_reply())
        (claimed,) = await claim(store)
        await save(store, claimed, state=OutboxState.PENDING, ids=["1", ""])
        await receipt(store, "1")
        await receipt(store, "2")

        (again,) = await claim(store, owner="b")
        await save(store, again, owner="b", ids=["1", "2"])

        agree(await states(store), [OutboxState.DELIVERED], "all is known by then")

    async def test_a_used_again_id_means_the_newest_reply(self, store: Store) -> None:
        for number in (1, 2):
            await send(store, a_reply(reply_id=numbered(number)), "1")

        await receipt(store, "1")

        agree(await states(store), [OutboxState.SENT, OutboxState.DELIVERED], "the newest piece with that id")

    async def test_operators_may_give_the_same_id(self, store: Store) -> None:
        await send(store, a_reply(reply_id=numbered(1), connection="telkomsel"), "1")
        await send(store, a_reply(reply_id=numbered(2), connection="indosat"), "1")

        await receipt(store, "1", connection="telkomsel")

        agree(await states(store), [OutboxState.DELIVERED, OutboxState.SENT], "each operator speaks of its own")


class GoneTests:
    """A receipt that says that an address takes nothing any more is seen to once, whenever it comes."""

    async def test_a_reply_whose_address_is_gone_is_given_once(self, store: Store) -> None:
        await send(store, a_reply(reply_id=numbered(1)), "1", "2")
        await send(store, a_reply(reply_id=numbered(2)), "3")

        for piece in ("1", "2"):
            await gone(store, piece)

        agree([await take_gone(store), await take_gone(store)], [[numbered(1)], []], "once, however many pieces")
        agree(await states(store), [OutboxState.FAILED, OutboxState.SENT], "the reply failed")
        found, _ = reversed(await store.read(lambda tx: tx.outbox.listing(limit=9)))
        agree(found.reason, "user unknown", "and says why")

    async def test_a_receipt_that_overtakes_the_answer_still_means_the_address(self, store: Store) -> None:
        await gone(store, "1f3a", "7994")
        agree(await take_gone(store), [], "no reply is known yet")

        await send(store, a_reply(reply_id=numbered(1)), "1f3a")

        agree(await take_gone(store), [numbered(1)], "known with the ids")
        agree(await states(store), [OutboxState.FAILED], "failed")

    async def test_only_a_failure_may_mean_the_address(self, store: Store) -> None:
        for number, delivery in enumerate((Delivery.PENDING, Delivery.DELIVERED), 1):
            await send(store, a_reply(reply_id=numbered(number)), str(number))
            await receipt(store, str(number), delivery=delivery, gone=True)

        await send(store, a_reply(reply_id=numbered(3)), "3")
        await receipt(store, "3", delivery=Delivery.FAILED)

        agree(await take_gone(store), [], "a failure that says no such thing neither")
        agree(await states(store), [OutboxState.SENT, OutboxState.DELIVERED, OutboxState.FAILED], "as they were told")

    async def test_of_many_some_are_taken_at_a_time(self, store: Store) -> None:
        for number in range(1, 6):
            await send(store, a_reply(reply_id=numbered(number)), str(number))
            await gone(store, str(number))

        taken = [await take_gone(store, limit=2) for _ in range(4)]

        agree([len(some) for some in taken], [2, 2, 1, 0], "each once, none left")

    async def test_two_who_look_at_once_share_them(self, store: Store) -> None:
        for number in range(1, 6):
            await send(store, a_reply(reply_id=numbered(number)), str(number))
            await gone(store, str(number))

        taken = await asyncio.gather(*(take_gone(store) for _ in range(4)))

        agree(sorted(each for some in taken for each in some), [numbered(n) for n in range(1, 6)], "each once")
