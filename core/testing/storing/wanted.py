"""The kit's tests of files that still lie with their network."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.model.message import RemoteFile
from core.model.work import StoredMessage, WantedFile
from core.ports import Store
from core.testing.builders import an_sms, stored
from core.testing.storing.rules import MINUTE, NOW, agree

PHOTO = RemoteFile("AgACAgUAAx", media_type="image/jpeg", size=48_213, name="jalan.jpg")
VOICE = RemoteFile("AwACAgUAAx")


def with_files(*files: RemoteFile, connection: str = "telkomsel") -> StoredMessage:
    """A stored message that wants them."""
    return stored(replace(an_sms(connection=connection), wanted=files))


async def due(store: Store, *, at: datetime = NOW, connection: str = "telkomsel", limit: int = 9) -> list[WantedFile]:
    """What is to be fetched."""
    return list(await store.read(lambda tx: tx.wanted.due(channel="sms", connection=connection, now=at, limit=limit)))


async def want(store: Store, *messages: StoredMessage, at: datetime = NOW) -> None:
    """Ask for their files."""
    await store.write(lambda tx: tx.wanted.add(messages, now=at))


class WantedTests:
    """Each file of each message is wanted until it is dropped."""

    async def test_every_file_of_a_message_is_wanted(self, store: Store) -> None:
        both, none, elsewhere = with_files(PHOTO, VOICE), with_files(), with_files(PHOTO, connection="indosat")

        await want(store, both, none, elsewhere)

        mine = [WantedFile(both.id, n, "sms", "telkomsel", file, 0, NOW) for n, file in enumerate((PHOTO, VOICE))]
        agree(await due(store), mine, "of this connection")
        agree(await due(store, at=NOW - MINUTE), [], "not before their time")
        agree([each.file for each in await due(store, limit=1)], [PHOTO], "so many at most")
        agree(list(await store.read(lambda tx: tx.wanted.of(both.id))), mine, "of one message")

    async def test_who_waits_longest_comes_first(self, store: Store) -> None:
        first, second = with_files(PHOTO), with_files(VOICE)
        await want(store, second)
        await want(store, first, at=NOW - MINUTE)

        agree([each.message_id for each in await due(store)], [first.id, second.id], "by time")

    async def test_wanting_again_changes_nothing(self, store: Store) -> None:
        message = with_files(PHOTO)
        await want(store, message)

        await want(store, message, at=NOW + MINUTE)

        agree([each.not_before for each in await due(store)], [NOW], "left as it is")

    async def test_what_fails_is_put_off(self, store: Store) -> None:
        await want(store, with_files(PHOTO))
        (wanted,) = await due(store)
        later = replace(wanted, attempts=1, not_before=NOW + MINUTE)

        await store.write(lambda tx: tx.wanted.postpone(later))

        agree(await due(store), [], "not now")
        agree(await due(store, at=NOW + MINUTE), [later], "later")

    async def test_what_is_dropped_is_gone_once(self, store: Store) -> None:
        message = with_files(PHOTO, VOICE)
        await want(store, message)

        dropped: Sequence[bool] = [await store.write(lambda tx: tx.wanted.drop(message.id, 0)) for _ in range(2)]

        agree(dropped, [True, False], "once")
        agree([each.number for each in await due(store)], [1], "the other one stays")
