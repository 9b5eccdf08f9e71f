"""The one table of states and transitions, against a copy of domain.md §5 written out by hand."""

from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from core.model.lifecycle import (
    LABELS,
    TRANSITIONS,
    Action,
    NotAllowed,
    RequestKind,
    Role,
    State,
    find_transition,
    next_state,
)

# The states by the tab they stand under, as in the first table of §5.
NEW = "unverified"
HELD = "agency_unconnected awaiting_information information_received"
VERIFIED = "verified"
IN_PROCESS = "followed_up reporter_responded"
CLOSED = "closed_by_system closed_by_admin closed_by_reporter"
ARCHIVED = "archived_by_admin archived_by_reporter"
OPEN = f"{NEW} {HELD} {VERIFIED} {IN_PROCESS}"

ADMIN = "national_admin agency_admin"
OFFICER = f"{ADMIN} liaison_officer"

# The second table of §5, row by row: action, who, from where, to where ("" leaves the state), and from where else
# while a "not mine" request waits for a decision ("accepted not-mine request", "request"). Any request can be rejected.
RULES = [
    ("verify", ADMIN, f"{NEW} {HELD}", "verified", VERIFIED),
    ("delegate", ADMIN, f"{NEW} {HELD}", "", VERIFIED),
    ("hold_incomplete", ADMIN, NEW, "awaiting_information", f"{HELD} {VERIFIED}"),
    ("hold_unconnected", ADMIN, NEW, "agency_unconnected", f"{HELD} {VERIFIED}"),
    ("archive", ADMIN, f"{NEW} {HELD}", "archived_by_admin", VERIFIED),
    ("follow_up", OFFICER, f"{VERIFIED} {IN_PROCESS}", "followed_up", ""),
    ("forward", ADMIN, f"{VERIFIED} {IN_PROCESS}", "", ""),
    ("not_mine", OFFICER, f"{NEW} {HELD} {VERIFIED}", "", ""),
    ("request_hold", OFFICER, IN_PROCESS, "", ""),
    ("hold_clock", ADMIN, IN_PROCESS, "", ""),
    ("request_release", OFFICER, IN_PROCESS, "", ""),
    ("release_clock", ADMIN, IN_PROCESS, "", ""),
    ("request_close", OFFICER, IN_PROCESS, "", ""),
    ("close", ADMIN, IN_PROCESS, "closed_by_admin", ""),
    ("request_reopen", OFFICER, CLOSED, "", ""),
    ("reopen", ADMIN, CLOSED, "followed_up", ""),
    ("reject_request", ADMIN, "", "", f"{OPEN} {CLOSED}"),
    ("intervene", ADMIN, OPEN, "", ""),
    # "10 working days after the last substantive follow-up, no answer since": so not from reporter_responded.
    ("auto_close", "system", "followed_up", "closed_by_system", ""),
    ("answer", "reporter", "awaiting_information", "information_received", ""),
    ("answer", "reporter", IN_PROCESS, "reporter_responded", ""),
    # Whatever the reporter adds elsewhere is kept and changes no state.
    (
        "answer",
        "reporter",
        f"{NEW} agency_unconnected information_received {VERIFIED} {CLOSED} {ARCHIVED}",
        "",
        "",
    ),
    ("satisfied", "reporter", IN_PROCESS, "closed_by_reporter", ""),
    ("rate", "reporter", CLOSED, "", ""),
    ("unsatisfied", "reporter", f"{IN_PROCESS} {CLOSED}", "reporter_responded", ""),
    ("withdraw", "reporter", f"{NEW} {HELD}", "archived_by_reporter", ""),
]

Waiting = RequestKind | None
Case = tuple[State, Action, Role, Waiting]
WAITING: tuple[Waiting, ...] = (None, *RequestKind)


def oracle() -> dict[Case, State]:
    """Where each permitted case leads, by the table above alone."""
    allowed: dict[Case, State] = {}
    for action, roles, sources, target, on_request in RULES:
        for role in roles.split():
            for source in sources.split():
                for request in WAITING:
                    allowed[State(source), Action(action), Role(role), request] = State(target or source)
            answered = RequestKind if action == "reject_request" else [RequestKind.NOT_MINE]
            for source, request in product(on_request.split(), answered):
                allowed.setdefault((State(source), Action(action), Role(role), request), State(target or source))
    return allowed


ALLOWED = oracle()
CASES = list(product(State, Action, Role, WAITING))


@pytest.mark.parametrize("action", Action, ids=str)
def test_every_state_role_and_request_gives_what_the_domain_says(action: Action) -> None:
    """12 states × 7 roles × the five requests and none, for each of the 24 actions: 12,096 cases."""
    for state, _, role, request in (case for case in CASES if case[1] is action):
        wanted = ALLOWED.get((state, action, role, request))
        try:
            found = next_state(state, action, role, request=request)
        except NotAllowed:
            found = None

        assert found == wanted, f"{action} by {role} from {state}, request: {request}"


def test_a_refusal_names_action_role_and_state() -> None:
    with pytest.raises(NotAllowed, match=r"'close'.*liaison_officer.*'followed_up'"):
        next_state(State.FOLLOWED_UP, Action.CLOSE, Role.LIAISON_OFFICER)


def test_no_two_rows_say_different_things_of_one_case() -> None:
    rows = [
        (state, row.action, role, row.target or state)
        for row in TRANSITIONS
        for role in row.roles
        for state in row.sources | row.on_request
    ]
    seen: dict[tuple[State, Action, Role], State] = {}

    for state, action, role, target in rows:
        assert seen.setdefault((state, action, role), target) is target


def test_every_state_is_reached_from_a_new_report() -> None:
    reached = {State.UNVERIFIED}
    while more := {ALLOWED[case] for case in ALLOWED if case[0] in reached} - reached:
        reached |= more

    assert reached == set(State)


def test_from_every_state_but_the_archive_something_leads_on() -> None:
    stuck = {s for s in State if not any(case[0] is s and ALLOWED[case] is not s for case in ALLOWED)}

    assert stuck == {State.ARCHIVED_BY_ADMIN, State.ARCHIVED_BY_REPORTER}


def test_watchers_and_chat_operators_change_nothing() -> None:
    assert not [case for case in ALLOWED if case[2] in {Role.SUPERVISOR, Role.CHAT_OPERATOR}]


def test_labels_are_those_of_the_source() -> None:
    assert {state.value: LABELS[state] for state in State} == {
        "unverified": "Belum Terverifikasi",
        "agency_unconnected": "Instansi Belum Terhubung",
        "awaiting_information": "Menunggu Kelengkapan Informasi",
        "information_received": "Menunggu Evaluasi Kelengkapan Informasi",
        "archived_by_admin": "Diarsipkan oleh Admin",
        "archived_by_reporter": "Diarsipkan oleh Pelapor",
        "verified": "Terverifikasi",
        "followed_up": "Ditindaklanjuti oleh Instansi",
        "reporter_responded": "Ditanggapi oleh Pelapor",
        "closed_by_system": "Ditutup oleh Sistem",
        "closed_by_admin": "Ditutup oleh Admin",
        "closed_by_reporter": "Ditutup oleh Pelapor",
    }


ASKING: dict[Action, RequestKind] = {
    Action.NOT_MINE: RequestKind.NOT_MINE,
    Action.REQUEST_HOLD: RequestKind.HOLD_CLOCK,
    Action.REQUEST_RELEASE: RequestKind.RELEASE_CLOCK,
    Action.REQUEST_CLOSE: RequestKind.CLOSE,
    Action.REQUEST_REOPEN: RequestKind.REOPEN,
}


class Life(RuleBasedStateMachine):
    """A report in the hands of everybody: whatever they try, it only moves along rows of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.UNVERIFIED
        self.request: Waiting = None

    @rule(action=st.sampled_from(Action), role=st.sampled_from(Role))
    def try_anything(self, action: Action, role: Role) -> None:
        """Also what is not allowed."""
        before = self.state
        try:
            row = find_transition(before, action, role, request=self.request)
        except NotAllowed:
            assert (before, action, role, self.request) not in ALLOWED
            return
        self._take(action, role)
        assert row in TRANSITIONS
        assert self.state == (row.target or before)

    @precondition(lambda self: True)
    @rule(data=st.data())
    def do_something_allowed(self, data: st.DataObject) -> None:
        """So that walks go far."""
        open_to = sorted((c for c in ALLOWED if c[0] is self.state and c[3] is self.request), key=str)
        _, action, role, _ = data.draw(st.sampled_from(open_to))
        self._take(action, role)

    def _take(self, action: Action, role: Role) -> None:
        before = self.state
        self.state = next_state(before, action, role, request=self.request)
        assert self.state == ALLOWED[before, action, role, self.request]
        self.request = ASKING.get(action)


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLife = Life.TestCase
