"""From what a person asks for to the reports they may be given: sight, agencies, days, words."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.filters import Claimed, Filter, Tab
from core.model.lifecycle import ADMINS
from core.model.listing import Selection
from core.model.people import Staff
from core.model.report import Report
from core.office import Office
from core.permissions import NEVER, PERMISSIONS, Right, Standing, home, may
from core.permissions import sight as sight_of
from core.searching import contact_key
from core.text import search_words

MOST_WORDS = 6


def sight(staff: Staff, office: Office) -> frozenset[str] | None:
    """The agencies whose reports this person may read; None for all, with the reports of no agency yet."""
    return sight_of(staff, office.directory)


def may_read(staff: Staff, report: Report, office: Office) -> bool:
    """In one's care, or one's own agency decides about its request or has a copy and lets this role read it."""
    return may(staff, Right.VIEW, report, directory=office.directory)


def reach(staff: Staff, office: Office, *, beyond: Standing) -> frozenset[str] | None:
    """The agencies to look in for what one's own agency decides or has a copy of: all, where this role may read it."""
    return None if has_right(staff, Right.VIEW, beyond) else sight(staff, office)


def has_right(staff: Staff, right: Right, standing: Standing) -> bool:
    """Whether somebody may who stands to a report in no other way."""
    return standing in PERMISSIONS.get((staff.role, right), NEVER)


def is_within_sight(seen: frozenset[str] | None, agency: str) -> bool:
    """Whether a report of ``agency`` (empty for none) is."""
    return seen is None or agency in seen


def select(staff: Staff, filter_: Filter, *, office: Office, now: datetime) -> tuple[Selection | None, tuple[str, ...]]:
    """The question for the store, and what was ignored; None where it is known that there is no answer."""
    own = home(staff, office.directory)
    requests = filter_.tab is Tab.REQUESTS
    agencies, ignored = _agencies(staff, filter_, office)
    if (requests or filter_.copies) and not filter_.agency:
        agencies = reach(staff, office, beyond=Standing.COPIED if filter_.copies else Standing.DECIDES)
    words, contact = _search(staff, filter_)
    if filter_.words and not words and not contact:
        ignored = (*ignored, "Kata yang dicari terlalu umum: tulis nama tempat, jalan, atau pokok masalahnya.")
    selection = Selection(
        states=filter_.states,
        agencies=agencies,
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
    empty = not selection.states or searched_in_vain or not own
    return (None if empty else _within_days(selection, staff, filter_, office=office)), ignored


def _agencies(staff: Staff, filter_: Filter, office: Office) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    """One's sight, narrowed to an agency and all below it. One outside of it is as unknown as one that is not there."""
    seen, directory = sight(staff, office), office.directory
    if not filter_.agency:
        return seen, filter_.ignored
    if directory.agency(filter_.agency) is None or not is_within_sight(seen, filter_.agency):
        return seen, (*filter_.ignored, "Saringan “instansi” diabaikan: instansi itu tidak dikenal.")
    below = directory.below(filter_.agency)
    return (None if filter_.agency == directory.root else below), filter_.ignored


def _search(staff: Staff, filter_: Filter) -> tuple[tuple[str, ...], str]:
    """Words, or for who may see contact details a telephone number or e-mail address."""
    allowed = staff.role in ADMINS and (not filter_.copies or has_right(staff, Right.VIEW_CONTACT, Standing.COPIED))
    contact = contact_key(filter_.words) if allowed else ""
    return ((), contact) if contact else (search_words(filter_.words)[:MOST_WORDS], "")


def _within_days(selection: Selection, staff: Staff, filter_: Filter, *, office: Office) -> Selection:
    """Days are those of the person's own agency."""
    zone = zone_of(staff, office)
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


def zone_of(staff: Staff, office: Office) -> ZoneInfo:
    """Where this person's days begin and end."""
    own = office.directory.agency(staff.agency)
    return ZoneInfo(own.timezone if own else office.terms.timezone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When ``day`` begins."""
    return datetime.combine(day, time(), zone)
