"""Files that come later than their message: put where the message went; or lost, and said so."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from core.changes import note
from core.filing import REPORTER, reply_in_talk
from core.model.dialogue import Dialogue, Piece
from core.model.message import Attachment, Inbound, Mark
from core.model.report import Event
from core.model.talk import Author, Line, Owner
from core.model.work import Outcome, StoredMessage, WantedFile
from core.office import Office
from core.ports import Tx
from core.posting import tell, way_of

LOST = "talk_file_lost"
EVIDENCE = frozenset({Outcome.REPORT, Outcome.ADDITION, Outcome.ANSWER, Outcome.PIECE, Outcome.REPEAT})


def fetch(tx: Tx, wanted: WantedFile, attachment: Attachment, *, now: datetime) -> None:
    """Put a file that was fetched where its message went. One that is not wanted any more is left alone, and so is one
    whose message was erased.
    """
    if tx.wanted.drop(wanted.message_id, wanted.number) and tx.messages.get(wanted.message_id) is not None:
        attach_file(tx, wanted.message_id, attachment, now=now)


def give_up(tx: Tx, wanted: WantedFile, *, office: Office, now: datetime) -> None:
    """A file is not fetched any more; who sent it hears so, unless a person answers them just now."""
    if not tx.wanted.drop(wanted.message_id, wanted.number) or tx.messages.get(wanted.message_id) is None:
        return
    give_up_file(tx, wanted.message_id)
    line = tx.talks.line_of(wanted.message_id)
    talk = tx.talks.lock(line.talk) if line is not None else None
    if talk is None or talk.owner is Owner.PERSON:
        return
    language = tx.contacts.lock(talk.address.scheme, talk.address.value).language
    cause = f"file:{wanted.message_id}:{wanted.number}"
    reply = reply_in_talk(way_of(talk), LOST, office=office.speaking(language), cause=cause, now=now, facts={})
    tell(tx, [reply], office=office, now=now, talk=talk.id)


def attach_file(tx: Tx, message_id: str, attachment: Attachment, *, now: datetime) -> None:
    """Put a file that was fetched where its message went: into the draft, the report and its history, the talk. The
    same file again changes nothing. Raises KeyError for an unknown message.
    """
    stored = _lock(tx, message_id)
    if attachment in stored.inbound.attachments:
        return
    stored = _save(tx, stored, attachments=(*stored.inbound.attachments, attachment))
    _show(tx, stored, now=now)
    if stored.outcome is Outcome.DRAFT:
        _put_into_draft(tx, stored, attachment)
    elif stored.outcome in EVIDENCE and stored.report_id:
        _put_into_report(tx, stored, attachment, now=now)


def give_up_file(tx: Tx, message_id: str) -> None:
    """A file of the message cannot be fetched any more: its report says so. Raises KeyError for an unknown message."""
    stored = _lock(tx, message_id)
    if Mark.FILES_LOST in stored.inbound.marks:
        return
    _save(tx, stored, marks=(*stored.inbound.marks, Mark.FILES_LOST))
    if stored.outcome in EVIDENCE and stored.report_id:
        report = tx.reports.lock(stored.report_id)
        if Mark.FILES_LOST not in report.marks:
            tx.reports.save(replace(report, marks=(*report.marks, Mark.FILES_LOST)))


def _lock(tx: Tx, message_id: str) -> StoredMessage:
    """Its sender's contact is locked first, as whoever works on the message does: then it stays where it is."""
    found = tx.messages.get(message_id)
    if found is None:
        raise KeyError(message_id)
    tx.contacts.lock(found.inbound.sender.scheme, found.inbound.sender.value)
    return tx.messages.get(message_id) or found


def _save(tx: Tx, stored: StoredMessage, **changes: tuple[Attachment, ...] | tuple[Mark, ...]) -> StoredMessage:
    inbound: Inbound = replace(stored.inbound, **changes)  # type: ignore[arg-type]
    changed = replace(stored, inbound=inbound)
    tx.messages.save(changed)
    return changed


def _show(tx: Tx, stored: StoredMessage, *, now: datetime) -> None:
    """A newer version of its line, where its talk has lines."""
    line = tx.talks.line_of(stored.id)
    if line is None:
        return
    inbound = stored.inbound
    newer = Line(
        talk=line.talk,
        seq=0,
        author=Author.VISITOR,
        at=now,
        text=inbound.text,
        attachments=inbound.attachments,
        replaces=line.seq,
    )
    tx.talks.append(line.talk, [newer])


def _put_into_draft(tx: Tx, stored: StoredMessage, attachment: Attachment) -> None:
    """``note`` of a message in a draft names the talk that holds it."""
    talk = tx.talks.lock(stored.note)

    def with_file(piece: Piece) -> Piece:
        if piece.message_id != stored.id:
            return piece
        return replace(piece, attachments=(*piece.attachments, attachment))

    tx.talks.save(replace(talk, dialogue=_changed(talk.dialogue, with_file)))


def _changed(dialogue: Dialogue, change: Callable[[Piece], Piece]) -> Dialogue:
    held = tuple(change(piece) for piece in dialogue.held)
    draft = dialogue.draft
    if draft is not None:
        draft = replace(draft, pieces=tuple(change(piece) for piece in draft.pieces))
    return replace(dialogue, draft=draft, held=held)


def _put_into_report(tx: Tx, stored: StoredMessage, attachment: Attachment, *, now: datetime) -> None:
    report = tx.reports.lock(stored.report_id)
    if attachment in report.attachments:
        return
    changed = replace(report, attachments=(*report.attachments, attachment))
    tx.reports.save(changed)
    note(tx, changed, Event.ADDED, actor=REPORTER, attachments=(attachment,), now=now)
