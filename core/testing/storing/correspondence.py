"""The kit's tests of proven addresses, the brake's counts and one-time links."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.model.message import Address, Reachable
from core.ports import Store, Tx
from core.testing.builders import BUDI, SITI
from core.testing.storing.rules import MINUTE, NOW, agree, numbered

MAIL = Address("mail", "siti.rahmawati@example.com")
BY_SMS = Reachable(SITI, "sms", "telkomsel", {"operator": "telkomsel", "short_code": "1708"})
BY_MAIL = Reachable(MAIL, "email", "main", {"message_id": "<a@example.com>"})
TEN_MINUTES, DAY = timedelta(minutes=10), timedelta(days=1)
TOKEN = "kX3v-Jq9T2m0Lh7RzWcYbQ"  # noqa: S105 - of no real link


async def add(store: Store, known: Reachable, *, at: datetime = NOW, report_id: str = numbered(1)) -> None:
    """Heard from at ``at``."""
    await store.write(lambda tx: tx.reachable.add(report_id, known, at=at))


async def of(store: Store, report_id: str = numbered(1)) -> Sequence[Reachable]:
    """The ways to the reporter of a report."""
    return await store.read(lambda tx: tx.reachable.of(report_id))


class ReachableTests:
    """By report, the address heard from last first."""

    async def test_the_address_heard_from_last_comes_first(self, store: Store) -> None:
        await add(store, BY_SMS)
        await add(store, BY_MAIL, at=NOW + MINUTE)
        await add(store, BY_MAIL, report_id=numbered(2))

        agree(list(await of(store)), [BY_MAIL, BY_SMS], "each of this report, whole, the newest first")

    async def test_an_address_takes_its_newest_way(self, store: Store) -> None:
        newer = Reachable(MAIL, "email", "main", {"message_id": "<b@example.com>"})
        await add(store, BY_MAIL)
        await add(store, BY_SMS, at=NOW + MINUTE)

        await add(store, newer, at=NOW + 2 * MINUTE)

        agree(list(await of(store)), [newer, BY_SMS], "one way for an address")

    async def test_a_report_keeps_the_addresses_heard_from_last(self, store: Store) -> None:
        for number in range(25):
            address = Address("mail", f"warga{number}@example.com")
            await add(store, Reachable(address, "email", "main"), at=NOW + number * MINUTE)

        found = [known.address.value for known in await of(store)]

        agree(found, [f"warga{number}@example.com" for number in range(24, 4, -1)], "twenty, the oldest gave way")

    async def test_two_at_once_are_both_kept(self, store: Store) -> None:
        await asyncio.gather(add(store, BY_SMS), add(store, BY_MAIL), add(store, BY_SMS))

        agree({known.address for known in await of(store)}, {SITI, MAIL}, "each once")

    async def test_the_reports_that_an_address_proved_are_found(self, store: Store) -> None:
        for number, minutes in ((1, 0), (2, 2), (3, 1)):
            await add(store, BY_MAIL, at=NOW + minutes * MINUTE, report_id=numbered(number))
        await add(store, BY_SMS, report_id=numbered(4))

        def look(tx: Tx) -> list[str]:
            return list(tx.reachable.reports_of(tx.contacts.digest(MAIL.scheme, MAIL.value), limit=2))

        agree(await store.read(look), [numbered(2), numbered(3)], "its own, the last proven first")


class AnsweredTests:
    """Answers by address and window of time."""

    async def test_answers_are_counted_for_each_address_and_window(self, store: Store) -> None:
        start = NOW.replace(minute=0, second=0)

        def answer(tx: Tx) -> None:
            for to, span, at in ((SITI, TEN_MINUTES, start), (SITI, DAY, start), (BUDI, TEN_MINUTES, start)):
                tx.answered.add(to, span=span, at=at)
            tx.answered.add(SITI, span=TEN_MINUTES, at=start + TEN_MINUTES - MINUTE)
            tx.answered.add(SITI, span=TEN_MINUTES, at=start + TEN_MINUTES)

        await store.write(answer)

        def look(tx: Tx) -> list[int]:
            asked = (SITI, TEN_MINUTES, start), (SITI, TEN_MINUTES, start + TEN_MINUTES), (SITI, DAY, start)
            return [tx.answered.count(to, span=span, at=at) for to, span, at in asked]

        agree(await store.read(look), [2, 1, 1], "by address, span and window")
        none = await store.read(lambda tx: tx.answered.count(BUDI, span=DAY, at=start))
        agree(none, 0, "none is none")

    async def test_answers_at_once_are_all_counted(self, store: Store) -> None:
        await asyncio.gather(
            *(store.write(lambda tx: tx.answered.add(SITI, span=DAY, at=NOW)) for _ in range(8)),
        )

        agree(await store.read(lambda tx: tx.answered.count(SITI, span=DAY, at=NOW)), 8, "none is lost")

    async def test_a_window_that_ended_is_forgotten(self, store: Store) -> None:
        for span in (TEN_MINUTES, DAY):
            await store.write(lambda tx, span=span: tx.answered.add(SITI, span=span, at=NOW))  # type: ignore[misc]

        await store.write(lambda tx: tx.answered.forget(before=NOW + TEN_MINUTES))

        def look(tx: Tx) -> list[int]:
            return [tx.answered.count(SITI, span=span, at=NOW) for span in (TEN_MINUTES, DAY)]

        agree(await store.read(look), [0, 1], "the day goes on")


class PassTests:
    """Given once, used once."""

    async def test_a_pass_opens_its_report_once(self, store: Store) -> None:
        await store.write(lambda tx: tx.passes.add(TOKEN, report_id=numbered(1), until=NOW + MINUTE))
        agree(await store.read(lambda tx: tx.passes.used(tx.passes.digest(TOKEN))), "", "not used yet")

        used = [await store.write(lambda tx: tx.passes.use(TOKEN, now=NOW)) for _ in range(2)]

        agree(used, [numbered(1), ""], "the second finds nothing")
        agree(await store.read(lambda tx: tx.passes.used(tx.passes.digest(TOKEN))), numbered(1), "it is known as used")

    async def test_of_two_at_once_one_gets_through(self, store: Store) -> None:
        await store.write(lambda tx: tx.passes.add(TOKEN, report_id=numbered(1), until=NOW + MINUTE))

        used = await asyncio.gather(*(store.write(lambda tx: tx.passes.use(TOKEN, now=NOW)) for _ in range(6)))

        agree(sorted(used), ["", "", "", "", "", numbered(1)], "once")

    async def test_a_pass_that_is_wrong_or_too_old_opens_nothing(self, store: Store) -> None:
        await store.write(lambda tx: tx.passes.add(TOKEN, report_id=numbered(1), until=NOW))

        for token in (TOKEN, TOKEN.lower(), "", "0" * 22):
            agree(await store.write(lambda tx, token=token: tx.passes.use(token, now=NOW)), "", "nothing")  # type: ignore[misc]

    async def test_a_new_pass_ends_the_one_before(self, store: Store) -> None:
        later = NOW + MINUTE
        await store.write(lambda tx: tx.passes.add("pertama", report_id=numbered(1), until=later))
        await store.write(lambda tx: tx.passes.add("lain", report_id=numbered(2), until=later))

        await store.write(lambda tx: tx.passes.add("kedua", report_id=numbered(1), until=later))

        used = [await store.write(lambda tx, t=t: tx.passes.use(t, now=NOW)) for t in ("pertama", "kedua", "lain")]  # type: ignore[misc]
        agree(used, ["", numbered(1), numbered(2)], "one open pass for each report")

    async def test_old_passes_are_forgotten(self, store: Store) -> None:
        await store.write(lambda tx: tx.passes.add(TOKEN, report_id=numbered(1), until=NOW + MINUTE))
        await store.write(lambda tx: tx.passes.use(TOKEN, now=NOW))

        await store.write(lambda tx: tx.passes.forget(before=NOW + 2 * MINUTE))

        agree(await store.read(lambda tx: tx.passes.used(tx.passes.digest(TOKEN))), "", "dropped")
