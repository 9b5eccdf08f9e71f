"""A talk goes on: what somebody says to the bot, that time has passed, that a person came or left.

The bot itself (``core.dialogue``) is pure; here it is given what happened, and what it decides is carried out in the
same transaction. Whoever calls has locked the contact, then the talk is locked.
"""

from collections import deque
from dataclasses import replace
from datetime import datetime

from core import chatting
from core.addressing import is_rating
from core.carrying import Turn, carry_out, say, standing
from core.dialogue import read_word, step
from core.dialogue.vocabulary import Word
from core.hearing import Heard
from core.model.dialogue import Edited, Event, PersonLeft, Piece, Spoke, TimePassed
from core.model.lifecycle import ARCHIVED
from core.model.message import Inbound, Mark
from core.model.network import ON_REQUEST
from core.model.talk import Author, Ending, Line, Owner, Talk
from core.model.work import Contact, Job, JobKind, Outcome, StoredMessage
from core.office import Office
from core.ports import Tx

EDITED = "edited"
RATED, LEFT = "chat_rated", "chat_left"
UNREADABLE = "talk_unreadable"


def hear(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """Settle a message that belongs to the talk with its sender; the id of the report it ended in, or empty."""
    talk, heard = meet(tx, heard, office=office, now=now)
    _keep_line(tx, talk, heard, now=now)
    stored = heard.stored
    if talk.owner is Owner.PERSON:
        tx.messages.settle([stored.id], Outcome.TALK)
        return ""
    turn = Turn(tx, talk, heard.contact, office, now, cause=stored.id)
    if is_rating(tx, talk, heard, office=office, now=now):
        _rate(turn, heard)
        return ""
    if talk.owner is Owner.WAITING and read_word(heard.text, slips=False) is Word.CANCEL:
        _wait_no_more(turn, heard)
        return ""
    if says_nothing(stored.inbound):
        say(turn, UNREADABLE)
        tx.messages.settle([stored.id], Outcome.TALK, note=UNREADABLE)
        return ""
    turn = replace(turn, talk=_without_what_is_gone(turn))
    talk = _go_on(turn, *_left(talk, tx, now=now), Spoke(_piece_of(heard, now=now)))
    return _settle(tx, talk, stored)


def says_nothing(inbound: Inbound) -> bool:
    """A message that holds neither words nor files nor a place that could be read, such as a sticker."""
    said = inbound.text or inbound.place or inbound.wanted or inbound.attachments
    return Mark.UNREADABLE in inbound.marks and not said


def _without_what_is_gone(turn: Turn) -> Talk:
    """Nothing is added to a report that was withdrawn or archived: nobody would read it there."""
    talk = turn.talk
    last, manner = talk.dialogue.last, turn.office.manner(talk.channel) or ON_REQUEST
    if last is None or turn.now - last.at > manner.follow_on:
        return talk
    report = standing(turn, last.report_id)
    if report is not None and report.state not in ARCHIVED:
        return talk
    return replace(talk, dialogue=replace(talk.dialogue, last=None))


def _rate(turn: Turn, heard: Heard) -> None:
    chatting.rate(turn.tx, turn.talk, int(heard.text), now=turn.now)
    say(turn, RATED)
    turn.tx.messages.settle([heard.stored.id], Outcome.TALK, note=RATED)


def _wait_no_more(turn: Turn, heard: Heard) -> None:
    """BATAL while a person is waited for: nobody need come, and the bot answers again. What was said stays."""
    held = chatting.InHand(turn.talk, turn.tx.chats.lock(turn.talk.chat))
    chatting.end(turn.tx, held, Ending.VISITOR_LEFT, office=turn.office, now=turn.now)
    turn = replace(turn, talk=turn.tx.talks.lock(turn.talk.id))
    turn.tx.messages.settle([heard.stored.id], Outcome.TALK, note=LEFT)
    _go_on(say(turn, LEFT), PersonLeft(turn.now))


def _left(talk: Talk, tx: Tx, *, now: datetime) -> tuple[Event, ...]:
    """That the person left, where the bot was not told yet: who ends a chat gives the talk back and sets its job."""
    if talk.owner is not Owner.BOT or not talk.dialogue.silent:
        return ()
    ended = next(iter(tx.chats.of_talk(talk.id, limit=1)), None)
    return (PersonLeft(now, came=bool(ended and ended.taken_by)),)


def meet(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> tuple[Talk, Heard]:
    """The talk with whoever wrote, locked, made on first sight; the contact knows it then."""
    if heard.contact.talk:
        return tx.talks.lock(heard.contact.talk), heard
    talk = tx.talks.meet(heard.stored.inbound, new_id=office.new_id, now=now)
    contact = replace(heard.contact, talk=talk.id)
    tx.contacts.save(contact)
    return talk, replace(heard, contact=contact)


def _keep_line(tx: Tx, talk: Talk, heard: Heard, *, now: datetime) -> None:
    """Chats have the line since the message was accepted."""
    stored, inbound = heard.stored, heard.stored.inbound
    if tx.talks.line_of(stored.id) is not None:
        return
    line = Line(
        talk=talk.id,
        seq=0,
        author=Author.VISITOR,
        at=now,
        text=heard.text,
        attachments=inbound.attachments,
        client_id=inbound.external_id,
        message_id=stored.id,
    )
    tx.talks.append(talk.id, [line])


def _piece_of(heard: Heard, *, now: datetime) -> Piece:
    inbound = heard.stored.inbound
    return Piece(
        message_id=heard.stored.id,
        at=now,
        text=inbound.text if inbound.place else heard.text,
        attachments=inbound.attachments,
        files=max(len(inbound.attachments), len(inbound.wanted)),
        place=inbound.place,
        group=inbound.group,
    )


def _settle(tx: Tx, talk: Talk, stored: StoredMessage) -> str:
    """What became no report and is in no draft was said, and nothing more comes of it."""
    settled = tx.messages.get(stored.id)
    if settled is not None and settled.outcome is not Outcome.NONE:
        return settled.report_id
    is_kept = stored.id in {piece.message_id for piece in _pieces(talk)}
    tx.messages.settle([stored.id], Outcome.DRAFT if is_kept else Outcome.TALK, note=talk.id if is_kept else "")
    return ""


def _pieces(talk: Talk) -> tuple[Piece, ...]:
    draft = talk.dialogue.draft
    return (*(draft.pieces if draft else ()), *talk.dialogue.held)


def edit(tx: Tx, heard: Heard, earlier: StoredMessage, *, office: Office, now: datetime) -> str:
    """Settle a newer version of a message that is part of a draft: the draft holds the newer words."""
    words = replace(earlier.inbound, text=heard.text)
    tx.messages.save(replace(earlier, inbound=words))
    tx.messages.settle([heard.stored.id], Outcome.TALK, note=EDITED)
    talk = tx.talks.lock(earlier.note)
    turn = Turn(tx, talk, heard.contact, office, now, cause=heard.stored.id)
    _go_on(turn, Edited(earlier.id, now, heard.text))
    return ""


def time_passed(tx: Tx, talk_id: str, *, office: Office, now: datetime) -> None:
    """Let the bot do what is due; before that time the job is set again. Nothing is said to who asked for silence."""
    if tx.talks.get(talk_id) is None:
        return
    talk, contact = lock(tx, talk_id)
    turn = Turn(tx, talk, contact, office, now, cause=f"{talk.id}:{talk.version}", awaited=False)
    left = _left(talk, tx, now=now)
    if left:
        _go_on(turn, *left)
    elif talk.due_at is not None and talk.due_at > now:
        wait(tx, talk, office=office, now=now)
    elif talk.due_at is not None:
        _go_on(turn, TimePassed(now))


def lock(tx: Tx, talk_id: str) -> tuple[Talk, Contact]:
    """A talk and the contact of its address, which is locked first, as by whoever works on a message.

    Raises KeyError.
    """
    found = tx.talks.get(talk_id)
    if found is None:
        raise KeyError(talk_id)
    contact = tx.contacts.lock(found.address.scheme, found.address.value)
    return tx.talks.lock(talk_id), contact


def _go_on(turn: Turn, *happened: Event) -> Talk:
    """Step after step until nothing more comes of it; then the talk is saved, and its job set. Raises Changed."""
    manner = turn.office.manner(turn.talk.channel) or ON_REQUEST
    before, dialogue = turn.talk.due_at, turn.talk.dialogue
    events = deque(happened)
    while events:
        dialogue, effects = step(dialogue, events.popleft(), manner=manner, directory=turn.office.directory)
        for effect in effects:
            turn, outcome = carry_out(turn, effect)
            if outcome is not None:
                events.append(outcome)
    talk = replace(turn.talk, dialogue=dialogue, due_at=dialogue.due_at)
    turn.tx.talks.save(talk)
    if talk.due_at is not None and (talk.due_at != before or not turn.awaited):
        wait(turn.tx, talk, office=turn.office, now=turn.now)
    return replace(talk, version=talk.version + 1)


def wait(tx: Tx, talk: Talk, *, office: Office, now: datetime) -> None:
    """Set the job that wakes the bot when it has something to do."""
    due_at = talk.due_at or now
    tx.jobs.by(Job(id=office.new_id(), kind=JobKind.TALK, subject=talk.id, not_before=max(now, due_at)), now=now)
