"""From a request's body to the core's message: values in, values out."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from channels.api.wire.bodies import (
    ATTACHMENT_ID,
    YEARS,
    Body,
    Links,
    MessageBody,
    RatingBody,
    ReportBody,
    ReporterBody,
    WithdrawBody,
)
from channels.api.wire.problems import wrong_field
from core.filetypes import EXTENSIONS
from core.model.message import Address, Attachment, Command, Form, Inbound, Verb
from core.text import clean

KIND: Final = "api"
LARGEST_RAW: Final = 65_536
DIGITS = 10
SEPARATORS = re.compile(r"[\s.#\-\u2010-\u2015]")
KEY = re.compile(r"[\x20-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a request beside its body.

    Attributes:
        key: the client's ``Idempotency-Key``, or empty.
        fresh_id: a random id, used where the client gives nothing to go by.
        raw: the body as it came, or empty where it is kept in the blob ``raw_blob``.
    """

    received_at: datetime
    fresh_id: str
    key: str = ""
    raw: bytes = field(default=b"", repr=False)
    raw_blob: str = ""


def read_key(header: str | None) -> str:
    """An ``Idempotency-Key``: 1 to 200 printable ASCII characters; empty where there is none. Raises Problem (422)."""
    if header is None:
        return ""
    if not KEY.fullmatch(header):
        raise wrong_field("Idempotency-Key", "use 1 to 200 printable ASCII characters, for example a UUID")
    return header


def read_number(written: str) -> str | None:
    """A tracking number, written with or without spaces, dots, dashes and ``#``; None for anything else."""
    digits = SEPARATORS.sub("", written)
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdecimal() else None


def name_attachment(attachment: Attachment) -> str:
    """The id a client is given: the blob, what it is and its size, so that nothing has to be looked up for it later."""
    extension = next(extension for extension, kind in EXTENSIONS.items() if kind == attachment.media_type)
    return f"{attachment.id}.{extension}.{attachment.size}"


def read_attachments(ids: Sequence[str], *, most: int) -> tuple[Attachment, ...]:
    """The attachments that a body names. Raises Problem (422) for too many, one twice, or an id we never gave."""
    if len(ids) > most:
        raise wrong_field("attachments", f"at most {most} attachments")
    if len(set(ids)) < len(ids):
        raise wrong_field("attachments", "an attachment is named twice")
    return tuple(_read_attachment(name) for name in ids)


def _read_attachment(name: str) -> Attachment:
    match = re.fullmatch(ATTACHMENT_ID, name, re.ASCII)
    if match is None:
        raise wrong_field("attachments", "no such attachment; upload it with POST /api/v1/attachments first")
    return Attachment(id=match[1], media_type=EXTENSIONS[match[2]], size=int(match[3]))


def report_message(body: ReportBody, arrival: Arrival, *, files: tuple[Attachment, ...]) -> Inbound:
    """A new report. Raises Problem (422) when nothing is left of its text."""
    text = _required(body.text)
    reporter = body.reporter or ReporterBody()
    form = Form(
        title=_line(body.title),
        classification=body.classification or "",
        place=_line(body.place),
        occurred_at=_moment(body.occurred_at),
        agency=body.agency,
        anonymous=body.anonymous,
        secret=body.secret,
        reporter_name=_line(reporter.name),
        reporter_phone=reporter.phone,
        reporter_email=reporter.email,
    )
    return _message(body, arrival, about="report", text=text, sender=_sender(reporter, arrival), files=files, form=form)


def command_of(body: Body, *, tracking_id: str, pin: str) -> Command:
    """What the reporter asks for. Raises Problem (422) when nothing is left of a text that is needed."""
    match body:
        case MessageBody(text=text):
            return Command(Verb.ANSWER, tracking_id, text=_required(text), pin=pin)
        case RatingBody(rating=rating, text=text):
            return Command(Verb.SATISFIED, tracking_id, text=clean(text).strip(), pin=pin, rating=int(rating))
        case WithdrawBody(reason=reason):
            return Command(Verb.WITHDRAW, tracking_id, text=clean(reason).strip(), pin=pin)
        case _:
            raise TypeError(f"no command is made from {type(body).__name__}")


def command_message(body: Body, arrival: Arrival, *, command: Command, files: tuple[Attachment, ...] = ()) -> Inbound:
    """A message about a report that is there. Whoever writes is known by the report alone."""
    sender = Address(KIND, f"report:{command.tracking_id}")
    about = f"{command.verb.value}:{command.tracking_id}"
    return _message(body, arrival, about=about, text=command.text, sender=sender, files=files, command=command)


def _message(
    body: Body, arrival: Arrival, *, about: str, text: str, sender: Address, files: tuple[Attachment, ...], **rest: Any
) -> Inbound:
    return Inbound(
        channel=KIND,
        external_id=f"key:{_digest(arrival.key)}" if arrival.key else f"new:{arrival.fresh_id}",
        fingerprint=hashlib.sha256(about.encode() + b"\0" + msgspec.json.encode(body)).digest(),
        sender=sender,
        text=text,
        received_at=arrival.received_at,
        attachments=files,
        raw=arrival.raw,
        raw_blob=arrival.raw_blob,
        **rest,
    )


def _sender(reporter: ReporterBody, arrival: Arrival) -> Address:
    """Equal contacts are the same reporter; someone who gives none is nobody's neighbour."""
    phone = re.sub(r"[^0-9]", "", reporter.phone)
    phone = f"62{phone[1:]}" if phone.startswith("0") else phone
    contact = phone or reporter.email.strip().casefold()
    return Address(KIND, f"contact:{_digest(contact)}" if contact else f"new:{arrival.fresh_id}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _required(text: str) -> str:
    cleaned = clean(text).strip()
    if not cleaned:
        raise wrong_field("text", "nothing readable is in it; say what happened, where and when")
    return cleaned


def _moment(written: datetime | None) -> datetime | None:
    if written is not None and written.year not in YEARS:
        raise wrong_field("occurred_at", f"the year must be {YEARS[0]} to {YEARS[-1]}")
    return written and written.astimezone(UTC)


def _line(text: str) -> str:
    return " ".join(clean(text).split()) if text else ""


def links_of(tracking_id: str) -> Links:
    """Where the client goes on."""
    here = f"/api/v1/reports/{tracking_id}"
    return Links(self=here, messages=f"{here}/messages", rating=f"{here}/rating", withdraw=f"{here}/withdraw")


def read_text(pieces: Sequence[bytes | None], _settings: Any = None) -> str:
    """The text of a stored body: what the citizen wrote, whichever request it was. Empty where it cannot be read."""
    return "\n".join(_text_in(piece) for piece in pieces if piece is not None)


def _text_in(raw: bytes) -> str:
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    words = body.get("text") or body.get("reason") if isinstance(body, dict) else None
    return clean(words).strip() if isinstance(words, str) else ""
