"""The queue: tabs, filters and rows; everything that is chosen stands in the address."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from core.filters import TAB_OF
from core.lines import COLOURS
from core.listing import Counts, Filter, Page, Tab, counts, page, parse_filter
from core.model.lifecycle import Action, State
from core.model.report import Classification
from core.permissions import PERMISSIONS, home
from core.ports import Tx
from gateway.console.guard import Call

ROWS = 50
MOST_ROWS = 200
HERE = "/console/laporan"
BULK = {"archive": Action.ARCHIVE, "delegate": Action.DELEGATE, "hold_unconnected": Action.HOLD_UNCONNECTED}
BULK_TABS = frozenset({Tab.UNVERIFIED, Tab.PENDING, Tab.REQUESTS})
FILTERED = (
    "agency",
    "channel",
    "classification",
    "category",
    "priority",
    "claimed",
    "due",
    "copies",
    "from",
    "to",
    "order",
    "q",
)


async def show_queue(call: Call) -> web.Response:
    """One tab of the queue, or what a search found; a tracking number leads to the report itself."""
    query = dict(call.request.query)
    chosen = parse_filter(_with_tab(query, call))
    found, shown = await call.console.store.read(lambda tx: _look(tx, call, chosen, query))
    if found.found and found.rows:
        raise web.HTTPSeeOther(f"{HERE}/{found.rows[0].tracking_id}")
    facts = _facts(call, chosen, found, query)
    if call.request.headers.get("X-Fragment"):
        return call.page("rows.html", facts)
    return call.page("queue.html", {**facts, **_around(call, chosen, shown, query)})


def _with_tab(query: Mapping[str, str], call: Call) -> Mapping[str, str]:
    """Where nothing is asked for, what this person works on: verifying, or answering. What is asked for without a tab
    is looked for in all of them.
    """
    if query.get("tab") or any(query.get(name) for name in FILTERED if name != "order"):
        return query
    return {**query, "tab": (Tab.UNVERIFIED if call.works_queue else Tab.TO_FOLLOW_UP).value}


def _look(tx: Tx, call: Call, chosen: Filter, query: Mapping[str, str]) -> tuple[Page, Counts]:
    office, staff = call.console.office, call.staff
    after, rows = query.get("after", ""), _rows(query)
    found = page(tx, staff, chosen, office=office, now=call.now, after=after, limit=rows)
    return found, counts(tx, staff, office=office)


def _rows(query: Mapping[str, str]) -> int:
    """How many rows: pages that were added below one another come back as one."""
    given = query.get("rows", "")
    return min(int(given), MOST_ROWS) if given.isascii() and given.isdecimal() and 0 < len(given) < 5 else ROWS


def _facts(call: Call, chosen: Filter, found: Page, query: Mapping[str, str]) -> dict[str, Any]:
    bulk = tuple(name for name, action in BULK.items() if PERMISSIONS.get((call.staff.role, action)))
    return {
        "page": found,
        "may_claim": call.works_queue,
        "bulk": bulk if chosen.tab in BULK_TABS else (),
        "more": address({**query, "after": found.next}, without="rows"),
    }


def _around(call: Call, chosen: Filter, shown: Counts, query: Mapping[str, str]) -> dict[str, Any]:
    return {
        "section": "queue",
        "tabs": _tabs(call, chosen, shown, query),
        "states": _states(call, chosen, shown, query),
        "chips": _chips(call, query),
        "filters": _filters(call),
        "kept": [(name, query[name]) for name in ("tab", "state", "q") if query.get(name)],
        "query": query,
        "searched": query.get("q", ""),
        "message": _said(call),
        "fresh": chosen.tab is Tab.UNVERIFIED,
    }


def _said(call: Call) -> str:
    said = call.request.query.get("selesai", "")
    try:
        return call.t("queue.none_left") if said == "none_left" else call.t(f"done.{said}")
    except KeyError:
        return ""


def _tabs(call: Call, chosen: Filter, shown: Counts, query: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    kept = {name: value for name, value in query.items() if name in FILTERED}
    return [
        {
            "name": tab.value,
            "label": call.t(f"tab.{tab.value}"),
            "url": address({"tab": tab.value, **kept}),
            "colour": COLOURS[tab],
            "count": shown.tabs[tab],
            "chosen": chosen.tab is tab,
        }
        for tab in Tab
    ]


def _states(call: Call, chosen: Filter, shown: Counts, query: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    """The sub-tabs, where a tab has more than one state."""
    states = chosen.tab.states if chosen.tab else ()
    if len(states) < 2:
        return ()
    return [_state(call, state, chosen, shown, query) for state in states]


def _state(call: Call, state: State, chosen: Filter, shown: Counts, query: Mapping[str, str]) -> dict[str, Any]:
    is_chosen = chosen.state is state
    asked = {**query, "tab": TAB_OF[state].value, "state": "" if is_chosen else state.value}
    return {
        "label": call.t(f"state.{state.value}"),
        "url": address(asked, without="after"),
        "count": shown.states[state],
        "chosen": is_chosen,
    }


def _chips(call: Call, query: Mapping[str, str]) -> Sequence[dict[str, str]]:
    options = {name: dict(values) for name, _, values in _filters(call)}
    return [
        {
            "label": f"{call.t(f'filter.{name}')}: {options.get(name, {}).get(query[name], query[name])}",
            "url": address(query, without=name),
        }
        for name in FILTERED
        if query.get(name)
    ]


def _filters(call: Call) -> Sequence[tuple[str, str, Sequence[tuple[str, str]]]]:
    t, office = call.t, call.console.office
    own = home(call.staff, office.directory)
    yes_no = [("1", t("filter.yes")), ("0", t("filter.no"))]
    days = [("overdue", t("filter.overdue")), ("0", t("filter.today")), ("3", t("filter.days", n=3))]
    choices: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (
        ("due", days),
        ("claimed", [("mine", t("filter.mine")), ("nobody", t("filter.nobody"))]),
        ("priority", yes_no),
        ("agency", [(agency.id, agency.name) for agency in office.directory.children(own)]),
        ("channel", [(name, _channel(call, name)) for name in office.capabilities]),
        ("classification", [(each.value, t(f"classification.{each.value}")) for each in Classification]),
        ("category", [(each.id, each.name) for each in office.directory.categories]),
        ("copies", [("1", t("filter.yes"))]),
        ("order", [(name, t(f"filter.{name}")) for name in ("urgent", "newest", "oldest")]),
    )
    return [(name, t(f"filter.{name}"), values) for name, values in choices if values]


def _channel(call: Call, name: str) -> str:
    try:
        return call.t(f"channel.{name}")
    except KeyError:
        return name


def address(query: Mapping[str, str], *, without: str = "") -> str:
    """The queue's address; what is empty is left out."""
    kept = {name: value for name, value in query.items() if value and name not in (without, "selesai")}
    return f"{HERE}?{urlencode(kept)}" if kept else HERE
