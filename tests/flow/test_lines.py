"""What goes to a chat is a line of its talk, if and only if it really went out."""

from dataclasses import replace

import pytest

from core import posting
from core.filing import reply_about, reply_in_talk
from core.model.dialogue import Offer
from core.model.message import Choice
from core.model.talk import Author, Line
from core.ports import Tx
from core.storage.store import SqlStore
from tests.flow.chatting import CHATTING, Person
from tests.flow.post import Post, a_mail

CHATS = pytest.mark.parametrize("network", ["telegram", "webchat"])
OFFERS = (Offer("send", says="KIRIM"), Offer("skip", says="LEWATI", aside=True), Offer(label="Dinas PU"))
SHOWN = (Choice("Kirim", "KIRIM"), Choice("Lewati", "LEWATI"), Choice("Dinas PU"))


async def met(store: SqlStore, network: str) -> Person:
    """Somebody with a talk."""
    person = Person(store, CHATTING, network=network)
    await store.write(lambda tx: tx.talks.meet(person.words("halo"), new_id=CHATTING.new_id, now=person.now))
    return person


@CHATS
async def test_news_of_a_report_are_lines_of_the_talk_made_for_it(store: SqlStore, network: str) -> None:
    person, post = Person(store, CHATTING, network=network), Post(store, CHATTING)
    report, _ = await post.file(a_mail())
    there = replace(report, reporter=person.address, channel=network)

    def tell(tx: Tx) -> None:
        for _ in range(2):
            reply = reply_about(there, "verified", office=CHATTING, cause="once", now=person.now)
            posting.tell(tx, [reply], office=CHATTING, now=person.now)

    await store.write(tell)

    (line,) = await person.transcript()
    (said,) = await person.told()
    assert (line.author, line.event, line.text) == (Author.BOT, "verified", said)


@CHATS
async def test_who_asked_for_silence_gets_neither_news_nor_line(store: SqlStore, network: str) -> None:
    person, post = await met(store, network), Post(store, CHATTING)
    report, _ = await post.file(a_mail())
    there = replace(report, reporter=person.address, channel=network)

    def tell(tx: Tx) -> None:
        contact = tx.contacts.lock(person.address.scheme, person.address.value)
        tx.contacts.save(replace(contact, opted_out=True))
        reply = reply_about(there, "verified", office=CHATTING, cause="once", now=person.now)
        posting.tell(tx, [reply], office=CHATTING, now=person.now)

    await store.write(tell)

    assert await person.transcript() == []
    assert await person.told() == []


async def test_sms_keeps_no_lines_unless_a_talk_asks_for_them(store: SqlStore) -> None:
    person, post = await met(store, "sms"), Post(store, CHATTING)
    talk = await person.talk()
    report, _ = await post.file(a_mail())

    def tell(tx: Tx) -> None:
        there = replace(report, reporter=person.address, channel="sms")
        reply = reply_about(there, "verified", office=CHATTING, cause="once", now=person.now)
        posting.tell(tx, [reply], office=CHATTING, now=person.now)
        said = reply_in_talk(posting.way_of(talk), "noted", office=CHATTING, cause="1", now=person.now, facts={})
        posting.tell(tx, [said], office=CHATTING, now=person.now, talk=talk.id)

    await store.write(tell)

    assert [line.event for line in await person.transcript()] == ["noted"]
    assert len(await person.told()) == 2


@pytest.mark.parametrize(("network", "shown"), [("telegram", SHOWN), ("sms", ())])
async def test_choices_stand_beside_the_words_or_numbered_among_them(
    store: SqlStore, network: str, shown: tuple[Choice, ...]
) -> None:
    person = await met(store, network)
    talk = await person.talk()

    def ask(tx: Tx) -> Line:
        reply = reply_in_talk(
            posting.way_of(talk), "noted", office=CHATTING, cause="1", now=person.now, facts={}, offers=OFFERS
        )
        posting.put(tx, [reply], office=CHATTING, now=person.now, talk=talk.id)
        return tx.talks.lines(talk.id, limit=10)[-1]

    line = await store.write(ask)

    assert line.choices == shown
    assert line.text.endswith("\n1 Kirim\n2 Dinas PU") == (not shown)
