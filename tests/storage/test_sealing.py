"""What a citizen wrote and who they are stands nowhere in the database in the clear."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.ids import new_id
from core.model.dialogue import Dialogue, Draft, Piece
from core.model.message import Attachment, Inbound, RemoteFile
from core.model.talk import Author, Line
from core.storage.store import SqlStore
from core.testing.builders import (
    VISITOR,
    a_chat_message,
    a_form,
    a_line,
    a_link,
    a_piece,
    a_reply,
    a_report,
    an_admin,
    an_sms,
    stored,
)
from core.testing.clocks import MONDAY_MORNING

SECRETS = (
    "berlubang",
    "81234567890",
    "Rahmawati",
    "siti.rahmawati@example.com",
    "mitra-tangsel",
    "Kota Tangerang Selatan",
    "482913",
    "Jangan sebut nama saya",
    "ktp-siti.jpg",
    "203.0.113.9",
    "Dewi Lestari",
    "argon2id",
    "kata yang sama",
    VISITOR.value,
    "AgACAgUAAxkBAAIB",
)


@pytest.fixture
async def full_store(store: SqlStore) -> SqlStore:
    """A store in which every table has a row that carries personal data."""
    report = a_report()
    photo = Attachment(id="f" * 32, media_type="image/jpeg", size=1, name="ktp-siti.jpg")
    messages = [an_sms(), a_form(), a_piece("berlubang", number=1, total=2), replace(an_sms(), attachments=(photo,))]
    address = report.reporter

    def fill(tx: Any) -> None:
        tx.messages.add_all([stored(message) for message in messages], now=MONDAY_MORNING)
        tx.reports.add_all([(report, "482913")])
        tx.history.append([a_line(report, "Jangan sebut nama saya")])
        tx.contacts.lock(address.scheme, address.value)
        tx.outbox.add([a_reply(report_id=report.id)])
        tx.links.add(a_link(report.id, report_id=a_report().id))
        tx.links.index(report.id, ["berlubang", "serpong"])
        tx.people.add(an_admin())
        tx.guesses.add("203.0.113.9", hour=1)
        talk_about_it(tx, replace(a_chat_message(), wanted=(RemoteFile("AgACAgUAAxkBAAIB", name="ktp-siti.jpg"),)))

    await store.write(fill)
    return store


def talk_about_it(tx: Any, message: Inbound) -> None:
    """A chat with a line, a draft and a file that is still to be fetched."""
    arriving = stored(message)
    spots = tx.talks.enter([arriving], new_id=new_id, now=MONDAY_MORNING)
    tx.messages.take([arriving], now=MONDAY_MORNING)
    tx.wanted.add([arriving], now=MONDAY_MORNING)
    talk = tx.talks.lock(spots[arriving.id].talk)
    piece = Piece(arriving.id, MONDAY_MORNING, message.text, place="Kota Tangerang Selatan")
    tx.talks.save(replace(talk, dialogue=Dialogue(Draft(MONDAY_MORNING, (piece,), name="Siti Rahmawati"))))
    tx.talks.append(talk.id, [Line(talk.id, 0, Author.BOT, MONDAY_MORNING, "Siti Rahmawati, jalan berlubang?")])


def shown(content: bytes) -> list[str]:
    """Which of the secrets can be read, also as UTF-16 (the raw form of an SMS) or as hexadecimal digits."""
    forms = {
        secret: (secret.encode(), secret.encode("utf-16-be"), secret.encode().hex().encode()) for secret in SECRETS
    }
    return [secret for secret, spellings in forms.items() if any(each in content for each in spellings)]


async def test_no_column_shows_personal_data(full_store: SqlStore, read_rows: Callable[[], Any]) -> None:
    rows = await read_rows()

    content = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    assert len(rows) >= 19
    assert shown(content) == []


async def test_the_files_of_the_database_show_no_personal_data(
    full_store: SqlStore, database_url: str, tmp_path: Path
) -> None:
    if not database_url.startswith("sqlite"):
        return  # The server's files are not ours to read; its columns are checked above.

    content = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("lapor.db*")))

    assert len(content) > 100_000
    assert shown(content) == []


def test_the_check_itself_sees_what_is_in_the_clear() -> None:
    assert shown("Jalan berlubang".encode("utf-16-be") + b" 482913") == ["berlubang", "482913"]


async def test_equal_texts_are_sealed_differently(store: SqlStore, read_rows: Callable[[], Any]) -> None:
    await store.write(lambda tx: tx.messages.add_all([stored(an_sms("tolong")) for _ in range(2)], now=MONDAY_MORNING))

    one, two = [row for row in await read_rows() if "telkomsel" in row]
    assert one[-1] != two[-1]
