"""The verification queue, the outbox and the replay from a terminal."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from channels.sms.content import wrap_raw
from channels.sms.smsc.messages import encode_text, message_body
from channels.sms.wire.pdu import Command, pack
from core.intake import Offer, accept_all
from core.model.message import Address, Attachment, Inbound, Mark
from core.model.report import Report
from core.model.work import OutboxState
from gateway.bootstrap import Parts
from gateway.runner import run_due
from tests.gateway.conftest import Lapor

LAMP = "Lampu jalan mati di Jl. Kenanga RT 03 RW 05 Kota Bekasi sudah 3 minggu"
BRIDGE = "KAB. NGANJUK jembatan bambu di Dusun Sidorejo lapuk, anak sekolah dalam bahaya"
QUOTED = "> Mohon foto jembatannya."
SITI, BUDI = "6281234567801", "6285700000002"


async def receive_mail(parts: Parts) -> None:
    """An answer with a picture, some of whose files were left out."""
    now = parts.clock.now()
    message = Inbound(
        channel="email",
        external_id="<jembatan@contoh.id>",
        sender=Address("mail", "ratna.dewi@contoh.id"),
        received_at=now,
        title="Jembatan lapuk",
        text=BRIDGE,
        context=QUOTED,
        marks=(Mark.SENDER_PROVEN, Mark.FILES_LEFT_OUT),
        attachments=(Attachment(parts.office.new_id(), "image/png", 72, "jembatan.png"),),
    )
    await parts.store.write(lambda tx: accept_all(tx, [Offer(message, "email/")], office=parts.office, now=now))
    await run_due(parts.bench)


class TestQueue:
    """The verification queue."""

    NEEDED = frozenset(
        ["tracking_id", "state", "channel", "sender", "text", "parts_missing", "received_at", "duplicate_of", "agency"]
    )

    def test_a_listing_for_programs_has_what_they_rely_on(self, lapor: Lapor) -> None:
        number, _ = lapor.receive((SITI, LAMP), (BUDI, BRIDGE))

        rows = {row["tracking_id"]: row for row in lapor("queue", "list", "--json").rows}

        assert len(rows) == 2
        assert rows[number].keys() >= self.NEEDED
        assert (rows[number]["sender"], rows[number]["text"]) == (SITI, LAMP)
        assert (rows[number]["parts_missing"], rows[number]["duplicate_of"]) == ([], None)
        assert {row["agency"] for row in rows.values()} == {"", "kab-nganjuk"}

    def test_a_listing_for_programs_says_how_a_mail_came(self, lapor: Lapor) -> None:
        lapor.within(receive_mail)

        (row,) = lapor("queue", "list", "--json").rows
        (shown,) = lapor("queue", "show", row["tracking_id"], "--json").rows

        for found in (row, shown):
            assert (found["title"], found["text"], found["context"]) == ("Jembatan lapuk", BRIDGE, QUOTED)
            assert found["marks"] == ["sender_proven", "files_left_out"]
            assert found["attachments"] == [{"name": "jembatan.png", "type": "image/png", "size": 72}]
        assert shown["history"][0]["context"] == QUOTED
        assert (shown["language"], shown["way"]) == ("id", "email")

    def test_a_quote_is_hidden_as_the_sender_is(self, lapor: Lapor) -> None:
        lapor.within(receive_mail)
        (row,) = lapor("queue", "list", "--json").rows
        assert lapor("queue", "verify", row["tracking_id"], "--agency", "kab-nganjuk", "--secret").code == 0

        (shown,) = lapor("queue", "show", row["tracking_id"], "--json").rows

        assert {shown["sender"], shown["context"], shown["history"][0]["context"]} == {"disembunyikan"}

    def test_an_empty_listing_is_an_empty_array(self, lapor: Lapor) -> None:
        assert lapor("queue", "list", "--json").rows == []
        assert lapor("outbox", "list", "--json").rows == []
        assert lapor("queue", "list").out == "(kosong)\n"

    def test_a_linked_report_names_the_first(self, lapor: Lapor) -> None:
        again = "Sampai hari ini lampu jalan di Jl Kenanga RT 03 RW 05 Bekasi masih mati, sudah 3 minggu"
        first, second = lapor.receive((SITI, LAMP))[0], lapor.receive((BUDI, again))[0]

        rows = {row["tracking_id"]: row for row in lapor("queue", "list", "--json", "--all").rows}

        assert rows[second]["duplicate_of"] == first

    def test_a_report_is_verified_shown_and_gone_from_the_queue(self, lapor: Lapor) -> None:
        (number,) = lapor.receive((SITI, LAMP))

        said = lapor(
            "queue", "verify", number[:4], number[4:7], number[7:], "--agency", "kota-bekasi", "--tag", "lampu"
        )

        assert said.code == 0
        assert "Terverifikasi" in said.out
        assert lapor("queue", "list", "--json").rows == []
        shown = lapor("queue", "show", number).out
        for words in (LAMP, "received", "verified", "Terverifikasi", "Pemerintah Kota Bekasi"):
            assert words in shown
        (report,) = lapor("queue", "show", number, "--json").rows
        assert report["history_intact"] is True
        assert (report["state"], report["agency"]) == ("verified", "kota-bekasi")

    def test_a_hold_asks_the_reporter(self, lapor: Lapor) -> None:
        (number,) = lapor.receive((SITI, LAMP))

        said = lapor("queue", "hold", number, "--question", "Tiang nomor berapa?")

        assert said.code == 0
        (report,) = lapor("queue", "show", number, "--json").rows
        assert report["state"] == "awaiting_information"
        assert "Tiang nomor berapa?" in report["replies"][-1]["text"]

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (("verify", "{number}"), 1, "is no agency"),
            (("verify", "{number}", "--agency", "atlantis"), 1, "'atlantis' is no agency"),
            (("verify", "{number}", "--agency", "kota-bekasi", "--classification", "gossip"), 1, "classification"),
            (("hold", "{number}"), 1, "--question"),
            (("hold", "{number}", "--question", "Di mana?", "--reason", "x"), 1, "--question"),
            (("hold", "{number}", "--question", "  "), 1, "question"),
            (("archive", "{number}", "--reason", "boring", "--note", "x"), 2, "invalid choice"),
            (("archive", "{number}", "--reason", "unclear", "--note", " "), 1, "note"),
            (("archive", "{number}", "--reason", "unclear"), 2, "--note"),
            (("delegate", "{number}", "--agency", "atlantis"), 1, "'atlantis' is no agency"),
            (("show", "4821093756"), 1, "no report 4821093756"),
            (("list", "--as", "nobody"), 2, ""),
        ],
    )
    def test_what_is_wrong_is_said_and_changes_nothing(
        self, lapor: Lapor, arguments: tuple[str, ...], code: int, said: str
    ) -> None:
        (number,) = lapor.receive((SITI, LAMP))

        found = lapor("queue", *(argument.format(number=number) for argument in arguments))

        assert found.code == code
        assert said in found.err
        (report,) = lapor("queue", "show", number, "--json").rows
        assert report["state"] == "unverified"
        assert [entry["event"] for entry in report["history"]] == ["received"]

    def test_an_archived_report_cannot_be_verified(self, lapor: Lapor) -> None:
        (number,) = lapor.receive((SITI, LAMP))
        assert lapor("queue", "archive", number, "--reason", "unclear", "--note", "Tidak ada tempatnya").code == 0

        said = lapor("queue", "verify", number, "--agency", "kota-bekasi")

        assert said.code == 1
        assert "archived_by_admin" in said.err

    def test_another_agencys_report_is_no_report(self, lapor: Lapor) -> None:
        lapor("staff", "add", "nia", "--role", "agency_admin", "--agency", "kab-nganjuk")
        lapor("staff", "add", "beni", "--role", "agency_admin", "--agency", "kota-bekasi")
        (number,) = lapor.receive((SITI, BRIDGE))

        theirs = lapor("queue", "--as", "beni", "verify", number, "--agency", "kota-bekasi")
        none = lapor("queue", "--as", "beni", "verify", "4821093756", "--agency", "kota-bekasi")
        own = lapor("queue", "--as", "nia", "verify", number, "--agency", "kab-nganjuk-dinas-pupr")

        assert theirs.code == none.code == 1
        assert theirs.err.replace(number, "#") == none.err.replace("4821093756", "#")
        assert lapor("queue", "--as", "beni", "list", "--json", "--all").rows == []
        assert own.code == 0

    def test_a_claimed_report_is_kept_from_others(self, lapor: Lapor) -> None:
        lapor("staff", "add", "rina", "--role", "national_admin")
        (number,) = lapor.receive((SITI, LAMP))
        assert lapor("queue", "--as", "rina", "claim", number).code == 0

        claimed = lapor("queue", "claim", number)
        verified = lapor("queue", "verify", number, "--agency", "kota-bekasi")
        own = lapor("queue", "--as", "rina", "verify", number, "--agency", "kota-bekasi")

        assert (claimed.code, verified.code, own.code) == (1, 1, 0)
        assert "rina has it until" in claimed.err

    def test_an_unknown_member_of_staff(self, lapor: Lapor) -> None:
        said = lapor("queue", "--as", "hantu", "list")

        assert said.code == 1
        assert "no member of staff 'hantu'" in said.err

    def test_the_agency_does_not_see_who_wrote_an_anonymous_report(self, lapor: Lapor) -> None:
        lapor("staff", "add", "nia", "--role", "agency_admin", "--agency", "kab-nganjuk")
        (number,) = lapor.receive((SITI, BRIDGE))
        lapor("queue", "verify", number, "--agency", "kab-nganjuk", "--anonymous")

        seen = lapor("queue", "--as", "nia", "show", number, "--json")

        assert SITI not in seen.out
        assert [row["sender"] for row in seen.rows] == ["disembunyikan"]
        assert SITI not in lapor("queue", "show", number, "--json").out

    def test_a_hidden_identity_is_revealed_for_a_reason_that_is_kept(self, lapor: Lapor) -> None:
        (number,) = lapor.receive((SITI, LAMP))
        lapor("queue", "verify", number, "--agency", "kota-bekasi", "--secret")

        short = lapor("queue", "reveal", number, "--reason", "ingin tahu")
        hasty = lapor("queue", "reveal", number, "--reason", "penting")
        (found,) = lapor("queue", "reveal", number, "--reason", "Panggilan saksi oleh Inspektorat", "--json").rows

        assert (short.code, hasty.code) == (0, 1)
        assert "10 characters" in hasty.err
        assert found["address"] == SITI
        (report,) = lapor("queue", "show", number, "--json").rows
        looks = [(e["actor"], e["text"], e["public"]) for e in report["history"] if e["event"] == "identity_seen"]
        assert looks == [("admin", "ingin tahu", False), ("admin", "Panggilan saksi oleh Inspektorat", False)]


class TestOutbox:
    """Replies and where they are."""

    def test_a_listing_for_programs_has_what_they_rely_on(self, lapor: Lapor) -> None:
        (number,) = lapor.receive((SITI, LAMP))

        (row,) = lapor("outbox", "list", "--json").rows

        assert row.keys() >= {"tracking_id", "channel", "to", "text", "state", "attempts", "external_ids"}
        assert (row["tracking_id"], row["channel"], row["to"]) == (number, "sms", SITI)
        assert (row["state"], row["attempts"], row["external_ids"]) == ("pending", 0, [])
        assert row["private"] is False
        assert lapor("outbox", "list", "--json", "--state", OutboxState.SENT).rows == []


class TestReplay:
    """Raw messages through today's parsers."""

    def park(self, lapor: Lapor) -> str:
        """A message that was stored by a parser which could not read it: its PDU is sound."""
        octets, coding = encode_text(LAMP)
        pdu = pack(Command.DELIVER_SM, sequence=1, body=message_body(SITI, octets, data_coding=coding))
        message = Inbound(
            channel="sms",
            connection="telkomsel",
            external_id="parked",
            sender=Address("tel", SITI),
            received_at=lapor.within(_now),
            raw=wrap_raw("telkomsel", pdu),
            route={"short_code": "1708"},
            unreadable=True,
        )

        async def parking(parts: Parts) -> str:
            now, office = parts.clock.now(), parts.office
            offer = Offer(message, "sms/telkomsel")
            await parts.store.write(lambda tx: accept_all(tx, [offer], office=office, now=now))
            await run_due(parts.bench)
            (stored,) = await parts.store.read(lambda tx: tx.messages.latest(channel="sms", limit=5))
            return f"{stored.outcome.value}"

        return lapor.within(parking)

    def test_the_difference_is_shown_and_nothing_is_changed(self, lapor: Lapor) -> None:
        assert self.park(lapor) == "parked"

        (row,) = lapor("replay", "sms", "--json").rows

        assert (row["before"], row["after"]) == ("", LAMP)
        assert len(lapor("replay", "sms", "--json").rows) == 1
        assert lapor("queue", "list", "--json").rows == []

    def test_applied_it_becomes_the_report_it_should_have_been(self, lapor: Lapor) -> None:
        self.park(lapor)

        said = lapor("replay", "sms", "--apply")
        lapor.within(lambda parts: run_due(parts.bench))

        assert said.code == 0
        assert "1 messages read again" in said.err
        assert [row["text"] for row in lapor("queue", "list", "--json").rows] == [LAMP]
        assert lapor("replay", "sms", "--json").rows == []

    def test_a_channel_that_is_none(self, lapor: Lapor) -> None:
        said = lapor("replay", "pigeon")

        assert said.code == 1
        assert "no channel 'pigeon'" in said.err

    def test_with_json_and_apply_the_output_is_one_array(self, lapor: Lapor) -> None:
        self.park(lapor)

        assert len(lapor("replay", "sms", "--apply", "--json").rows) == 1


class TestReplayOfMails:
    """A mail that nobody could read is a report that says so, until a better parser comes."""

    @pytest.mark.parametrize("rest", [b"", b"x" * 70_000], ids=["in a row", "in a file"])
    def test_what_could_not_be_read_is_put_right(self, lapor: Lapor, rest: bytes) -> None:
        lapor.within(lambda parts: _receive_unreadable(parts, UNREAD + rest + b"\r\n--b--\r\n"))
        assert len(lapor("queue", "list", "--json").rows) == 1
        report = lapor.within(_only_report)
        assert Mark.UNREADABLE in report.marks
        assert len(report.attachments) == 1

        (row,) = lapor("replay", "email", "--apply", "--json").rows
        lapor.within(lambda parts: run_due(parts.bench))

        after = lapor.within(_only_report)
        assert (row["before"], row["after"]) == ("", LAMP)
        assert (after.text, after.original_text, after.title) == (LAMP, LAMP, "Lampu mati")
        assert after.context.endswith(QUOTED)
        assert (after.id, after.marks) == (report.id, ())
        assert [file.media_type for file in after.attachments] == ["message/rfc822", "image/jpeg"]
        assert lapor("replay", "email", "--json").rows == []


UNREAD = (
    b"From: siti@contoh.id\r\nSubject: Lampu mati\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    b"\r\n--b\r\n\r\n" + LAMP.encode() + b"\r\n\r\nPada 3 Nov 2026 10.00, LAPOR <lapor@lapor.go.id> menulis:\r\n"
    b"" + QUOTED.encode() + b"\r\n--b\r\nContent-Type: image/jpeg; name=a.jpg\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n\xff\xd8\xff\xe0"
)


async def _receive_unreadable(parts: Parts, raw: bytes) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield raw

    now = parts.clock.now()
    eml = await parts.blobs.store(content(), "message/rfc822", name="surat-asli.eml", original=True)
    message = Inbound(
        channel="email",
        connection="main",
        external_id="tak-terbaca",
        sender=Address("mail", "siti@contoh.id"),
        received_at=now,
        raw=raw if len(raw) <= 65_536 else b"",
        raw_blob=eml.id if len(raw) > 65_536 else "",
        attachments=(eml,),
        unreadable=True,
    )
    await parts.store.write(lambda tx: accept_all(tx, [Offer(message, "email/main")], office=parts.office, now=now))
    await run_due(parts.bench)


async def _only_report(parts: Parts) -> Report:
    (report,) = await parts.store.read(lambda tx: tx.reports.queue(states=(), limit=10))
    return report


async def _now(parts: Parts) -> datetime:
    return parts.clock.now()
