"""One line of the queue: what is shown of a report before it is opened."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from core.calendar import working_days_between
from core.filters import TAB_OF, Tab
from core.model.lifecycle import LABELS, RequestKind, State
from core.model.listing import running_deadline
from core.model.message import Mark
from core.model.people import Staff
from core.model.report import Report
from core.office import Office
from core.permissions import Standing, standing

FIRST_WORDS = 120

COLOURS: Mapping[Tab, str] = MappingProxyType(
    {
        Tab.UNVERIFIED: "red",
        Tab.PENDING: "amber",
        Tab.REQUESTS: "violet",
        Tab.TO_FOLLOW_UP: "orange",
        Tab.IN_PROCESS: "blue",
        Tab.DONE: "green",
        Tab.ARCHIVE: "grey",
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue. No reporter stands on it.

    Attributes:
        title: the title, or the first words of a report that has none; words that their author took back are not shown.
        words: the first words of the text; ``place`` as it was given.
        colour: the name of its tab's colour.
        agency: the id, empty while it is nobody's; ``agency_name`` as people read it.
        due_at: the deadline that counts days now; None where none does.
        working_days: left until the deadline, 0 on its day; negative: since it passed.
        claimed_by: who works on it just now; empty once the claim ran out.
        decides: the request waits for this person's own agency.
        supporters: other people's reports that were linked to it.
        suggested: it may tell of the same event as another one; a verifier should look.
        duplicate_of: the tracking number of the first report, where this person may read that one.
        parts_missing: pieces of a long SMS that never came.
        version: for the action that follows (``version=`` of the use cases).
    """

    tracking_id: str
    version: int
    title: str = field(repr=False)
    words: str = field(repr=False)
    place: str = field(repr=False)
    state: State
    state_label: str
    tab: Tab
    colour: str
    channel: str
    classification: str
    category: str
    agency: str
    agency_name: str
    received_at: datetime
    due_at: datetime | None
    working_days: int | None
    overdue: bool
    claimed_by: str
    is_mine: bool
    anonymous: bool
    secret: bool
    priority: bool
    supervised: bool
    clock_held: bool
    request: RequestKind | None
    decides: bool
    supporters: int
    suggested: bool
    is_duplicate: bool
    duplicate_of: str
    parts_missing: int
    attachments: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Who looks and when, and what the reports themselves do not hold, by their id."""

    staff: Staff
    office: Office
    now: datetime
    supporters: Mapping[str, int]
    suggested: Collection[str]
    firsts: Mapping[str, str]


def make_row(report: Report, around: Surroundings) -> Row:
    """The line of one report."""
    staff, now, due = around.staff, around.now, running_deadline(report)
    agency = around.office.directory.agency(report.agency) if report.agency else None
    claimed = report.claimed_by if report.claimed_until and report.claimed_until > now else ""
    return Row(
        tracking_id=report.tracking_id,
        version=report.version,
        title=report.title or words_of(report),
        words=words_of(report),
        place=report.place,
        state=report.state,
        state_label=LABELS[report.state],
        tab=TAB_OF[report.state],
        colour=COLOURS[TAB_OF[report.state]],
        channel=report.channel,
        classification=report.classification,
        category=report.category,
        agency=report.agency,
        agency_name=agency.name if agency else report.agency,
        received_at=report.received_at,
        due_at=due,
        working_days=_working_days(report, around),
        overdue=due is not None and due < now,
        claimed_by=claimed,
        is_mine=claimed == staff.username,
        anonymous=report.anonymous,
        secret=report.secret,
        priority=report.priority,
        supervised=report.supervised,
        clock_held=report.clock_held,
        request=report.request.kind if report.request else None,
        decides=Standing.DECIDES in standing(staff, report, directory=around.office.directory),
        supporters=around.supporters.get(report.id, 0),
        suggested=report.id in around.suggested,
        is_duplicate=bool(report.duplicate_of),
        duplicate_of=around.firsts.get(report.duplicate_of, ""),
        parts_missing=len(report.parts_missing),
        attachments=len(report.attachments),
        marks=report.marks,
    )


def _working_days(report: Report, around: Surroundings) -> int | None:
    due, office = running_deadline(report), around.office
    if due is None:
        return None
    agency = office.directory.agency(report.agency) if report.agency else None
    zone = agency.timezone if agency else office.terms.timezone
    return working_days_between(around.now, end=due, timezone=zone, calendar=office.calendar)


def words_of(report: Report) -> str:
    """The first words of a report; none where their author took them back."""
    return "" if Mark.DELETED in report.marks else first_words(report.text)


def first_words(text: str) -> str:
    """The beginning of a text in one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= FIRST_WORDS:
        return line
    cut, blank, _ = line[:FIRST_WORDS].rpartition(" ")
    return f"{cut if blank else line[:FIRST_WORDS]}…"
