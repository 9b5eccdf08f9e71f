"""Files that are fetched after their message was accepted go where the message went."""

from dataclasses import replace

import pytest

from core import fetching
from core.model.dialogue import Dialogue, Draft, Piece
from core.model.message import Attachment, Inbound, Mark, RemoteFile
from core.model.report import Event
from core.model.work import Outcome, StoredMessage
from core.ports import Tx
from core.storage.store import SqlStore
from core.testing.clocks import MONDAY_MORNING
from tests.flow.chatting import CHATTING, Person
from tests.flow.post import OFFICE, ROAD, Post, a_mail

PHOTO = Attachment(id="c" * 32, media_type="image/jpeg", size=81_204, name="lubang.jpg")
SECOND = replace(PHOTO, id="d" * 32)


async def attach(post: Post, message: Inbound, file: Attachment) -> None:
    """As the gateway does once a file was fetched."""
    found = await post.message(message)
    await post.write(lambda tx: fetching.attach_file(tx, found.id, file, now=post.now))


async def test_a_late_file_is_evidence_of_its_report(store: SqlStore) -> None:
    post, message = Post(store, OFFICE), a_mail(ROAD)
    await post.file(message)

    for file in (PHOTO, SECOND, PHOTO):
        await attach(post, message, file)

    report = await post.report_of(message)
    assert report.attachments == (PHOTO, SECOND)
    added = await post.lines(report, Event.ADDED)
    assert [line.attachments for line in added] == [(PHOTO,), (SECOND,)]
    assert (await post.message(message)).inbound.attachments == (PHOTO, SECOND)


async def test_a_lost_file_is_told_to_whoever_works_on_the_report(store: SqlStore) -> None:
    post, message = Post(store, OFFICE), a_mail(ROAD)
    await post.file(message)
    found = await post.message(message)

    for _ in range(2):
        await post.write(lambda tx: fetching.give_up_file(tx, found.id))

    assert (await post.report_of(message)).marks == (Mark.FILES_LOST,)
    assert (await post.message(message)).inbound.marks == (Mark.FILES_LOST,)


async def test_a_file_before_its_message_was_read_is_read_with_it(store: SqlStore) -> None:
    post, message = Post(store, OFFICE), a_mail("", wanted=(RemoteFile("ref"),))
    await post.take(message)

    await attach(post, message, PHOTO)

    assert (await post.report_of(message)).attachments == (PHOTO,)


@pytest.mark.parametrize("held", [False, True])
async def test_a_late_file_goes_into_the_draft_and_shows_in_the_talk(store: SqlStore, *, held: bool) -> None:
    person = Person(store, CHATTING)
    message = person.words("foto jalannya", wanted=(RemoteFile("ref"),))
    (message_id,) = await person.take(message)

    def begin(tx: Tx) -> str:
        talk = tx.talks.meet(message, new_id=person.office.new_id, now=person.now)
        piece = Piece(message_id, person.now, "foto jalannya", files=1)
        draft = None if held else Draft(person.now, (Piece("0" * 32, person.now, "halo"), piece))
        tx.talks.save(replace(talk, dialogue=Dialogue(draft=draft, held=(piece,) if held else ())))
        tx.messages.settle([message_id], Outcome.DRAFT, note=talk.id)
        tx.jobs.take(now=person.now, limit=10)
        return talk.id

    talk_id = await store.write(begin)

    await attach(person, message, PHOTO)

    dialogue = (await person.talk()).dialogue
    pieces = dialogue.held if held else dialogue.draft.pieces if dialogue.draft else ()
    assert [piece.attachments for piece in pieces][-1:] == [(PHOTO,)]
    assert (await person.talk()).id == talk_id


async def test_what_is_unknown_is_no_file_of_ours(store: SqlStore) -> None:
    with pytest.raises(KeyError):
        await store.write(lambda tx: fetching.attach_file(tx, "0" * 32, PHOTO, now=MONDAY_MORNING))


async def test_a_file_whose_message_was_erased_is_wanted_no_more(store: SqlStore) -> None:
    post, gone = Post(store, OFFICE), StoredMessage("e" * 32, a_mail(ROAD, wanted=(RemoteFile("1"), RemoteFile("2"))))
    await post.write(lambda tx: tx.wanted.add([gone], now=post.now))
    first, second = await post.read(lambda tx: tx.wanted.of(gone.id))

    await post.write(lambda tx: fetching.fetch(tx, first, PHOTO, now=post.now))
    await post.write(lambda tx: fetching.give_up(tx, second, office=OFFICE, now=post.now))

    assert not await post.read(lambda tx: tx.wanted.of(gone.id))
