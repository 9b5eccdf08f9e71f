"""Who may do what to which report: the one table of role, deed and standing (ADR 0008; ``domain.md`` §3 and §5)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from core.directory import Directory
from core.model.lifecycle import Action, NotAllowed, Role, find_transition
from core.model.people import Staff
from core.model.report import Report
from core.pending import ASKS, GRANTS, answers, decider_of


class Right(StrEnum):
    """What a member of staff may do beside the actions on a report."""

    VIEW = "view"
    VIEW_CONTACT = "view_contact"
    REVEAL_IDENTITY = "reveal_identity"
    ENTER_FORM = "enter_form"
    MANAGE_STAFF = "manage_staff"
    MANAGE_AGENCIES = "manage_agencies"
    STATISTICS = "statistics"
    EXPORT = "export"
    TRIAGE = "triage"
    ATTEND = "attend"
    REVIEW_CHATS = "review_chats"
    MANAGE_ANSWERS = "manage_answers"


class Standing(StrEnum):
    """How somebody's agency stands to a report: it has it, is above who has it, is to decide on its request, has a
    copy, or has nothing to do with it.
    """

    HOLDS = "holds"
    ABOVE = "above"
    DECIDES = "decides"
    COPIED = "copied"
    NONE = "none"


Deed = Action | Right
Standings = frozenset[Standing]
S = Standing

NEVER: Standings = frozenset()
ALWAYS: Standings = frozenset(Standing)
SEEN: Standings = ALWAYS - {S.NONE}
WITHIN: Standings = frozenset({S.HOLDS, S.ABOVE})
CHARGED: Standings = frozenset({S.HOLDS, S.ABOVE, S.DECIDES})
OVER: Standings = frozenset({S.ABOVE, S.DECIDES})
OWN: Standings = frozenset({S.HOLDS})

COLUMNS = (Role.NATIONAL_ADMIN, Role.AGENCY_ADMIN, Role.LIAISON_OFFICER, Role.CHAT_OPERATOR, Role.SUPERVISOR)

# Deed, then for each role of COLUMNS the standings with which it may. Every deed has its row. What only reporters and
# the gateway itself do is nobody's here. ALWAYS stands where there is no report to stand to.
ROWS: tuple[tuple[Deed, Standings, Standings, Standings, Standings, Standings], ...] = (
    (Right.VIEW, SEEN, SEEN, SEEN, WITHIN, SEEN),
    (Right.VIEW_CONTACT, SEEN, CHARGED, OWN, NEVER, NEVER),
    (Right.REVEAL_IDENTITY, SEEN, NEVER, NEVER, NEVER, NEVER),
    (Right.ENTER_FORM, ALWAYS, ALWAYS, ALWAYS, ALWAYS, NEVER),
    (Right.MANAGE_STAFF, ALWAYS, ALWAYS, NEVER, NEVER, NEVER),
    (Right.MANAGE_AGENCIES, ALWAYS, ALWAYS, NEVER, NEVER, NEVER),
    (Right.STATISTICS, ALWAYS, ALWAYS, ALWAYS, NEVER, ALWAYS),
    (Right.EXPORT, ALWAYS, ALWAYS, NEVER, NEVER, ALWAYS),
    (Right.TRIAGE, OWN, OWN, NEVER, NEVER, NEVER),
    (Right.ATTEND, ALWAYS, NEVER, NEVER, ALWAYS, NEVER),
    (Right.REVIEW_CHATS, ALWAYS, NEVER, NEVER, NEVER, ALWAYS),
    (Right.MANAGE_ANSWERS, ALWAYS, ALWAYS, NEVER, NEVER, NEVER),
    (Action.VERIFY, SEEN, CHARGED, NEVER, NEVER, NEVER),
    (Action.DELEGATE, SEEN, CHARGED, NEVER, NEVER, NEVER),
    (Action.HOLD_INCOMPLETE, SEEN, CHARGED, NEVER, NEVER, NEVER),
    (Action.HOLD_UNCONNECTED, SEEN, CHARGED, NEVER, NEVER, NEVER),
    (Action.ARCHIVE, SEEN, CHARGED, NEVER, NEVER, NEVER),
    (Action.FOLLOW_UP, SEEN, WITHIN, OWN, NEVER, NEVER),
    (Action.FORWARD, SEEN, WITHIN, NEVER, NEVER, NEVER),
    (Action.NOT_MINE, SEEN, OWN, OWN, NEVER, NEVER),
    (Action.REQUEST_HOLD, SEEN, OWN, OWN, NEVER, NEVER),
    (Action.HOLD_CLOCK, SEEN, OVER, NEVER, NEVER, NEVER),
    (Action.REQUEST_RELEASE, SEEN, OWN, OWN, NEVER, NEVER),
    (Action.RELEASE_CLOCK, SEEN, OVER, NEVER, NEVER, NEVER),
    (Action.REQUEST_CLOSE, SEEN, OWN, OWN, NEVER, NEVER),
    (Action.CLOSE, SEEN, OVER, NEVER, NEVER, NEVER),
    (Action.REQUEST_REOPEN, SEEN, OWN, OWN, NEVER, NEVER),
    (Action.REOPEN, SEEN, OVER, NEVER, NEVER, NEVER),
    (Action.REJECT_REQUEST, SEEN, OVER, NEVER, NEVER, NEVER),
    (Action.INTERVENE, SEEN, WITHIN, NEVER, NEVER, NEVER),
    (Action.AUTO_CLOSE, NEVER, NEVER, NEVER, NEVER, NEVER),
    (Action.ANSWER, NEVER, NEVER, NEVER, NEVER, NEVER),
    (Action.SATISFIED, NEVER, NEVER, NEVER, NEVER, NEVER),
    (Action.RATE, NEVER, NEVER, NEVER, NEVER, NEVER),
    (Action.UNSATISFIED, NEVER, NEVER, NEVER, NEVER, NEVER),
    (Action.WITHDRAW, NEVER, NEVER, NEVER, NEVER, NEVER),
)

PERMISSIONS: Mapping[tuple[Role, Deed], Standings] = MappingProxyType(
    {(role, deed): given for deed, *columns in ROWS for role, given in zip(COLUMNS, columns, strict=True)}
)

EVERYWHERE = frozenset({Role.NATIONAL_ADMIN, Role.SUPERVISOR})


def home(staff: Staff, directory: Directory) -> str:
    """The agency somebody acts for: the national one for its admins, and for a supervisor who has none.

    Empty for anyone else without an agency: they stand to no report.
    """
    if staff.role is Role.NATIONAL_ADMIN or (staff.role in EVERYWHERE and not staff.agency):
        return directory.root
    return staff.agency


def standing(staff: Staff, report: Report, *, directory: Directory) -> Standings:
    """Every way in which this person's agency stands to the report; NONE alone where there is none."""
    own = home(staff, directory)
    holder = report.agency or directory.root
    ways = {
        S.HOLDS: own == holder,
        S.ABOVE: own != holder and directory.is_within(holder, own),
        S.DECIDES: report.request is not None and own == (report.request.decider or directory.root),
        S.COPIED: own in report.copies,
    }
    return frozenset(way for way, so in ways.items() if so) or frozenset({S.NONE})


def may(staff: Staff, deed: Deed, report: Report | None, *, directory: Directory) -> bool:
    """Whether role and standing allow it; the state of the report is not looked at."""
    allowed = PERMISSIONS.get((staff.role, deed), NEVER)
    stands = standing(staff, report, directory=directory) if report else frozenset({S.NONE})
    return staff.active and bool(allowed & stands)


def may_triage(staff: Staff, *, directory: Directory) -> bool:
    """Whether this person decides on messages that are no report yet: like reports of no agency, the national one
    has them.
    """
    stands = S.HOLDS if home(staff, directory) == directory.root else S.NONE
    return staff.active and stands in PERMISSIONS.get((staff.role, Right.TRIAGE), NEVER)


def may_with(staff: Staff, deed: Deed, standings: Standings) -> bool:
    """Whether it is allowed on every report to which this person's agency has one of these standings."""
    return staff.active and standings <= PERMISSIONS.get((staff.role, deed), NEVER)


def sight(staff: Staff, directory: Directory) -> frozenset[str] | None:
    """The agencies whose reports this person sees as their own; None: of everyone."""
    own = home(staff, directory)
    return None if own == directory.root else directory.below(own)


def is_within(seen: frozenset[str] | None, agency: str) -> bool:
    """Whether a sight takes in the reports of ``agency`` (empty for none)."""
    return seen is None or agency in seen


def check(staff: Staff, action: Action, report: Report, *, directory: Directory) -> None:
    """The one gate before every action of staff. Raises NotAllowed, saying why."""
    if not may(staff, action, report, directory=directory):
        raise NotAllowed(f"'{action}' is not for {staff.role} of '{home(staff, directory)}' on this report")
    _check_request(staff, action, report, directory)
    find_transition(report.state, action, staff.role, request=report.request.kind if report.request else None)
    _check_clock(action, report)


def _check_request(staff: Staff, action: Action, report: Report, directory: Directory) -> None:
    """One request at a time, never decided by who asked or by an agency below the one it was put to."""
    waiting = report.request
    if action in ASKS:
        _check_asking(staff, action, report, directory)
    if waiting is None or not answers(action, waiting):
        return
    if waiting.by == staff.username or not directory.is_within(waiting.decider, home(staff, directory)):
        raise NotAllowed(f"the request '{waiting.kind}' waits for '{waiting.decider}'; who asked cannot decide on it")


def _check_asking(staff: Staff, action: Action, report: Report, directory: Directory) -> None:
    waiting = report.request
    if waiting is not None:
        when = f"{waiting.at:%Y-%m-%d %H:%M} UTC"
        raise NotAllowed(f"{waiting.by} of '{waiting.agency}' asked for '{waiting.kind}' on {when}: one at a time")
    decider = decider_of(report, directory)
    granting = min(GRANTS[ASKS[action]])
    if home(staff, directory) == decider and may(staff, granting, report, directory=directory):
        raise NotAllowed(f"'{action}' asks those above, and you decide yourself: do it")


def _check_clock(action: Action, report: Report) -> None:
    if action in {Action.HOLD_CLOCK, Action.REQUEST_HOLD} and report.clock_held:
        raise NotAllowed("the clock is held already")
    if action in {Action.RELEASE_CLOCK, Action.REQUEST_RELEASE} and not report.clock_held:
        raise NotAllowed("the clock is not held")


def open_actions(staff: Staff, report: Report, *, directory: Directory) -> tuple[Action, ...]:
    """What this person can do to the report as it stands, in the order of the table."""
    return tuple(action for action in Action if _is_open(staff, action, report, directory))


def _is_open(staff: Staff, action: Action, report: Report, directory: Directory) -> bool:
    try:
        check(staff, action, report, directory=directory)
    except NotAllowed:
        return False
    return True
