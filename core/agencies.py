"""The tree of agencies in the database: taken over from the files, changed by people, told to everybody."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.agency_sheet import check_agency, check_tree
from core.directory import Directory, squeeze
from core.model.people import Agency, Staff
from core.office import Office
from core.ports import Tx
from core.stewardship import check_may_change_agency, check_may_place_under


class AgencyTaken(Exception):
    """Another agency has this id; choose another."""


class UnknownAgency(Exception):
    """There is no such agency that this person may see."""


class AgencyUnfit(Exception):
    """A field cannot be as it was given; ``field`` names it."""

    def __init__(self, wrong: str) -> None:
        super().__init__(wrong)
        self.field = wrong


@dataclass(frozen=True, slots=True)
class Change:
    """What an import comes to: agencies that are new, and those that change (before, after)."""

    added: tuple[Agency, ...]
    changed: tuple[tuple[Agency, Agency], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed)


def take_over(tx: Tx, files: Sequence[Agency], *, office: Office) -> bool:
    """Add the agencies of the files that the database lacks; False where their tree does not fit into the one there.

    ``files`` are without the keywords that the files write: those stay the files'.
    """
    known = {agency.id: agency for agency in tx.agencies.all()}
    lacking = [agency for agency in files if agency.id not in known]
    if not lacking:
        return True
    tx.agencies.lock()
    if list(check_tree([*known.values(), *lacking])):
        return False
    if tx.agencies.add_all(lacking):
        tx.agencies.note_change(office.new_id())
    return True


def newer(tx: Tx, directory: Directory) -> tuple[str, Sequence[Agency]] | None:
    """Version and agencies to be learnt by ``directory``; None where it knows the newest."""
    version = tx.agencies.version()
    return None if version in {directory.version, ""} else (version, tx.agencies.all())


def compare(tx: Tx, rows: Sequence[Agency]) -> Change:
    """What importing ``rows`` would change."""
    known = {agency.id: agency for agency in tx.agencies.all()}
    added = tuple(row for row in rows if row.id not in known)
    changed = tuple((known[row.id], row) for row in rows if row.id in known and known[row.id] != row)
    return Change(added, changed)


def bring_in(tx: Tx, rows: Sequence[Agency], *, office: Office) -> Change:
    """Add and change all of ``rows``, which were checked as a whole, or nothing."""
    tx.agencies.lock()
    change = compare(tx, rows)
    tx.agencies.add_all(change.added)
    for _, after in change.changed:
        tx.agencies.save(after)
    if change:
        tx.agencies.note_change(office.new_id())
    return change


def get(tx: Tx, agency_id: str) -> Agency:
    """As it stands in the database. Raises UnknownAgency."""
    found = next((agency for agency in tx.agencies.all() if agency.id == agency_id), None)
    if found is None:
        raise UnknownAgency(agency_id)
    return found


def add(tx: Tx, agency: Agency, actor: Staff, *, office: Office) -> None:
    """A new agency below the actor's. Raises NotYours, AgencyTaken, AgencyUnfit."""
    _check_fit(agency, office)
    tx.agencies.lock()
    check_may_place_under(actor, agency.parent, directory=office.directory)
    if not tx.agencies.add_all([agency]):
        raise AgencyTaken(agency.id)
    tx.agencies.note_change(office.new_id())


def change(tx: Tx, changed: Agency, actor: Staff, *, office: Office) -> None:
    """Another name, parent, zone, keywords, or (not) connected. An agency never comes below itself.

    Raises NotYours, UnknownAgency, AgencyUnfit.
    """
    _check_fit(changed, office)
    tx.agencies.lock()
    known = {agency.id: agency for agency in tx.agencies.all()}
    if changed.id not in known:
        raise UnknownAgency(changed.id)
    before = known[changed.id]
    check_may_change_agency(actor, before.id, directory=office.directory)
    if changed.parent != before.parent:
        check_may_place_under(actor, changed.parent, directory=office.directory)
    if list(check_tree([*(known | {changed.id: changed}).values()])):
        raise AgencyUnfit("parent")
    tx.agencies.save(changed)
    tx.agencies.note_change(office.new_id())


def _check_fit(agency: Agency, office: Office) -> None:
    if wrong := check_agency(agency):
        raise AgencyUnfit(wrong)
    owners = (office.directory.keywords.get(squeeze(word)) for word in agency.keywords)
    if any(owner is not None and owner.agency != agency.id for owner in owners):
        raise AgencyUnfit("keywords")
