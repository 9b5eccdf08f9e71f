"""From the fields of a manual form to the core's message: values in, values out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from channels.form import tweets
from channels.form.contacts import read_mail, read_phone
from channels.form.dates import read_date
from channels.form.kinds import READ_BACK, REQUIRED, FormKind
from channels.form.remedies import ASKED_FOR, LONGEST, REMEDIES
from channels.form.settings import FormSettings
from core.model.message import Address, Attachment, Form, Inbound
from core.text import clean

KIND: Final = "form"
LONGEST_TEXT = 20_000
CLASSIFICATIONS = frozenset({"", "complaint", "aspiration", "information_request"})
TOKEN_LENGTHS = range(16, 65)
NOON = time(12)

Fields = Mapping[str, str | Sequence[str]]


class Invalid(Exception):
    """A form that cannot be taken. ``errors``: for each field what is wrong and the remedy, in Indonesian."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(f"cannot be taken: {', '.join(sorted(errors))}")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who fills the form in, when, and in which time zone they write dates."""

    username: str
    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """Where they are."""
        return self.now.astimezone(self.zone).date()


@dataclass(slots=True)
class _Sheet:
    """One form while it is read: its fields as single lines, and what was found wrong so far."""

    fields: Mapping[str, str] = field(repr=False)
    kind: FormKind
    clerk: Clerk
    settings: FormSettings
    errors: dict[str, str] = field(default_factory=dict)

    def line(self, name: str) -> str:
        return " ".join(self.fields.get(name, "").split())

    def ticked(self, name: str) -> bool:
        return bool(self.line(name))

    def wrong(self, name: str, remedy: str) -> None:
        self.errors.setdefault(name, remedy)


def read_form(fields: Fields, *, clerk: Clerk, settings: FormSettings, attachments: tuple[Attachment, ...]) -> Inbound:
    """The message that a manual form makes. Raises Invalid."""
    sheet = _open_sheet(fields, clerk, settings)
    link = _tweet(sheet)
    text = sheet.fields.get("text", "").strip()
    _check_lines(sheet, text, attachments)
    received_at = _received_at(sheet)
    form = _form(sheet, link)
    if sheet.errors:
        raise Invalid(sheet.errors)
    return Inbound(
        channel=KIND,
        external_id=f"tweet:{link.id}" if link else f"form:{_digest(clerk.username, sheet.line('token'))}",
        fingerprint=_fingerprint(sheet, link, attachments),
        sender=_sender(sheet, form, link),
        text=text,
        received_at=received_at,
        attachments=attachments,
        raw=msgspec.json.encode(dict(sheet.fields)),
        form=form,
    )


def _open_sheet(fields: Fields, clerk: Clerk, settings: FormSettings) -> _Sheet:
    single = {name: clean(value if isinstance(value, str) else "\n".join(value)) for name, value in fields.items()}
    try:
        kind = FormKind(single.get("kind", "").strip())
    except ValueError:
        raise Invalid({"kind": REMEDIES["kind"]}) from None
    return _Sheet(single, kind, clerk, settings)


def _tweet(sheet: _Sheet) -> tweets.TweetLink | None:
    """What the URL tells is filled in where nothing was typed."""
    if sheet.kind is not FormKind.TWEET or not sheet.line("url"):
        return None
    try:
        link = tweets.read_tweet_url(sheet.line("url"))
    except tweets.NotATweet as reason:
        sheet.wrong("url", str(reason))
        return None
    kept = {"author_id": sheet.fields.get("author_id", ""), "pasted": sheet.fields.get("text", "")}
    sheet.fields = {**tweets.fill(sheet.fields), **kept}
    return link


def _check_lines(sheet: _Sheet, text: str, attachments: tuple[Attachment, ...]) -> None:
    if len(sheet.line("token")) not in TOKEN_LENGTHS:
        sheet.wrong("token", REMEDIES["token"])
    if not text:
        sheet.wrong("text", REMEDIES["text"])
    if len(text) > LONGEST_TEXT:
        sheet.wrong("text", REMEDIES["text_long"])
    for name in REQUIRED[sheet.kind]:
        if not sheet.line(name):
            sheet.wrong(name, ASKED_FOR[name])
    for name, longest in LONGEST.items():
        if len(sheet.line(name)) > longest:
            sheet.wrong(name, f"Terlalu panjang. Tulis paling banyak {longest} huruf.")
    if sheet.line("classification") not in CLASSIFICATIONS:
        sheet.wrong("classification", REMEDIES["classification"])
    _check_scans(sheet, attachments)


def _check_scans(sheet: _Sheet, attachments: tuple[Attachment, ...]) -> None:
    if sheet.kind is FormKind.LETTER and not attachments and not sheet.ticked("no_scan"):
        sheet.wrong("scans", REMEDIES["no_scan"])
    if len(attachments) > sheet.settings.max_scans:
        sheet.wrong("scans", f"Terlalu banyak berkas. Unggah paling banyak {sheet.settings.max_scans}.")


def _received_at(sheet: _Sheet) -> datetime:
    """Now for today; noon for an earlier day, which is the same day everywhere in Indonesia. The clock runs from it."""
    clerk = sheet.clerk
    day = _day(sheet, "received_on") or clerk.today
    if (clerk.today - day).days > sheet.settings.old_days and not sheet.ticked("old"):
        sheet.wrong("received_on", REMEDIES["old"].format(days=sheet.settings.old_days))
    if day == clerk.today:
        return clerk.now
    return datetime.combine(day, NOON, clerk.zone).astimezone(UTC)


def _day(sheet: _Sheet, name: str) -> date | None:
    """A date that is not in the future; None where none is given or it is wrong."""
    written = sheet.line(name)
    day = read_date(written, today=sheet.clerk.today) if written else None
    if written and day is None:
        sheet.wrong(name, REMEDIES["date"])
    elif day is not None and day > sheet.clerk.today:
        sheet.wrong(name, REMEDIES["future"])
    elif day is not None and day.year < 1990:
        sheet.wrong(name, REMEDIES["year"])
    else:
        return day
    return None


def _form(sheet: _Sheet, link: tweets.TweetLink | None) -> Form:
    occurred, written = _day(sheet, "occurred_on"), _day(sheet, "written_on")
    _check_order(sheet, written)
    return Form(
        title=sheet.line("title"),
        classification=sheet.line("classification"),
        place=sheet.line("place"),
        occurred_at=datetime.combine(occurred, NOON, sheet.clerk.zone).astimezone(UTC) if occurred else None,
        agency=sheet.line("agency"),
        anonymous=sheet.ticked("anonymous"),
        secret=sheet.ticked("secret"),
        reporter_name=sheet.line("name") or (sheet.line("author") and f"@{sheet.line('author').lstrip('@')}"),
        reporter_phone=_phone(sheet),
        reporter_email=_mail(sheet),
        priority=sheet.ticked("priority"),
        source=sheet.kind.value,
        agenda_number=sheet.line("agenda_number") if sheet.kind is FormKind.LETTER else "",
        written_on=written,
        source_url=_source_url(sheet, link),
        entered_by=sheet.clerk.username,
        read_back=sheet.kind in READ_BACK and not sheet.ticked("no_read_back"),
    )


def _check_order(sheet: _Sheet, written: date | None) -> None:
    """Nothing is received before it was written."""
    received = read_date(sheet.line("received_on"), today=sheet.clerk.today) or sheet.clerk.today
    if written is not None and written > received:
        sheet.wrong("written_on", REMEDIES["order"])


def _phone(sheet: _Sheet) -> str:
    written = sheet.line("phone")
    number = read_phone(written) if written else ""
    if number is None:
        sheet.wrong("phone", REMEDIES["phone"])
    if not written and sheet.kind is FormKind.TELEPHONE and not sheet.ticked("no_contact"):
        sheet.wrong("phone", REMEDIES["no_contact"])
    return number or ""


def _mail(sheet: _Sheet) -> str:
    written = sheet.line("email")
    address = read_mail(written) if written else ""
    if address is None:
        sheet.wrong("email", REMEDIES["email"])
    return address or ""


def _source_url(sheet: _Sheet, link: tweets.TweetLink | None) -> str:
    """Only links that a browser opens as a page: others could run something when staff click them."""
    if link is not None:
        return link.url
    written = sheet.line("url")
    if sheet.kind is FormKind.OTHER and written and not written.casefold().startswith(("https://", "http://")):
        sheet.wrong("url", REMEDIES["url"])
    return written if sheet.kind is FormKind.OTHER else ""


def _sender(sheet: _Sheet, form: Form, link: tweets.TweetLink | None) -> Address:
    """Equal contacts are the same reporter; someone who gives none is nobody's neighbour."""
    if form.reporter_phone:
        return Address("tel", form.reporter_phone)
    if form.reporter_email:
        return Address("mail", form.reporter_email)
    author = tweets.read_handle(sheet.line("author")) if link else ""
    if author:
        known = tweets.read_author_id(sheet.line("author_id"), author)
        return Address("x", known or f"@{author.casefold()}")
    return Address(KIND, f"new:{_digest(sheet.clerk.username, sheet.line('token'))}")


def _fingerprint(sheet: _Sheet, link: tweets.TweetLink | None, attachments: Sequence[Attachment]) -> bytes:
    """A tweet is the same however it is described. Files count by what they are: a double click uploads them twice."""
    if link is not None:
        return hashlib.sha256(f"tweet:{link.id}".encode()).digest()
    said = sorted(sheet.fields.items())
    files = [(a.media_type, a.size, a.name) for a in attachments]
    return hashlib.sha256(msgspec.json.encode((said, files))).digest()


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def read_text(pieces: Sequence[bytes | None], _settings: object = None) -> str:
    """What the citizen said, from a stored form. Empty where it cannot be read."""
    return "\n".join(_text_in(raw) for raw in pieces if raw is not None)


def _text_in(raw: bytes) -> str:
    try:
        fields = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    words = fields.get("text") if isinstance(fields, dict) else None
    return clean(words).strip() if isinstance(words, str) else ""
