"""What the page of somebody who talks with us asks of their talk, and may know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core import chatting
from core.chatting import InHand
from core.desk import Fresh, NotNow, Visit
from core.model.message import Address
from core.model.talk import Chat, Ending, Line, Owner, Talk
from core.office import Office
from core.ports import Tx

RATED_BEHIND = frozenset(chatting.TOLD.values())
PLACES_COUNTED = 100


def visit(tx: Tx, address: Address, *, now: datetime) -> Visit:
    """How the talk with an address stands."""
    talk = tx.talks.find(address)
    return Visit() if talk is None else _look_at(tx, talk, now=now)


def find_news(tx: Tx, known: Mapping[str, int], *, limit: int, now: datetime) -> Mapping[str, Fresh]:
    """By talk: how it stands, and lines behind the one that is known."""
    found = {}
    for talk_id, after in known.items():
        talk = tx.talks.get(talk_id)
        if talk is not None:
            lines = tx.talks.lines(talk_id, after=after, limit=limit) if talk.last_seq > after else ()
            ended = any(line.event in RATED_BEHIND for line in lines)
            found[talk_id] = Fresh(_look_at(tx, talk, now=now, ended=ended), for_visitor(tx, lines))
    return found


def for_visitor(tx: Tx, lines: Sequence[Line]) -> Sequence[Line]:
    """Operators by the name that visitors may read, instead of their user name."""
    by = {line.by for line in lines if line.by}
    names = {username: chatting.shown_name(tx.people.find(username)) for username in by}
    return [replace(line, by=names[line.by]) if line.by else line for line in lines]


def rate(tx: Tx, talk_id: str, stars: int, remark: str, *, now: datetime) -> None:
    """The visitor's word on the chat that ended last. Raises NotNow."""
    if chatting.rate(tx, tx.talks.lock(talk_id), stars, now=now, remark=remark) is None:
        raise NotNow("none")


def leave(tx: Tx, talk_id: str, *, office: Office, now: datetime) -> Visit:
    """The visitor leaves the chat with a person, or does not wait for one any more; how the talk stands then.

    Raises NotNow.
    """
    talk = tx.talks.lock(talk_id)
    chat = tx.chats.lock(talk.chat) if talk.chat else None
    if chat is None or chat.closed_at is not None:
        raise NotNow("none")
    chatting.end(tx, InHand(talk, chat), Ending.VISITOR_LEFT, office=office, now=now)
    return _look_at(tx, tx.talks.lock(talk_id), now=now)


def revoke(tx: Tx, talk_id: str, *, office: Office, now: datetime) -> None:
    """No token opens this talk any more; nobody goes on waiting in it. Who has it open is told with the commit."""
    talk = tx.talks.lock(talk_id)
    if talk.chat:
        leave(tx, talk_id, office=office, now=now)
        talk = tx.talks.lock(talk_id)
    tx.talks.save(replace(talk, revoked_at=talk.revoked_at or now))


def _look_at(tx: Tx, talk: Talk, *, now: datetime, ended: bool = True) -> Visit:
    """``ended``: look whether a chat with a person is to be rated."""
    chat = tx.chats.get(talk.chat) if talk.chat else None
    told = Visit(talk.id, talk.last_seq, talk.owner, revoked=talk.revoked_at is not None)
    if chat is None:
        return replace(told, rates=ended and chatting.find_unrated(tx, talk, now=now) is not None)
    if talk.owner is Owner.PERSON:
        return replace(told, operator=chatting.shown_name(tx.people.find(chat.taken_by)), seen=chat.seen)
    return replace(told, place=_place(tx, chat, now=now))


def _place(tx: Tx, chat: Chat, *, now: datetime) -> int:
    """In the queue, from 1."""
    waiting = (each for each in tx.chats.open(limit=PLACES_COUNTED) if not chatting.is_held(each, now=now))
    return 1 + sum((each.asked_at, each.id) < (chat.asked_at, chat.id) for each in waiting)
