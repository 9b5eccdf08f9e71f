"""The JSON that goes in and comes out; the OpenAPI document is made from these classes."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.filetypes import EXTENSIONS

LONGEST_TEXT = 20_000
# One sign that is left after cleaning (``core.text.clean``).
VISIBLE = r"[^\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
ATTACHMENT_ID = rf"([0-9A-Za-z_-]{{1,64}})[.]({'|'.join(EXTENSIONS)})[.]([0-9]{{1,12}})"
YEARS = range(1900, 2100)
Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_TEXT,
        pattern=VISIBLE,
        description="Plain text with something to read in it. Control characters are removed.",
        examples=["Jalan Gatot Subroto km 5 Tangerang berlubang besar, sudah tiga motor jatuh."],
    ),
]
Attachments = Annotated[
    tuple[Annotated[str, Meta(pattern=f"^{ATTACHMENT_ID}$")], ...],
    Meta(
        max_length=10,
        description="Ids that POST /api/v1/attachments gave, each once.",
        extra_json_schema={"uniqueItems": True},
    ),
]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client sends; a field it does not know is an error, so that a slip is not silently lost."""


class ReporterBody(Body, frozen=True, kw_only=True):
    """Who reports; all of it is optional and none of it is shown to the public."""

    name: Annotated[str, Meta(max_length=200, description="Name.")] = ""
    phone: Annotated[
        str,
        Meta(pattern=r"^$|^[+]?[0-9][0-9 .()-]{4,24}$", description="Telephone number.", examples=["081234567890"]),
    ] = ""
    email: Annotated[
        str,
        Meta(
            pattern=r"^$|^[^@ \t\r\n]+@[^@ \t\r\n]+$",
            max_length=254,
            description="E-mail address.",
            examples=["warga@example.id"],
        ),
    ] = ""


class ReportBody(Body, frozen=True, kw_only=True):
    """A new report."""

    text: Text
    title: Annotated[str, Meta(max_length=200, description="A short title.")] = ""
    classification: Annotated[
        Literal["complaint", "aspiration", "information_request"] | None,
        Meta(description="Pengaduan, Aspirasi or Permintaan Informasi; left out when unsure."),
    ] = None
    place: Annotated[str, Meta(max_length=500, description="Where it happened.")] = ""
    occurred_at: Annotated[
        Annotated[datetime, Meta(tz=True, extra_json_schema={"pattern": "^(19|20)[0-9]{2}-"})] | None,
        Meta(description="When it happened, with its UTC offset (RFC 3339)."),
    ] = None
    agency: Annotated[str, Meta(max_length=100, description="Id of an agency of GET /api/v1/agencies, if known.")] = ""
    anonymous: Annotated[bool, Meta(description="Hide who reports from the agency and the public (anonim).")] = False
    secret: Annotated[bool, Meta(description="Hide the report from the public (rahasia).")] = False
    reporter: ReporterBody | None = None
    attachments: Attachments = ()


class MessageBody(Body, frozen=True, kw_only=True):
    """An answer or an addition to a report."""

    text: Text
    attachments: Attachments = ()


class RatingBody(Body, frozen=True, kw_only=True):
    """The reporter is done with the report and rates how it was handled."""

    rating: Annotated[float, Meta(ge=1, le=5, multiple_of=1, description="1 (bad) to 5 (good).")]
    text: Annotated[str, Meta(max_length=LONGEST_TEXT, description="A remark.")] = ""


class WithdrawBody(Body, frozen=True, kw_only=True):
    """The reporter takes the report back."""

    reason: Annotated[str, Meta(max_length=LONGEST_TEXT, description="Why.")] = ""


class Links(msgspec.Struct, frozen=True):
    """Where to go on, relative to the API's address."""

    self: str
    messages: str
    rating: str
    withdraw: str


class ReportAnswer(msgspec.Struct, frozen=True):
    """The report is stored."""

    tracking_id: Annotated[str, Meta(pattern="^[0-9]{10}$", description="The number to give to the citizen.")]
    pin: Annotated[str, Meta(description="Given once, and within 24 hours to the same Idempotency-Key; later empty.")]
    state: str
    verify_by: Annotated[datetime, Meta(description="By when the report will be verified.")]
    links: Links


class MessageAnswer(msgspec.Struct, frozen=True):
    """The message is stored."""

    tracking_id: str
    settled: Annotated[bool, Meta(description="False: stored, but not carried out yet (202). It goes on by itself.")]
    links: Links


class AttachmentAnswer(msgspec.Struct, frozen=True):
    """The file is stored."""

    id: Annotated[str, Meta(description="To be named in attachments of a report or message.")]
    media_type: Annotated[str, Meta(description="What the file's content says it is.")]
    size: Annotated[int, Meta(ge=0, description="Bytes.")]


class HistoryItem(msgspec.Struct, frozen=True):
    """One line of a report's history."""

    at: datetime
    event: str
    text: str


class ReportStatus(msgspec.Struct, frozen=True):
    """A report as its reporter sees it."""

    tracking_id: str
    state: str
    state_label: Annotated[str, Meta(description="The state in Indonesian.")]
    agency: str
    verify_by: datetime
    follow_up_by: datetime | None
    history: tuple[HistoryItem, ...]


class AgencyItem(msgspec.Struct, frozen=True):
    """An agency that reports can be sent to."""

    id: str
    name: str
    parent: Annotated[str, Meta(description="Id of the agency above it; empty at the top.")]


class CategoryItem(msgspec.Struct, frozen=True):
    """A subject that reports are filed under."""

    id: str
    name: str


class Summary(msgspec.Struct, frozen=True):
    """How many reports there are, by state and by channel."""

    reports: int
    by_state: dict[str, int]
    by_channel: dict[str, int]
