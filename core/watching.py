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


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for new lines: by id of the chat the newest one they know, 0 for none."""

    staff: Staff
    known: Mapping[str, int]


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
    tx: Tx, asked: Sequence[Asked], *, office: Office, now: datetime, limit: int
) -> tuple[list[list[Lines]], bool]:
    """For each who asks the lines behind those that they know, the newest ones where they know none (0).

    Of chats that they do not hold nothing is told. Together at most ``limit`` lines; whether that is all of them.
    """
    chats = tx.chats.some({chat_id for one in asked for chat_id in one.known})
    mine = [_of(one, chats, office=office, now=now) for one in asked]
    lowest: dict[str, int] = {}
    for chat, known in (pair for pairs in mine for pair in pairs if pair[1]):
        lowest[chat.talk] = min(known, lowest.get(chat.talk, known))
    said = tx.talks.lines_behind(lowest, limit=limit) if lowest else {}
    is_whole = sum(len(lines) for lines in said.values()) < limit
    return [[_lines_of(tx, chat, known, said) for chat, known in pairs] for pairs in mine], is_whole


def _of(asked: Asked, chats: Mapping[str, Chat], *, office: Office, now: datetime) -> list[tuple[Chat, int]]:
    if not may(asked.staff, Right.ATTEND, None, directory=office.directory):
        return []
    found = ((chats.get(chat_id), known) for chat_id, known in asked.known.items())
    return [(chat, known) for chat, known in found if chat and _is_mine(chat, asked.staff, now=now)]


def _lines_of(tx: Tx, chat: Chat, known: int, said: Mapping[str, Sequence[Line]]) -> Lines:
    if known:
        return Lines(chat, [line for line in said.get(chat.talk, ()) if line.seq > known])
    newest = tx.talks.newest(chat.talk, limit=FIRST_LINES)
    return Lines(chat, newest, earlier=bool(newest) and newest[0].seq > 1)


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
