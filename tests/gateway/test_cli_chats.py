"""Chats with a person, from a terminal."""

from dataclasses import replace

from core import attending
from core.ids import new_id
from core.intake import Offer, accept_all
from core.model.lifecycle import Role
from core.model.message import Address, Inbound
from core.testing.builders import an_admin
from gateway.bootstrap import Parts
from gateway.runner import run_due
from tests.gateway.conftest import Lapor

RINA = replace(an_admin("rina"), role=Role.CHAT_OPERATOR)
WORDS = "Tetangga saya memukul anaknya"


async def two_chats(parts: Parts) -> None:
    """One visitor waits, the chat of another one was closed."""
    office = parts.office
    await parts.store.write(lambda tx: tx.people.add(RINA))
    for visitor in ("a", "b"):
        for text in (WORDS, "PETUGAS"):
            now = parts.clock.now()
            message = Inbound("webchat", new_id(), Address("web", visitor), now, text=text, connection="main")
            offers = [Offer(message, "webchat/main")]
            await parts.store.write(lambda tx, given=offers, at=now: accept_all(tx, given, office=office, now=at))
            await run_due(parts.bench)
    now = parts.clock.now()
    chat = await parts.store.write(lambda tx: attending.take_next(tx, RINA, office=office, now=now))
    assert chat is not None
    await parts.store.write(lambda tx: attending.close(tx, chat.id, RINA, office=office, now=now))


def test_chats_are_listed_without_a_word_of_them(lapor: Lapor) -> None:
    lapor.within(two_chats)

    (waiting,) = lapor("chats", "list", "--json").rows
    (ended,) = lapor("chats", "ended", "--json").rows

    assert (waiting["state"], waiting["channel"], waiting["operator"]) == ("waiting", "webchat", "")
    assert (ended["state"], ended["ending"], ended["operator"], ended["report"]) == ("closed", "closed", "rina", None)
    assert lapor("chats", "ended", "--ending", "nobody_came", "--json").rows == []
    assert WORDS[:10] not in lapor("chats", "list").out + str(waiting) + str(ended)


def test_operators_are_refused_what_supervisors_see(lapor: Lapor) -> None:
    lapor.within(two_chats)

    refused = lapor("chats", "--as", "rina", "ended")

    assert refused.code != 0
    assert "chat_operator" in refused.err
