"""What staff see of the queue: their own agencies' reports, each once, and nothing of others."""

import random
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import load_calendar
from core.changes import Change, apply
from core.directory import Directory
from core.filters import READERS, TAB_STATES, Tab, parse_filter
from core.ids import new_id
from core.listing import Page, counts, dashboard, page, show_count
from core.model.lifecycle import Action, RequestKind, Role, State
from core.model.listing import Order, Position
from core.model.people import Agency, Staff
from core.model.report import Event, Report, Request
from core.office import Office
from core.permissions import sight
from core.phrasebook import load_replies
from core.places import BadPlace, read_place, write_place
from core.ports import Tx
from core.searching import contact_key, search_keys
from core.storage.store import SqlStore
from core.testing.builders import a_link, a_report, an_admin
from core.testing.clocks import MONDAY_MORNING as NOW
from core.tracking import new_tracking_id, show

CONFIG = Path(__file__).parents[2] / "config"
TREE = {
    "nasional": "",
    "pln": "nasional",
    "prov-banten": "nasional",
    "kab-tangerang": "prov-banten",
    "kab-tangerang-dishub": "kab-tangerang",
    "kab-lebak": "prov-banten",
}


def an_office(tree: Mapping[str, str] = TREE) -> Office:
    agencies = {name: Agency(name, name.title(), parent) for name, parent in tree.items()}
    return Office(
        calendar=load_calendar(CONFIG / "holidays.toml"),
        directory=Directory(agencies=agencies),
        replies=load_replies(CONFIG / "replies"),
        capabilities={},
        readers={},
        new_id=new_id,
        random_below=secrets.randbelow,
    )


def a_member(agency: str, *, role: Role = Role.AGENCY_ADMIN) -> Staff:
    return replace(an_admin(), agency=agency, role=role)


async def keep(store: SqlStore, *reports: Report) -> None:
    def work(tx: Tx) -> None:
        tx.reports.add_all([(report, "1") for report in reports])
        for report in reports:
            tx.listing.index(report.id, search_keys(report))

    await store.write(work)


async def look(
    store: SqlStore,
    staff: Staff,
    query: Mapping[str, str] | None = None,
    *,
    office: Office | None = None,
    after: str = "",
    limit: int = 50,
) -> Page:
    filter_ = parse_filter(query or {})
    return await store.read(
        lambda tx: page(tx, staff, filter_, office=office or an_office(), now=NOW, after=after, limit=limit)
    )


def numbers(found: Page) -> set[str]:
    return {row.tracking_id for row in found.rows}


@pytest.mark.parametrize("seed", range(4))
async def test_pages_neither_skip_nor_repeat_while_reports_change(store: SqlStore, seed: int) -> None:
    chance = random.Random(seed)
    reports = [
        replace(a_report(verify_by=NOW + timedelta(days=chance.randrange(3))), agency="kab-tangerang")
        for _ in range(40)
    ]
    untouched, changing = reports[:25], reports[25:]
    await keep(store, *reports)
    seen: list[str] = []

    after, query = "", {"tab": "unverified", "order": chance.choice(["urgent", "oldest"])}
    while True:
        found = await look(store, a_member("prov-banten"), query, after=after, limit=chance.randrange(1, 8))
        seen += [row.tracking_id for row in found.rows]
        after = found.next
        if not after:
            break
        await disturb(store, changing, chance)

    stayed = {report.tracking_id for report in untouched}
    assert sorted(number for number in seen if number in stayed) == sorted(stayed)


async def disturb(store: SqlStore, changing: list[Report], chance: random.Random) -> None:
    """Another one comes in, one is verified, one becomes urgent."""
    await keep(store, replace(a_report(), agency="kab-lebak", priority=chance.random() < 0.5))
    for change in ({"state": State.VERIFIED}, {"priority": True}):
        chosen = chance.choice(changing).id
        await store.write(
            lambda tx, chosen=chosen, change=change: tx.reports.save(replace(tx.reports.lock(chosen), **change))
        )


@pytest.mark.parametrize("seed", range(4))
async def test_nobody_sees_reports_outside_of_their_branch(store: SqlStore, seed: int) -> None:
    chance = random.Random(seed)
    tree = {"nasional": ""}
    for number in range(12):
        tree[f"instansi-{number}"] = chance.choice(list(tree))
    office = an_office(tree)
    reports = [
        replace(a_report(state=chance.choice(list(State))), agency=chance.choice(["", *tree])) for _ in range(60)
    ]
    await keep(store, *reports)

    for agency in tree:
        member = a_member(agency, role=chance.choice([Role.AGENCY_ADMIN, Role.LIAISON_OFFICER, Role.SUPERVISOR]))
        mine = {r.tracking_id for r in reports if office.directory.is_within(r.agency, agency)}
        for query in ({}, {"q": "serpong"}, {"order": "oldest"}, {"agency": chance.choice(list(tree))}):
            found = await look(store, member, query, office=office, limit=99)
            assert numbers(found) <= mine
            assert "agency" in query or numbers(found) == mine


async def test_the_national_admin_sees_reports_of_no_agency(store: SqlStore) -> None:
    await keep(store, a_report())

    assert len((await look(store, a_member("nasional", role=Role.NATIONAL_ADMIN))).rows) == 1
    assert len((await look(store, a_member("prov-banten"))).rows) == 0


def test_a_supervisor_of_the_nation_sees_everything_and_one_of_an_agency_that_agency() -> None:
    directory = an_office().directory

    assert sight(a_member("nasional", role=Role.SUPERVISOR), directory) is None
    assert sight(a_member("", role=Role.SUPERVISOR), directory) is None
    supervisor = a_member("kab-tangerang", role=Role.SUPERVISOR)
    assert sight(supervisor, directory) == {
        "kab-tangerang",
        "kab-tangerang-dishub",
    }
    assert sight(a_member("dibubarkan"), directory) == frozenset()


async def test_a_tracking_number_in_any_spelling_leads_to_the_report(store: SqlStore) -> None:
    report = replace(a_report(state=State.CLOSED_BY_SYSTEM), agency="kab-lebak")
    await keep(store, report)
    written = (
        report.tracking_id,
        show(report.tracking_id),
        f"#{report.tracking_id}",
        report.tracking_id[:4] + "-" + report.tracking_id[4:7] + "." + report.tracking_id[7:],
    )

    for words in written:
        found = await look(store, a_member("prov-banten"), {"q": words, "tab": "unverified"})
        assert (found.found, numbers(found)) == (True, {report.tracking_id})


async def test_the_number_of_another_agency_s_report_does_not_exist(store: SqlStore) -> None:
    report = replace(a_report(), agency="pln")
    await keep(store, report)

    theirs = await look(store, a_member("prov-banten"), {"q": report.tracking_id})
    nowhere = await look(store, a_member("prov-banten"), {"q": new_tracking_id(secrets.randbelow)})

    assert (theirs.rows, theirs.found) == ((), False)
    assert theirs == nowhere


async def test_a_copy_is_read_by_the_agency_it_was_given_to(store: SqlStore) -> None:
    report = replace(a_report(), agency="pln", copies=("kab-lebak",))
    await keep(store, report)

    assert numbers(await look(store, a_member("kab-lebak"), {"copies": "1"})) == {report.tracking_id}
    assert (await look(store, a_member("kab-lebak"), {"q": report.tracking_id})).found
    assert not numbers(await look(store, a_member("kab-tangerang"), {"copies": "1"}))
    assert not numbers(await look(store, a_member("kab-lebak")))


async def test_a_request_waits_in_the_tab_of_the_agency_that_decides(store: SqlStore) -> None:
    request = Request(RequestKind.NOT_MINE, by="budi", agency="kab-lebak", decider="prov-banten", at=NOW)
    report = replace(a_report(state=State.VERIFIED), agency="kab-lebak", request=request)
    await keep(store, report)

    found = await look(store, a_member("prov-banten"), {"tab": "requests"})

    assert [(row.request, row.decides) for row in found.rows] == [(RequestKind.NOT_MINE, True)]
    assert not numbers(await look(store, a_member("kab-lebak"), {"tab": "requests"}))


@pytest.mark.parametrize("asked", [{"tab": "requests"}, {"copies": "1"}])
async def test_a_list_holds_nothing_that_its_reader_may_not_open(store: SqlStore, asked: Mapping[str, str]) -> None:
    request = Request(RequestKind.NOT_MINE, by="budi", agency="pln", decider="nasional", at=NOW)
    report = replace(a_report(state=State.VERIFIED), agency="pln", request=request, copies=("kab-lebak", "nasional"))
    await keep(store, report)
    operator, homeless = a_member("kab-lebak", role=Role.CHAT_OPERATOR), a_member("", role=Role.LIAISON_OFFICER)

    for member in (operator, homeless):
        found = await look(store, member, asked)
        counted = await store.read(lambda tx, member=member: counts(tx, member, office=an_office()))

        assert (found.rows, counted.tabs[Tab.REQUESTS]) == ((), 0)
    assert numbers(await look(store, a_member("", role=Role.NATIONAL_ADMIN), asked)) == {report.tracking_id}


async def test_nobody_is_found_by_telephone_among_mere_copies(store: SqlStore) -> None:
    report = replace(a_report(), agency="pln", copies=("kab-lebak",))
    await keep(store, report)

    asked = {"q": "0812-3456-7890", "copies": "1"}

    assert not numbers(await look(store, a_member("kab-lebak"), asked))
    assert numbers(await look(store, a_member("nasional", role=Role.NATIONAL_ADMIN), {"q": asked["q"]}))


async def test_words_are_found_in_other_spelling_and_case(store: SqlStore) -> None:
    report = replace(a_report("Lampu JLN mati di Gg. Haji Mansur"), agency="kab-lebak")
    await keep(store, report)

    for words in ("jalan LAMPU", "lampu jln", "mansur"):
        assert numbers(await look(store, a_member("prov-banten"), {"q": words})) == {report.tracking_id}
        assert not numbers(await look(store, a_member("pln"), {"q": words}))


async def test_words_that_say_nothing_find_nothing_and_say_so(store: SqlStore) -> None:
    await keep(store, replace(a_report(), agency="pln"))

    found = await look(store, a_member("pln"), {"q": "mohon dan"})

    assert (found.rows, len(found.ignored)) == ((), 1)


async def test_a_corrected_title_is_found(store: SqlStore) -> None:
    report = replace(a_report(), agency="pln")
    await keep(store, report)
    change = Change(Action.VERIFY, Role.AGENCY_ADMIN, "dewi.lestari", Event.VERIFIED, "c", updates={"title": "Xenia"})

    await store.write(lambda tx: apply(tx, tx.reports.lock(report.id), change, office=an_office(), now=NOW))

    assert numbers(await look(store, a_member("pln"), {"q": "xenia"})) == {report.tracking_id}


async def test_a_telephone_number_is_searched_by_who_may_see_it(store: SqlStore) -> None:
    report = replace(a_report(), agency="pln")
    secret = replace(a_report(), agency="pln", secret=True)
    await keep(store, report, secret)

    asked = {"q": "0812-3456-7890"}

    assert numbers(await look(store, a_member("pln"), asked)) == {report.tracking_id}
    assert not numbers(await look(store, a_member("prov-banten"), asked))
    assert not numbers(await look(store, a_member("pln", role=Role.LIAISON_OFFICER), asked))


async def test_nothing_readable_is_indexed(store: SqlStore) -> None:
    keys = search_keys(a_report())

    assert "serpong" in keys
    assert "tel:6281234567890" in keys
    assert "tel:6281234567890" not in search_keys(replace(a_report(), anonymous=True))


async def test_counts_agree_with_pages(store: SqlStore) -> None:
    chance = random.Random(3)
    where = list(TREE)
    mixed = [replace(a_report(state=chance.choice(list(State))), agency=chance.choice(where)) for _ in range(80)]
    await keep(store, *mixed)

    for agency in TREE:
        member = a_member(agency)
        found = await store.read(lambda tx, member=member: counts(tx, member, office=an_office()))
        for tab in Tab:
            rows = (await look(store, member, {"tab": tab.value}, limit=200)).rows
            assert found.tabs[tab] == len(rows)
            assert sum(found.states[state] for state in tab.states) == len(rows)


async def test_the_dashboard_tells_what_is_late_and_whose_it_is(store: SqlStore) -> None:
    late = replace(a_report(verify_by=NOW - timedelta(days=1), at=NOW - timedelta(days=9)), agency="pln")
    today = replace(
        a_report(verify_by=NOW + timedelta(hours=2)),
        agency="pln",
        claimed_by="dewi.lestari",
        claimed_until=NOW + timedelta(minutes=5),
    )
    tomorrow = replace(
        a_report(state=State.FOLLOWED_UP), agency="pln", follow_up_by=NOW + timedelta(days=1), priority=True
    )
    done = replace(a_report(state=State.CLOSED_BY_ADMIN, verify_by=NOW - timedelta(days=9)), agency="pln")
    await keep(store, late, today, tomorrow, done, replace(late, id=new_id(), tracking_id="1", agency="kab-lebak"))

    shown = await store.read(lambda tx: dashboard(tx, a_member("pln"), office=an_office(), now=NOW))

    assert (shown.incoming, shown.in_process, shown.done) == (2, 1, 1)
    assert (shown.overdue, shown.due_today, shown.mine, shown.requests) == (1, 1, 1, 0)
    assert shown.oldest is not None
    assert shown.oldest.tracking_id == late.tracking_id


async def test_a_line_counts_working_days_down_and_up(store: SqlStore) -> None:
    left = replace(a_report(verify_by=NOW + timedelta(days=3)), agency="pln")
    over = replace(a_report(verify_by=NOW - timedelta(days=4)), agency="pln", priority=True)
    await keep(store, left, over)

    rows = (await look(store, a_member("pln"), {"tab": "unverified"})).rows

    assert [(row.working_days, row.overdue) for row in rows] == [(-2, True), (3, False)]


async def test_the_first_report_is_named_to_who_may_read_it(store: SqlStore) -> None:
    first = replace(a_report(), agency="kab-lebak")
    second = replace(a_report(), agency="kab-tangerang", duplicate_of=first.id)
    await keep(store, first, second)
    await store.write(lambda tx: tx.links.add(a_link(first.id, report_id=second.id)))

    above = {row.tracking_id: row for row in (await look(store, a_member("prov-banten"))).rows}
    beside = (await look(store, a_member("kab-tangerang"))).rows

    assert above[second.tracking_id].duplicate_of == first.tracking_id
    assert above[first.tracking_id].supporters == 1
    assert [(row.is_duplicate, row.duplicate_of) for row in beside] == [(True, "")]


@given(st.dictionaries(st.sampled_from([*READERS, "page"]), st.text(max_size=40)))
def test_a_query_of_nonsense_is_read_and_what_was_ignored_is_named(query: dict[str, str]) -> None:
    found = parse_filter(query)

    assert len(found.ignored) <= len(query) + 1
    assert found.sorted_by in Order


def test_a_filter_that_makes_no_sense_is_named() -> None:
    found = parse_filter({"tab": "semua", "due": "kemarin", "from": "0001-01-01", "channel": "sms"})

    assert (found.tab, found.channel, len(found.ignored)) == (None, "sms", 3)
    assert "tenggat" in found.ignored[1]


def test_a_sub_tab_of_another_tab_is_ignored() -> None:
    found = parse_filter({"tab": "done", "state": "verified"})

    assert (found.state, found.states, len(found.ignored)) == (None, TAB_STATES[Tab.DONE], 1)


@given(st.sampled_from(Order), st.integers(0, 10**17), st.uuids())
def test_a_place_is_read_as_it_was_written(order: Order, key: int, report_id: object) -> None:
    position = Position(key, str(report_id).replace("-", ""))

    assert read_place(write_place(order, position), order=order) == position


@given(st.text(max_size=60))
def test_a_place_that_nobody_gave_is_refused(given_: str) -> None:
    if given_:
        with pytest.raises(BadPlace):
            read_place(given_, order=Order.URGENT)


def test_a_place_of_another_order_is_refused() -> None:
    with pytest.raises(BadPlace):
        read_place(write_place(Order.NEWEST, Position(5, "a" * 32)), order=Order.OLDEST)


async def test_a_refused_place_begins_again_and_says_so(store: SqlStore) -> None:
    await keep(store, replace(a_report(), agency="pln"))

    found = await look(store, a_member("pln"), after="????")

    assert (len(found.rows), len(found.ignored)) == (1, 1)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("0812 3456 7890", "tel:6281234567890"),
        ("+62 812-3456-7890", "tel:6281234567890"),
        ("006281234567890", "tel:6281234567890"),
        ("6281234567890", "tel:6281234567890"),
        ("Siti@Example.com ", "mailto:siti@example.com"),
        ("jalan 12", ""),
        ("1017", ""),
    ],
)
def test_a_contact_has_one_spelling(written: str, key: str) -> None:
    assert contact_key(written) == key


def test_counts_above_ten_thousand_are_shown_as_such() -> None:
    assert [show_count(count) for count in (7, 9841, 10_000, 10_001)] == ["7", "9.841", "10.000", "10.000+"]
