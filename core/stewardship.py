"""Who may manage whom: staff and agencies, as one place. Pure.

A national admin manages everybody. An agency admin manages the people of their agency and of all below it, but makes no
national admin and touches nobody above; and adds and changes the agencies below their own.
"""

from core.directory import Directory
from core.model.lifecycle import Role
from core.model.people import Staff

STAFF_ROLES = tuple(role for role in Role if role not in {Role.REPORTER, Role.SYSTEM})
WITHOUT_AGENCY = frozenset({Role.NATIONAL_ADMIN, Role.SUPERVISOR})


class NotYours(Exception):
    """This is not the person's to manage."""


def manages_staff(actor: Staff) -> bool:
    """Whether there is anybody this person may manage."""
    return actor.role is Role.NATIONAL_ADMIN or (actor.role is Role.AGENCY_ADMIN and bool(actor.agency))


def roles_to_give(actor: Staff) -> tuple[Role, ...]:
    """The roles this person may give to others."""
    if actor.role is Role.NATIONAL_ADMIN:
        return STAFF_ROLES
    return tuple(role for role in STAFF_ROLES if role is not Role.NATIONAL_ADMIN) if manages_staff(actor) else ()


def may_manage(actor: Staff, person: Staff, *, directory: Directory) -> bool:
    """Whether ``person`` is in this person's care."""
    if actor.role is Role.NATIONAL_ADMIN:
        return True
    below = bool(person.agency) and directory.is_within(person.agency, actor.agency)
    return manages_staff(actor) and below and person.role is not Role.NATIONAL_ADMIN


def check_may_employ(actor: Staff, role: Role, agency: str, *, directory: Directory) -> None:
    """Whether this person may put somebody in this role at this agency. Raises NotYours."""
    if role not in roles_to_give(actor):
        raise NotYours("this role is not yours to give")
    if agency and directory.agency(agency) is None:
        raise NotYours(f"'{agency}' is no agency")
    if not agency and (actor.role is not Role.NATIONAL_ADMIN or role not in WITHOUT_AGENCY):
        raise NotYours("no agency: this role needs one")
    if actor.role is not Role.NATIONAL_ADMIN and not directory.is_within(agency, actor.agency):
        raise NotYours("this agency is not below yours")


def may_change_agency(actor: Staff, agency_id: str, *, directory: Directory) -> bool:
    """Whether the agency lies below this person's own, which those above it look after."""
    if actor.role is Role.NATIONAL_ADMIN:
        return True
    return manages_staff(actor) and agency_id != actor.agency and directory.is_within(agency_id, actor.agency)


def check_may_change_agency(actor: Staff, agency_id: str, *, directory: Directory) -> None:
    """Raises NotYours."""
    if not may_change_agency(actor, agency_id, directory=directory):
        raise NotYours("this agency is not below yours")


def check_may_place_under(actor: Staff, parent: str, *, directory: Directory) -> None:
    """Whether this person may put an agency directly under ``parent``. Raises NotYours."""
    known = directory.agency(parent) is not None
    mine = actor.role is Role.NATIONAL_ADMIN or directory.is_within(parent, actor.agency)
    if not (known and manages_staff(actor) and mine):
        raise NotYours("the agency above is not yours")
