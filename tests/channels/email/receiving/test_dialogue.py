"""What the server says to clients, good and bad ones, over real sockets and on both event loops."""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from tests.certificates import server_context
from tests.channels.email.receiving.clients import MAIL, SmtpClient, Taker, listening

Scenario = Callable[[], Awaitable[None]]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def play(request: pytest.FixtureRequest) -> Callable[[Scenario], None]:
    """Runs a scenario on a loop of either kind."""

    def run(scenario: Scenario) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(scenario())  # type: ignore[arg-type]

    return run


@pytest.fixture
def taker() -> Taker:
    return Taker()


Play = Callable[[Scenario], None]


def test_a_mail_is_taken_with_its_envelope(play: Play, taker: Taker) -> None:
    async def scenario() -> None:
        async with listening(taker) as (_, port), SmtpClient(port) as client:
            assert client.greeting == "220 mx.lapor.go.id LAPOR"
            assert await client.bring(MAIL, "lapor@lapor.go.id", "LAPOR+a1@Lapor.go.id") == "250 2.0.0 Ok"

    play(scenario)

    ((raw, envelope),) = taker.taken
    assert raw == MAIL
    assert envelope.sender == "siti@contoh.id"
    assert envelope.recipients == ("lapor@lapor.go.id", "LAPOR+a1@Lapor.go.id")
    assert (envelope.client, envelope.greeting) == ("127.0.0.1", "mx.contoh.id")


def test_what_is_offered(play: Play, taker: Taker) -> None:
    async def scenario() -> None:
        async with listening(taker) as (_, port), SmtpClient(port) as client:
            offered = (await client.ask("EHLO mx.contoh.id")).split("\n")
        assert [line[4:] for line in offered] == [
            "mx.lapor.go.id",
            "SIZE 26214400",
            "8BITMIME",
            "SMTPUTF8",
            "PIPELINING",
            "HELP",
        ]

    play(scenario)


def test_several_mails_over_one_connection_all_in_one_go(play: Play, taker: Taker) -> None:
    """RFC 2920: everything up to DATA may come at once, and the next mail right behind the dot."""
    first = b"MAIL FROM:<siti@contoh.id> BODY=8BITMIME\r\nRCPT TO:<lapor@lapor.go.id>\r\nDATA\r\n"
    second = b"MAIL FROM:<> SMTPUTF8\r\nRCPT TO:<lapor@lapor.go.id>\r\nRCPT TO:<orang@lain.id>\r\nDATA\r\n"

    async def scenario() -> None:
        async with listening(taker) as (_, port), SmtpClient(port) as client:
            client.say(b"EHLO mx.contoh.id\r\n" + first)
            assert [(await client.hear())[:3] for _ in range(4)] == ["250", "250", "250", "354"]
            client.say(MAIL + b".\r\n" + second + MAIL + b".\r\nQUIT\r\n")
            said = [(await client.hear())[:3] for _ in range(7)]
            assert said == ["250", "250", "250", "550", "354", "250", "221"]

    play(scenario)

    assert [envelope.sender for _, envelope in taker.taken] == ["siti@contoh.id", ""]


def test_eight_bits_and_other_alphabets_arrive_whole(play: Play, taker: Taker) -> None:
    mail = "From: r@contoh.id\r\nSubject: Kafé\r\n\r\nMohon dibantu 🙏\r\n".encode() + b"\xff\xfe\x00\r\n"

    async def scenario() -> None:
        async with listening(taker) as (_, port), SmtpClient(port) as client:
            await client.ask("EHLO mx.contoh.id")
            assert (await client.ask("MAIL FROM:<rí@contoh.id> SMTPUTF8 BODY=8BITMIME")).startswith("250")
            assert (await client.ask("RCPT TO:<lapor@lapor.go.id>")).startswith("250")
            await client.ask("DATA")
            client.say(mail + b".\r\n")
            assert (await client.hear()).startswith("250")

    play(scenario)

    ((raw, envelope),) = taker.taken
    assert (raw, envelope.sender) == (mail, "rí@contoh.id")


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ("<>", ""),
        ("<budi..s.@contoh.id>", "budi..s.@contoh.id"),
        ('<"budi santoso"@contoh.id>', '"budi santoso"@contoh.id'),
        ("<@mx1.contoh.id,@mx2.contoh.id:budi@contoh.id>", "budi@contoh.id"),
        (" <budi@[192.0.2.1]> SIZE=1000", "budi@[192.0.2.1]"),
        ("budi@contoh.id", "budi@contoh.id"),
    ],
)
async def test_odd_senders_may_write(taker: Taker, written: str, sender: str) -> None:
    async with listening(taker) as (_, port), SmtpClient(port) as client:
        await client.ask("EHLO mx.contoh.id")
        assert (await client.ask(f"MAIL FROM:{written}")).startswith("250")
        await client.ask("RCPT TO:<lapor@lapor.go.id>")
        await client.ask("DATA")
        client.say(MAIL + b".\r\n")
        assert (await client.hear()).startswith("250")

    assert [envelope.sender for _, envelope in taker.taken] == [sender]


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        ("lapor@lapor.go.id", "250"),
        ("Lapor@LAPOR.GO.ID", "250"),
        ("lapor+a234@lapor.go.id", "250"),
        ("postmaster", "250"),
        ("Postmaster@lapor.go.id", "250"),
        ("orang@lapor.go.id", "550 5.1.1"),
        ("lapor@lain.go.id", "550 5.1.1"),
        ("", "550 5.1.1"),
    ],
)
async def test_mail_is_taken_for_our_addresses(taker: Taker, recipient: str, code: str) -> None:
    async with listening(taker) as (_, port), SmtpClient(port) as client:
        await client.ask("EHLO mx.contoh.id")
        await client.ask("MAIL FROM:<siti@contoh.id>")

        assert (await client.ask(f"RCPT TO:<{recipient}>")).startswith(code)


async def test_without_addresses_every_recipient_is_ours(taker: Taker) -> None:
    async with listening(taker, addresses=()) as (_, port), SmtpClient(port) as client:
        assert (await client.bring(MAIL, "siapa@saja.id")).startswith("250")


async def test_a_mail_that_is_too_large_is_refused_by_its_size_or_at_its_end(taker: Taker) -> None:
    async with listening(taker, max_size=65_536) as (_, port), SmtpClient(port) as client:
        await client.ask("EHLO mx.contoh.id")
        assert (await client.ask("MAIL FROM:<siti@contoh.id> SIZE=65537")).startswith("552")
        assert (await client.bring(b"x" * 65_537 + b"\r\n")).startswith("552 5.3.4")
        assert (await client.bring(MAIL)).startswith("250")


async def test_too_many_recipients_come_in_another_mail(taker: Taker) -> None:
    async with listening(taker, max_recipients=3) as (_, port), SmtpClient(port) as client:
        await client.begin(*(f"lapor+{n}@lapor.go.id" for n in range(3)))
        client.say(MAIL + b".\r\n")
        await client.hear()
        await client.ask("MAIL FROM:<siti@contoh.id>")
        said = [await client.ask(f"RCPT TO:<lapor+{n}@lapor.go.id>") for n in range(4)]

        assert [answer[:3] for answer in said] == ["250", "250", "250", "452"]


async def test_a_hundred_recipients_are_no_flood_of_commands(taker: Taker) -> None:
    async with listening(taker, idle_commands=20) as (_, port), SmtpClient(port) as client:
        assert (await client.bring(MAIL, *(f"lapor+{n}@lapor.go.id" for n in range(100)))).startswith("250")


@pytest.mark.parametrize("command", ["NOOP", "RSET", "VRFY siti", "HELP", "EHLO a", "FOO", "", "RCPT TO:<a@b.id>"])
async def test_who_brings_no_mail_has_to_go(taker: Taker, command: str) -> None:
    async with listening(taker, idle_commands=20) as (_, port), SmtpClient(port) as client:
        client.say(f"{command}\r\n".encode() * 5_000)
        said = [await client.hear() for _ in range(30)]

        assert "\n".join(said).strip().rpartition("\n")[2][:3] in {"421", "502"}
        assert said[-1] == ""


async def test_a_command_without_end_is_not_kept(taker: Taker) -> None:
    async with listening(taker) as (_, port), SmtpClient(port) as client:
        client.say(b"EHLO " + b"x" * 1_000_000 + b"\r\n")

        assert await client.hear() == "500 Command line too long"


async def test_one_client_has_so_many_connections(taker: Taker) -> None:
    async with listening(taker, max_connections_per_client=2) as (_, port):
        async with SmtpClient(port), SmtpClient(port), SmtpClient(port) as third:
            assert third.greeting.startswith("421 4.7.0")
        await asyncio.sleep(0.05)
        async with SmtpClient(port) as again:
            assert again.greeting.startswith("220")


async def test_all_clients_have_so_many_connections(taker: Taker) -> None:
    async with listening(taker, max_connections=1) as (_, port), SmtpClient(port), SmtpClient(port) as second:
        assert second.greeting.startswith("421")
        assert await second.hear() == ""


async def test_one_client_brings_so_many_mails_a_minute(taker: Taker) -> None:
    async with listening(taker, mails_per_minute=2) as (_, port), SmtpClient(port) as client:
        assert (await client.bring()).startswith("250")
        assert (await client.bring()).startswith("250")
        assert (await client.ask("MAIL FROM:<siti@contoh.id>")).startswith("450 4.7.1")


async def test_one_connection_brings_so_many_mails(taker: Taker) -> None:
    async with listening(taker, mails_per_connection=1) as (_, port), SmtpClient(port) as client:
        await client.bring()
        assert (await client.ask("MAIL FROM:<siti@contoh.id>")).startswith("421 4.7.0")


async def test_a_silent_client_has_to_go(taker: Taker) -> None:
    async with listening(taker, idle_seconds=0.1) as (_, port), SmtpClient(port) as client:
        assert (await client.hear()).startswith("421 4.4.2")
        assert await client.hear() == ""


async def test_a_whole_text_has_its_time_however_it_trickles(taker: Taker) -> None:
    async with listening(taker, upload_seconds=0.3) as (_, port), SmtpClient(port) as client:
        await client.begin()
        begun = asyncio.get_running_loop().time()
        with contextlib.suppress(OSError):
            for _ in range(100):
                client.say(b"Jalan rusak\r\n")
                await client.writer.drain()
                await asyncio.sleep(0.02)
                if client.reader.at_eof():
                    break

        assert asyncio.get_running_loop().time() - begun < 1
    assert not taker.taken


async def test_a_client_that_hangs_up_in_the_middle_brought_nothing(taker: Taker) -> None:
    async with listening(taker) as (server, port):
        client = SmtpClient(port)
        await client.connect()
        await client.hear()
        await client.begin()
        client.say(MAIL[:-2])
        await client.hang_up()
        await asyncio.sleep(0.05)

        assert not server._house.dialogues
        assert server._house.room.taken == 0
    assert not taker.taken


async def test_without_room_mails_come_again(taker: Taker) -> None:
    async with listening(taker, max_in_flight=1_048_576) as (_, port), SmtpClient(port) as one:
        await one.begin()
        one.say(b"x" * 900_000)
        await one.writer.drain()
        async with SmtpClient(port) as two:
            await asyncio.sleep(0.1)
            assert (await two.bring(b"y" * 500_000 + b"\r\n")).startswith("452 4.3.1")
        one.say(b"\r\n.\r\n")
        assert (await one.hear()).startswith("250")
        assert (await one.bring(b"y" * 500_000 + b"\r\n")).startswith("250")


async def test_whatever_goes_wrong_the_mail_comes_again(taker: Taker, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> str:
        raise RuntimeError("kata sandi basis data: rahasia")

    taker.answer = fail
    async with listening(taker) as (_, port), SmtpClient(port) as client:
        assert await client.bring() == "451 4.3.0 Try again later"
        taker.answer = "250 2.0.0 Ok"
        assert (await client.bring()).startswith("250")
    assert "siti@contoh.id" not in caplog.text


def test_over_tls(play: Play, taker: Taker, certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.check_hostname = False

    async def scenario() -> None:
        async with listening(taker, tls=server_context(certificate)) as (_, port), SmtpClient(port) as client:
            assert "250-STARTTLS" in await client.ask("EHLO mx.contoh.id")
            await client.secure(trusting)
            assert (await client.ask("MAIL FROM:<siti@contoh.id>")).startswith("503")
            offered = await client.ask("EHLO mx.contoh.id")
            assert "STARTTLS" not in offered
            assert "AUTH" not in offered
            large = MAIL + b"x" * 2_000_000 + b"\r\n"
            assert (await client.bring(large)).startswith("250")
            assert taker.taken[0][0] == large

    play(scenario)


def test_what_is_said_before_tls_does_not_count(play: Play, taker: Taker, certificate: Path) -> None:
    """RFC 3207 §4.2, CVE-2011-0411."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.check_hostname = False

    async def scenario() -> None:
        async with listening(taker, tls=server_context(certificate)) as (_, port), SmtpClient(port) as client:
            await client.ask("EHLO mx.contoh.id")
            client.say(b"STARTTLS\r\nMAIL FROM:<penyusup@contoh.id>\r\n")
            assert (await client.hear()).startswith("220")
            await client.writer.start_tls(trusting)
            assert (await client.ask("NOOP")).startswith("250")
            assert (await client.ask("RCPT TO:<lapor@lapor.go.id>")).startswith("503")

    play(scenario)


async def test_a_handshake_that_fails_ends_the_connection(taker: Taker, certificate: Path) -> None:
    async with listening(taker, tls=server_context(certificate)) as (server, port), SmtpClient(port) as client:
        await client.ask("EHLO mx.contoh.id")
        await client.ask("STARTTLS")
        client.say(b"MAIL FROM:<siti@contoh.id>\r\n")
        async with asyncio.timeout(5):
            while server._house.dialogues:
                await asyncio.sleep(0.01)


async def test_where_tls_is_required_nothing_comes_in_the_clear(taker: Taker, certificate: Path) -> None:
    tls = server_context(certificate)
    async with listening(taker, tls=tls, tls_required=True, tls_cert_file="x") as (_, port), SmtpClient(port) as client:
        await client.ask("EHLO mx.contoh.id")
        assert (await client.ask("MAIL FROM:<siti@contoh.id>")).startswith("530")


V1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 50000 25\r\n"
V2_SIGN = b"\r\n\r\n\0\r\nQUIT\n\x21\x11"
V2 = V2_SIGN + struct.pack("!H", 12) + bytes([203, 0, 113, 7, 192, 0, 2, 1, 195, 80, 0, 25])


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
def test_a_proxy_names_the_client(play: Play, taker: Taker, header: bytes) -> None:
    async def scenario() -> None:
        async with listening(taker, proxy_addresses=("127.0.0.0/8",), max_connections_per_client=1) as (_, port):
            client, second = SmtpClient(port), SmtpClient(port)
            await client.connect()
            client.say(header)
            assert (await client.hear()).startswith("220")
            assert (await client.bring()).startswith("250")
            await second.connect()
            second.say(header)
            assert (await second.hear()).startswith("421 4.7.0")
            await client.hang_up()
            await second.hang_up()

    play(scenario)

    assert taker.taken[0][1].client == "203.0.113.7"


async def test_only_a_proxy_we_know_is_believed(taker: Taker) -> None:
    async with listening(taker, proxy_addresses=("192.0.2.0/24",)) as (_, port), SmtpClient(port) as client:
        client.say(V1)

        assert (await client.hear()).startswith("500")


async def test_a_proxy_that_names_nobody_is_hung_up_on(taker: Taker) -> None:
    async with listening(taker, proxy_addresses=("127.0.0.1",)) as (_, port):
        client = SmtpClient(port)
        await client.connect()
        client.say(b"EHLO mx.contoh.id\r\n")
        assert await client.hear() == ""
        await client.hang_up()


async def test_lmtp_answers_for_each_recipient(taker: Taker) -> None:
    async with listening(taker, protocol="lmtp") as (_, port), SmtpClient(port) as client:
        assert (await client.ask("EHLO mx.contoh.id")).startswith("500")
        await client.begin("lapor@lapor.go.id", "lapor+a@lapor.go.id", hello="LHLO mx.contoh.id")
        client.say(MAIL + b".\r\nNOOP\r\n")

        said = [await client.hear() for _ in range(3)]

    assert said == ["250 2.0.0 Ok", "250 2.0.0 Ok", "250 OK"]
    assert len(taker.taken) == 1


async def test_lmtp_answers_for_each_recipient_also_what_is_bad(taker: Taker) -> None:
    async def fail() -> str:
        raise RuntimeError("anything")

    async with listening(taker, protocol="lmtp", max_size=65_536) as (_, port), SmtpClient(port) as client:
        for text, code in ((b"x" * 70_000 + b"\r\n", "552"), (MAIL, "451")):
            taker.answer = fail
            await client.begin("lapor@lapor.go.id", "lapor+a@lapor.go.id", hello="LHLO mx.contoh.id")
            client.say(text + b".\r\nNOOP\r\n")
            assert [(await client.hear())[:3] for _ in range(3)] == [code, code, "250"]


async def test_a_server_that_closes_answers_for_the_mail_it_has(taker: Taker) -> None:
    done = asyncio.Event()

    async def wait() -> str:
        await done.wait()
        return "250 2.0.0 Ok"

    taker.answer = wait
    async with listening(taker) as (server, port), SmtpClient(port) as busy, SmtpClient(port) as idle:
        await busy.begin()
        busy.say(MAIL + b".\r\n")
        while not taker.taken:
            await asyncio.sleep(0)

        server.stop()

        assert (await idle.hear()).startswith("421 4.3.2")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        done.set()
        assert await busy.hear() == "250 2.0.0 Ok"
        assert (await busy.hear()).startswith("421 4.3.2")
