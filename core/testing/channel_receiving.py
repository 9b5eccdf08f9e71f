"""The kit's tests of what a channel hands in and what it tells its network."""

import json
import unicodedata
from datetime import UTC, datetime, timedelta

from core.channel import Busy, Refused
from core.testing.channel_gates import Kit, Network, needs
from core.testing.channel_rig import PartsRig, Rig, Sample, Told, committed, eventually, never, require

POTHOLE = Sample("Jalan Gatot Subroto km 5 Tangerang berlubang besar, sudah tiga motor jatuh.")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(range(256)) * 40 + b"\xff\xd9"
LONG = (
    "Yth. Bupati Nganjuk, saluran irigasi Desa Sumberejo jebol sejak hari Minggu 15 November dan sawah di tiga dusun "
    "terendam. Petani sudah melapor ke kantor kecamatan dua kali tetapi belum ada yang datang memeriksa. Mohon segera "
    "diperbaiki sebelum musim tanam, karena bibit sudah telanjur disemai."
)


def _stores_files_first(network: Network) -> bool:
    brings = network.capabilities.attachments or network.brings_files
    return brings and not network.capabilities.fetches_files


class Receiving(Kit):
    """Acknowledgement, repeats, form of what is handed in, garbage."""

    @staticmethod
    def gate(network: Network) -> bool:
        """For networks over which somebody writes to us."""
        return network.receives

    async def test_nothing_is_told_before_the_commit(self, rig: Rig) -> None:
        """Says nothing to the network before the commit."""
        await rig.start()
        rig.intake.hold()

        handle = await rig.bring(POTHOLE)

        await eventually(lambda: len(rig.intake.offered) == 1, "the message is offered to the core")
        await never(lambda: handle.told is not Told.NOTHING, "the network is told nothing before the commit")

    async def test_the_network_hears_accepted_after_the_commit(self, rig: Rig) -> None:
        """Tells the network what the core said."""
        await rig.start()

        handle = await rig.bring(POTHOLE)

        await eventually(lambda: handle.told is Told.ACCEPTED, "the network hears that the message was accepted")
        require(len(rig.intake.committed) == 1, "one message is taken once")
        require(rig.intake.committed[0].text == POTHOLE.text, "the text arrives whole")

    async def test_a_busy_core_makes_the_network_bring_it_again(self, rig: Rig) -> None:
        """Busy: nothing was stored, the network must try again."""
        await rig.start()
        rig.intake.fail(Busy("the database is away", retry_after=timedelta(milliseconds=10)))

        handle = await rig.bring(POTHOLE)
        await eventually(
            lambda: handle.told is not Told.NOTHING or len(rig.intake.offered) > 1,
            "after Busy the network hears so, or the channel asks it for the message again",
        )
        require(
            handle.told is Told.BUSY or len(rig.intake.offered) > 1, "Busy is never told as anything but 'come again'"
        )
        if handle.told is Told.BUSY:
            handle = await rig.bring_again(handle)

        await eventually(lambda: handle.told is Told.ACCEPTED, "a message that met a busy core is accepted later")
        require(len(rig.intake.committed) == 1, "it is taken once")

    async def test_a_refused_message_is_not_brought_again(self, rig: Rig) -> None:
        """Refused: the network must not try again, and the next message gets through."""
        await rig.start()
        rig.intake.fail(Refused("not taken"))

        handle = await rig.bring(POTHOLE)

        final = Told.ACCEPTED if self.network.fetches else Told.REFUSED
        await eventually(lambda: handle.told is not Told.NOTHING, "the network hears of a refusal")
        require(handle.told is final, "a refusal is told as final")
        after = await rig.bring(Sample("Sampah di Pasar Kliwon belum diangkut.", who=1))
        await eventually(lambda: after.told is Told.ACCEPTED, "the next message gets through")
        require(len(rig.intake.offered) == 2, "a refused message is not offered again")

    async def test_stopping_before_the_commit_tells_nothing(self, rig: Rig) -> None:
        """Stays silent when stopped before the commit: silence or 'come again', so that the network repeats it."""
        await rig.start()
        rig.intake.hold()
        handle = await rig.bring(POTHOLE)
        await eventually(lambda: len(rig.intake.offered) == 1, "the message is offered to the core")

        await rig.stop()

        await never(
            lambda: handle.told in {Told.ACCEPTED, Told.REFUSED}, "a channel that is stopped acknowledges nothing"
        )
        require(not rig.intake.committed, "a cancelled accept commits nothing")

    @needs(lambda network: network.capabilities.repeats)
    async def test_a_repeated_message_keeps_its_id(self, rig: Rig) -> None:
        """A repeat is recognised by the core, by its id or by its fingerprint and redelivery window."""
        await rig.start()
        first = await rig.bring(POTHOLE)
        await eventually(lambda: first.told is Told.ACCEPTED, "the first copy is accepted")

        again = await rig.bring_again(first)

        await eventually(lambda: len(rig.intake.offered) == 2, "the repeat is offered to the core, which decides")
        await eventually(lambda: again.told is Told.ACCEPTED, "the repeat is acknowledged like the first copy")
        require(len(rig.intake.committed) == 1, "the repeat is recognised as the message that is already there")

    async def test_the_same_words_twice_are_two_messages(self, rig: Rig) -> None:
        """Only a repetition by the network is a repeat; a citizen may say the same twice."""
        await rig.start()
        first = await rig.bring(Sample("Ya"))
        await eventually(lambda: first.told is Told.ACCEPTED, "the first message is accepted")

        second = await rig.bring(Sample("Ya"))

        await eventually(lambda: second.told is Told.ACCEPTED, "the second message is accepted")
        require(len(rig.intake.committed) == 2, "two messages with the same words stay two")

    async def test_words_are_normalised(self, rig: Rig) -> None:
        """NFC; emoji beyond the first plane survive whole."""
        decomposed = "Kafe\u0301 di Kota Lama \U0001f6a7\U0001f468\u200d\U0001f469\u200d\U0001f467 ditutup?"
        await rig.start()

        await rig.bring(Sample(decomposed))
        await committed(rig)

        taken = rig.intake.committed[0].text
        require(taken == unicodedata.normalize("NFC", decomposed), "text is handed in as NFC, with every emoji whole")

    async def test_time_route_and_ids_have_the_agreed_form(self, rig: Rig) -> None:
        """Aware UTC, JSON-able route, ids within their limits."""
        await rig.start()

        await rig.bring(POTHOLE)
        await committed(rig)

        message = rig.intake.committed[0]
        require(message.received_at.utcoffset() == timedelta(0), "received_at is aware and UTC")
        require(abs(datetime.now(UTC) - message.received_at) < timedelta(minutes=5), "received_at is when it came")
        strings = all(isinstance(word, str) for pair in message.route.items() for word in pair)
        require(strings and json.loads(json.dumps(dict(message.route))) == message.route, "the route is JSON strings")
        require(0 < len(message.external_id) <= 200, "external_id has 1 to 200 characters")
        require(message.fingerprint, "a fingerprint tells one message from another under the same id")
        require(message.channel and message.sender.scheme and message.sender.value, "channel and sender are named")

    async def test_the_original_reads_the_same_again(self, rig: Rig) -> None:
        """The raw message is kept, so that a better parser can read it later."""
        await rig.start()

        await rig.bring(POTHOLE)
        await committed(rig)

        message = rig.intake.committed[0]
        raw = message.raw or rig.intake.files.get(message.raw_blob, b"")
        require(raw and len(message.raw) <= 64 * 1024, "the payload is kept as it came, large ones as a blob")
        require(rig.read([raw]) == message.text, "the kept payload gives the same text when it is read again")

    async def test_nul_and_lone_surrogates_never_reach_the_core(self, rig: Rig) -> None:
        """A text that a database or an encoder refuses would take its whole batch with it."""
        await rig.start()

        handle = await rig.bring(Sample("Banjir\x00 di Kudus \ud83d parah"))
        await eventually(lambda: handle.told is not Told.NOTHING, "strange characters get an answer")

        for message in rig.intake.offered:
            clean = "\x00" not in message.text and not any("\ud800" <= sign <= "\udfff" for sign in message.text)
            require(clean, "text has neither NUL nor lone surrogates")

    async def test_garbage_is_survived(self, rig: Rig) -> None:
        """The next message gets through, and what was taken before stays taken once."""
        await rig.start()
        before = await rig.bring(POTHOLE)
        await eventually(lambda: before.told is Told.ACCEPTED, "a message before the garbage is accepted")

        await rig.bring_garbage()
        after = await rig.bring(Sample("Air PDAM di Perumnas Klender mati dua hari.", who=1))

        await eventually(lambda: after.told is Told.ACCEPTED, "the message after the garbage gets through")
        texts = [message.text for message in rig.intake.committed if not message.unreadable]
        require(sorted(texts).count(POTHOLE.text) == 1, "garbage does not make earlier messages come twice")

    @needs(lambda network: network.capabilities.parts)
    async def test_parts_of_a_long_message_share_their_group(self, rig: PartsRig) -> None:
        """Gives every part of a long message the same group, number and total; the core joins them."""
        await rig.start()

        await rig.bring_long(LONG, pieces=3)
        await committed(rig, 3)

        parts = {m.part.number: m for m in rig.intake.committed if m.part is not None}
        require(sorted(parts) == [1, 2, 3], "each piece says its number")
        groups = {(m.part.group, m.part.total) for m in parts.values() if m.part is not None}
        require(len(groups) == 1 and next(iter(groups))[1] == 3, "all pieces have the same group and total")
        require(rig.read([parts[n].raw for n in (1, 2, 3)]) == LONG, "the pieces give the whole text, in order")

    @needs(lambda network: network.capabilities.parts)
    async def test_other_senders_and_other_messages_have_other_groups(self, rig: PartsRig) -> None:
        """Pieces of different messages are never mixed, not even under the same reference number."""
        await rig.start()

        await rig.bring_long(LONG, pieces=2, who=0)
        await rig.bring_long(LONG, pieces=2, who=1)
        await rig.bring_long(LONG, pieces=2, who=0)
        await committed(rig, 6)

        groups = [m.part.group for m in rig.intake.committed if m.part is not None]
        require(len(groups) == 6 and len(set(groups)) == 3, "each long message of each sender has a group of its own")

    @needs(lambda network: network.capabilities.fetches_files)
    async def test_files_are_fetched_after_the_message_was_taken(self, rig: Rig) -> None:
        """A message does not wait for its files; each is fetched, whole, and put to it."""
        await rig.start()

        handle = await rig.bring(Sample("Foto jembatan putus terlampir.", files=(JPEG,)))
        await eventually(lambda: handle.told is Told.ACCEPTED, "a message with a file is accepted without it")
        await eventually(lambda: bool(rig.intake.late), "the file is fetched and put to its message")

        require(not rig.intake.committed[0].attachments, "a file that is fetched later is not named before")
        kept = [rig.intake.files[file.id] for files in rig.intake.late.values() for file in files]
        require(kept == [JPEG], "the file arrives byte by byte")
        require(not rig.intake.wishes, "a file that was fetched is wanted no more")

    @needs(_stores_files_first)
    async def test_attachments_are_stored_before_the_message(self, rig: Rig) -> None:
        """A message never names a file that is not durable yet."""
        await rig.start()

        handle = await rig.bring(Sample("Foto jembatan putus terlampir.", files=(JPEG,)))
        await eventually(lambda: handle.told is not Told.NOTHING, "a message with a file gets an answer")

        require(handle.told is Told.ACCEPTED, "its files are stored before the message is offered")
        files = [rig.intake.files[a.id] for a in rig.intake.committed[0].attachments]
        require(files == [JPEG], "the file arrives byte by byte")

    @needs(lambda network: network.fetches)
    async def test_it_resumes_from_the_cursor(self, rig: Rig) -> None:
        """After a restart nothing is lost and nothing that was taken is fetched again."""
        await rig.start()
        first = await rig.bring(POTHOLE)
        await eventually(lambda: first.told is Told.ACCEPTED, "the first message is accepted")
        await rig.stop()
        while_away = await rig.bring(Sample("Lampu merah Simpang Lima mati.", who=1))

        await rig.start()

        await eventually(lambda: while_away.told is Told.ACCEPTED, "what came meanwhile is fetched")
        require(len(rig.intake.offered) == 2, "what was committed is not fetched again")
