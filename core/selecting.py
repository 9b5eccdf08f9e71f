"""From what a person asks for to the reports they may be given: sight, agencies, days, words."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.filters import Claimed, Filter, Tab
from core.model.listing import Selection
from core.model.people import Staff
from core.office import Office
from core.permissions import WITHIN, Right, Standing, Standings, home, is_within, may_with, sight
from core.searching import contact_key
from core.text import search_words

MOST_WORDS = 6


def select(staff: Staff, filter_: Filter, *, office: Office, now: datetime) -> tuple[Selection | None, tuple[str, ...]]:
    """The question for the store, and what was ignored; None where it is known that there is no answer."""
    own = home(staff, office.directory)
    requests = filter_.tab is Tab.REQUESTS
    agencies, ignored = _agencies(staff, filter_, office)
    words, contact = _search(staff, filter_)
    if filter_.words and not words and not contact:
        ignored = (*ignored, "Kata yang dicari terlalu umum: tulis nama tempat, jalan, atau pokok masalahnya.")
    selection = Selection(
        states=filter_.states,
        agencies=None if (requests or filter_.copies) and not filter_.agency else agencies,
        order=filter_.sorted_by,
        decider=own if requests else "",
        copied_to=own if filter_.copies else "",
        channel=filter_.channel,
        classification=filter_.classification,
        category=filter_.category,
        priority=filter_.priority,
        claimed_by=staff.username if filter_.claimed is Claimed.MINE else "",
        unclaimed=filter_.claimed is Claimed.NOBODY,
        now=now,
        words=words,
        contact=contact,
    )
    searched_in_vain = bool(filter_.words) and not words and not contact
    empty = not selection.states or searched_in_vain or not own or not may_with(staff, Right.VIEW, _standings(filter_))
    return (None if empty else _within_days(selection, staff, filter_, office=office)), ignored


def _standings(filter_: Filter) -> Standings:
    """How one's agency stands to what is asked for."""
    asked = {Standing.DECIDES: filter_.tab is Tab.REQUESTS, Standing.COPIED: filter_.copies}
    return frozenset(each for each, so in asked.items() if so) or WITHIN


def _agencies(staff: Staff, filter_: Filter, office: Office) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    """One's sight, narrowed to an agency and all below it. One outside of it is as unknown as one that is not there."""
    seen, directory = sight(staff, office.directory), office.directory
    if not filter_.agency:
        return seen, filter_.ignored
    if directory.agency(filter_.agency) is None or not is_within(seen, filter_.agency):
        return seen, (*filter_.ignored, "Saringan “instansi” diabaikan: instansi itu tidak dikenal.")
    below = directory.below(filter_.agency)
    return (None if filter_.agency == directory.root else below), filter_.ignored


def _search(staff: Staff, filter_: Filter) -> tuple[tuple[str, ...], str]:
    """Words, or for who may see the contact details of all that is searched a telephone number or e-mail address."""
    findable = may_with(staff, Right.VIEW_CONTACT, _standings(filter_))
    contact = contact_key(filter_.words) if findable else ""
    return ((), contact) if contact else (search_words(filter_.words)[:MOST_WORDS], "")


def _within_days(selection: Selection, staff: Staff, filter_: Filter, *, office: Office) -> Selection:
    """Days are those of the person's own agency."""
    zone = office.zone(staff.agency)
    today, day = selection.now.astimezone(zone).date(), timedelta(days=1)
    since, until, within = filter_.received_from, filter_.received_until, filter_.due_within
    return replace(
        selection,
        received_from=midnight(since, zone) if since else None,
        received_until=midnight(until + day, zone) if until else None,
        due_from=selection.now if within is not None else None,
        due_until=midnight(today + (within + 1) * day, zone) if within is not None else _late(selection, filter_),
    )


def _late(selection: Selection, filter_: Filter) -> datetime | None:
    return selection.now if filter_.overdue else None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When ``day`` begins."""
    return datetime.combine(day, time(), zone)
