"""What was said, for its visitor to read later: a link by e-mail without a word of theirs, and the page behind it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import transcribing, visiting
from core.channel import Capabilities
from core.desk import NotNow
from core.model.message import Address, Inbound
from core.model.network import Manner, Postbox
from core.model.talk import Author, Line, Talk
from core.model.work import Reply
from core.ports import Tx
from core.storage.store import SqlStore
from tests.flow.post import OFFICE, Post

CHATTING = replace(
    OFFICE,
    capabilities={
        **OFFICE.capabilities,
        "webchat": Capabilities(measure=len, max_length=4096, sends=False, choices=10),
    },
    postal={"mail": (Postbox("email", "main"),)},
    manners={"webchat": Manner(is_chat=True)},
    public_url="https://lapor.example",
)
WORDS = "Tetangga saya memukuli anaknya, <script>alert(1)</script> PIN 071355"
TO = "Siti.Rahmawati@Example.com"


@pytest.fixture
def post(store: SqlStore) -> Post:
    return Post(store, office=CHATTING)


async def a_talk(post: Post, name: str = "a" * 32, *said: str) -> Talk:
    """Somebody's, with lines."""

    def work(tx: Tx) -> Talk:
        inbound = Inbound("webchat", f"{name}:1", Address("web", name), post.now, text="-", fingerprint=b"1")
        talk = tx.talks.meet(inbound, new_id=post.office.new_id, now=post.now)
        tx.talks.append(
            talk.id, [Line("", 0, Author.VISITOR, post.now, text) for text in said or (WORDS, "Terima kasih")]
        )
        return tx.talks.lock(talk.id)

    return await post.store.write(work)


async def send(post: Post, talk: Talk, to: str = TO, language: str = "id") -> None:
    office, now = post.office, post.now
    await post.store.write(lambda tx: transcribing.send(tx, talk.id, to, language=language, office=office, now=now))


async def why_not(post: Post, talk: Talk, to: str = TO) -> str:
    with pytest.raises(NotNow) as refused:
        await send(post, talk, to)
    return refused.value.why


def link_in(mail: Reply) -> str:
    return mail.outbound.text.partition("/chat/transkrip/")[2].split()[0]


async def test_the_mail_has_a_link_and_none_of_the_words(post: Post) -> None:
    talk = await a_talk(post)

    await send(post, talk)
    (mail,) = await post.send()

    assert mail.outbound.to == Address("mail", TO.lower())
    assert "https://lapor.example/chat/transkrip/" in mail.outbound.text
    assert not any(word in mail.outbound.text for word in ("Tetangga", "script", "071355", "Terima kasih"))


async def test_the_link_shows_what_was_said_until_then_without_a_pin(post: Post) -> None:
    talk = await a_talk(post)
    await send(post, talk, language="en")
    (mail,) = await post.send()
    await post.store.write(lambda tx: tx.talks.append(talk.id, [Line("", 0, Author.BOT, post.now, "Yang baru")]))

    found = await post.read(lambda tx: transcribing.read(tx, link_in(mail), now=post.now))

    assert found is not None
    transcript, lines = found
    assert [line.seq for line in lines] == [1, 2]
    assert transcript.language == "en"
    assert "071355" not in lines[0].text
    assert lines[0].text.startswith("Tetangga saya")


async def test_a_link_ends_after_a_week_and_with_the_talk(post: Post) -> None:
    talk = await a_talk(post)
    await send(post, talk)
    (mail,) = await post.send()
    token, office = link_in(mail), post.office

    late = await post.read(lambda tx: transcribing.read(tx, token, now=post.now + timedelta(days=7)))
    wrong = await post.read(lambda tx: transcribing.read(tx, "A" * 22, now=post.now))
    await post.store.write(lambda tx: visiting.revoke(tx, talk.id, office=office, now=post.now))
    taken_back = await post.read(lambda tx: transcribing.read(tx, token, now=post.now))

    assert (late, wrong, taken_back) == (None, None, None)


async def test_three_a_day_for_a_talk_and_for_an_address(post: Post) -> None:
    talk, other = await a_talk(post), await a_talk(post, "b" * 32)
    for n in range(3):
        await send(post, talk, f"warga{n}@example.com")
    assert await why_not(post, talk, "warga9@example.com") == "too_many"

    for _ in range(2):
        await send(post, other, "warga0@example.com")
    assert await why_not(post, other, "Warga0@example.com") == "too_many"

    post.now += timedelta(days=1, seconds=1)
    await send(post, talk, "warga9@example.com")


@pytest.mark.parametrize(
    "to",
    [
        "",
        "x",
        "a@b",
        "a b@example.com",
        "a@example.com\nBcc: b@example.com",
        "a" * 250 + "@b.id",
        "a\0b@b.id",
        "a\u202eb@b.id",
        "a\ud800@b.id",
    ],
)
async def test_what_is_no_address_is_not_written_to(post: Post, to: str) -> None:
    assert await why_not(post, await a_talk(post), to) == "bad"


async def test_who_wants_nothing_of_us_gets_nothing(post: Post) -> None:
    talk = await a_talk(post)

    def stop(tx: Tx) -> None:
        contact = tx.contacts.lock("mail", TO.lower())
        tx.contacts.save(replace(contact, opted_out=True))

    await post.store.write(stop)

    assert await why_not(post, talk) == "none"


async def test_without_mail_it_is_off(post: Post) -> None:
    talk = await a_talk(post)
    post.office = replace(CHATTING, postal={})

    assert await why_not(post, talk) == "off"
