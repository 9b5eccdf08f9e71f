"""Staff of several agencies and the reporter try everything: only what the two tables allow ever happens."""

import asyncio
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core import citizen, handling, requesting, verification
from core.calendar import Calendar
from core.channel import Capabilities
from core.directory import Directory
from core.filing import received
from core.handling import FollowUp, FollowUpKind
from core.hearing import Heard
from core.ids import new_id
from core.model.lifecycle import Action, NotAllowed, RequestKind, Role, State
from core.model.message import Command, Verb
from core.model.people import Agency, Staff
from core.model.report import ArchiveReason, Event, HistoryEntry, Report
from core.office import Office
from core.permissions import Standing, open_actions, standing
from core.phrasebook import load_replies
from core.ports import Tx
from core.registers import Changed
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.testing.builders import a_report, an_sms, stored
from core.testing.clocks import MONDAY_MORNING
from core.vault import make_vault
from core.verification import AlreadyClaimed, Disposition, Incomplete, UnknownReport
from tests.conftest import migrated
from tests.core.test_lifecycle import ALLOWED
from tests.core.test_permissions import LETTERS, ORACLE

Result = TypeVar("Result")

REGION, UNIT, DESK, CITY = "kab-nganjuk", "nganjuk-pupr", "nganjuk-pupr-jalan", "kota-bekasi"
AGENCIES = (
    Agency("nasional", "Admin Nasional"),
    Agency(REGION, "Pemerintah Kabupaten Nganjuk", "nasional"),
    Agency(UNIT, "Dinas PUPR Nganjuk", REGION),
    Agency(DESK, "Bidang Bina Marga", UNIT),
    Agency(CITY, "Pemerintah Kota Bekasi", "nasional"),
)
STAFF = tuple(
    Staff(new_id(), f"{role}@{agency or 'nasional'}", role, agency, MONDAY_MORNING)
    for role, agency in [
        (Role.NATIONAL_ADMIN, ""),
        (Role.AGENCY_ADMIN, REGION),
        (Role.AGENCY_ADMIN, UNIT),
        (Role.AGENCY_ADMIN, CITY),
        (Role.LIAISON_OFFICER, UNIT),
        (Role.LIAISON_OFFICER, DESK),
        (Role.LIAISON_OFFICER, CITY),
        (Role.SUPERVISOR, REGION),
        (Role.CHAT_OPERATOR, UNIT),
    ]
)
OFFICE = Office(
    calendar=Calendar(holidays={}),
    directory=Directory(agencies={agency.id: agency for agency in AGENCIES}),
    replies=load_replies(Path(__file__).parents[2] / "config" / "replies"),
    capabilities={"sms": Capabilities(measure=len, max_length=2000)},
    readers={},
    new_id=new_id,
    random_below=secrets.randbelow,
)

Use = Callable[..., Report]
# Each action with what it is given; an agency is drawn where {} stands.
USES: Mapping[Action, tuple[Use, Callable[[str], tuple[Any, ...]], str]] = {
    Action.VERIFY: (verification.verify, lambda agency: (Disposition(agency),), "verified"),
    Action.DELEGATE: (verification.delegate, lambda agency: (agency,), "delegated"),
    Action.HOLD_INCOMPLETE: (verification.ask, lambda _: ("Di mana?",), "questioned"),
    Action.HOLD_UNCONNECTED: (verification.hold, lambda _: ("Belum terhubung",), "held"),
    Action.ARCHIVE: (verification.archive, lambda _: (ArchiveReason.UNCLEAR, "Tidak jelas"), "archived"),
    Action.FOLLOW_UP: (
        handling.follow_up,
        lambda _: (FollowUp(FollowUpKind.SUBSTANTIVE, "Sudah diperbaiki"),),
        "followed_up",
    ),
    Action.FORWARD: (handling.forward, lambda agency: (agency, "Kewenangan bidang"), "forwarded"),
    Action.HOLD_CLOCK: (handling.hold_clock, lambda _: ("Menunggu",), "clock_held"),
    Action.RELEASE_CLOCK: (handling.release_clock, lambda _: ("Sudah",), "clock_released"),
    Action.CLOSE: (handling.close, lambda _: ("Selesai",), "closed"),
    Action.REOPEN: (handling.reopen, lambda _: ("Belum selesai",), "reopened"),
    Action.INTERVENE: (handling.intervene, lambda _: ("Mohon segera",), "intervened"),
    Action.NOT_MINE: (requesting.not_mine, lambda _: ("", "Bukan kami"), "not_mine_requested"),
    Action.REQUEST_HOLD: (requesting.request_hold, lambda _: ("Mohon",), "hold_requested"),
    Action.REQUEST_RELEASE: (requesting.request_release, lambda _: ("Mohon",), "release_requested"),
    Action.REQUEST_CLOSE: (requesting.request_close, lambda _: ("Mohon",), "close_requested"),
    Action.REQUEST_REOPEN: (requesting.request_reopen, lambda _: ("Mohon",), "reopen_requested"),
    Action.REJECT_REQUEST: (requesting.reject_request, lambda _: ("Tidak",), "request_rejected"),
}
TELLING = {
    "verified": "verified",
    "questioned": "question",
    "held": "held_unconnected",
    "archived": "archived",
    "followed_up": "follow_up",
    "forwarded": "forwarded",
    "closed": "closed_by_admin",
    "reopened": "reopened_by_admin",
}


class Everybody(RuleBasedStateMachine):
    """One report; the oracle is what test_lifecycle and test_permissions wrote out by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{self.folder.name}/lapor.db"
        self.runner.run(migrated(url))
        self.store = SqlStore(open_database(url), make_vault([secrets.token_bytes(32)]))
        self.now = MONDAY_MORNING
        self.lines = 1

    def teardown(self) -> None:
        """Close everything."""
        self.runner.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    def write(self, work: Callable[[Tx], Result]) -> Result:
        """A transaction a minute later."""
        self.now += timedelta(minutes=20)
        return self.runner.run(self.store.write(work))

    def read(self, work: Callable[[Tx], Result]) -> Result:
        """A look."""
        return self.runner.run(self.store.read(work))

    @initialize(agency=st.sampled_from(["", REGION, UNIT, CITY]))
    def a_report_comes_in(self, agency: str) -> None:
        """Into somebody's queue."""
        self.born = replace(a_report(), agency=agency)

        def file(tx: Tx) -> None:
            tx.reports.add_all([(self.born, "482913")])
            tx.history.begin([received(self.born, at=self.now)])

        self.write(file)

    @property
    def report(self) -> Report:
        """As it stands."""
        found = self.read(lambda tx: tx.reports.get(self.born.id))
        assert found is not None
        return found

    @property
    def history(self) -> list[HistoryEntry]:
        """Its lines."""
        return list(self.read(lambda tx: tx.history.of(self.born.id)))

    @property
    def replies(self) -> list[str]:
        """What was told so far."""
        return [reply.event for reply in self.read(lambda tx: tx.outbox.of_report(self.born.id))]

    @rule(
        staff=st.sampled_from(STAFF),
        action=st.sampled_from(sorted(USES)),
        agency=st.sampled_from([agency.id for agency in AGENCIES]),
        stale=st.booleans(),
    )
    def somebody_tries(self, staff: Staff, action: Action, agency: str, *, stale: bool) -> None:
        """Any action, of any person, also on an outdated page."""
        self._try(staff, action, agency, stale=stale)

    @rule(data=st.data())
    def somebody_does_what_is_open(self, data: st.DataObject) -> None:
        """So that walks go far."""
        report, directory = self.report, OFFICE.directory
        open_to = [
            (staff, action)
            for staff in STAFF
            for action in open_actions(staff, report, directory=directory)
            if report.claimed_by in ("", staff.username)
        ]
        if open_to:
            staff, action = data.draw(st.sampled_from(open_to))
            agency = data.draw(st.sampled_from(sorted(directory.below(staff.agency or directory.root))))
            self._try(staff, action, agency, stale=False)

    def _try(self, staff: Staff, action: Action, agency: str, *, stale: bool) -> None:
        use, given, event = USES[action]
        before, told = self.report, self.replies
        version = before.version - 1 if stale else before.version
        try:
            after = self.write(
                lambda tx: use(
                    tx, before.tracking_id, *given(agency), staff, office=OFFICE, now=self.now, version=version
                )
            )
        except (NotAllowed, Incomplete, UnknownReport, AlreadyClaimed, Changed) as error:
            self._nothing_happened(before, told, error, staff, stale=stale and version > 0)
            return
        assert not (stale and version > 0)
        self._happened(before, after, action, staff, event=Event(event), told=told)

    def _nothing_happened(
        self, before: Report, told: list[str], error: Exception, staff: Staff, *, stale: bool
    ) -> None:
        assert self.report == before
        assert len(self.history) == self.lines
        assert self.replies == told
        stands = standing(staff, before, directory=OFFICE.directory)
        assert isinstance(error, UnknownReport) == (not may_by_hand(staff, "view", stands))
        if stale and not isinstance(error, UnknownReport):
            assert isinstance(error, Changed)

    def _happened(
        self, before: Report, after: Report, action: Action, staff: Staff, *, event: Event, told: list[str]
    ) -> None:
        kind = before.request.kind if before.request else None
        stands = standing(staff, before, directory=OFFICE.directory)
        assert may_by_hand(staff, action, stands)
        assert after.state is ALLOWED[before.state, action, staff.role, kind]
        assert after == self.report
        assert after.version == before.version + 1
        new = self.history[self.lines :]
        self.lines += len(new)
        assert (new[0].event, new[0].actor, new[0].state) == (event, staff.username, after.state)
        assert all(line.event in {Event.REQUEST_LAPSED, Event.ESCALATED} for line in new[1:])
        expected = [TELLING[event]] if event in TELLING else []
        if event is Event.DELEGATED and before.state is State.VERIFIED:
            expected = ["forwarded"]
        assert self.replies[len(told) :] == expected
        if before.request and after.request is None and event is not Event.REQUEST_REJECTED:
            lapsed = [line for line in new if line.event is Event.REQUEST_LAPSED]
            assert bool(lapsed) != (action in granting(before.request.kind))

    @rule(
        verb=st.sampled_from([Verb.ANSWER, Verb.SATISFIED, Verb.UNSATISFIED, Verb.WITHDRAW]),
        rating=st.sampled_from([None, 1, 5, 9]),
    )
    def the_reporter_says(self, verb: Verb, rating: int | None) -> None:
        """Whatever they like; they are always answered once."""
        before, told = self.report, self.replies
        message = stored(an_sms("Sudah lama sekali belum selesai", at=self.now))
        command = Command(verb, tracking_id=before.tracking_id, text="Sudah", rating=rating)

        def obey(tx: Tx) -> None:
            tx.messages.add_all([message], now=self.now)
            contact = tx.contacts.lock(before.reporter.scheme, before.reporter.value)
            citizen.obey(tx, Heard(message, "Sudah", contact), command, office=OFFICE, now=self.now)

        self.write(obey)
        after = self.report
        self.lines = len(self.history)
        assert len(self.replies) == len(told) + 1
        assert after.rating in {before.rating, 1, 5}
        kind = before.request.kind if before.request else None
        tried = [Action(verb.value)] if verb is not Verb.SATISFIED else [Action.SATISFIED, Action.RATE]
        tried += [Action.ANSWER] if verb is Verb.UNSATISFIED else []
        leads = {ALLOWED.get((before.state, action, Role.REPORTER, kind), before.state) for action in tried}
        assert after.state in leads | {before.state}

    @rule(staff=st.sampled_from(STAFF), giving_back=st.booleans())
    def somebody_claims(self, staff: Staff, *, giving_back: bool) -> None:
        """Or gives back."""
        act, number = verification.release if giving_back else verification.claim, self.born.tracking_id
        try:
            self.write(lambda tx: act(tx, number, staff, office=OFFICE, now=self.now))
        except (NotAllowed, UnknownReport, AlreadyClaimed):
            assert len(self.history) == self.lines
        self.lines = len(self.history)

    @invariant()
    def the_history_holds_and_what_waits_fits(self) -> None:
        """After every step."""
        if not hasattr(self, "born"):
            return
        report = self.report
        assert list(self.read(lambda tx: tx.history.broken(self.born.id))) == []
        assert len(self.history) == self.lines
        if report.request:
            assert (report.request.agency, report.request.by in {one.username for one in STAFF}) == (
                report.agency,
                True,
            )
            assert report.request.kind is not RequestKind.NOT_MINE or report.not_mine_count


def may_by_hand(staff: Staff, deed: str, stands: frozenset[Standing]) -> bool:
    letters = {LETTERS[way] for way in stands}
    return any(
        letters & set(cell) for (role, named), cell in ORACLE.items() if role is staff.role and named.value == deed
    )


def granting(kind: RequestKind) -> set[str]:
    if kind is RequestKind.NOT_MINE:
        return {"verify", "delegate", "hold_incomplete", "hold_unconnected", "archive"}
    return {kind.value}


Everybody.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestEverybody = Everybody.TestCase
