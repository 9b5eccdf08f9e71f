"""A chat with a person: called for, in somebody's hands, handed on, over, and rated.

Whoever changes one has locked the visitor's contact first, as whoever works on a message does, then the talk, then the
chat: of two at once the second finds what the first one did.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.model.dialogue import Dialogue
from core.model.message import Choice
from core.model.people import Staff
from core.model.talk import Chat, Ending, Owner, Talk
from core.model.work import Job, JobKind
from core.office import Office
from core.ports import Tx
from core.speaking import announce
from core.talks import DESK

NAMELESS = "Petugas"
RATED_WITHIN = timedelta(hours=24)
STARS = range(1, 6)
LONGEST_REMARK = 1_000


class UnknownChat(Exception):
    """There is no such chat."""


class Over(Exception):
    """The chat is over."""


class Taken(Exception):
    """Somebody else has the chat, or it is kept for them; the message is their user name."""


class Lapsed(Exception):
    """The chat went back to the queue, as nothing was heard of whoever had it."""


@dataclass(frozen=True, slots=True)
class InHand:
    """A talk and its chat, both locked."""

    talk: Talk
    chat: Chat


def call(tx: Tx, talk: Talk, *, office: Office, now: datetime) -> Chat:
    """Ask for a person in a locked talk with the bot. The talk is saved by whoever called: see ``owned``."""
    chat = Chat(id=office.new_id(), talk=talk.id, asked_at=now, first_seq=talk.last_seq, channel=talk.channel)
    tx.chats.add(chat)
    tx.tell(DESK)
    return chat


def owned(talk: Talk, owner: Owner, chat: Chat | None = None) -> Talk:
    """Who answers from now on."""
    return replace(talk, owner=owner, chat=chat.id if chat else "")


def lock(tx: Tx, chat_id: str) -> InHand:
    """Raises UnknownChat, Over."""
    found = tx.chats.get(chat_id)
    if found is None:
        raise UnknownChat("no such chat")
    talk = lock_talk(tx, found.talk)
    chat = tx.chats.lock(chat_id)
    if chat.closed_at is not None:
        raise Over("the chat is closed")
    return InHand(talk, chat)


def lock_talk(tx: Tx, talk_id: str) -> Talk:
    """The talk, its visitor's contact locked before it. Raises KeyError."""
    known = tx.talks.get(talk_id)
    if known is None:
        raise KeyError(talk_id)
    tx.contacts.lock(known.address.scheme, known.address.value)
    return tx.talks.lock(talk_id)


def hold(tx: Tx, chat_id: str, staff: Staff, *, now: datetime) -> InHand:
    """What this person holds. Raises UnknownChat, Over, Taken, Lapsed."""
    held = lock(tx, chat_id)
    _check_held(held.chat, staff, now=now)
    return held


def look_at(tx: Tx, chat_id: str, staff: Staff, *, now: datetime) -> InHand:
    """As ``hold``, to read: nothing is locked."""
    chat = tx.chats.get(chat_id)
    talk = tx.talks.get(chat.talk) if chat else None
    if chat is None or talk is None:
        raise UnknownChat("no such chat")
    if chat.closed_at is not None:
        raise Over("the chat is closed")
    _check_held(chat, staff, now=now)
    return InHand(talk, chat)


def _check_held(chat: Chat, staff: Staff, *, now: datetime) -> None:
    if not is_held(chat, now=now):
        raise Lapsed("the chat is back in the queue; take it again")
    if chat.taken_by != staff.username:
        raise Taken(chat.taken_by)


def is_held(chat: Chat, *, now: datetime) -> bool:
    """Whether it is in somebody's hands."""
    return bool(chat.taken_by) and chat.lease_until is not None and chat.lease_until > now


def is_kept_from(chat: Chat, username: str, *, now: datetime) -> bool:
    """Whether it was handed to somebody else, who may still come."""
    return chat.to not in {"", username} and chat.to_until is not None and chat.to_until > now


def give_back(
    tx: Tx, held: InHand, event: str, *, office: Office, now: datetime, to: str = "", until: datetime | None = None
) -> Chat:
    """Back to the queue, or kept for ``to`` for a while; the visitor is told."""
    chat = replace(held.chat, taken_by="", taken_at=None, lease_until=now, to=to, to_until=until)
    tx.chats.save(chat)
    tx.talks.save(owned(held.talk, Owner.WAITING, chat))
    announce(tx, held.talk, event, cause=f"{chat.id}:{held.talk.last_seq}", office=office, now=now)
    tx.tell(DESK)
    return chat


def end(tx: Tx, held: InHand, ending: Ending, *, office: Office, now: datetime, by: str = "") -> Chat:
    """It is over, and the bot answers again: it is told by the talk's job. What the visitor is told depends on the
    ending.
    """
    chat = replace(held.chat, closed_at=now, closed_by=by, ending=ending, to="", to_until=None)
    tx.chats.save(chat)
    tx.talks.save(replace(owned(held.talk, Owner.BOT), due_at=now))
    tx.jobs.by(Job(id=office.new_id(), kind=JobKind.TALK, subject=held.talk.id, not_before=now), now=now)
    event = TOLD.get(ending)
    if event is not None:
        choices = tuple(Choice(str(star)) for star in STARS) if ending is Ending.CLOSED else ()
        announce(tx, held.talk, event, cause=chat.id, office=office, now=now, choices=choices)
    tx.tell(DESK)
    return chat


TOLD = {Ending.CLOSED: "chat_closed", Ending.NOBODY_CAME: "chat_nobody"}


def silenced(dialogue: Dialogue) -> Dialogue:
    """A person answers."""
    return replace(dialogue, silent=True)


def rate(tx: Tx, talk: Talk, stars: int, *, now: datetime, remark: str = "") -> Chat | None:
    """The visitor's word on the chat that ended last, once; None where there is none to rate.

    The talk is locked by whoever calls. Raises ValueError for other than 1 to 5 stars.
    """
    if stars not in STARS:
        raise ValueError("1 to 5 stars")
    chat = find_unrated(tx, talk, now=now)
    if chat is None:
        return None
    rated = replace(tx.chats.lock(chat.id), rating=stars, remark=remark[:LONGEST_REMARK])
    tx.chats.save(rated)
    return rated


def find_unrated(tx: Tx, talk: Talk, *, now: datetime) -> Chat | None:
    """The chat that the visitor may rate now: the last one, where a person was there."""
    for chat in tx.chats.of_talk(talk.id, limit=1):
        since = chat.closed_at
        if since and chat.taken_by and chat.rating is None and now - since <= RATED_WITHIN:
            return chat
    return None


def shown_name(staff: Staff | None) -> str:
    """What visitors read of a member of staff."""
    return staff.name.strip() if staff and staff.name.strip() else NAMELESS
