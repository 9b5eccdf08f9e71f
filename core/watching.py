"""What an operator's page shows: who waits, what one holds, who else is there, new lines; and how chats ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import chatting
from core.model.lifecycle import NotAllowed
from core.model.people import Staff
from core.model.talk import Attendant, Chat, Ending, Line
from core.office import Office
from core.permissions import Right, may
from core.ports import Tx

MOST_OPEN = 500
MOST_THERE = 50
MOST_COUNTED = 100
FIRST_LINES = 50
FRESH = timedelta(seconds=60)
HELD_AT_FIRST = 3


@dataclass(frozen=True, slots=True)
class View:
    """The desk as one operator sees it. ``waiting`` and ``mine`` are in the order in which they were asked for.

    Attributes:
        others: how many other operators hold.
        heads: the newest line of each talk of ``mine``.
        there: the other operators whose page is open and who take chats, by user name.
    """

    me: Attendant
    waiting: Sequence[Chat]
    mine: Sequence[Chat]
    others: int
    heads: Mapping[str, int]
    there: Sequence[Staff]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a chat in the order of their numbers. ``earlier``: there are some before the first of them."""

    chat: Chat
    lines: Sequence[Line]
    earlier: bool = False


def check(staff: Staff, office: Office) -> None:
    """Raises NotAllowed."""
    if not may(staff, Right.ATTEND, None, directory=office.directory):
        raise NotAllowed(f"chats are for operators, not for {staff.role}")


def look(tx: Tx, staff: Staff, *, office: Office, now: datetime) -> View:
    """Raises NotAllowed."""
    check(staff, office)
    found = tx.chats.open(limit=MOST_OPEN)
    taken = [chat for chat in found if chatting.is_held(chat, now=now)]
    mine = [chat for chat in taken if chat.taken_by == staff.username]
    me = tx.attendants.get(staff.username) or Attendant(staff.username, True, HELD_AT_FIRST, now)
    return View(
        me=me,
        waiting=[chat for chat in found if chat not in taken],
        mine=mine,
        others=len(taken) - len(mine),
        heads=tx.talks.heads([chat.talk for chat in mine]) if mine else {},
        there=_there(tx, staff, now=now),
    )


def _there(tx: Tx, staff: Staff, *, now: datetime) -> list[Staff]:
    present = tx.attendants.present(since=now - FRESH)[:MOST_THERE]
    others = [one.username for one in present if one.available and one.username != staff.username]
    return [found for username in others if (found := tx.people.find(username)) is not None]


def count(tx: Tx, staff: Staff, *, office: Office, now: datetime) -> int | None:
    """How many wait; ``MOST_COUNTED`` stands for more, None for whoever takes no chats."""
    if not may(staff, Right.ATTEND, None, directory=office.directory):
        return None
    return tx.chats.count_waiting(now=now, most=MOST_COUNTED)


def fresh_lines(
    tx: Tx, known: Mapping[str, int], staff: Staff, *, office: Office, now: datetime, limit: int
) -> Sequence[Lines]:
    """By id of the chat: the lines behind the one that is known, the newest ones where none is (0).

    Of chats that this person does not hold nothing is told. Raises NotAllowed.
    """
    check(staff, office)
    found = []
    for chat_id, after in known.items():
        chat = tx.chats.get(chat_id)
        if chat is None or not _is_mine(chat, staff, now=now):
            continue
        if after:
            found.append(Lines(chat, tx.talks.lines(chat.talk, after=after, limit=limit)))
            continue
        newest = tx.talks.newest(chat.talk, limit=FIRST_LINES)
        found.append(Lines(chat, newest, earlier=bool(newest) and newest[0].seq > 1))
    return found


def _is_mine(chat: Chat, staff: Staff, *, now: datetime) -> bool:
    return chat.taken_by == staff.username and chat.closed_at is None and chatting.is_held(chat, now=now)


def earlier_lines(tx: Tx, chat_id: str, before: int, staff: Staff, *, office: Office, now: datetime) -> Lines:
    """Raises NotAllowed, and as ``chatting.hold``."""
    check(staff, office)
    chat = chatting.look_at(tx, chat_id, staff, now=now).chat
    lines = tx.talks.newest(chat.talk, before=before, limit=FIRST_LINES)
    return Lines(chat, lines, earlier=bool(lines) and lines[0].seq > 1)


def one_line(tx: Tx, chat_id: str, seq: int, staff: Staff, *, office: Office, now: datetime) -> Line | None:
    """Raises NotAllowed, and as ``chatting.hold``."""
    check(staff, office)
    chat = chatting.look_at(tx, chat_id, staff, now=now).chat
    return next((line for line in tx.talks.lines(chat.talk, after=seq - 1, limit=1) if line.seq == seq), None)


def names(tx: Tx, usernames: Collection[str]) -> Mapping[str, str]:
    """What visitors read of each."""
    return {username: chatting.shown_name(tx.people.find(username)) for username in usernames if username}


def all_open(tx: Tx, staff: Staff, *, office: Office, limit: int) -> Sequence[Chat]:
    """Whoever has them, the oldest first, without a word of what was said. Raises NotAllowed."""
    _check_review(staff, office)
    return tx.chats.open(limit=limit)


def ended(
    tx: Tx, staff: Staff, *, office: Office, limit: int, before: str = "", ending: Ending | None = None
) -> Sequence[Chat]:
    """Chats that are over, the newest first, without a word of what was said. Raises NotAllowed."""
    _check_review(staff, office)
    return tx.chats.ended(limit=limit, before=before, ending=ending)


def _check_review(staff: Staff, office: Office) -> None:
    if not may(staff, Right.REVIEW_CHATS, None, directory=office.directory):
        raise NotAllowed(f"how chats go is not for {staff.role} to see")
