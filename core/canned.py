"""Answers that operators use again: of one agency or of everyone, by a shortcut, in a language."""

import re
from collections.abc import Sequence
from dataclasses import replace

from core.model.lifecycle import NotAllowed
from core.model.people import Staff
from core.model.talk import CannedAnswer
from core.office import Office
from core.permissions import Right, home, is_within, may, sight
from core.ports import Tx
from core.text import clean

LANGUAGES = ("id", "en")
SHORTCUT = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
LONGEST = 2_000
MOST = 300


class BadAnswer(Exception):
    """An answer that cannot be kept; the message is the field."""


class TooMany(Exception):
    """The agency has as many as it may have."""


class UnknownAnswer(Exception):
    """There is no such answer, or it is another agency's."""


def usable(tx: Tx, staff: Staff, *, office: Office) -> Sequence[CannedAnswer]:
    """Those of everyone and of this person's agency, by shortcut. Raises NotAllowed."""
    if not may(staff, Right.ATTEND, None, directory=office.directory):
        raise NotAllowed(f"chats are for operators, not for {staff.role}")
    return tx.canned_answers.of([home(staff, office.directory)])


def manageable(tx: Tx, staff: Staff, *, office: Office) -> Sequence[CannedAnswer]:
    """Those that this person may change, by shortcut. Raises NotAllowed."""
    _check(staff, office)
    agencies = sight(staff, office.directory)
    found = tx.canned_answers.of(sorted(office.directory.agencies if agencies is None else agencies))
    return [answer for answer in found if _is_theirs(staff, answer.agency, office)]


def save(tx: Tx, answer: CannedAnswer, staff: Staff, *, office: Office) -> CannedAnswer:
    """A new one where it has no id. Raises NotAllowed, BadAnswer, TooMany, UnknownAnswer, talks.ShortcutTaken."""
    _check(staff, office, answer.agency)
    if answer.id:
        _known(tx, answer.id, staff, office)
    elif sum(one.agency == answer.agency for one in tx.canned_answers.of([answer.agency])) >= MOST:
        raise TooMany
    kept = _checked(replace(answer, id=answer.id or office.new_id()), office)
    tx.canned_answers.save(kept)
    return kept


def drop(tx: Tx, answer_id: str, staff: Staff, *, office: Office) -> None:
    """Raises NotAllowed, UnknownAnswer."""
    _check(staff, office)
    tx.canned_answers.drop(_known(tx, answer_id, staff, office).id)


def _checked(answer: CannedAnswer, office: Office) -> CannedAnswer:
    shortcut, text = answer.shortcut.strip().lstrip("/").lower(), clean(answer.text).strip()
    for name, is_good in (
        ("shortcut", SHORTCUT.fullmatch(shortcut) is not None),
        ("text", 0 < len(text) <= LONGEST),
        ("language", answer.language in LANGUAGES),
        ("agency", not answer.agency or office.directory.agency(answer.agency) is not None),
    ):
        if not is_good:
            raise BadAnswer(name)
    return replace(answer, shortcut=shortcut, text=text)


def _known(tx: Tx, answer_id: str, staff: Staff, office: Office) -> CannedAnswer:
    found = tx.canned_answers.get(answer_id)
    if found is None or not _is_theirs(staff, found.agency, office):
        raise UnknownAnswer
    return found


def _check(staff: Staff, office: Office, agency: str | None = None) -> None:
    allowed = may(staff, Right.MANAGE_ANSWERS, None, directory=office.directory)
    if not allowed or (agency is not None and not _is_theirs(staff, agency, office)):
        raise NotAllowed(f"answers of '{agency or 'everyone'}' are not for {staff.role} of '{staff.agency}' to change")


def _is_theirs(staff: Staff, agency: str, office: Office) -> bool:
    """Those of everyone are the national agency's."""
    seen = sight(staff, office.directory)
    return seen is None if not agency else is_within(seen, agency)
