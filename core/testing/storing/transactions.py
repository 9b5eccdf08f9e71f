"""The kit's tests of transactions themselves."""

import pytest

from core.ports import Store, Tx
from core.testing.builders import a_reply, a_report
from core.testing.storing.rules import agree


class Interrupted(Exception):
    """What a use case raises in the middle of its work."""


class TransactionTests:
    """All or nothing, and what is read is not written."""

    async def test_the_result_of_the_work_is_returned(self, store: Store) -> None:
        agree(await store.write(lambda _: 1708), 1708, "of a write")
        agree(await store.read(lambda _: 1708), 1708, "of a read")

    async def test_an_exception_takes_everything_back(self, store: Store) -> None:
        report = a_report()

        def work(tx: Tx) -> None:
            tx.reports.add_all([(report, "482913")])
            tx.outbox.add([a_reply(report_id=report.id)])
            raise Interrupted

        with pytest.raises(Interrupted):
            await store.write(work)

        found = await store.read(lambda tx: (tx.reports.get(report.id), tx.outbox.of_report(report.id)))
        agree((found[0], list(found[1])), (None, []), "nothing is kept")

    async def test_what_a_transaction_wrote_it_reads(self, store: Store) -> None:
        def work(tx: Tx) -> str | None:
            tx.cursors.save("twitter/lapor1708", "17")
            return tx.cursors.get("twitter/lapor1708")

        agree(await store.write(work), "17", "its own writing")

    async def test_what_a_read_writes_is_not_kept(self, store: Store) -> None:
        await store.read(lambda tx: tx.cursors.save("twitter/lapor1708", "17"))

        agree(await store.read(lambda tx: tx.cursors.get("twitter/lapor1708")), None, "not kept")

    async def test_an_exception_in_a_read_reaches_its_caller(self, store: Store) -> None:
        def work(_: Tx) -> None:
            raise Interrupted

        with pytest.raises(Interrupted):
            await store.read(work)
