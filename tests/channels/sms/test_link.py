"""The bind is kept up: back-off, questions to a silent peer, goodbyes both ways, TLS."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from channels.sms.adapter import SmsChannel
from channels.sms.smsc import Smsc, SubmitAnswer
from channels.sms.smsc.messages import message_body
from channels.sms.wire.codec import STATUSES
from channels.sms.wire.link import Link
from channels.sms.wire.pdu import Command
from core.testing.fakes import RecordingIntake
from tests.certificates import server_context, write_certificate
from tests.channels.sms.conftest import CITIZEN, Bind, Bound, eventually, make_operator, make_reply


async def test_it_comes_back_after_the_smsc_was_away(bound: Bound) -> None:
    await bound.smsc.stop()
    await bound.until_down()
    await bound.smsc.start()

    await bound.until_up()

    assert await bound.smsc.deliver(CITIZEN, "Pohon tumbang") == STATUSES["ESME_ROK"]


async def test_what_was_not_answered_before_a_break_is_taken_after_it(bound: Bound) -> None:
    bound.smsc.drop()
    posted = [bound.smsc.post(message_body(CITIZEN, b"Jalan rusak %d" % n)) for n in range(5)]

    await bound.smsc.wait_for(lambda: all(p.taken.done() for p in posted))

    assert len(bound.taken) == 5


async def test_a_quiet_peer_is_asked_and_stays_bound_when_it_answers(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, enquire_link_seconds=0.04):
        connection = smsc.connections[0]

        await smsc.wait_for(lambda: smsc.seen.count((Command.ENQUIRE_LINK, 0)) >= 3)

        assert smsc.connections == [connection]


async def test_a_peer_that_does_not_answer_is_hung_up_on(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, enquire_link_seconds=0.04, response_seconds=0.08) as bound:
        connection = smsc.connections[0]
        smsc.go_silent()

        await smsc.wait_for(lambda: connection not in smsc.connections)

        smsc.speak()
        await bound.until_up()


async def test_the_smscs_goodbye_is_answered_after_what_is_under_way(bound: Bound) -> None:
    bound.intake.hold()
    posted = bound.smsc.post(message_body(CITIZEN, b"Jalan rusak"))
    await eventually(lambda: bound.intake.offered)

    bound.smsc.request(Command.UNBIND)
    await bound.until_down()
    bound.intake.release()

    assert await posted.answered == STATUSES["ESME_ROK"]
    await bound.smsc.wait_for(lambda: (Command.UNBIND_RESP, 0) in bound.smsc.seen)
    assert [c for c, _ in bound.smsc.seen][-2:] == [Command.DELIVER_SM_RESP, Command.UNBIND_RESP]
    await bound.until_up()


async def test_our_goodbye_waits_for_commits_and_answers(bound: Bound) -> None:
    bound.intake.hold()
    posted = bound.smsc.post(message_body(CITIZEN, b"Jalan rusak"))
    await eventually(lambda: bound.intake.offered)

    stopping = asyncio.create_task(bound.stop())
    await asyncio.sleep(0)
    bound.intake.release()
    await stopping

    assert await posted.answered == STATUSES["ESME_ROK"]
    assert [c for c, _ in bound.smsc.seen][-2:] == [Command.DELIVER_SM_RESP, Command.UNBIND]
    assert not (await bound.channel.health()).up


async def test_what_does_not_commit_in_time_is_not_answered(smsc: Smsc, bind: Bind) -> None:
    async with bind(smsc, leave_seconds=0.05) as bound:
        bound.intake.hold()
        posted = smsc.post(message_body(CITIZEN, b"Jalan rusak"))
        await eventually(lambda: bound.intake.offered)

        await bound.stop()

        assert not posted.answered.done()
        assert smsc.unacknowledged == [posted]


async def test_a_message_during_the_goodbye_is_told_to_come_again(bound: Bound) -> None:
    bound.intake.hold()
    bound.smsc.post(message_body(CITIZEN, b"Jalan rusak"))
    await eventually(lambda: bound.intake.offered)
    stopping = asyncio.create_task(bound.stop())
    await asyncio.sleep(0)

    status = await bound.smsc.deliver(CITIZEN, "Lampu mati")

    assert status == STATUSES["ESME_RSYSERR"]
    bound.intake.release()
    await stopping
    assert len(bound.taken) == 1


async def test_a_reply_under_way_is_waited_for_at_the_goodbye(bound: Bound) -> None:
    bound.smsc.answer_next(SubmitAnswer(delay=0.1))
    sending = asyncio.create_task(bound.channel.send(make_reply("Laporan Anda kami terima.")))
    await bound.smsc.wait_for_submits(1)

    await bound.stop()

    assert await sending == ("f4240",)


async def test_a_stop_while_nobody_answers_the_door_is_quick() -> None:
    channel = SmsChannel(make_operator(1, reconnect_min_seconds=30.0, reconnect_max_seconds=60.0))
    task = asyncio.create_task(channel.receive(RecordingIntake()))

    async def refused() -> bool:
        return "not started" not in (await channel.health()).detail

    await eventually(refused)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=1)

    assert done


async def test_refused_credentials_are_not_tried_in_a_hurry(smsc: Smsc) -> None:
    smsc.refuse_binds(STATUSES["ESME_RINVSYSID"])
    channel = SmsChannel(make_operator(smsc.port, reconnect_max_seconds=30.0))
    task = asyncio.create_task(channel.receive(RecordingIntake()))

    await smsc.wait_for(lambda: (Command.BIND_TRANSCEIVER, 0) in smsc.seen)
    await smsc.wait_for(lambda: not smsc.connections)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert smsc.seen.count((Command.BIND_TRANSCEIVER, 0)) == 1


async def test_any_other_refusal_is_tried_again(smsc: Smsc) -> None:
    smsc.refuse_binds(STATUSES["ESME_RALYBND"])
    channel = SmsChannel(make_operator(smsc.port))
    task = asyncio.create_task(channel.receive(RecordingIntake()))
    await smsc.wait_for(lambda: smsc.seen.count((Command.BIND_TRANSCEIVER, 0)) >= 2)

    smsc.refuse_binds(None)
    await smsc.wait_for_bind()

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class NoMail:
    """Takes nothing."""

    def take(self, *_: Any) -> None: ...
    async def settle(self, limit: float) -> None: ...
    async def close(self, limit: float) -> None: ...


def test_the_wait_doubles_up_to_its_limit_and_is_never_the_same() -> None:
    operator = make_operator(reconnect_min_seconds=1.0, reconnect_max_seconds=60.0)
    link = Link(operator, role="transceiver", mail=NoMail(), time_ns=lambda: 0)

    for failures, middle in ((0, 1), (1, 1), (2, 2), (4, 8), (7, 60), (500, 60)):
        waits = [link._pause(failures) for _ in range(200)]

        assert 0.5 * middle <= min(waits)
        assert max(waits) <= 1.5 * middle
        assert len(set(waits)) > 100


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "smsc.pem")


async def test_messages_and_replies_cross_tls(bind: Bind, certificate: Path) -> None:
    async with (
        Smsc(tls=server_context(certificate)) as smsc,
        bind(smsc, tls=True, tls_ca_file=str(certificate), tls_cert_file=str(certificate)) as bound,
    ):
        assert await smsc.deliver(CITIZEN, "Jalan rusak") == STATUSES["ESME_ROK"]
        assert await bound.channel.send(make_reply("Laporan Anda kami terima."))


async def test_a_certificate_nobody_vouches_for_is_refused(certificate: Path) -> None:
    async with Smsc(tls=server_context(certificate)) as smsc:
        channel = SmsChannel(make_operator(smsc.port, tls=True))
        task = asyncio.create_task(channel.receive(RecordingIntake()))

        async def refused() -> bool:
            return "CERTIFICATE_VERIFY_FAILED" in (await channel.health()).detail

        await eventually(refused)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not smsc.seen
