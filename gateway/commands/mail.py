"""``lapor mail read``: how the gateway reads a mail, for who asks why one came out as it did. Needs no database."""

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from channels.email.letter.model import Envelope, Letter, Mailbox, Unreadable
from channels.email.letter.reading import read_letter
from channels.email.sending.headers import MARK
from channels.email.settings import EmailSettings
from channels.email.sorting.quotes import fold
from channels.email.sorting.robots import Own, sort_letter
from channels.email.sorting.subjects import says_forward
from gateway.commands.context import Command, CommandFailed, Invocation

STANDARD_INPUT = "-"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``mail`` takes."""
    actions = parser.add_subparsers(dest="action", required=True)
    reading = actions.add_parser("read", help="show what a mail says to the gateway")
    reading.add_argument(
        "files", nargs="+", metavar="FILE", help="a mail as it came over the wire; - reads one from stdin"
    )
    reading.add_argument("--json", action="store_true", help="one JSON array")


def run(invocation: Invocation) -> int:
    """Read mails. 1 where one of them cannot be read."""
    settings = invocation.settings.channels["email"]
    own = _own(settings) if isinstance(settings, EmailSettings) else Own()
    rows = [{"file": name} | _read(_octets(name), own) for name in invocation.arguments.files]
    if invocation.arguments.json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print("\n\n".join(_page(row) for row in rows))
    return int(any("unreadable" in row for row in rows))


def _own(settings: EmailSettings) -> Own:
    addresses = settings.own_addresses
    return Own(addresses, min((one.rpartition("@")[2] for one in addresses), default=""), MARK.lower())


def _octets(name: str) -> bytes:
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise CommandFailed(f"{name}: {error.strerror}") from error


def _read(raw: bytes, own: Own) -> dict[str, Any]:
    try:
        letter = read_letter(raw)
    except Unreadable as problem:
        return {"unreadable": str(problem)}
    folded = fold(letter.text, forwarded=says_forward(letter.subject))
    sorting = sort_letter(letter, _envelope(letter), own=own)
    return _headers(letter) | {
        "text": letter.text,
        "words": folded.text.strip("\n"),
        "context": folded.context,
        "attachments": [
            {
                "name": file.name,
                "type": file.media_type,
                "size": len(file.content),
                "sha256": sha256(file.content).hexdigest(),
            }
            for file in letter.files
        ],
        "left_out": letter.files_left_out,
        "encrypted": letter.encrypted,
        "origin": sorting.origin.value,
        "remark": sorting.remark,
    }


def _envelope(letter: Letter) -> Envelope:
    """As far as the mail itself still tells it: who delivered it last wrote the sender into Return-Path."""
    path = next((value for name, value in letter.headers if name == "return-path"), letter.sender.address)
    return Envelope(sender=path.strip("<> "))


def _headers(letter: Letter) -> dict[str, Any]:
    return {
        "subject": letter.subject,
        "from": _mailbox(letter.sender),
        "to": [_mailbox(one) for one in letter.to],
        "cc": [_mailbox(one) for one in letter.cc],
        "reply_to": [_mailbox(one) for one in letter.reply_to],
        "message_id": letter.message_id,
        "in_reply_to": list(letter.in_reply_to),
        "references": list(letter.references),
        "date": letter.date.isoformat() if letter.date else None,
    }


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"name": mailbox.name, "address": mailbox.address}


def _page(row: dict[str, Any]) -> str:
    """For a person: what there is, the words and what is folded away under them."""
    if "unreadable" in row:
        return f"{row['file']}\nunreadable: {row['unreadable']}"
    lines = [row["file"]]
    lines += [f"{name}: {_shown(row[name])}" for name in _headers(Letter()) if row[name]]
    lines += [f"origin: {row['origin']}" + (f" ({row['remark']})" if row["remark"] else "")]
    lines += [f"attachment: {one['name']} ({one['type']}, {one['size']} bytes)" for one in row["attachments"]]
    lines += [f"left out: {row['left_out']} attachments"] if row["left_out"] else []
    lines += ["encrypted: yes"] if row["encrypted"] else []
    return "\n".join([*lines, "", row["words"], *(["", "--- folded ---", row["context"]] if row["context"] else [])])


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, dict):
        return f"{value['name']} <{value['address']}>".strip() if value["address"] else value["name"]
    return str(value)


COMMAND = Command("show how a mail is read", arguments, run)
