"""Mails reach the relay, and every way this can go wrong has its name."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from channels.email.adapter import EmailChannel
from core.channel import Misconfigured, OutcomeUnknown, SendError, Throttled, Unreachable, Unsupported, Unwelcome
from core.model.message import Address
from core.model.secret import Secret
from core.testing.channel_rig import eventually
from core.testing.fakes import RecordingIntake
from tests.certificates import server_context
from tests.channels.email.conftest import CITIZEN, make_reply, make_settings
from tests.channels.email.relay_peer import RelayPeer


def make_channel(relay: RelayPeer, **changes: Any) -> EmailChannel:
    return EmailChannel(make_settings(relay.port, **changes))


@dataclass
class Watching:
    """A channel at work, watching its relay."""

    channel: EmailChannel
    task: asyncio.Task[None]

    async def is_up(self) -> bool:
        return (await self.channel.health()).up

    async def is_down(self) -> bool:
        return not await self.is_up()


@contextlib.asynccontextmanager
async def watching(channel: EmailChannel) -> AsyncIterator[Watching]:
    task = asyncio.create_task(channel.receive(RecordingIntake()))
    try:
        yield Watching(channel, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def channel(relay: RelayPeer) -> AsyncIterator[EmailChannel]:
    async with watching(make_channel(relay, watch_seconds=60)) as made:
        await eventually(made.is_up, "the relay answers")
        yield made.channel


async def test_a_mail_arrives_as_it_was_written(relay: RelayPeer, channel: EmailChannel) -> None:
    ids = await channel.send(make_reply("Nomor laporan 4821 093 756.\n\n.Titik di depan\nTerima kasih 🙏"))

    (mail,) = relay.taken
    assert (mail.sender, mail.recipient) == ("lapor@lapor.go.id", CITIZEN)
    assert mail.text == "Nomor laporan 4821 093 756.\n\n.Titik di depan\nTerima kasih 🙏"
    assert ids == (make_reply().id,)
    assert mail.letter["Message-ID"] == f"<{make_reply().id}@lapor.go.id>"


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("CONNECT", "421 4.3.2 Service not available", Unreachable),
        ("CONNECT", "554 5.7.1 No service for you", Misconfigured),
        ("MAIL", "550 5.7.1 Sender not allowed", Misconfigured),
        ("MAIL", "451 4.3.0 Try later", Throttled),
        ("RCPT", f"550 5.1.1 <{CITIZEN}>: user unknown", Unwelcome),
        ("RCPT", "554 5.7.1 Relay access denied", Misconfigured),
        ("RCPT", "450 4.2.0 Greylisted", Throttled),
        ("RCPT", "421 4.7.0 Too many", Throttled),
        ("DATA", "451 4.3.0 Try later", Throttled),
        ("DATA", "250 What", Unreachable),
        ("TEXT", "452 4.3.1 Disk full", Throttled),
        ("TEXT", "554 5.6.0 Content refused", Unsupported),
        ("TEXT", "550 5.1.1 User unknown", Unwelcome),
        ("TEXT", "hello?", OutcomeUnknown),
    ],
)
async def test_the_answer_decides(
    relay: RelayPeer, channel: EmailChannel, command: str, answer: str, kind: type[SendError]
) -> None:
    relay.answer(command, answer)

    with pytest.raises(SendError) as caught:
        await channel.send(make_reply())

    assert type(caught.value) is kind
    assert CITIZEN not in str(caught.value)
    assert not relay.taken


@pytest.mark.parametrize("fault", ["drop_at", "fall_silent_at"])
@pytest.mark.parametrize("command", ["CONNECT", "MAIL", "RCPT", "DATA", "TEXT"])
async def test_nothing_is_in_doubt_until_the_text_is_sent(
    relay: RelayPeer, channel: EmailChannel, fault: str, command: str
) -> None:
    getattr(relay, fault)(command)

    with pytest.raises(OutcomeUnknown if command == "TEXT" else Unreachable):
        await channel.send(make_reply())


async def test_a_session_serves_several_mails(relay: RelayPeer, channel: EmailChannel) -> None:
    before = relay.sessions

    for number in range(5):
        await channel.send(make_reply(id=f"r{number}"))

    assert relay.sessions == before + 1
    assert len(relay.taken) == 5


async def test_a_session_that_the_relay_closed_meanwhile_costs_no_mail(relay: RelayPeer, channel: EmailChannel) -> None:
    await channel.send(make_reply(id="r1"))
    relay.cut()

    await channel.send(make_reply(id="r2"))

    assert len(relay.taken) == 2


async def test_no_more_mails_at_a_time_than_agreed(relay: RelayPeer) -> None:
    channel = make_channel(relay, connections=2)

    await asyncio.gather(*(channel.send(make_reply(id=f"r{number}")) for number in range(12)))

    assert len(relay.taken) == 12
    assert relay.sessions == 2


async def test_no_more_mails_a_second_than_agreed(relay: RelayPeer) -> None:
    channel = make_channel(relay, per_second=20.0)
    begun = asyncio.get_running_loop().time()

    await asyncio.gather(*(channel.send(make_reply(id=f"r{number}")) for number in range(5)))

    assert asyncio.get_running_loop().time() - begun >= 4 / 20


async def test_a_rate_that_leaves_no_room_is_said_at_once(relay: RelayPeer) -> None:
    channel = make_channel(relay, per_second=0.05)
    await channel.send(make_reply(id="r1"))

    with pytest.raises(Throttled) as caught:
        await channel.send(make_reply(id="r2"))

    assert 10 < caught.value.retry_after.total_seconds() <= 20


async def test_a_mail_that_did_not_get_through_makes_the_channel_look_at_once(relay: RelayPeer) -> None:
    async with watching(make_channel(relay, watch_seconds=600)) as made:
        await eventually(made.is_up, "the relay answers")
        await relay.close()

        with pytest.raises(Unreachable):
            await made.channel.send(make_reply())
        await relay.open()

        await eventually(made.is_up, "it comes back within a second or two")


async def test_it_can_be_stopped_at_any_moment(relay: RelayPeer) -> None:
    for moment in range(40):
        task = asyncio.create_task(make_channel(relay).receive(RecordingIntake()))
        for _ in range(moment):
            await asyncio.sleep(0)

        task.cancel()

        assert await asyncio.wait([task], timeout=2) == ({task}, set())


async def test_a_bad_address_says_nothing_of_the_relay(relay: RelayPeer, channel: EmailChannel) -> None:
    relay.answer("RCPT", "550 5.1.1 User unknown")
    with pytest.raises(Unwelcome):
        await channel.send(make_reply())

    assert (await channel.health()).up


async def test_an_address_never_becomes_a_command(relay: RelayPeer, channel: EmailChannel) -> None:
    with pytest.raises(Unsupported):
        await channel.send(make_reply(to=Address("mail", "a@contoh.id>\r\nRCPT TO:<b@contoh.id")))

    assert not relay.taken


@pytest.fixture
async def secure_relay(certificate: Path) -> AsyncIterator[RelayPeer]:
    async with RelayPeer(login=("lapor", "rahasia"), tls=server_context(certificate)) as relay:
        yield relay


def with_login(relay: RelayPeer) -> Secret:
    return Secret(f"smtp://lapor:rahasia@127.0.0.1:{relay.port}")


async def test_the_log_in_and_the_mail_go_over_tls(secure_relay: RelayPeer, certificate: Path) -> None:
    channel = make_channel(secure_relay, relay_url=with_login(secure_relay), tls_ca_file=str(certificate))

    await channel.send(make_reply())

    assert [mail.secure for mail in secure_relay.taken] == [True]


async def test_a_password_never_goes_out_in_the_clear(secure_relay: RelayPeer, certificate: Path) -> None:
    secure_relay.hide_tls()
    channel = make_channel(secure_relay, relay_url=with_login(secure_relay), tls_ca_file=str(certificate))

    with pytest.raises(Misconfigured, match="offers no TLS"):
        await channel.send(make_reply())


async def test_without_a_password_tls_is_used_where_it_is_offered(certificate: Path) -> None:
    async with RelayPeer(tls=server_context(certificate)) as relay:
        await make_channel(relay, tls_ca_file=str(certificate)).send(make_reply())

        assert [mail.secure for mail in relay.taken] == [True]


async def test_a_certificate_nobody_vouches_for_is_refused(secure_relay: RelayPeer) -> None:
    with pytest.raises(Misconfigured, match="tls_ca_file"):
        await make_channel(secure_relay, relay_url=with_login(secure_relay)).send(make_reply())


async def test_a_certificate_may_be_left_unchecked(secure_relay: RelayPeer) -> None:
    channel = make_channel(secure_relay, relay_url=with_login(secure_relay), tls_verify=False)

    assert await channel.send(make_reply())


async def test_an_unreadable_file_of_certificates_is_told(relay: RelayPeer, tmp_path: Path) -> None:
    channel = make_channel(relay, tls_ca_file=str(tmp_path / "none.pem"))

    with pytest.raises(Misconfigured, match="tls_ca_file"):
        await channel.send(make_reply())


async def test_a_relay_without_a_log_in_says_what_to_change(certificate: Path) -> None:
    async with RelayPeer(tls=server_context(certificate)) as relay:
        channel = make_channel(relay, relay_url=with_login(relay), tls_ca_file=str(certificate))

        with pytest.raises(Misconfigured, match="knows no log-in"):
            await channel.send(make_reply())


@pytest.mark.parametrize(("listen_port", "signed"), [(0, False), (8025, True)])
async def test_signed_addresses_stand_where_mail_is_received(relay: RelayPeer, listen_port: int, signed: bool) -> None:
    key = Secret("kunci-rahasia-untuk-uji")

    await make_channel(relay, listen_port=listen_port, token_key=key).send(make_reply())

    (mail,) = relay.taken
    assert ("Reply-To" in mail.letter, mail.sender != "lapor@lapor.go.id") == (signed, signed)
