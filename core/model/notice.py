"""What a member of staff is told, and by which ways."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """What there is to tell."""

    NEW_REPORT = "new_report"
    COPY = "copy"
    REPORTER_ANSWERED = "reporter_answered"
    REQUEST = "request"
    REQUEST_DECIDED = "request_decided"
    DEADLINE_NEAR = "deadline_near"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    INTERVENED = "intervened"


class Way(StrEnum):
    """How somebody is told beside the list in the console, where every notice stands."""

    EMAIL = "email"
    PUSH = "push"


class Pace(StrEnum):
    """When mails go out: soon after what happened, or once on the morning of a working day."""

    SOON = "soon"
    DAILY = "daily"


EVERY_WAY = frozenset(Way)
BY_MAIL = frozenset({Way.EMAIL})


def usual_ways() -> dict[NoticeKind, frozenset[Way]]:
    """What somebody gets who chose nothing: a copy or a decision can wait for the mail."""
    calm = {NoticeKind.COPY: BY_MAIL, NoticeKind.REQUEST_DECIDED: BY_MAIL}
    return {kind: calm.get(kind, EVERY_WAY) for kind in NoticeKind}


@dataclass(frozen=True, slots=True)
class Choices:
    """What one person wants to be told of, how and when."""

    ways: Mapping[NoticeKind, frozenset[Way]] = field(default_factory=usual_ways)
    pace: Pace = Pace.DAILY

    def wants(self, kind: NoticeKind, way: Way) -> bool:
        """Whether to tell this person of ``kind`` by ``way``; a kind they never saw goes the usual ways."""
        return way in self.ways.get(kind, usual_ways()[kind])


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing told to one person. ``mail_at`` and ``push_at`` are when it is to leave, None where it is not to."""

    id: str
    staff_id: str
    kind: NoticeKind
    report_id: str
    at: datetime
    seen_at: datetime | None = None
    mail_at: datetime | None = None
    push_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member of staff whom a notice may concern. ``username`` keeps people from being told what they did."""

    staff_id: str
    username: str
    choices: Choices


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that asked for pushes (W3C Push API): where to and with which keys (RFC 8291)."""

    id: str
    staff_id: str
    created_at: datetime
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    failures: int = 0
