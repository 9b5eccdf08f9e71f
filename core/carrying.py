"""What the bot decides is carried out: said, made a report, added to one, handed to a person."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from core import chatting, posting, threads
from core.belonging import is_own
from core.filing import facts_of, reply_in_talk
from core.hearing import Heard
from core.language import speak
from core.model import dialogue
from core.model.dialogue import Draft, Effect, Offer, Piece, Reported, Visibility
from core.model.lifecycle import ARCHIVED, CLOSED
from core.model.message import Attachment, Form
from core.model.report import Report
from core.model.talk import Owner, Talk
from core.model.work import Contact, Outcome, StoredMessage
from core.office import Office
from core.ports import Tx
from core.posting import way_of
from core.repeating import report_or_repeat
from core.tracking import show

CANCELLED = "cancelled"
REPEATED = "repeated"
CALLED, CALLED_LATER = "chat_called", "chat_called_later"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Turn:
    """One event of a talk being worked on; talk and contact are locked.

    Attributes:
        cause: names the event; the same cause never says anything twice.
        awaited: somebody just wrote and waits for an answer.
        said: how many replies there were already.
    """

    tx: Tx
    talk: Talk
    contact: Contact
    office: Office
    now: datetime
    cause: str
    awaited: bool = True
    said: int = 0

    @property
    def spoken(self) -> Office:
        """The office in the visitor's language."""
        return self.office.speaking(self.contact.language)


Carried = tuple[Turn, Reported | None]


def carry_out(turn: Turn, effect: Effect) -> Carried:
    """The turn as it goes on, and what the bot has to be told of."""
    return CARRYING[type(effect)](turn, effect)


def say(turn: Turn, event: str, facts: Mapping[str, str] = NOTHING, offers: tuple[Offer, ...] = ()) -> Turn:
    """Say something in the talk. Who asked for no messages is answered, but told nothing on the bot's own account."""
    reply = reply_in_talk(
        way_of(turn.talk),
        event,
        office=turn.spoken,
        cause=f"{turn.cause}:{turn.said}",
        now=turn.now,
        facts=facts,
        offers=offers,
    )
    # Replies go out in the order of their moments; their ids, made within one millisecond, are in none.
    reply = replace(reply, not_before=turn.now + timedelta(microseconds=turn.said))
    if turn.awaited:
        posting.answer(turn.tx, reply, office=turn.office, now=turn.now, talk=turn.talk.id)
    else:
        posting.tell(turn.tx, [reply], office=turn.office, now=turn.now, talk=turn.talk.id)
    return replace(turn, said=turn.said + 1)


def _say(turn: Turn, effect: dialogue.Say) -> Carried:
    facts = {name: show(fact) if name == "nomor" else fact for name, fact in effect.facts.items()}
    return say(turn, effect.event, facts, effect.choices), None


def _submit(turn: Turn, effect: dialogue.Submit) -> Carried:
    """Compared with the sender's own reports as any message; what repeats one is told so, as somebody waits for it."""
    pieces = _in_order(turn, effect.draft.pieces)
    if not pieces:
        return turn, None
    heard = _together(turn, pieces, effect.draft)
    report_id = report_or_repeat(turn.tx, heard, office=turn.office, now=turn.now)
    _settle_rest(turn, pieces, report_id)
    report = turn.tx.reports.get(report_id)
    if report is None:
        raise KeyError(report_id)
    turn = replace(turn, said=turn.said + 1)
    first = turn.tx.messages.get(heard.stored.id)
    if first is not None and first.outcome is Outcome.REPEAT:
        turn = say(turn, REPEATED, facts_of(report, turn.spoken))
    return _with_contact(turn), Reported(turn.now, report.id, report.tracking_id)


def _add_to(turn: Turn, effect: dialogue.AddTo) -> Carried:
    pieces = _in_order(turn, effect.pieces)
    report = standing(turn, effect.report_id)
    if not pieces or report is None:
        return turn, None
    heard = _together(turn, pieces, Draft(turn.now))
    threads.add_words(turn.tx, heard, report, office=turn.office, now=turn.now, quiet=effect.quiet)
    _settle_rest(turn, pieces, report.id)
    return _with_contact(turn), None


def _settle(turn: Turn, effect: dialogue.Settle) -> Carried:
    """What went into a report meanwhile (a person made one of the talk) stays there."""
    found = (turn.tx.messages.get(message_id) for message_id in effect.message_ids)
    free = [stored.id for stored in found if stored is not None and not stored.report_id]
    if free:
        turn.tx.messages.settle(free, Outcome.TALK, note=CANCELLED if effect.cancelled else "")
    return turn, None


def _call(turn: Turn, _: dialogue.CallPerson) -> Carried:
    """A chat that waits at the operators' desk, unless one does already. Out of hours words are kept till they come."""
    if turn.talk.owner is Owner.BOT:
        chat = chatting.call(turn.tx, turn.talk, office=turn.office, now=turn.now)
        turn = replace(turn, talk=chatting.owned(turn.talk, Owner.WAITING, chat))
    hours = turn.office.hours
    if hours.are_open(turn.now):
        return say(turn, CALLED), None
    shown = hours.describe(turn.contact.language or turn.office.language)
    return say(turn, CALLED_LATER, {"jam": shown.replace("–", "-")}), None  # Their dash is a rare letter on SMS.


def _speak_language(turn: Turn, effect: dialogue.SpeakLanguage) -> Carried:
    return replace(turn, contact=speak(turn.tx, turn.contact, effect.language)), None


CARRYING: Mapping[type[Effect], Callable[[Turn, Any], Carried]] = MappingProxyType(
    {
        dialogue.Say: _say,
        dialogue.Submit: _submit,
        dialogue.AddTo: _add_to,
        dialogue.Settle: _settle,
        dialogue.CallPerson: _call,
        dialogue.SpeakLanguage: _speak_language,
    }
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A piece and its message. ``place``: by its line, as messages are worked on in any order; what was said in
    another talk came before.
    """

    piece: Piece
    stored: StoredMessage
    place: tuple[bool, int]


def _in_order(turn: Turn, pieces: Iterable[Piece]) -> list[_Said]:
    said = []
    for number, piece in enumerate(pieces):
        stored = turn.tx.messages.get(piece.message_id)
        if stored is None:
            raise KeyError(piece.message_id)
        line = turn.tx.talks.line_of(piece.message_id)
        place = (line.talk == turn.talk.id, line.seq) if line is not None else (True, number)
        said.append(_Said(piece, stored, place))
    return sorted(said, key=lambda each: each.place)


def _together(turn: Turn, said: list[_Said], draft: Draft) -> Heard:
    """All pieces as one message of the first one's; answered where the visitor is now."""
    first, talk = said[0].stored, turn.talk
    text = "\n".join(words for each in said if (words := each.piece.text.strip() or each.piece.place))
    inbound = replace(
        first.inbound,
        channel=talk.channel,
        connection=talk.connection,
        sender=talk.address,
        route=talk.route,
        text=text,
        attachments=_files(each.piece.attachments for each in said),
        marks=tuple(dict.fromkeys(mark for each in said for mark in each.stored.inbound.marks)),
        belongs_to=(),
        form=_form(draft),
    )
    return Heard(replace(first, inbound=inbound), text, turn.contact)


def _files(given: Iterable[tuple[Attachment, ...]]) -> tuple[Attachment, ...]:
    return tuple(dict.fromkeys(file for files in given for file in files))


def _form(draft: Draft) -> Form:
    return Form(
        place=draft.place,
        agency=draft.agency,
        anonymous=draft.visibility is Visibility.ANONYMOUS,
        secret=draft.visibility is Visibility.SECRET,
        reporter_name=draft.name,
    )


def _settle_rest(turn: Turn, said: list[_Said], report_id: str) -> None:
    others = [each.stored.id for each in said[1:]]
    if others:
        turn.tx.messages.settle(others, Outcome.PIECE, report_id=report_id)


def _with_contact(turn: Turn) -> Turn:
    """What others wrote to the locked contact meanwhile."""
    address = turn.talk.address
    return replace(turn, contact=turn.tx.contacts.lock(address.scheme, address.value))


def standing(turn: Turn, report_id: str) -> Report | None:
    """One that became an addition to another of the visitor's own leads to that one."""
    report = turn.tx.reports.get(report_id)
    if report is None or not report.duplicate_of or report.state not in CLOSED | ARCHIVED:
        return report
    first = turn.tx.reports.get(report.duplicate_of)
    return first if first is not None and is_own(turn.tx, first, turn.talk.address) else report
