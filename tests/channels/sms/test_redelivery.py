"""SMPP gives a message no id: the same one come again is told from a citizen who says the same twice."""

import asyncio

from channels.sms.smsc import Smsc
from channels.sms.smsc.messages import long_bodies, message_body
from channels.sms.wire.pdu import Command
from core.testing.fakes import RecordingIntake
from tests.channels.sms.conftest import CITIZEN, Bind, Bound, eventually

STATUS = message_body(CITIZEN, b"STATUS 4821093756")


async def test_saying_the_same_twice_in_a_quiet_session_is_two_messages(bound: Bound) -> None:
    for _ in range(2):
        await bound.smsc.deliver_body(STATUS)

    first, second = bound.taken
    assert first.fingerprint == second.fingerprint
    assert first.external_id != second.external_id


async def test_a_message_that_comes_again_after_a_break_is_the_same(bound: Bound) -> None:
    bound.intake.hold()
    posted = bound.smsc.post(STATUS)
    await eventually(lambda: bound.intake.offered)
    bound.smsc.drop()
    bound.intake.release()

    await bound.smsc.wait_for(posted.taken.done)

    assert len(bound.taken) == 1


async def test_a_message_that_comes_again_after_a_restart_is_the_same(smsc: Smsc, bind: Bind) -> None:
    intake = RecordingIntake()
    async with bind(smsc, intake=intake):
        await smsc.deliver_body(STATUS)
    posted = smsc.post(STATUS)

    async with bind(smsc, intake=intake):
        await smsc.wait_for(posted.taken.done)

    assert (len(intake.offered), len(intake.committed)) == (2, 1)


async def test_a_copy_that_arrives_while_the_first_is_committed_shares_its_commit(bound: Bound) -> None:
    bound.intake.hold()
    posted = bound.smsc.post(STATUS)
    await eventually(lambda: bound.intake.offered)

    bound.smsc.redeliver()
    bound.smsc.request(Command.ENQUIRE_LINK)
    await bound.smsc.wait_for(lambda: (Command.ENQUIRE_LINK_RESP, 0) in bound.smsc.seen)
    bound.intake.release()

    await bound.smsc.wait_for(lambda: posted.statuses == [0, 0])
    assert len(bound.intake.offered) == 1


async def test_a_copy_after_a_break_waits_for_the_commit_that_is_still_under_way(bound: Bound) -> None:
    bound.intake.hold()
    posted = bound.smsc.post(STATUS)
    await eventually(lambda: bound.intake.offered)
    bound.smsc.drop()
    await bound.until_down()
    await bound.until_up()
    await bound.smsc.wait_for_bind()
    await bound.smsc.wait_for(lambda: bool(bound.smsc.connections[0].under_way))

    assert not posted.statuses
    bound.intake.release()

    await bound.smsc.wait_for(posted.taken.done)
    assert len(bound.intake.offered) == 1


async def test_a_copy_after_a_late_answer_is_the_same(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, late_seconds=20) as bound:
        bound.intake.hold()
        posted = smsc.post(STATUS)
        await eventually(lambda: bound.intake.offered)
        bound.clock.advance(30)
        bound.intake.release()
        await posted.answered

        await smsc.deliver_body(STATUS)
        copies = len(bound.taken)
        await smsc.deliver_body(STATUS)

        assert (len(bound.intake.offered), copies, len(bound.taken)) == (3, 1, 2)


async def test_after_the_horizon_an_equal_message_is_a_new_one(smsc: Smsc, bind: Bind) -> None:
    intake = RecordingIntake()
    async with bind(smsc, intake=intake):
        await smsc.deliver_body(STATUS)

    async with bind(smsc, intake=intake, redelivery_seconds=600) as bound:
        bound.clock.advance(601)
        await smsc.deliver_body(STATUS)

    assert len(intake.committed) == 2
    assert intake.committed[1].redelivered_since is None


async def test_the_pieces_of_a_long_message_are_never_taken_for_one_another(bound: Bound) -> None:
    bound.intake.hold()
    bodies = long_bodies(CITIZEN, "a" * 153 * 3, by="udh8", reference=5)
    posted = [bound.smsc.post(body) for body in bodies]
    await eventually(lambda: len(bound.intake.offered) == 3)

    bound.intake.release()

    await asyncio.gather(*(p.answered for p in posted))
    assert sorted(m.part.number for m in bound.taken if m.part) == [1, 2, 3]


async def test_an_unreadable_message_that_comes_again_is_the_same_too(smsc: Smsc, bind: Bind) -> None:
    intake = RecordingIntake()
    async with bind(smsc, intake=intake):
        await smsc.deliver_body(STATUS[:-3])
    posted = smsc.post(STATUS[:-3])

    async with bind(smsc, intake=intake):
        await smsc.wait_for(posted.taken.done)

    assert [m.unreadable for m in intake.committed] == [True]
