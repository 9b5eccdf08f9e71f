"""The kit's tests of looks at many talks at once, and of links to what was said."""

from datetime import datetime, timedelta

from core.ids import new_id
from core.model.message import Address
from core.model.talk import Author, Line, Owner, Talk, TalkState, Transcript
from core.ports import Store
from core.testing.builders import a_chat_message
from core.testing.storing.chats import a_chat, keep_chats
from core.testing.storing.rules import MINUTE, NOW, agree, numbered

TOKEN = "kX3v-Jq9T2m0Lh7RzWcYbQ"  # noqa: S105 - of nobody
DAY = timedelta(days=1)


async def talk_of(store: Store, name: str, *said: str) -> Talk:
    """Somebody's talk, with lines."""
    message = a_chat_message(sender=Address("web", name))
    talk = await store.write(lambda tx: tx.talks.meet(message, new_id=new_id, now=NOW))
    lines = [Line("", 0, Author.BOT, NOW, text) for text in said]
    await store.write(lambda tx: tx.talks.append(talk.id, lines))
    return talk


async def find(store: Store, token: str, at: datetime) -> Transcript | None:
    """What a link opens."""
    return await store.read(lambda tx: tx.transcripts.find(token, now=at))


class LookTests:
    """What is new in many talks, in few statements."""

    async def test_lines_behind_are_found_for_each_talk(self, store: Store) -> None:
        first, second, third = [await talk_of(store, name, "satu", "dua", "tiga") for name in "abc"]
        known = {first.id: 1, second.id: 3, third.id: 0, numbered(9): 0}

        found = await store.read(lambda tx: tx.talks.lines_behind(known, limit=100))

        shown = {talk: [(line.seq, line.text) for line in lines] for talk, lines in found.items()}
        expected = {first.id: [(2, "dua"), (3, "tiga")], third.id: [(1, "satu"), (2, "dua"), (3, "tiga")]}
        agree(shown, expected, "those behind the known one, oldest first; nothing of a talk that has none")

    async def test_so_many_lines_are_found_at_most(self, store: Store) -> None:
        talks = [await talk_of(store, name, "satu", "dua", "tiga") for name in "abc"]

        found = await store.read(lambda tx: tx.talks.lines_behind({talk.id: 0 for talk in talks}, limit=4))

        agree(sum(len(lines) for lines in found.values()), 4, "together, not of each")
        agree([[line.seq for line in found[talk]] for talk in sorted(found)], [[1, 2, 3], [1]], "talk after talk")
        agree(await store.read(lambda tx: tx.talks.lines_behind({}, limit=4)), {}, "of none nothing")

    async def test_states_tell_who_answers(self, store: Store) -> None:
        talk = await talk_of(store, "a", "satu", "dua")

        found = await store.read(lambda tx: tx.talks.states([talk.id, numbered(9)]))

        agree(found, {talk.id: TalkState(talk.id, Owner.BOT, "", 2)}, "one that is not there is left out")

    async def test_some_chats_are_found(self, store: Store) -> None:
        chats = [a_chat(n) for n in (1, 2, 3)]
        await keep_chats(store, *chats)

        found = await store.read(lambda tx: tx.chats.some([numbered(1), numbered(3), numbered(9)]))

        agree(found, {numbered(1): chats[0], numbered(3): chats[2]}, "those that there are")


class TranscriptTests:
    """Links to what was said."""

    async def test_a_link_is_found_while_it_lasts(self, store: Store) -> None:
        transcript = Transcript(numbered(1), 2, 7, NOW, NOW + DAY, "en")
        await store.write(lambda tx: tx.transcripts.add(TOKEN, transcript))

        found = [await find(store, *asked) for asked in ((TOKEN, NOW), (TOKEN, NOW + DAY), (TOKEN.lower(), NOW))]

        agree(found, [transcript, None, None], "not by another token, not when it has ended")

    async def test_links_of_a_talk_are_counted_and_forgotten(self, store: Store) -> None:
        first, second = (Transcript(numbered(1), 1, 2, at, at + DAY, "id") for at in (NOW, NOW + MINUTE))
        await store.write(lambda tx: tx.transcripts.add(TOKEN, first))
        await store.write(lambda tx: tx.transcripts.add(TOKEN[::-1], second))

        counted = await store.read(lambda tx: tx.transcripts.count(numbered(1), since=NOW + MINUTE))
        await store.write(lambda tx: tx.transcripts.forget(before=NOW + DAY + MINUTE))

        agree(counted, 1, "since then, of this talk")
        agree(await store.read(lambda tx: tx.transcripts.count(numbered(1), since=NOW)), 1, "what ended is gone")
