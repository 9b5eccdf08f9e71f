"""A talk with a person is turned into a report: what the form is filled with, and what becomes of what was said."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core import chatting
from core.arrival import begin_report
from core.chatting import InHand
from core.commands import without_pin
from core.dialogue import read_word
from core.dialogue.vocabulary import Word
from core.hearing import Heard
from core.model.dialogue import Draft, Piece, Visibility
from core.model.lifecycle import NotAllowed
from core.model.message import Attachment, Form
from core.model.people import Staff
from core.model.report import Classification, Report
from core.model.talk import Author, Ending, Line, Talk
from core.model.work import Outcome, StoredMessage
from core.office import Office
from core.permissions import Right, may
from core.ports import Tx
from core.talks import DESK
from core.text import clean

MOST_LINES = 500
LONGEST = 20_000
LONGEST_TITLE = 200
LONGEST_PLACE = 300
UNSETTLED = frozenset({Outcome.DRAFT, Outcome.TALK})


class AlreadyReported(Exception):
    """A report was made of this chat; the message is its number."""


class NothingSaid(Exception):
    """The visitor said nothing that a report can be made of, or nothing is left of it."""


class WrongChoice(Exception):
    """A field names what there is not; the message is the field."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the form is filled with: what the visitor said, and what the bot had asked before."""

    text: str = field(repr=False)
    place: str = field(default="", repr=False)
    agency: str = ""
    anonymous: bool = False
    secret: bool = False
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """The form as the operator sends it. ``files``: the ids of those that go with it. ``closes``: the chat ends."""

    text: str = field(repr=False)
    title: str = field(default="", repr=False)
    classification: str = ""
    category: str = ""
    place: str = field(default="", repr=False)
    agency: str = ""
    anonymous: bool = False
    secret: bool = False
    files: tuple[str, ...] = ()
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the visitor said for the report, oldest first: messages that nothing else came of, words, files."""

    messages: tuple[StoredMessage, ...]
    words: tuple[str, ...] = field(repr=False)
    files: tuple[Attachment, ...]


def propose(tx: Tx, chat_id: str, staff: Staff, *, office: Office, now: datetime) -> Proposal:
    """Raises NotAllowed, AlreadyReported, and as ``chatting.hold``."""
    _check(staff, office)
    held = _unreported(tx, chatting.look_at(tx, chat_id, staff, now=now))
    said, draft = _gather(tx, held), held.talk.dialogue.draft
    known = draft or Draft(begun_at=now)
    return Proposal(
        text=without_pin("\n".join(said.words))[:LONGEST],
        place=known.place,
        agency=known.agency,
        anonymous=known.visibility is Visibility.ANONYMOUS,
        secret=known.visibility is Visibility.SECRET,
        files=said.files,
    )


def make_report(tx: Tx, chat_id: str, order: Order, staff: Staff, *, office: Office, now: datetime) -> Report:
    """Made in the visitor's name, on the channel where they are: number, PIN and all news go to the talk.

    What was said settles to it, and the bot's draft is used up. Raises NotAllowed, AlreadyReported, NothingSaid,
    WrongChoice, and as ``chatting.hold``.
    """
    _check(staff, office)
    held = _unreported(tx, chatting.hold(tx, chat_id, staff, now=now))
    said, form = _gather(tx, held), _form(order, staff, office)
    order = replace(order, text=clean(order.text).strip()[:LONGEST])
    if not order.text or not said.messages:
        raise NothingSaid
    heard = _heard(tx, held.talk, said, order, form)
    report = begin_report(tx, heard, office=office, now=now, entered_by=staff.username)
    rest = [message.id for message in said.messages if message.id != heard.stored.id]
    if rest:
        tx.messages.settle(rest, Outcome.PIECE, report_id=report.id, note=staff.username)
    _finish(tx, held, report, staff, closes=order.closes, office=office, now=now)
    return report


def _check(staff: Staff, office: Office) -> None:
    if not may(staff, Right.ATTEND, None, directory=office.directory):
        raise NotAllowed(f"chats are for operators, not for {staff.role}")


def _unreported(tx: Tx, held: InHand) -> InHand:
    """One report for each chat. Raises AlreadyReported."""
    if held.chat.report_id:
        made = tx.reports.get(held.chat.report_id)
        raise AlreadyReported(made.tracking_id if made else "")
    return held


def _finish(tx: Tx, held: InHand, report: Report, staff: Staff, *, closes: bool, office: Office, now: datetime) -> None:
    chat = replace(held.chat, report_id=report.id)
    tx.chats.save(chat)
    used_up = replace(held.talk.dialogue, draft=None, held=(), asked=None, offered=(), reminded=False, tries=0)
    talk = replace(held.talk, dialogue=used_up)
    if closes:
        chatting.end(tx, InHand(talk, chat), Ending.CLOSED, by=staff.username, office=office, now=now)
        return
    tx.talks.save(talk)
    tx.tell(DESK)


def _form(order: Order, staff: Staff, office: Office) -> Form:
    """Raises WrongChoice."""
    for name, is_known in (
        ("classification", order.classification in {"", *Classification}),
        ("category", not order.category or office.directory.category(order.category) is not None),
        ("agency", not order.agency or office.directory.agency(order.agency) is not None),
    ):
        if not is_known:
            raise WrongChoice(name)
    return Form(
        title=clean(order.title).strip()[:LONGEST_TITLE],
        classification=order.classification,
        category=order.category,
        place=clean(order.place).strip()[:LONGEST_PLACE],
        agency=order.agency,
        anonymous=order.anonymous,
        secret=order.secret,
        entered_by=staff.username,
    )


def _heard(tx: Tx, talk: Talk, said: Said, order: Order, form: Form) -> Heard:
    """As if the visitor had written it in one message, the first of them, where they are now."""
    first = said.messages[0]
    marks = tuple(dict.fromkeys(mark for message in said.messages for mark in message.inbound.marks))
    inbound = replace(
        first.inbound,
        channel=talk.channel,
        sender=talk.address,
        text=order.text,
        title="",
        form=form,
        attachments=tuple(file for file in said.files if file.id in order.files),
        connection=talk.connection,
        route=talk.route,
        marks=marks,
        belongs_to=(),
    )
    contact = tx.contacts.lock(talk.address.scheme, talk.address.value)
    return Heard(stored=replace(first, inbound=inbound), text=order.text, contact=contact)


def _gather(tx: Tx, held: InHand) -> Said:
    """The bot's draft, and what the visitor said since they asked for a person; each in its newest version."""
    lines = [line for line in _lines(tx, held) if line.author is Author.VISITOR]
    told = {line.message_id for line in lines}
    dialogue = held.talk.dialogue
    pieces = (*(dialogue.draft.pieces if dialogue.draft else ()), *dialogue.held)
    before = [piece for piece in pieces if piece.message_id not in told]
    ids = dict.fromkeys([piece.message_id for piece in before] + [line.message_id for line in lines])
    stored = (tx.messages.get(message_id) for message_id in ids if message_id)
    messages = {each.id: each for each in stored if each is not None and each.outcome in UNSETTLED}
    kept = [each for each in _newest([*before, *lines]) if each.message_id in messages]
    files = dict.fromkeys(file for each in kept for file in each.attachments)
    words = tuple(each.text.strip() for each in kept if each.text.strip() and not _calls(each.text))
    return Said(tuple(messages.values()), words, tuple(files))


def _calls(text: str) -> bool:
    """The word for a person is nothing of the matter."""
    return read_word(text) is Word.PERSON


def _lines(tx: Tx, held: InHand) -> Sequence[Line]:
    return tx.talks.lines(held.talk.id, after=max(held.chat.first_seq - 1, 0), limit=MOST_LINES)


def _newest(said: Sequence[Piece | Line]) -> list[Piece | Line]:
    """Words that were changed afterwards are said once, where they were said first."""
    newer = {each.replaces: each for each in said if isinstance(each, Line) and each.replaces}
    shown = [each for each in said if not (isinstance(each, Line) and each.replaces)]
    return [_of_message(newer.get(each.seq, each), each) if isinstance(each, Line) else each for each in shown]


def _of_message(newest: Line, first: Line) -> Line:
    """A line that only shows a file which came late has no message of its own."""
    return newest if newest.message_id else replace(newest, message_id=first.message_id)
