"""Going on with a talk on another channel, by a code that was given out in the first one."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core import chatting
from core.belonging import is_doubtful
from core.carrying import Turn, say
from core.guessing import may_guess_code, note_wrong_code
from core.hearing import Heard
from core.model.dialogue import Dialogue
from core.model.message import Reachable
from core.model.report import Report
from core.model.talk import Ending, Talk
from core.model.work import Contact, Outcome
from core.office import Office
from core.ports import Tx
from core.posting import way_of
from core.talking import meet, wait
from core.tracking import new_code

LASTS = timedelta(minutes=30)
MOST_REPORTS = 20
REFUSED = "rejected"
UNKNOWN, HERE, HERE_WITH_DRAFT, AWAY = "talk_no_code", "talk_moved", "talk_moved_draft", "talk_moved_away"


@dataclass(frozen=True, slots=True)
class Given:
    """A code, and until when it can be used."""

    code: str = field(repr=False)
    until: datetime


def give_code(tx: Tx, talk_id: str, *, office: Office, now: datetime) -> Given:
    """A code by which the visitor goes on elsewhere: once, and not for long. One given before ends.

    Raises KeyError for an unknown talk.
    """
    tx.talks.lock(talk_id)
    until = now + LASTS
    while not tx.codes.add(code := new_code(office.random_below), talk=talk_id, until=until):
        continue
    return Given(code, until)


def go_on(tx: Tx, heard: Heard, code: str, *, office: Office, now: datetime) -> str:
    """Settle LANJUT: what was begun elsewhere goes on here. Wrong codes are counted and told alike; nothing is found by
    a code in somebody else's name.
    """
    here, heard = meet(tx, heard, office=office, now=now)
    turn = Turn(tx, here, heard.contact, office, now, cause=heard.stored.id)
    there = _find(turn, heard, code)
    if there is None:
        say(turn, UNKNOWN)
        tx.messages.settle([heard.stored.id], Outcome.COMMAND, note=REFUSED)
        return ""
    _move(turn, there)
    tx.messages.settle([heard.stored.id], Outcome.COMMAND)
    return ""


def _find(turn: Turn, heard: Heard, code: str) -> Talk | None:
    """The other talk, locked; none where its visitor took it back."""
    source = heard.contact.digest.hex()
    if is_doubtful(heard.stored.inbound) or not may_guess_code(turn.tx, source, office=turn.office, now=turn.now):
        return None
    talk_id = turn.tx.codes.use(code, now=turn.now)
    if not talk_id:
        note_wrong_code(turn.tx, source, now=turn.now)
    there = chatting.lock_talk(turn.tx, talk_id) if talk_id not in ("", turn.talk.id) else None
    return there if there is not None and there.revoked_at is None else None


def _move(turn: Turn, there: Talk) -> None:
    contact = turn.tx.contacts.lock(there.address.scheme, there.address.value)
    there = _leave_chat(turn, there)
    turn = _take_contact(turn, contact)
    for report in _reports_of(turn.tx, there):
        _reach_here(turn, report)
    dialogue = _joined(turn.talk.dialogue, there.dialogue)
    _take_pieces(turn, dialogue)
    talk = replace(turn.talk, dialogue=dialogue, due_at=dialogue.due_at)
    turn.tx.talks.save(talk)
    if talk.due_at is not None:
        wait(turn.tx, talk, office=turn.office, now=turn.now)
    turn.tx.talks.save(replace(there, dialogue=Dialogue(greeted=there.dialogue.greeted), due_at=None))
    say(turn, HERE_WITH_DRAFT if _has_words(dialogue) else HERE)
    elsewhere = Turn(turn.tx, there, contact, turn.office, turn.now, cause=turn.cause, awaited=False)
    say(elsewhere, AWAY)


def _leave_chat(turn: Turn, there: Talk) -> Talk:
    """Nobody sits there any more with whom a person could talk."""
    if not there.chat:
        return there
    held = chatting.InHand(there, turn.tx.chats.lock(there.chat))
    chatting.end(turn.tx, held, Ending.VISITOR_LEFT, office=turn.office, now=turn.now)
    return turn.tx.talks.lock(there.id)


def _take_contact(turn: Turn, there: Contact) -> Turn:
    """The language, and the questions that are open, come along."""
    here = turn.contact
    taken = replace(
        here,
        language=here.language or there.language,
        question=here.question or there.question,
        choice=here.choice or there.choice,
        choice_of=here.choice_of if here.choice else there.choice_of,
    )
    turn.tx.contacts.save(taken)
    turn.tx.contacts.save(replace(there, question="", choice="", choice_of=""))
    return replace(turn, contact=taken)


def _reports_of(tx: Tx, there: Talk) -> list[Report]:
    """Its visitor's own, and the last one it told of, wherever that began."""
    own = list(tx.reports.of_reporter(there.digest, limit=MOST_REPORTS))
    last = tx.reports.get(there.dialogue.last.report_id) if there.dialogue.last else None
    return own if last is None or last.id in {report.id for report in own} else [*own, last]


def _reach_here(turn: Turn, report: Report) -> None:
    """From now on it is told of here, and whoever writes here speaks for it."""
    way: Reachable = way_of(turn.talk)
    locked = turn.tx.reports.lock(report.id)
    turn.tx.reports.save(replace(locked, way=way))
    turn.tx.reachable.add(report.id, way, at=turn.now)


def _joined(here: Dialogue, there: Dialogue) -> Dialogue:
    """What was said there comes first; the question that is open there is asked no more."""
    drafts = [draft for draft in (there.draft, here.draft) if draft is not None]
    draft = drafts[0] if drafts else None
    if draft is not None and len(drafts) > 1:
        draft = replace(draft, pieces=tuple(piece for each in drafts for piece in each.pieces))
    waiting = [moment for moment in (here.due_at, there.due_at) if moment is not None]
    return replace(
        here,
        draft=draft,
        held=(*there.held, *here.held),
        asked=here.asked or there.asked,
        offered=here.offered if here.asked else there.offered,
        due_at=min(waiting, default=None),
        spoke_at=max((moment for moment in (here.spoke_at, there.spoke_at) if moment), default=None),
        greeted=True,
        last=here.last or there.last,
        sent=here.sent or there.sent,
    )


def _has_words(dialogue: Dialogue) -> bool:
    """A greeting alone begins a draft that holds none."""
    return bool(dialogue.held or (dialogue.draft and dialogue.draft.pieces))


def _take_pieces(turn: Turn, dialogue: Dialogue) -> None:
    """``note`` of a message in a draft names the talk that holds it."""
    pieces = (*(dialogue.draft.pieces if dialogue.draft else ()), *dialogue.held)
    if pieces:
        turn.tx.messages.settle([piece.message_id for piece in pieces], Outcome.DRAFT, note=turn.talk.id)
