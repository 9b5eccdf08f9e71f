"""What every action of staff shares: the report taken in hand, the one gate, and the decision carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from core.changes import Change, apply
from core.model.lifecycle import Action, NotAllowed, State
from core.model.message import Attachment
from core.model.people import Agency, Staff
from core.model.report import Event, FollowUpKind, Report
from core.office import Office
from core.permissions import Right, check, home, may
from core.ports import Tx
from core.registers import Changed

NOTHING: Mapping[str, Any] = MappingProxyType({})


class UnknownReport(Exception):
    """No report with this number that this person may see."""


class AlreadyClaimed(Exception):
    """Another admin is working on the report; the message names until when."""


class Incomplete(Exception):
    """The decision lacks something; the message names it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A locked report in somebody's hands, who may do ``action`` to it."""

    tx: Tx
    report: Report
    action: Action
    staff: Staff
    office: Office
    now: datetime

    @property
    def home(self) -> str:
        """The agency that acts."""
        return home(self.staff, self.office.directory)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an action comes to: its line of history, the reply it causes (empty for none) and the fields it sets.

    ``public`` lines are shown to the reporter; ``secret`` ones to nobody else. ``facts``: what the reply says in
    place of ``text``.
    """

    event: Event
    reply: str = ""
    text: str = field(default="", repr=False)
    updates: Mapping[str, Any] = field(default_factory=dict, repr=False)
    public: bool = False
    secret: bool = False
    attachments: tuple[Attachment, ...] = ()
    kind: FollowUpKind | None = None
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)


def find(tx: Tx, tracking_id: str, staff: Staff, *, office: Office) -> Report:
    """The report, told alike whether it does not exist or belongs to another agency. Raises UnknownReport."""
    found = tx.reports.find(tracking_id)
    if found is None or not may(staff, Right.VIEW, found, directory=office.directory):
        raise UnknownReport(f"no report {tracking_id} in your agency's care; check the number")
    return found


def lock(tx: Tx, tracking_id: str, staff: Staff, *, office: Office, version: int = 0) -> Report:
    """The report, locked, as it was when looked at. Raises UnknownReport, and Changed where it has another version."""
    report = tx.reports.lock(find(tx, tracking_id, staff, office=office).id)
    if not may(staff, Right.VIEW, report, directory=office.directory):
        raise UnknownReport(f"no report {tracking_id} in your agency's care; check the number")
    if version and report.version != version:
        raise Changed(tracking_id)
    return report


def take(
    tx: Tx, tracking_id: str, action: Action, staff: Staff, *, office: Office, now: datetime, version: int
) -> Case:
    """The report in hand, if this person may do ``action`` to it and nobody else has it.

    Raises:
        UnknownReport, Changed, AlreadyClaimed.
        NotAllowed: by role and standing, by state, or because of a request that waits.
    """
    report = lock(tx, tracking_id, staff, office=office, version=version)
    if action is not Action.INTERVENE:
        check_claim(report, staff, now=now)
    check(staff, action, report, directory=office.directory)
    return Case(tx, report, action, staff, office, now)


def check_claim(report: Report, staff: Staff, *, now: datetime) -> None:
    """Raises AlreadyClaimed while somebody else has it."""
    if report.claimed_by not in ("", staff.username) and report.claimed_until and report.claimed_until > now:
        raise AlreadyClaimed(f"{report.claimed_by} has it until {report.claimed_until:%H:%M} UTC")


def decide(case: Case, decision: Decision) -> Report:
    """Carry it out. Every decision frees the claim, a reminder aside."""
    freed = NOTHING if case.action is Action.INTERVENE else {"claimed_by": "", "claimed_until": None}
    change = Change(
        action=case.action,
        role=case.staff.role,
        actor=case.staff.username,
        event=decision.event,
        cause=f"{case.report.id}:{case.report.version}",
        text=decision.text,
        reply=decision.reply,
        facts={"alasan": decision.text, "teks": decision.text, **decision.facts},
        public=decision.public,
        secret=decision.secret,
        attachments=decision.attachments,
        kind=decision.kind,
        updates={**decision.updates, **freed},
    )
    decided = apply(case.tx, case.report, change, office=case.office, now=case.now)
    if case.report.state is State.AWAITING_INFORMATION and decided.state is not State.AWAITING_INFORMATION:
        _expect_no_answer(case.tx, decided)
    return decided


def _expect_no_answer(tx: Tx, report: Report) -> None:
    """The question is settled without the reporter: their next words are not its answer."""
    contact = tx.contacts.lock(report.told_at.scheme, report.told_at.value)
    if contact.question == report.id:
        tx.contacts.save(replace(contact, question=""))


def needed(words: str, lack: str) -> str:
    """The words without white space around them. Raises Incomplete, naming what is lacking."""
    if not words.strip():
        raise Incomplete(lack)
    return words.strip()


def agency_named(words: str, office: Office) -> Agency:
    """An agency by id, name or keyword. Raises Incomplete."""
    known = office.directory.agency(words) or (office.directory.find(words) if words else None)
    if known is None:
        raise Incomplete(f"'{words}' is no agency; name one from the list of agencies")
    return known


def agency_within(case: Case, words: str) -> Agency:
    """The agency meant, the acting one or below it. Raises Incomplete, NotAllowed."""
    agency = agency_named(words, case.office)
    if not case.office.directory.is_within(agency.id, case.home):
        raise NotAllowed(f"'{agency.id}' is not below '{case.home}': say that the report is not yours instead")
    return agency


def agency_below(case: Case, words: str) -> Agency:
    """The agency meant: another than has it, below the acting one. Raises Incomplete, NotAllowed."""
    agency = agency_within(case, words)
    if agency.id in {case.home, case.report.agency}:
        raise NotAllowed(f"'{agency.id}' is not a lower agency than '{case.home}', or has the report already")
    return agency


def with_copies(case: Case, copies: tuple[str, ...]) -> tuple[str, ...]:
    """Those who may read the report, and these as well, by id. Raises Incomplete."""
    named = (agency_named(copy, case.office).id for copy in copies)
    return tuple(dict.fromkeys((*case.report.copies, *named)))
