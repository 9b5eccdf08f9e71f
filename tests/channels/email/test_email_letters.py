"""Our own letters, each with one difficulty, and what a person reads in them (``fixtures/letters/letters.toml``)."""

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from channels.email.letter.model import Letter, Mailbox
from channels.email.letter.reading import read_letter

LETTERS = Path(__file__).parent / "fixtures" / "letters"
EXPECTED: Mapping[str, Mapping[str, Any]] = tomllib.loads((LETTERS / "letters.toml").read_text("utf-8"))


def test_every_letter_has_its_expectation() -> None:
    assert {path.stem for path in LETTERS.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize("name", EXPECTED)
def test_a_letter_is_read_as_a_person_reads_it(name: str) -> None:
    letter = read_letter((LETTERS / f"{name}.eml").read_bytes())

    wanted = dict(EXPECTED[name])
    assert seen(letter, wanted) == wanted


def seen(letter: Letter, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What the expectation speaks of."""
    found: dict[str, Any] = {
        "what": wanted["what"],
        "subject": letter.subject,
        "sender": shown(letter.sender),
        "to": [shown(one) for one in letter.to],
        "to_count": len(letter.to),
        "cc": [shown(one) for one in letter.cc],
        "reply_to": [shown(one) for one in letter.reply_to],
        "message_id": letter.message_id,
        "in_reply_to": list(letter.in_reply_to),
        "references": list(letter.references),
        "date": letter.date.isoformat() if letter.date else "",
        "text": letter.text,
        "statuses": len(letter.statuses),
        "returned": letter.returned,
    }
    told = {key: value for key, value in found.items() if key in wanted}
    return told | files(letter) | ({"encrypted": True} if letter.encrypted else {})


def files(letter: Letter) -> dict[str, Any]:
    """Every file, whether it is expected or not."""
    found = [
        {
            "name": file.name,
            "type": file.media_type,
            "size": len(file.content),
            "sha256": sha256(file.content).hexdigest()[:16],
        }
        for file in letter.files
    ]
    return {"files": found} if found else {}


def shown(mailbox: Mailbox) -> str:
    """``Name <address>``, the address alone, or nothing."""
    return f"{mailbox.name} <{mailbox.address}>" if mailbox.name else mailbox.address
