"""Every request of the API as one table: the routes and their description are both made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.api.requests import lists, reports, uploads
from channels.api.wire import bodies
from channels.api.wire.front import Answer
from channels.api.wire.problems import ProblemDocument

V1 = "/api/v1"
REPORT_PATH = f"{V1}/reports/{{tracking_id}}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One request.

    Attributes:
        takes: the class of its JSON body; None where there is none.
        gives: the class of the answer for each status; None for an answer without a body.
        fails: the statuses of its problem documents.
        file: the body is a multipart form with one file.
        keyed: it takes an ``Idempotency-Key``.
        proven: it takes a tracking number and a PIN.
    """

    method: str
    path: str
    name: str
    summary: str
    answer: Answer
    gives: Mapping[int, Any]
    fails: tuple[int, ...] = (500,)
    takes: type | None = None
    file: bool = False
    keyed: bool = False
    proven: bool = False
    detail: str = field(default="")


BODY_FAILS = (400, 408, 413, 415, 422, 429, 500, 503)
COMMAND_FAILS = (400, 404, 408, 409, 413, 415, 422, 429, 500, 503)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        f"{V1}/reports",
        "fileReport",
        "Hand in a report",
        reports.file_report,
        gives={201: bodies.ReportAnswer},
        fails=BODY_FAILS,
        takes=bodies.ReportBody,
        keyed=True,
        detail="201 is given only after the report is stored. Sent again with the same Idempotency-Key it is answered "
        "with the same tracking number; the same key with another body is answered 422.",
    ),
    Operation(
        "POST",
        f"{V1}/attachments",
        "uploadAttachment",
        "Upload a file for a report or message",
        uploads.take_attachment,
        gives={201: bodies.AttachmentAnswer},
        fails=(400, 408, 413, 415, 422, 429, 500, 503),
        file=True,
        detail="One file in a part named 'file': JPEG, PNG, GIF, WebP, PDF, MP4, DOCX, XLSX, or UTF-8 text or CSV. The "
        "content decides what it is.",
    ),
    Operation(
        "GET",
        REPORT_PATH,
        "showReport",
        "Look at a report",
        reports.show_report,
        gives={200: bodies.ReportStatus},
        fails=(404, 429, 500, 503),
        proven=True,
        detail="A wrong number and a wrong PIN are answered alike, and guesses are limited.",
    ),
    Operation(
        "POST",
        f"{REPORT_PATH}/messages",
        "addMessage",
        "Answer a question or add to a report",
        reports.add_message,
        gives={201: bodies.MessageAnswer, 202: bodies.MessageAnswer},
        fails=COMMAND_FAILS,
        takes=bodies.MessageBody,
        keyed=True,
        proven=True,
    ),
    Operation(
        "POST",
        f"{REPORT_PATH}/rating",
        "rateReport",
        "Say that it is done, and rate it",
        reports.rate,
        gives={200: bodies.MessageAnswer, 202: bodies.MessageAnswer},
        fails=COMMAND_FAILS,
        takes=bodies.RatingBody,
        keyed=True,
        proven=True,
    ),
    Operation(
        "POST",
        f"{REPORT_PATH}/withdraw",
        "withdrawReport",
        "Take a report back",
        reports.withdraw,
        gives={200: bodies.MessageAnswer, 202: bodies.MessageAnswer},
        fails=COMMAND_FAILS,
        takes=bodies.WithdrawBody,
        keyed=True,
        proven=True,
    ),
    Operation(
        "GET",
        f"{V1}/agencies",
        "listAgencies",
        "Agencies",
        lists.list_agencies,
        gives={200: tuple[bodies.AgencyItem, ...]},
    ),
    Operation(
        "GET",
        f"{V1}/categories",
        "listCategories",
        "Categories",
        lists.list_categories,
        gives={200: tuple[bodies.CategoryItem, ...]},
    ),
    Operation(
        "GET",
        f"{V1}/statistics/summary",
        "showSummary",
        "Figures",
        lists.show_summary,
        gives={200: bodies.Summary},
        fails=(500, 503),
    ),
)


def described_classes() -> tuple[Any, ...]:
    """Every class that goes in or comes out, each once."""
    classes: dict[Any, None] = {ProblemDocument: None}
    for operation in OPERATIONS:
        found = (operation.takes, *operation.gives.values())
        classes |= dict.fromkeys(one for one in found if one is not None)
    return tuple(classes)
