"""The operators' desk: taking chats, answering, handing on, closing; and chats that nobody has in hand any more."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core import chatting
from core.chatting import InHand, Lapsed, Over, Taken, UnknownChat
from core.model.lifecycle import NotAllowed
from core.model.message import Attachment
from core.model.people import Staff
from core.model.talk import Attendant, Author, Chat, Ending, Owner
from core.office import Office
from core.permissions import Right, may
from core.ports import Tx
from core.speaking import SAID, Words, announce, say
from core.talks import DESK, topic_of
from core.text import clean

__all__ = ["Lapsed", "Over", "Taken", "UnknownChat"]
MOST_TOGETHER = 50
MOST_HELD = 10
HELD_AT_FIRST = 3
MOST_OPEN = 500
LONGEST = 4_000
FRESH = timedelta(seconds=60)
LOOKED_BACK = 200


class Full(Exception):
    """This person holds as many chats as they take; the message says how many."""


class Unsaid(Exception):
    """Words that cannot be said; the message is ``empty``, ``too_long``, ``no_files`` (the channel takes none),
    ``silence`` (the visitor asked for no messages) or ``gone`` (their address takes nothing any more).
    """


class NotThere(Exception):
    """Nobody of that name attends chats."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What an operator says. ``client_id``: given by their page; the same again is said once."""

    client_id: str
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()


def check(staff: Staff, office: Office) -> None:
    """Raises NotAllowed."""
    if not may(staff, Right.ATTEND, None, directory=office.directory):
        raise NotAllowed(f"chats are for operators, not for {staff.role}")


def is_there(tx: Tx, staff: Staff, *, now: datetime, available: bool | None = None, capacity: int = 0) -> Attendant:
    """This person's page is open: note it, with what they chose where it is given."""
    known = tx.attendants.get(staff.username) or Attendant(staff.username, True, HELD_AT_FIRST, now)
    attendant = replace(
        known,
        seen_at=max(known.seen_at, now),
        available=known.available if available is None else available,
        capacity=min(max(capacity, 1), MOST_HELD) if capacity else known.capacity,
    )
    tx.attendants.save(attendant)
    return attendant


def keep(tx: Tx, staff: Staff, *, office: Office, now: datetime) -> Collection[str]:
    """The heartbeat of this person's page: what they hold stays theirs; the ids of it. Raises NotAllowed."""
    check(staff, office)
    is_there(tx, staff, now=now)
    return tx.chats.renew(staff.username, until=now + office.rules.chat_lease, now=now)


def take_next(tx: Tx, staff: Staff, *, office: Office, now: datetime) -> Chat | None:
    """The one that waits longest; None where none waits. Raises NotAllowed, Full."""
    _check_room(tx, staff, office=office, now=now)
    chat = tx.chats.claim(by=staff.username, now=now, until=now + office.rules.chat_lease)
    if chat is None:
        return None
    held = InHand(chatting.lock_talk(tx, chat.talk), chat)
    return _begin(tx, held, staff, office=office, now=now)


def take(tx: Tx, chat_id: str, staff: Staff, *, office: Office, now: datetime) -> Chat:
    """This one; what one has already stays as it is. Raises NotAllowed, Full, UnknownChat, Over, Taken."""
    check(staff, office)
    tx.people.lock(staff.username)
    held = chatting.lock(tx, chat_id)
    chat = held.chat
    if chatting.is_held(chat, now=now):
        if chat.taken_by == staff.username:
            return chat
        raise Taken(chat.taken_by)
    if chatting.is_kept_from(chat, staff.username, now=now):
        raise Taken(chat.to)
    _check_room(tx, staff, office=office, now=now)
    lease = now + office.rules.chat_lease
    taken = replace(chat, taken_by=staff.username, taken_at=now, lease_until=lease, to="", to_until=None)
    tx.chats.save(taken)
    return _begin(tx, InHand(held.talk, taken), staff, office=office, now=now)


def _check_room(tx: Tx, staff: Staff, *, office: Office, now: datetime) -> None:
    """One chat of a person at a time is taken: their row is locked."""
    check(staff, office)
    tx.people.lock(staff.username)
    attendant = is_there(tx, staff, now=now)
    if tx.chats.held(staff.username, now=now) >= attendant.capacity:
        raise Full(str(attendant.capacity))


def _begin(tx: Tx, held: InHand, staff: Staff, *, office: Office, now: datetime) -> Chat:
    """A chat that is still another person's has lapsed, and the round has not come by yet: the visitor is told."""
    talk, chat = held.talk, held.chat
    if talk.owner is Owner.PERSON:
        announce(tx, talk, "chat_returned", cause=f"{chat.id}:{talk.last_seq}", office=office, now=now)
    tx.talks.save(replace(chatting.owned(talk, Owner.PERSON, chat), dialogue=chatting.silenced(talk.dialogue)))
    facts = {"nama": chatting.shown_name(staff)}
    cause = f"{chat.id}:{talk.last_seq}"
    announce(tx, talk, "chat_taken", cause=cause, facts=facts, by=staff.username, office=office, now=now)
    tx.tell(DESK)
    return chat


def speak(tx: Tx, chat_id: str, saying: Saying, staff: Staff, *, office: Office, now: datetime) -> int:
    """Say something to the visitor; the number of its line, that of the first time where it was said before.

    To speak is to be there: the lease goes on. Raises NotAllowed, UnknownChat, Over, Taken, Lapsed, Unsaid.
    """
    check(staff, office)
    held = chatting.hold(tx, chat_id, staff, now=now)
    text = _sayable(tx, held, saying, office)
    words = Words(
        text,
        Author.OPERATOR,
        SAID,
        cause=f"{SAID}:{held.talk.id}:{staff.username}:{saying.client_id}",
        by=staff.username,
        client_id=saying.client_id,
        attachments=saying.attachments,
    )
    line = say(tx, held.talk, words, office=office, now=now)
    if line is None:
        return _said_before(tx, held, saying, staff)
    until = max(now + office.rules.chat_lease, held.chat.lease_until or now)
    tx.chats.save(replace(held.chat, lease_until=until, seen=max(held.chat.seen, line.seq)))
    return line.seq


def _sayable(tx: Tx, held: InHand, saying: Saying, office: Office) -> str:
    """Raises Unsaid."""
    text, talk = clean(saying.text).strip(), held.talk
    if not text and not saying.attachments:
        raise Unsaid("empty")
    capabilities = office.capabilities[talk.channel]
    if len(text) > LONGEST or capabilities.measure(text) > capabilities.max_length:
        raise Unsaid("too_long")
    if saying.attachments and not capabilities.attachments:
        raise Unsaid("no_files")
    if tx.contacts.is_opted_out(talk.address.scheme, talk.address.value):
        raise Unsaid("silence")
    if tx.contacts.is_gone(talk.address.scheme, talk.address.value):
        raise Unsaid("gone")
    return text


def _said_before(tx: Tx, held: InHand, saying: Saying, staff: Staff) -> int:
    found = tx.talks.newest(held.talk.id, limit=LOOKED_BACK)
    same = (line.seq for line in found if line.client_id == saying.client_id and line.by == staff.username)
    return next(same, 0)


def see(tx: Tx, chat_id: str, seq: int, staff: Staff, *, office: Office, now: datetime) -> None:
    """This person has read up to here. Raises NotAllowed, UnknownChat, Over, Taken, Lapsed."""
    check(staff, office)
    held = chatting.hold(tx, chat_id, staff, now=now)
    seen = min(seq, held.talk.last_seq)
    if seen > held.chat.seen:
        tx.chats.save(replace(held.chat, seen=seen))
        tx.tell(topic_of(held.talk.id))


def hand_on(tx: Tx, chat_id: str, to: str, staff: Staff, *, office: Office, now: datetime) -> Chat:
    """To somebody, for whom it is kept a while, or back to the queue where ``to`` is empty.

    Raises NotAllowed, UnknownChat, Over, Taken, Lapsed, NotThere.
    """
    check(staff, office)
    held = chatting.hold(tx, chat_id, staff, now=now)
    other = tx.people.find(to) if to else None
    if to and (other is None or to == staff.username or not may(other, Right.ATTEND, None, directory=office.directory)):
        raise NotThere(to)
    until = now + office.rules.chat_kept if to else None
    return chatting.give_back(tx, held, "chat_moved", to=to, until=until, office=office, now=now)


def close(tx: Tx, chat_id: str, staff: Staff, *, office: Office, now: datetime) -> Chat:
    """The visitor is asked how it was. Raises NotAllowed, UnknownChat, Over, Taken, Lapsed."""
    check(staff, office)
    held = chatting.hold(tx, chat_id, staff, now=now)
    return chatting.end(tx, held, Ending.CLOSED, by=staff.username, office=office, now=now)


def is_untidy(tx: Tx, *, office: Office, now: datetime) -> bool:
    """Whether ``tidy`` finds anything to do."""
    late = tx.chats.unanswered(before=now - office.rules.chat_patience, limit=1)
    return bool(late or tx.chats.lapsed(now=now, limit=1))


def tidy(tx: Tx, *, office: Office, now: datetime, limit: int = MOST_TOGETHER) -> int:
    """What nobody has in hand any more: back to the queue; and who waited too long has the bot again. How many."""
    lapsed = tx.chats.lapsed(now=now, limit=limit)
    late = tx.chats.unanswered(before=now - office.rules.chat_patience, limit=limit - len(lapsed))
    given_back = sum(_give_lapsed_back(tx, chat.id, office=office, now=now) for chat in lapsed)
    return given_back + sum(_nobody_came(tx, chat.id, office=office, now=now) for chat in late)


def _give_lapsed_back(tx: Tx, chat_id: str, *, office: Office, now: datetime) -> bool:
    try:
        held = chatting.lock(tx, chat_id)
    except Over:
        return False
    if not held.chat.taken_by or chatting.is_held(held.chat, now=now):
        return False
    chatting.give_back(tx, held, "chat_returned", office=office, now=now)
    return True


def _nobody_came(tx: Tx, chat_id: str, *, office: Office, now: datetime) -> bool:
    try:
        held = chatting.lock(tx, chat_id)
    except Over:
        return False
    chat = held.chat
    if chat.taken_by or (chat.lease_until or chat.asked_at) >= now - office.rules.chat_patience:
        return False
    chatting.end(tx, held, Ending.NOBODY_CAME, office=office, now=now)
    return True
