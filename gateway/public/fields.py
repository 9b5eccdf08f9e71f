"""What a citizen filled in, read leniently: what can be understood is taken, the rest is told field by field."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from channels.api.mapping import name_attachment
from channels.api.wire.bodies import LONGEST_TEXT, ReportBody, ReporterBody
from channels.form.dates import read_date
from core.model.message import Attachment
from core.model.report import Classification
from core.preview import Draft
from core.privacy import find_traces, mask
from core.text import clean

PHONE = re.compile(r"\+?\d[\d .()-]{7,20}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
TOKEN = re.compile(r"[\w-]{16,64}")
ZONE = ZoneInfo("Asia/Jakarta")
SHORTEST = 10
LINES = {"title": 200, "place": 500, "name": 200, "phone": 25, "email": 254, "agency": 100}


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was filled in; ``errors`` by field, in words for the citizen."""

    token: str
    text: str = field(default="", repr=False)
    title: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    agency: str = ""
    classification: str = ""
    day: str = ""
    anonymous: bool = False
    secret: bool = False
    attachments: tuple[Attachment, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def draft(self) -> Draft:
        """What it looks like to others."""
        return Draft(
            text=self.text,
            title=self.title,
            place=self.place,
            attachments=tuple(each.name or each.media_type for each in self.attachments),
            name=self.name,
            phone=self.phone,
            email=self.email,
            anonymous=self.anonymous,
            secret=self.secret,
        )

    def masked(self) -> "Filled":
        """Without what leads to the writer."""
        return replace(self, text=mask(self.text, find_traces(self.text, name=self.name)))


def empty_form() -> Filled:
    """A form nobody filled in yet; its token makes a second click the same report."""
    return Filled(token=secrets.token_urlsafe(16))


def read_form(given: Mapping[str, str], *, agencies: Sequence[str], attachments: tuple[Attachment, ...]) -> Filled:
    """Every field cleaned, with an error for each that cannot be used."""
    lines = {name: " ".join(clean(given.get(name, "")).split())[: most + 1] for name, most in LINES.items()}
    kind = given.get("classification", "")
    filled = Filled(
        token=given["token"] if TOKEN.fullmatch(given.get("token", "")) else empty_form().token,
        text=clean(given.get("text", "")).strip()[: LONGEST_TEXT + 1],
        title=lines["title"],
        place=lines["place"],
        name=lines["name"],
        phone=lines["phone"],
        email=lines["email"],
        agency=lines["agency"],
        classification=kind if kind in set(Classification) else "",
        day=given.get("day", "").strip()[:20],
        anonymous=bool(given.get("anonymous")),
        secret=bool(given.get("secret")),
        attachments=attachments,
    )
    return replace(filled, errors=_errors(filled, agencies))


def _errors(filled: Filled, agencies: Sequence[str]) -> dict[str, str]:
    wrong = {
        "text": _wrong_text(filled.text),
        "phone": "Tulis nomor telepon dengan angka saja, misalnya 081234567890."
        if filled.phone and not PHONE.fullmatch(filled.phone)
        else "",
        "email": "Tulis alamat e-mail lengkap, misalnya warga@contoh.id."
        if filled.email and not EMAIL.fullmatch(filled.email)
        else "",
        "agency": "Pilih instansi dari daftar, atau kosongkan."
        if filled.agency and filled.agency not in agencies
        else "",
        "day": "Tulis tanggal seperti 21/11/2026, tidak lebih dari hari ini." if _is_wrong_day(filled.day) else "",
    }
    for name in ("title", "place", "name"):
        if len(getattr(filled, name)) > LINES[name]:
            wrong[name] = f"Terlalu panjang: paling banyak {LINES[name]} huruf."
    return {name: words for name, words in wrong.items() if words}


def _wrong_text(text: str) -> str:
    if len(text) < SHORTEST:
        return "Ceritakan apa yang terjadi, di mana, dan kapan."
    return f"Terlalu panjang: paling banyak {LONGEST_TEXT} huruf." if len(text) > LONGEST_TEXT else ""


def read_day(written: str) -> datetime | None:
    """The beginning of a day, as ``read_date`` understands it; None for anything else."""
    day = read_date(written, today=datetime.now(ZONE).date())
    return datetime.combine(day, time(), ZONE).astimezone(UTC) if day else None


def _is_wrong_day(written: str) -> bool:
    day = read_day(written)
    return bool(written) and (day is None or not timedelta() <= datetime.now(UTC) - day < timedelta(days=36525))


def body_of(filled: Filled) -> ReportBody:
    """The same report as a program would post it."""
    kind = filled.classification
    return ReportBody(
        text=filled.text,
        title=filled.title,
        classification=kind or None,  # type: ignore[arg-type] # read_form lets only these through
        place=filled.place,
        occurred_at=read_day(filled.day),
        agency=filled.agency,
        anonymous=filled.anonymous,
        secret=filled.secret,
        reporter=ReporterBody(name=filled.name, phone=filled.phone, email=filled.email),
        attachments=tuple(name_attachment(attachment) for attachment in filled.attachments),
    )
