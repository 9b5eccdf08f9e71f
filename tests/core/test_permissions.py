"""Who may do what to which report, against a copy of domain.md §3 and §5 written out by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType

import pytest

from core import permissions
from core.directory import Directory
from core.model.lifecycle import Action, NotAllowed, RequestKind, Role, State
from core.model.people import Agency, Staff
from core.model.report import Report, Request
from core.permissions import PERMISSIONS, Deed, Right, Standing, check, may, open_actions, sight, standing
from core.testing.builders import a_report, an_admin
from core.testing.clocks import MONDAY_MORNING
from tests.core.test_lifecycle import ALLOWED

# What each role may do, by how its agency stands to the report: h it holds it, a it is above who does, d it decides on
# the request that waits, c it was given a copy, n none of these (or there is no report). "-": never.
TABLE = """
deed              national_admin agency_admin liaison_officer chat_operator supervisor
view              hadc           hadc         hadc            ha            hadc
view_contact      hadc           had          h               -             -
reveal_identity   hadc           -            -               -             -
enter_form        hadcn          hadcn        hadcn           hadcn         -
manage_staff      hadcn          hadcn        -               -             -
manage_agencies   hadcn          hadcn        -               -             -
statistics        hadcn          hadcn        hadcn           -             hadcn
export            hadcn          hadcn        -               -             hadcn
triage            h              h            -               -             -
attend            hadcn          -            -               hadcn         -
review_chats      hadcn          -            -               -             hadcn
manage_answers    hadcn          hadcn        -               -             -
verify            hadc           had          -               -             -
delegate          hadc           had          -               -             -
hold_incomplete   hadc           had          -               -             -
hold_unconnected  hadc           had          -               -             -
archive           hadc           had          -               -             -
follow_up         hadc           ha           h               -             -
forward           hadc           ha           -               -             -
not_mine          hadc           h            h               -             -
request_hold      hadc           h            h               -             -
hold_clock        hadc           ad           -               -             -
request_release   hadc           h            h               -             -
release_clock     hadc           ad           -               -             -
request_close     hadc           h            h               -             -
close             hadc           ad           -               -             -
request_reopen    hadc           h            h               -             -
reopen            hadc           ad           -               -             -
reject_request    hadc           ad           -               -             -
intervene         hadc           ha           -               -             -
"""
ASKING = {
    "not_mine": "verify delegate hold_incomplete hold_unconnected archive",
    "request_hold": "hold_clock",
    "request_release": "release_clock",
    "request_close": "close",
    "request_reopen": "reopen",
}
ANSWERING = {
    RequestKind.NOT_MINE: ASKING["not_mine"],
    RequestKind.HOLD_CLOCK: "hold_clock",
    RequestKind.RELEASE_CLOCK: "release_clock",
    RequestKind.CLOSE: "close",
    RequestKind.REOPEN: "reopen",
}
LETTERS = {Standing.HOLDS: "h", Standing.ABOVE: "a", Standing.DECIDES: "d", Standing.COPIED: "c", Standing.NONE: "n"}
DEEDS: tuple[Deed, ...] = (*Action, *Right)


def written_out() -> dict[tuple[Role, Deed], str]:
    """The table above, by role and deed; what it does not name is nobody's."""
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    cells = {(role, line[0]): cell for line in lines for role, cell in zip(head[1:], line[1:], strict=True)}
    return {(role, deed): cells.get((role.value, deed.value), "-") for role in Role for deed in DEEDS}


ORACLE = written_out()

TREE = Directory(
    agencies={
        agency.id: agency
        for agency in (
            Agency("nasional", "Admin Nasional"),
            Agency("kab-nganjuk", "Pemerintah Kabupaten Nganjuk", "nasional"),
            Agency("nganjuk-pupr", "Dinas PUPR Nganjuk", "kab-nganjuk"),
            Agency("nganjuk-pupr-jalan", "Bidang Bina Marga", "nganjuk-pupr"),
            Agency("kota-bekasi", "Pemerintah Kota Bekasi", "nasional"),
        )
    }
)
HOLDER = "nganjuk-pupr"


@dataclass(frozen=True)
class Situation:
    """A person's agency and what lies before them; ``stands`` are the letters that follow, by hand."""

    agency: str
    stands: str
    decider: str = ""
    copies: tuple[str, ...] = ()
    holder: str = HOLDER

    def staff(self, role: Role) -> Staff:
        """Somebody of that agency."""
        return replace(an_admin("budi"), role=role, agency=self.agency)

    def report(self, kind: RequestKind | None, *, state: State = State.VERIFIED, held: bool = False) -> Report:
        """The report, with a request that somebody else made."""
        decider = self.decider or "nasional"
        request = Request(kind, "tono", self.holder, decider, MONDAY_MORNING) if kind else None
        return replace(a_report(state=state), agency=self.holder, copies=self.copies, request=request, clock_held=held)


LOCAL = (
    Situation(HOLDER, "h", decider="kab-nganjuk"),
    Situation("kab-nganjuk", "a"),
    Situation("kab-nganjuk", "ad", decider="kab-nganjuk"),
    Situation("kota-bekasi", "d", decider="kota-bekasi"),
    Situation("kota-bekasi", "c", copies=("kota-bekasi",)),
    Situation("kota-bekasi", "n"),
    Situation("nganjuk-pupr-jalan", "n"),
)
NATIONAL = (
    Situation("", "a", decider="kab-nganjuk"),
    Situation("", "ad"),
    Situation("kota-bekasi", "ac", decider="kab-nganjuk", copies=("nasional",)),
    Situation("nasional", "h", decider="kab-nganjuk", holder=""),
    Situation("nasional", "hd", holder="nasional"),
)


def situations(role: Role, kind: RequestKind | None) -> Iterator[Situation]:
    """Where this role can find itself; nobody decides while nothing waits."""
    for one in NATIONAL if role is Role.NATIONAL_ADMIN else LOCAL:
        if kind is not None or one.decider == "kab-nganjuk" or "d" not in one.stands:
            yield one
        elif one.stands != "d":
            yield replace(one, stands=one.stands.replace("d", ""))


def by_hand(role: Role, action: Action, state: State, kind: RequestKind | None, one: Situation, *, held: bool) -> bool:
    """Whether domain.md lets it happen: role and standing, the state, one request at a time, a clock to hold."""
    if not set(stands(one, kind)) & set(ORACLE[role, action]) or (state, action, role, kind) not in ALLOWED:
        return False
    if action in ("hold_clock", "request_hold") and held:
        return False
    if action in ("release_clock", "request_release") and not held:
        return False
    if action in ASKING:
        return kind is None and not grants_itself(role, action, one)
    if kind and (action == "reject_request" or action in ANSWERING[kind].split()):
        return covers(role, one)
    return True


def stands(one: Situation, kind: RequestKind | None) -> str:
    return one.stands if kind else (one.stands.replace("d", "") or "n")


def covers(role: Role, one: Situation) -> bool:
    """Whether the person's agency is the one that decides, or above it."""
    if role is Role.NATIONAL_ADMIN:
        return True
    decider = one.decider or "nasional"
    return one.agency == decider


def grants_itself(role: Role, action: str, one: Situation) -> bool:
    """Nobody asks themselves: the agency above the holder is the decider here, and for the national one itself."""
    above = "kab-nganjuk" if one.holder == HOLDER else "nasional"
    own = "nasional" if role is Role.NATIONAL_ADMIN else one.agency
    return own == above


def disagreements(deeds: Sequence[Deed] = DEEDS) -> list[str]:
    """Every role, deed and standing in which ``may`` and the table above differ."""
    found = []
    for role, deed, kind in product(Role, deeds, (None, RequestKind.NOT_MINE)):
        cases = [(one.staff(role), one.report(kind), stands(one, kind)) for one in situations(role, kind)]
        for staff, report, letters in [*cases, (LOCAL[0].staff(role), None, "n")]:
            wanted = bool(set(letters) & set(ORACLE[role, deed]))
            if may(staff, deed, report, directory=TREE) != wanted:
                found.append(f"{role} {deed} {letters}")
    return found


def test_role_deed_and_standing_are_what_the_domain_says() -> None:
    assert disagreements() == []


def test_every_deed_has_its_row() -> None:
    assert {deed for _, deed in PERMISSIONS} == set(DEEDS)
    assert {(role, deed) for role, deed in PERMISSIONS if role in {Role.REPORTER, Role.SYSTEM}} == set()
    assert len(PERMISSIONS) == len(DEEDS) * len(permissions.COLUMNS)
    assert len(permissions.ROWS) == len(DEEDS)


@pytest.mark.parametrize("role", Role, ids=str)
def test_every_action_state_and_standing_is_as_the_domain_says(role: Role) -> None:
    """7 roles × 24 actions × 12 states × every standing × five requests and none, with the clock held and running."""
    for state, kind, held in product(State, (None, *RequestKind), (False, True)):
        for one in situations(role, kind):
            wanted = {a for a in Action if by_hand(role, a, state, kind, one, held=held)}

            found = open_actions(one.staff(role), one.report(kind, state=state, held=held), directory=TREE)

            assert set(found) == wanted, f"{role} at {one} from {state}, request: {kind}, clock held: {held}"


LOOSER = [
    (role, deed, way)
    for role, deed, way in product(Role, DEEDS, Standing)
    if way not in PERMISSIONS.get((role, deed), frozenset()) and role not in {Role.REPORTER, Role.SYSTEM}
]


def mutated(role: Role, deed: Deed, ways: frozenset[Standing]) -> Mapping[tuple[Role, Deed], frozenset[Standing]]:
    return MappingProxyType({**PERMISSIONS, (role, deed): ways})


def test_a_loosened_row_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    unnoticed = []
    for role, deed, way in LOOSER:
        looser = PERMISSIONS.get((role, deed), frozenset()) | {way}
        monkeypatch.setattr(permissions, "PERMISSIONS", mutated(role, deed, looser))
        if not disagreements([deed]):
            unnoticed.append((role, deed, way))

    assert unnoticed == []


def test_a_tightened_row_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    unnoticed = []
    for (role, deed), ways in PERMISSIONS.items():
        if ways:
            monkeypatch.setattr(permissions, "PERMISSIONS", mutated(role, deed, frozenset()))
            if not disagreements([deed]):
                unnoticed.append((role, deed))

    assert unnoticed == []


@pytest.mark.parametrize("one", [*LOCAL], ids=lambda one: f"{one.agency}-{one.stands}")
def test_a_standing_follows_from_the_tree(one: Situation) -> None:
    found = standing(one.staff(Role.AGENCY_ADMIN), one.report(RequestKind.CLOSE), directory=TREE)

    assert {LETTERS[way] for way in found} == set(one.stands)


def test_who_asked_cannot_decide_even_from_above() -> None:
    report = Situation("nasional", "a", decider="kab-nganjuk").report(RequestKind.CLOSE, state=State.FOLLOWED_UP)
    asker = replace(an_admin("tono"), role=Role.AGENCY_ADMIN, agency="kab-nganjuk")

    with pytest.raises(NotAllowed, match="who asked cannot decide"):
        check(asker, Action.CLOSE, report, directory=TREE)
    assert Action.CLOSE in open_actions(replace(asker, username="rina"), report, directory=TREE)


def test_a_second_request_says_who_asked_what_and_when() -> None:
    report = LOCAL[0].report(RequestKind.HOLD_CLOCK, state=State.FOLLOWED_UP)

    with pytest.raises(NotAllowed, match=r"tono of 'nganjuk-pupr' asked for 'hold_clock' on 2026-\d\d-\d\d \d\d:\d\d"):
        check(LOCAL[0].staff(Role.LIAISON_OFFICER), Action.REQUEST_CLOSE, report, directory=TREE)


@pytest.mark.parametrize("role", Role, ids=str)
def test_who_left_may_do_nothing(role: Role) -> None:
    gone = replace(NATIONAL[0].staff(role), active=False)

    assert not [deed for deed in DEEDS if may(gone, deed, NATIONAL[0].report(None), directory=TREE)]
    assert not [deed for deed in DEEDS if may(gone, deed, None, directory=TREE)]


@pytest.mark.parametrize("role", [Role.AGENCY_ADMIN, Role.LIAISON_OFFICER, Role.CHAT_OPERATOR], ids=str)
def test_who_has_no_agency_sees_no_report(role: Role) -> None:
    lost = replace(an_admin(), role=role, agency="")

    assert sight(lost, TREE) == frozenset()
    for holder in ("", "nasional", HOLDER):
        report = replace(a_report(), agency=holder)
        assert standing(lost, report, directory=TREE) == {Standing.NONE}


def test_sight_is_the_agency_and_all_below_it() -> None:
    assert sight(LOCAL[0].staff(Role.LIAISON_OFFICER), TREE) == {"nganjuk-pupr", "nganjuk-pupr-jalan"}
    assert sight(NATIONAL[0].staff(Role.SUPERVISOR), TREE) is None
    assert sight(NATIONAL[2].staff(Role.NATIONAL_ADMIN), TREE) is None
    assert sight(NATIONAL[2].staff(Role.SUPERVISOR), TREE) == {"kota-bekasi"}
