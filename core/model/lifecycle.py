"""The life of a report: the one table of states and transitions (``domain.md`` §5; sources 003 and 004)."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Every state a report can be in."""

    UNVERIFIED = "unverified"
    AGENCY_UNCONNECTED = "agency_unconnected"
    AWAITING_INFORMATION = "awaiting_information"
    INFORMATION_RECEIVED = "information_received"
    ARCHIVED_BY_ADMIN = "archived_by_admin"
    ARCHIVED_BY_REPORTER = "archived_by_reporter"
    VERIFIED = "verified"
    FOLLOWED_UP = "followed_up"
    REPORTER_RESPONDED = "reporter_responded"
    CLOSED_BY_SYSTEM = "closed_by_system"
    CLOSED_BY_ADMIN = "closed_by_admin"
    CLOSED_BY_REPORTER = "closed_by_reporter"


class Action(StrEnum):
    """Everything that can be done to a report."""

    VERIFY = "verify"
    DELEGATE = "delegate"
    HOLD_INCOMPLETE = "hold_incomplete"
    HOLD_UNCONNECTED = "hold_unconnected"
    ARCHIVE = "archive"
    FOLLOW_UP = "follow_up"
    FORWARD = "forward"
    NOT_MINE = "not_mine"
    REQUEST_HOLD = "request_hold"
    HOLD_CLOCK = "hold_clock"
    REQUEST_RELEASE = "request_release"
    RELEASE_CLOCK = "release_clock"
    REQUEST_CLOSE = "request_close"
    CLOSE = "close"
    REQUEST_REOPEN = "request_reopen"
    REOPEN = "reopen"
    REJECT_REQUEST = "reject_request"
    INTERVENE = "intervene"
    AUTO_CLOSE = "auto_close"
    ANSWER = "answer"
    SATISFIED = "satisfied"
    RATE = "rate"
    UNSATISFIED = "unsatisfied"
    WITHDRAW = "withdraw"


class RequestKind(StrEnum):
    """What an agency may ask of the one that gave it the report (003, *Terima atau Tolak Permintaan*)."""

    NOT_MINE = "not_mine"
    HOLD_CLOCK = "hold_clock"
    RELEASE_CLOCK = "release_clock"
    CLOSE = "close"
    REOPEN = "reopen"


class Role(StrEnum):
    """Who acts (``domain.md`` §3). ``SYSTEM`` is the gateway itself."""

    REPORTER = "reporter"
    NATIONAL_ADMIN = "national_admin"
    AGENCY_ADMIN = "agency_admin"
    LIAISON_OFFICER = "liaison_officer"
    CHAT_OPERATOR = "chat_operator"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: who may do what from where, and what it leads to.

    ``target`` None leaves the state as it is. ``on_request`` lists the states from which the action is open as well
    while one of the requests ``answers`` waits for a decision.
    """

    action: Action
    roles: frozenset[Role]
    sources: frozenset[State]
    target: State | None = None
    on_request: frozenset[State] = frozenset()
    answers: frozenset[RequestKind] = frozenset({RequestKind.NOT_MINE})


class NotAllowed(Exception):
    """The table has no such row. The message names action, state and role."""


S = State
NEW = frozenset({S.UNVERIFIED})
PENDING = frozenset({S.AGENCY_UNCONNECTED, S.AWAITING_INFORMATION, S.INFORMATION_RECEIVED})
DISPOSED = frozenset({S.VERIFIED})
IN_PROCESS = frozenset({S.FOLLOWED_UP, S.REPORTER_RESPONDED})
CLOSED = frozenset({S.CLOSED_BY_SYSTEM, S.CLOSED_BY_ADMIN, S.CLOSED_BY_REPORTER})
ARCHIVED = frozenset({S.ARCHIVED_BY_ADMIN, S.ARCHIVED_BY_REPORTER})
OPEN = NEW | PENDING | DISPOSED | IN_PROCESS

ADMINS = frozenset({Role.NATIONAL_ADMIN, Role.AGENCY_ADMIN})
OFFICERS = ADMINS | {Role.LIAISON_OFFICER}
REPORTER = frozenset({Role.REPORTER})
SYSTEM = frozenset({Role.SYSTEM})

TRANSITIONS: tuple[Transition, ...] = (
    Transition(Action.VERIFY, ADMINS, NEW | PENDING, S.VERIFIED, on_request=DISPOSED),
    Transition(Action.DELEGATE, ADMINS, NEW | PENDING, on_request=DISPOSED),
    Transition(Action.HOLD_INCOMPLETE, ADMINS, NEW, S.AWAITING_INFORMATION, on_request=PENDING | DISPOSED),
    Transition(Action.HOLD_UNCONNECTED, ADMINS, NEW, S.AGENCY_UNCONNECTED, on_request=PENDING | DISPOSED),
    Transition(Action.ARCHIVE, ADMINS, NEW | PENDING, S.ARCHIVED_BY_ADMIN, on_request=DISPOSED),
    Transition(Action.FOLLOW_UP, OFFICERS, DISPOSED | IN_PROCESS, S.FOLLOWED_UP),
    Transition(Action.FORWARD, ADMINS, DISPOSED | IN_PROCESS),
    Transition(Action.NOT_MINE, OFFICERS, NEW | PENDING | DISPOSED),
    Transition(Action.REQUEST_HOLD, OFFICERS, IN_PROCESS),
    Transition(Action.HOLD_CLOCK, ADMINS, IN_PROCESS),
    Transition(Action.REQUEST_RELEASE, OFFICERS, IN_PROCESS),
    Transition(Action.RELEASE_CLOCK, ADMINS, IN_PROCESS),
    Transition(Action.REQUEST_CLOSE, OFFICERS, IN_PROCESS),
    Transition(Action.CLOSE, ADMINS, IN_PROCESS, S.CLOSED_BY_ADMIN),
    Transition(Action.REQUEST_REOPEN, OFFICERS, CLOSED),
    Transition(Action.REOPEN, ADMINS, CLOSED, S.FOLLOWED_UP),
    Transition(Action.REJECT_REQUEST, ADMINS, frozenset(), on_request=OPEN | CLOSED, answers=frozenset(RequestKind)),
    Transition(Action.INTERVENE, ADMINS, OPEN),
    Transition(Action.AUTO_CLOSE, SYSTEM, frozenset({S.FOLLOWED_UP}), S.CLOSED_BY_SYSTEM),
    Transition(Action.ANSWER, REPORTER, frozenset({S.AWAITING_INFORMATION}), S.INFORMATION_RECEIVED),
    Transition(Action.ANSWER, REPORTER, IN_PROCESS, S.REPORTER_RESPONDED),
    Transition(
        Action.ANSWER,
        REPORTER,
        NEW | DISPOSED | CLOSED | ARCHIVED | {S.AGENCY_UNCONNECTED, S.INFORMATION_RECEIVED},
    ),
    Transition(Action.SATISFIED, REPORTER, IN_PROCESS, S.CLOSED_BY_REPORTER),
    Transition(Action.RATE, REPORTER, CLOSED),
    Transition(Action.UNSATISFIED, REPORTER, IN_PROCESS | CLOSED, S.REPORTER_RESPONDED),
    Transition(Action.WITHDRAW, REPORTER, NEW | PENDING, S.ARCHIVED_BY_REPORTER),
)


def find_transition(state: State, action: Action, role: Role, *, request: RequestKind | None = None) -> Transition:
    """The row that allows ``action``. ``request``: what waits for a decision. Raises NotAllowed."""
    for row in TRANSITIONS:
        if row.action is action and role in row.roles and _is_source(row, state, request):
            return row
    raise NotAllowed(f"'{action}' is not possible for {role} while the report is '{state}'")


def _is_source(row: Transition, state: State, request: RequestKind | None) -> bool:
    return state in row.sources or (request in row.answers and state in row.on_request)


def next_state(state: State, action: Action, role: Role, *, request: RequestKind | None = None) -> State:
    """The state that ``action`` leads to. Raises NotAllowed."""
    return find_transition(state, action, role, request=request).target or state


LABELS: dict[State, str] = {
    S.UNVERIFIED: "Belum Terverifikasi",
    S.AGENCY_UNCONNECTED: "Instansi Belum Terhubung",
    S.AWAITING_INFORMATION: "Menunggu Kelengkapan Informasi",
    S.INFORMATION_RECEIVED: "Menunggu Evaluasi Kelengkapan Informasi",
    S.ARCHIVED_BY_ADMIN: "Diarsipkan oleh Admin",
    S.ARCHIVED_BY_REPORTER: "Diarsipkan oleh Pelapor",
    S.VERIFIED: "Terverifikasi",
    S.FOLLOWED_UP: "Ditindaklanjuti oleh Instansi",
    S.REPORTER_RESPONDED: "Ditanggapi oleh Pelapor",
    S.CLOSED_BY_SYSTEM: "Ditutup oleh Sistem",
    S.CLOSED_BY_ADMIN: "Ditutup oleh Admin",
    S.CLOSED_BY_REPORTER: "Ditutup oleh Pelapor",
}
