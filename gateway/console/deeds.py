"""Every action as a form: what it asks for, the reply it causes, and the use case it calls (003, step by step)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from core import handling, requesting, verification
from core.handling import FollowUp, FollowUpKind
from core.model.lifecycle import Action
from core.model.message import Attachment
from core.model.people import Staff
from core.model.report import ArchiveReason, Event, Report
from core.office import Office
from core.ports import Tx
from core.verification import Disposition, Incomplete


@dataclass(frozen=True, slots=True)
class Given:
    """What a form was filled with, by field; ``version`` is that of the report on the page it stood on."""

    fields: Mapping[str, str] = field(repr=False)
    version: int
    zone: ZoneInfo
    attachments: tuple[Attachment, ...] = ()

    def __getitem__(self, name: str) -> str:
        """The field, empty where it was not sent."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Doing:
    """Who acts on which report, when."""

    tracking_id: str
    staff: Staff
    office: Office
    now: datetime


Do = Callable[[Tx, Given, Doing], Report]
"""Carries an action out. Raises as the use case."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One action: ``fields`` in the order they are asked for; ``reply`` where the reporter is told; ``tone`` of its
    button.
    """

    action: Action
    event: Event
    fields: tuple[str, ...]
    do: Do
    reply: bool = False
    tone: str = ""

    @property
    def name(self) -> str:
        """As it stands in addresses and among the words."""
        return self.action.value


def _verify(tx: Tx, given: Given, doing: Doing) -> Report:
    occurred = given["occurred_on"]
    disposition = Disposition(
        agency=given["agency"],
        title=given["title"],
        text=given["text"],
        classification=given["classification"],
        category=given["category"],
        tags=several(given["tags"], ","),
        place=given["place"],
        occurred_at=_noon(occurred, given.zone) if occurred else None,
        anonymous=bool(given["anonymous"]),
        secret=bool(given["secret"]),
        priority=bool(given["priority"]),
        priority_programme=given["programme"],
        supervised=bool(given["supervised"]),
        copies=several(given["copies"]),
    )
    return verification.verify(
        tx, doing.tracking_id, disposition, doing.staff, office=doing.office, now=doing.now, version=given.version
    )


def several(written: str, between: str = ";") -> tuple[str, ...]:
    """The parts of a field that takes several."""
    return tuple(part.strip() for part in written.split(between) if part.strip())


def _noon(day: str, zone: ZoneInfo) -> datetime:
    """A day without an hour is kept as its middle. Raises Incomplete."""
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), time(12), zone)
    except ValueError as error:
        raise Incomplete("the day of the event is no date") from error


def _archive(tx: Tx, given: Given, doing: Doing) -> Report:
    try:
        reason = ArchiveReason(given["reason"])
    except ValueError as error:
        raise Incomplete("an archive needs one of its reasons") from error
    return verification.archive(
        tx,
        doing.tracking_id,
        reason,
        given["words"],
        doing.staff,
        office=doing.office,
        now=doing.now,
        version=given.version,
    )


def _follow_up(tx: Tx, given: Given, doing: Doing) -> Report:
    try:
        kind = FollowUpKind(given["kind"])
    except ValueError as error:
        raise Incomplete("a follow-up is an initial response or a substantive one") from error
    answer = FollowUp(kind, given["words"], attachments=given.attachments, secret=bool(given["secret"]))
    return handling.follow_up(
        tx, doing.tracking_id, answer, doing.staff, office=doing.office, now=doing.now, version=given.version
    )


def _forward(tx: Tx, given: Given, doing: Doing) -> Report:
    return handling.forward(
        tx,
        doing.tracking_id,
        given["agency"],
        given["words"],
        doing.staff,
        office=doing.office,
        now=doing.now,
        copies=several(given["copies"]),
        version=given.version,
    )


def _not_mine(tx: Tx, given: Given, doing: Doing) -> Report:
    return requesting.not_mine(
        tx,
        doing.tracking_id,
        given["agency"],
        given["words"],
        doing.staff,
        office=doing.office,
        now=doing.now,
        version=given.version,
    )


class OneField(Protocol):
    """A use case that is given one text beside the report."""

    def __call__(
        self, tx: Tx, tracking_id: str, given: str, staff: Staff, /, *, office: Office, now: datetime, version: int
    ) -> Report: ...


def _with(use_case: OneField, name: str, tx: Tx, given: Given, doing: Doing) -> Report:
    return use_case(
        tx, doing.tracking_id, given[name], doing.staff, office=doing.office, now=doing.now, version=given.version
    )


def _said(use_case: OneField) -> Callable[[Tx, Given, Doing], Report]:
    return partial(_with, use_case, "words")


VERIFY_FIELDS = (
    "title",
    "text",
    "classification",
    "category",
    "flags",
    "place",
    "disposition",
    "copies",
    "programme",
)
REASON = ("reason_words",)

ALL = (
    Deed(Action.VERIFY, Event.VERIFIED, VERIFY_FIELDS, _verify, reply=True),
    Deed(Action.FOLLOW_UP, Event.FOLLOWED_UP, ("kind", "answer", "files", "secret_answer"), _follow_up, reply=True),
    Deed(Action.DELEGATE, Event.DELEGATED, ("agency",), partial(_with, verification.delegate, "agency")),
    Deed(Action.FORWARD, Event.FORWARDED, ("agency", "copies", "words"), _forward, reply=True),
    Deed(Action.HOLD_INCOMPLETE, Event.QUESTIONED, ("question",), _said(verification.ask), reply=True),
    Deed(Action.HOLD_UNCONNECTED, Event.HELD, REASON, _said(verification.hold), reply=True),
    Deed(Action.CLOSE, Event.CLOSED, REASON, _said(handling.close), reply=True),
    Deed(Action.REOPEN, Event.REOPENED, REASON, _said(handling.reopen), reply=True),
    Deed(Action.HOLD_CLOCK, Event.CLOCK_HELD, REASON, _said(handling.hold_clock)),
    Deed(Action.RELEASE_CLOCK, Event.CLOCK_RELEASED, REASON, _said(handling.release_clock)),
    Deed(Action.REQUEST_CLOSE, Event.CLOSE_REQUESTED, REASON, _said(requesting.request_close)),
    Deed(Action.REQUEST_HOLD, Event.HOLD_REQUESTED, REASON, _said(requesting.request_hold)),
    Deed(Action.REQUEST_RELEASE, Event.RELEASE_REQUESTED, REASON, _said(requesting.request_release)),
    Deed(Action.REQUEST_REOPEN, Event.REOPEN_REQUESTED, REASON, _said(requesting.request_reopen)),
    Deed(Action.NOT_MINE, Event.NOT_MINE_REQUESTED, ("suggested", "reason_words"), _not_mine),
    Deed(Action.INTERVENE, Event.INTERVENED, REASON, _said(handling.intervene)),
    Deed(Action.REJECT_REQUEST, Event.REQUEST_REJECTED, REASON, _said(requesting.reject_request), tone="danger"),
    Deed(Action.ARCHIVE, Event.ARCHIVED, ("archive_reason", "reason_words"), _archive, reply=True, tone="danger"),
)
DEEDS: Mapping[str, Deed] = MappingProxyType({deed.name: deed for deed in ALL})
"""By name, in the order they are offered: what is done most comes first."""
