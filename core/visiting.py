"""What the page of somebody who talks with us asks of their talk, and may know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core import chatting
from core.chatting import InHand
from core.desk import Fresh, NotNow, Visit
from core.model.message import Address
from core.model.talk import Chat, Ending, Line, Owner, Talk, TalkState
from core.office import Office
from core.ports import Tx

RATED_BEHIND = frozenset(chatting.TOLD.values())
PLACES_COUNTED = 100


def visit(tx: Tx, address: Address, *, now: datetime) -> Visit:
    """How the talk with an address stands."""
    talk = tx.talks.find(address)
    return Visit() if talk is None else _describe(tx, talk, now=now)


def find_news(
    tx: Tx, known: Mapping[str, int], *, limit: int, now: datetime, met: dict[str, str] | None = None
) -> Mapping[str, Fresh]:
    """By talk: how it stands, and lines behind the one that is known; together at most ``limit`` lines.

    ``met``: names of operators by user name, which need not be looked up; those that are get into it.
    """
    states = tx.talks.states(known)
    said = tx.talks.lines_behind(
        {talk: known[talk] for talk, state in states.items() if state.last_seq > known[talk]}, limit=limit
    )
    chats = tx.chats.some({state.chat for state in states.values() if state.chat})
    names, queue = Names(tx, met), Queue(tx, now)
    found = {}
    for talk, state in states.items():
        lines = said.get(talk, ())
        stands = _look_at(state, chats.get(state.chat), names, queue)
        if any(line.event in RATED_BEHIND for line in lines):
            stands = replace(stands, rates=_rates(tx, talk, now=now))
        found[talk] = Fresh(stands, [names.show(line) for line in lines])
    return found


class Names:
    """Operators by the name that visitors may read, each looked up once."""

    def __init__(self, tx: Tx, met: dict[str, str] | None = None) -> None:
        self._tx = tx
        self._known: dict[str, str] = {} if met is None else met

    def of(self, username: str) -> str:
        """What visitors read of an operator."""
        if username not in self._known:
            self._known[username] = chatting.shown_name(self._tx.people.find(username))
        return self._known[username]

    def show(self, line: Line) -> Line:
        """A line with that name instead of the user name."""
        return replace(line, by=self.of(line.by)) if line.by else line


class Queue:
    """Who waits for a person, looked up once however many ask for their places."""

    def __init__(self, tx: Tx, now: datetime) -> None:
        self._tx = tx
        self._now = now
        self._waiting: Sequence[Chat] | None = None

    def place(self, chat: Chat) -> int:
        """From 1; behind the first ``PLACES_COUNTED`` all are told the same."""
        if self._waiting is None:
            found = self._tx.chats.open(limit=PLACES_COUNTED)
            self._waiting = [each for each in found if not chatting.is_held(each, now=self._now)]
        return 1 + sum((each.asked_at, each.id) < (chat.asked_at, chat.id) for each in self._waiting)


def for_visitor(tx: Tx, lines: Sequence[Line]) -> Sequence[Line]:
    """Lines as visitors may read them."""
    names = Names(tx)
    return [names.show(line) for line in lines]


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
    return _describe(tx, tx.talks.lock(talk_id), now=now)


def revoke(tx: Tx, talk_id: str, *, office: Office, now: datetime) -> None:
    """No token opens this talk any more; nobody goes on waiting in it. Who has it open is told with the commit."""
    talk = tx.talks.lock(talk_id)
    if talk.chat:
        leave(tx, talk_id, office=office, now=now)
        talk = tx.talks.lock(talk_id)
    tx.talks.save(replace(talk, revoked_at=talk.revoked_at or now))


def _describe(tx: Tx, talk: Talk, *, now: datetime) -> Visit:
    state = TalkState(talk.id, talk.owner, talk.chat, talk.last_seq, talk.revoked_at)
    chat = tx.chats.get(talk.chat) if talk.chat else None
    stands = _look_at(state, chat, Names(tx), Queue(tx, now))
    return stands if chat else replace(stands, rates=_rates(tx, talk.id, now=now))


def _look_at(state: TalkState, chat: Chat | None, names: Names, queue: Queue) -> Visit:
    told = Visit(state.id, state.last_seq, state.owner, revoked=state.revoked_at is not None)
    if chat is None:
        return told
    if state.owner is Owner.PERSON:
        return replace(told, operator=names.of(chat.taken_by), seen=chat.seen)
    return replace(told, place=queue.place(chat))


def _rates(tx: Tx, talk_id: str, *, now: datetime) -> bool:
    """Whether a chat with a person is to be rated."""
    talk = tx.talks.get(talk_id)
    return talk is not None and chatting.find_unrated(tx, talk, now=now) is not None
