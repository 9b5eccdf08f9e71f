"""What becomes of a mail that is complete: stored, accepted, answered, whatever happens meanwhile."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.email.letter.model import Envelope, Letter
from channels.email.receiving.arrivals import BUSY, FAILED, OK, REFUSED, Arrivals
from channels.email.receiving.mapping import LARGEST_RAW, Ours
from channels.email.receiving.readers.interpreting import interpret
from channels.email.receiving.readers.reading import Question, Reading, unread
from channels.email.receiving.smtp.limits import Room
from channels.email.sending.tokens import address_for
from channels.email.settings import EmailSettings
from core.channel import Busy, Refused
from core.model.message import Delivery, Inbound, Mark, Origin
from core.testing.channel_rig import eventually
from core.testing.fakes import RecordingIntake

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
KEY = b"kunci-rahasia-32-oktet-panjangnya"
REPLY = "0193f1a2b3c47d5e8f90a1b2c3d4e5f6"
OURS = Ours(frozenset({"lapor@lapor.go.id"}), key=KEY, mark="X-Lapor-Loop")
ENVELOPE = Envelope("siti@contoh.id", ("lapor@lapor.go.id",), "192.0.2.7", "mx.contoh.id")
MAIL = (
    b"From: Siti Rahmawati <siti@contoh.id>\r\nTo: lapor@lapor.go.id\r\nSubject: Bls: Jalan rusak\r\n"
    b"Message-ID: <a1@contoh.id>\r\n\r\nJalan Merdeka km 5 berlubang.\r\n"
)
IMAGE = b"/9j/4AAQSkZJRg==\r\n"
PART = b"--b\r\nContent-Type: image/jpeg; name=lubang.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
PHOTO = (
    b"From: siti@contoh.id\r\nSubject: Foto\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nFoto terlampir.\r\n" + (PART + IMAGE) * 3 + b"--b--\r\n"
)
DSN = (
    b"From: MAILER-DAEMON@mx.contoh.id\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nMaaf.\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.contoh.id\r\n\r\n"
    b"Final-Recipient: rfc822; hilang@contoh.id\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
)


class Here:
    """Reads mails in this process. ``found`` is given instead, where it is set; ``hold`` makes it wait."""

    def __init__(self) -> None:
        self.found: Reading | Exception | None = None
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()

    async def read(self, raw: bytes, question: Question) -> tuple[Reading, Sequence[memoryview]]:
        self.asked += 1
        await self.open.wait()
        if isinstance(self.found, Exception):
            raise self.found
        reading, contents = interpret(raw, question)
        return self.found or reading, [memoryview(content) for content in contents]


class Post:
    """Arrivals with everything around them."""

    def __init__(self) -> None:
        self.intake = RecordingIntake()
        self.here = Here()
        self.room = Room(10**9)
        self.arrivals = Arrivals(
            EmailSettings(listen_port=0, max_text=400, max_files=2),
            ours=OURS,
            readers=self.here,
            now=lambda: NOW,
            room=self.room,
        )
        self.arrivals.open(self.intake)

    async def take(self, raw: bytes = MAIL, envelope: Envelope = ENVELOPE) -> str:
        return await self.arrivals.take(raw, envelope)

    @property
    def message(self) -> Inbound:
        (message,) = self.intake.committed
        return message


@pytest.fixture
def post() -> Post:
    return Post()


async def test_a_mail_becomes_a_message(post: Post) -> None:
    assert await post.take() == OK

    message = post.message
    assert (message.channel, message.connection, message.sender.value) == ("email", "main", "siti@contoh.id")
    assert (message.text, message.title) == ("Jalan Merdeka km 5 berlubang.", "Jalan rusak")
    assert (message.raw, message.raw_blob, message.received_at) == (MAIL, "", NOW)
    assert message.route == {"message_id": "a1@contoh.id", "subject": "Jalan rusak", "to": "lapor@lapor.go.id"}
    assert message.origin is Origin.PERSON
    assert not message.unreadable


async def test_a_mail_that_comes_again_by_another_way_is_known(post: Post) -> None:
    traces = b"Return-Path: <siti@contoh.id>\r\nReceived: from mx2\r\n\tby mx.lapor.go.id; Sat, 21 Nov\r\n"
    spam = b"X-Spam-Status: No,\r\n score=0.1\r\nAuthentication-Results: mx; spf=pass\r\n"

    assert [await post.take(), await post.take(traces + spam + MAIL)] == [OK, OK]

    assert len(post.intake.offered) == 2
    assert len(post.intake.committed) == 1


@pytest.mark.parametrize("other", [MAIL + b"x", MAIL.replace(b"a1@", b"a2@"), MAIL.replace(b"km 5", b"km 6")])
async def test_another_mail_is_another_message(post: Post, other: bytes) -> None:
    await post.take()
    await post.take(other)

    assert len(post.intake.committed) == 2


async def test_two_copies_at_the_same_time_are_accepted_once(post: Post) -> None:
    post.intake.hold()
    first, second = asyncio.create_task(post.take()), asyncio.create_task(post.take())
    await eventually(lambda: len(post.intake.offered) == 1, "one of them is offered")
    post.intake.release()

    assert await asyncio.gather(first, second) == [OK, OK]
    assert len(post.intake.offered) == 1
    assert post.room.taken == 0


async def test_who_hangs_up_does_not_disturb_the_commit(post: Post) -> None:
    post.intake.hold()
    client = asyncio.create_task(post.take())
    await eventually(lambda: len(post.intake.offered) == 1, "the mail is offered")

    client.cancel()
    await asyncio.gather(client, return_exceptions=True)
    assert post.room.taken == len(MAIL)
    post.intake.release()

    await eventually(lambda: len(post.intake.committed) == 1, "it is committed all the same")
    assert await post.take() == OK
    assert len(post.intake.committed) == 1


@pytest.mark.parametrize(
    ("error", "answer"),
    [(Busy("basis data"), BUSY), (Refused("not taken"), REFUSED), (RuntimeError("siti@contoh.id"), FAILED)],
)
async def test_what_the_core_says_is_the_answer(post: Post, error: Exception, answer: str) -> None:
    post.intake.fail(error)

    assert await post.take() == answer
    assert await post.take() == OK


async def test_without_readers_the_mail_comes_again(post: Post) -> None:
    post.here.found = Busy("no process")

    assert await post.take() == BUSY
    assert not post.intake.offered


async def test_what_is_stopped_before_its_commit_comes_again(post: Post) -> None:
    post.intake.hold()
    client = asyncio.create_task(post.take())
    await eventually(lambda: len(post.intake.offered) == 1, "the mail is offered")

    await post.arrivals.close(0.05)

    assert await client == BUSY
    assert await post.take() == BUSY
    assert not post.intake.committed


async def test_what_ends_in_time_is_answered_while_we_close(post: Post) -> None:
    post.intake.hold()
    client = asyncio.create_task(post.take())
    await eventually(lambda: len(post.intake.offered) == 1, "the mail is offered")
    closing = asyncio.create_task(post.arrivals.close(5))
    await asyncio.sleep(0)
    post.intake.release()

    await closing
    assert await client == OK


async def test_files_are_stored_and_the_rest_is_marked(post: Post) -> None:
    assert await post.take(PHOTO) == OK

    message = post.message
    assert [file.media_type for file in message.attachments] == ["image/jpeg"] * 2
    assert post.intake.files[message.attachments[0].id] == b"\xff\xd8\xff\xe0\x00\x10JFIF"
    assert message.marks == (Mark.FILES_LEFT_OUT,)


async def test_a_file_that_is_too_large_costs_nobody_their_mail(post: Post) -> None:
    post.intake.largest = 5

    assert await post.take(PHOTO) == OK

    assert post.message.attachments == ()
    assert post.message.marks == (Mark.FILES_LEFT_OUT,)


async def test_where_files_cannot_be_stored_the_mail_comes_again_and_none_is_stored_twice(post: Post) -> None:
    post.intake.fail_store(Busy("no room"))
    assert await post.take(PHOTO) == BUSY
    post.intake.fail(Busy("the database is away"))
    assert await post.take(PHOTO) == BUSY

    assert await post.take(PHOTO) == OK

    assert len(post.intake.files) == 2


async def test_a_large_mail_is_kept_as_a_file(post: Post) -> None:
    large = MAIL + b"x" * LARGEST_RAW

    assert await post.take(large) == OK

    assert post.message.raw == b""
    assert post.intake.files[post.message.raw_blob] == large


async def test_a_text_that_is_too_long_goes_on_in_the_context(post: Post) -> None:
    lines = [f"Baris {n} tentang jalan rusak di desa kami." for n in range(40)]

    assert await post.take(MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + "\r\n".join(lines).encode()) == OK

    message = post.message
    assert 200 < len(message.text) <= 400
    assert [*message.text.split("\n"), *message.context.split("\n")] == lines


@pytest.mark.parametrize("field", ["text", "attachments"])
async def test_the_core_may_want_less(post: Post, field: str) -> None:
    post.intake.fail(Refused("too much", field=field))
    long = PHOTO.replace(b"Foto terlampir.", b"Foto terlampir. " * 20)

    assert await post.take(long) == OK

    first, second = post.intake.offered
    assert len(getattr(second, field)) < len(getattr(first, field))


@pytest.mark.parametrize("size", [len(MAIL), LARGEST_RAW + 1000])
async def test_an_unreadable_mail_is_kept_whole_for_a_person(post: Post, size: int) -> None:
    mail = MAIL + b"x" * (size - len(MAIL))
    post.here.found = unread("reading it took too long")

    assert await post.take(mail) == OK

    message = post.message
    assert message.unreadable
    assert [(file.media_type, file.name) for file in message.attachments] == [("message/rfc822", "surat-asli.eml")]
    assert post.intake.files[message.attachments[0].id] == mail
    assert message.sender.value == "siti@contoh.id"
    assert list(post.intake.files) == [message.attachments[0].id]


async def test_a_mail_of_nobody_is_a_robots(post: Post) -> None:
    post.here.found = Reading(text="Halo")

    assert await post.take(MAIL, replace(ENVELOPE, sender="")) == OK

    assert post.message.origin is Origin.ROBOT
    assert post.message.sender.value == "nobody@invalid"


@pytest.mark.parametrize(
    ("written", "envelope", "sender"),
    [
        ("Siti@Contoh.ID", "lain@contoh.id", "Siti@contoh.id"),
        ("siti", "lain@contoh.id", "lain@contoh.id"),
        ("", "lain@contoh.id", "lain@contoh.id"),
        ("bukan alamat", "juga bukan", "bukan alamat"),
    ],
)
async def test_the_sender_is_who_can_be_written_to(post: Post, written: str, envelope: str, sender: str) -> None:
    post.here.found = Reading(text="Halo", sender=written)

    await post.take(MAIL, replace(ENVELOPE, sender=envelope))

    assert post.message.sender.value == sender


async def test_an_answer_to_a_signed_address_proves_what_it_belongs_to(post: Post) -> None:
    signed = address_for(REPLY, kind="answer", own="lapor@lapor.go.id", key=KEY)

    await post.take(MAIL, replace(ENVELOPE, recipients=("orang@lain.id", signed.upper())))

    assert (post.message.belongs_to, post.message.proven) == ((REPLY,), True)
    assert post.message.route["to"] == "lapor@lapor.go.id"


async def test_references_only_say_what_it_belongs_to(post: Post) -> None:
    other = REPLY.replace("0193", "0194")
    first, second = f"<{REPLY}@lapor.go.id>", f"<{other}@lapor.go.id>"
    thread = f"In-Reply-To: {first}\r\nReferences: <x@contoh.id> {second} {first}\r\n"

    await post.take(thread.encode() + MAIL)

    assert (post.message.belongs_to, post.message.proven) == ((REPLY, other), False)
    assert post.message.route["references"].split() == ["x@contoh.id", f"{other}@lapor.go.id", f"{REPLY}@lapor.go.id"]


@pytest.mark.parametrize("forged", [REPLY + "@contoh.id", "bukan-id@lapor.go.id", "@lapor.go.id"])
async def test_ids_that_are_not_ours_say_nothing(post: Post, forged: str) -> None:
    await post.take(f"In-Reply-To: <{forged}>\r\n".encode() + MAIL)

    assert post.message.belongs_to == ()


async def test_a_bounce_is_matched_by_the_address_it_comes_to(post: Post) -> None:
    back = address_for(REPLY, kind="bounce", own="lapor@lapor.go.id", key=KEY)

    assert await post.take(DSN, Envelope("", (back,))) == OK

    (receipt,) = post.intake.receipts
    assert (receipt.external_ids, receipt.delivery, receipt.gone) == ((REPLY,), Delivery.FAILED, True)
    assert (receipt.channel, receipt.connection, receipt.reason) == ("email", "main", "5.1.1")
    assert post.message.origin is Origin.BOUNCE
    assert not post.message.proven


async def test_a_bounce_is_matched_by_the_mail_that_comes_back(post: Post) -> None:
    returned = f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{REPLY}@lapor.go.id>\r\n\r\n--b--\r\n"

    await post.take(DSN.replace(b"--b--\r\n", returned.encode()), Envelope("", ("lapor@lapor.go.id",)))

    assert [receipt.external_ids for receipt in post.intake.receipts] == [(REPLY,)]


async def test_a_delay_is_no_failure(post: Post) -> None:
    back = address_for(REPLY, kind="bounce", own="lapor@lapor.go.id", key=KEY)

    await post.take(DSN.replace(b"failed", b"delayed").replace(b"5.1.1", b"4.4.1"), Envelope("", (back,)))

    assert not post.intake.receipts
    assert post.message.origin is Origin.BOUNCE


async def test_a_robots_files_stay_in_the_original(post: Post) -> None:
    await post.take(b"Auto-Submitted: auto-replied\r\n" + PHOTO)

    assert post.message.origin is Origin.ROBOT
    assert not post.intake.files


class Checked:
    """Checks that found something."""

    def __init__(self, found: Mark | None) -> None:
        self.found = found
        self.asked: list[str] = []

    async def check(self, raw: bytes, letter: Letter, envelope: Envelope) -> Mark | None:
        self.asked.append(letter.sender.address)
        return self.found


@pytest.mark.parametrize("found", [Mark.SENDER_PROVEN, Mark.SENDER_DOUBTFUL])
async def test_what_is_found_out_about_the_sender_is_marked(post: Post, found: Mark) -> None:
    checks = Checked(found)
    post.arrivals._checks = checks

    await post.take()

    assert post.message.marks == (found,)
    assert checks.asked == ["@contoh.id"]


async def test_a_robots_sender_is_not_looked_at(post: Post) -> None:
    checks = Checked(Mark.SENDER_DOUBTFUL)
    post.arrivals._checks = checks

    await post.take(b"Auto-Submitted: auto-replied\r\n" + MAIL)

    assert (post.message.marks, checks.asked) == ((), [])


async def test_the_server_in_front_is_believed_first(post: Post) -> None:
    checks = Checked(Mark.SENDER_DOUBTFUL)
    post.arrivals._checks = checks
    post.arrivals._trusted = "mx.lapor.go.id"

    await post.take(b"Authentication-Results: mx.lapor.go.id; dmarc=pass header.from=contoh.id\r\n" + MAIL)

    assert (post.message.marks, checks.asked) == ((Mark.SENDER_PROVEN,), [])


@pytest.mark.parametrize(
    "head",
    [
        b"From: siti@contoh.id\r\nFrom: x@penipu.id\r\n",
        b"Sender: siti@contoh.id\r\n",
        b"From: bukan alamat\r\n",
        b"From: Penipu <x y z@@penipu.id>\r\n",
        b"",
    ],
    ids=["two", "sender alone", "no address", "no possible address", "none"],
)
async def test_a_sender_who_is_not_the_one_in_from_is_doubtful(post: Post, head: bytes) -> None:
    assert await post.take(head + b"Subject: Laporan 4821093756\r\n\r\nBATAL\r\n") == OK

    assert (post.message.sender.value, post.message.marks) == ("siti@contoh.id", (Mark.SENDER_DOUBTFUL,))


async def test_each_copy_of_a_mail_takes_room_while_it_is_here(post: Post) -> None:
    post.here.open.clear()
    bringing = [asyncio.create_task(post.take()) for _ in range(3)]
    await eventually(lambda: post.here.asked == 1, "it is being read")

    taken = post.room.taken
    post.here.open.set()

    assert await asyncio.gather(*bringing) == [OK, OK, OK]
    assert (taken, post.room.taken) == (3 * len(MAIL), 0)


async def test_a_client_that_hangs_up_leaves_the_room_to_the_mail_that_is_being_stored(post: Post) -> None:
    post.here.open.clear()
    first, second = (asyncio.create_task(post.take()) for _ in range(2))
    await eventually(lambda: post.here.asked == 1, "it is being read")

    for bringing in (first, second):
        bringing.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    taken = post.room.taken
    post.here.open.set()
    await eventually(lambda: post.room.taken == 0, "it is stored")

    assert taken == len(MAIL)
    assert post.message.text
