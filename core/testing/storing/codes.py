"""The kit's tests of codes for going on elsewhere."""

import asyncio
from datetime import datetime

from core.ports import Store
from core.testing.storing.rules import MINUTE, NOW, agree, numbered

CODE, OTHER = "7KQ2MX", "3WT9AB"


async def give(store: Store, code: str, *, talk: int = 1, until: datetime = NOW + MINUTE) -> bool:
    """Give a code out for a talk."""
    return await store.write(lambda tx: tx.codes.add(code, talk=numbered(talk), until=until))


async def use(store: Store, code: str, *, now: datetime = NOW) -> str:
    """The talk it opens."""
    return await store.write(lambda tx: tx.codes.use(code, now=now))


class CodeTests:
    """Given once, used once."""

    async def test_a_code_opens_its_talk_once(self, store: Store) -> None:
        await give(store, CODE)

        used = [await use(store, CODE) for _ in range(2)]

        agree(used, [numbered(1), ""], "the second finds nothing")

    async def test_of_two_at_once_one_code_gets_through(self, store: Store) -> None:
        await give(store, CODE)

        used = await asyncio.gather(*(use(store, CODE) for _ in range(6)))

        agree(sorted(used), ["", "", "", "", "", numbered(1)], "once")

    async def test_a_code_that_is_wrong_or_too_old_opens_nothing(self, store: Store) -> None:
        await give(store, CODE, until=NOW)

        agree([await use(store, code) for code in (CODE, CODE.lower(), "", OTHER)], ["", "", "", ""], "nothing")

    async def test_a_new_code_ends_the_one_before(self, store: Store) -> None:
        await give(store, CODE)
        await give(store, OTHER, talk=2)

        await give(store, "9PLN4D")

        used = [await use(store, code) for code in (CODE, "9PLN4D", OTHER)]
        agree(used, ["", numbered(1), numbered(2)], "one open code for each talk")

    async def test_a_code_that_somebody_has_is_not_given_again(self, store: Store) -> None:
        given = [await give(store, CODE), await give(store, CODE, talk=2)]

        agree(given, [True, False], "the second is told to draw another")
        agree(await use(store, CODE), numbered(1), "it opens the first one's talk")

    async def test_old_codes_are_forgotten(self, store: Store) -> None:
        await give(store, CODE)

        await store.write(lambda tx: tx.codes.forget(before=NOW + 2 * MINUTE))

        agree(await use(store, CODE), "", "it is gone")
