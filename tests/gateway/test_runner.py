"""Jobs that wait together share a commit; one that fails takes none of the others with it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest

from core.ids import new_id
from core.intake import Offer, accept_all
from core.model.message import Accepted, Part
from core.model.work import Job, JobKind, Outcome
from core.office import Office
from core.ports import Store, Tx
from core.testing.builders import a_form, an_sms
from core.testing.clocks import SettableClock
from gateway.bootstrap import SystemClock, make_office
from gateway.registry import find_channels
from gateway.runner import Wake, Workbench, run_due, run_embedded
from gateway.settings import load_settings

Result = TypeVar("Result")


@pytest.fixture
def office() -> Office:
    """The shipped rules and words."""
    specs = find_channels()
    return make_office(load_settings(None, environ={}, channels=specs), specs)


@pytest.fixture
def bench(store: Store, office: Office) -> Workbench:
    """A bench with a clock of its own."""
    return Workbench(
        store=store,
        office=office,
        clock=SettableClock(),
        owner="here:1:a",
        lease=timedelta(seconds=60),
        attempts=2,
        together=8,
    )


async def take_in(bench: Workbench, texts: Sequence[str]) -> list[str]:
    offers = [Offer(replace(an_sms(text), external_id=new_id()), "sms/telkomsel") for text in texts]
    now = bench.clock.now()
    answers = await bench.store.write(lambda tx: accept_all(tx, offers, office=bench.office, now=now))
    return [getattr(answer, "message_id", "") for answer in answers]


async def test_every_message_becomes_a_report_with_a_reply(bench: Workbench) -> None:
    ids = await take_in(bench, [f"Lampu mati di Jalan Kenanga nomor {n} Kota Bekasi" for n in range(1, 20)])

    done = await run_due(bench)

    settled = await bench.store.read(lambda tx: [tx.messages.get(message_id) for message_id in ids])
    assert done >= len(ids)
    assert all(stored is not None and stored.outcome is not Outcome.NONE for stored in settled)
    assert await bench.store.read(lambda tx: tx.figures.balance()) == {"sms": 0}


async def test_a_job_that_fails_is_put_off_and_parked_while_the_others_are_done(
    bench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    def unreadable(_raws: Sequence[bytes | None]) -> str:
        raise RuntimeError("a defect")

    broken = replace(bench, office=replace(bench.office, readers={"sms": unreadable}))
    good = await take_in(bench, ["Jembatan di Desa Sidorejo RT 2 RW 5 putus sejak Senin"])
    piece = replace(an_sms("sepotong"), external_id=new_id(), part=Part(group="g", number=1, total=1))
    now = bench.clock.now()
    (bad,) = await bench.store.write(
        lambda tx: accept_all(tx, [Offer(piece, "sms/telkomsel")], office=bench.office, now=now)
    )

    with caplog.at_level(logging.ERROR, logger="gateway.runner"):
        await run_due(broken)
        assert isinstance(bench.clock, SettableClock)
        bench.clock.forward(timedelta(minutes=1))
        await run_due(broken)

    first = await bench.store.read(lambda tx: tx.messages.get(good[0]))
    assert first is not None
    assert first.outcome is Outcome.REPORT
    assert await bench.store.read(lambda tx: tx.figures.jobs_parked()) == 1
    job = await bench.store.read(lambda tx: tx.jobs.find(JobKind.CONVERSE, getattr(bad, "message_id", "")))
    assert job is not None
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


async def test_a_form_whose_number_is_taken_gets_another_one(bench: Workbench) -> None:
    draws = iter([482_109_375, 482_913, 482_109_375, 111_111, 7, 222_222])
    office, now = replace(bench.office, random_below=lambda _below: next(draws)), bench.clock.now()
    forms = [Offer(a_form(external_id=f"key:{n}"), "api/") for n in range(2)]

    answers = [
        (await bench.store.write_at_once(partial(accept_all, offers=[form], office=office, now=now)))[0]
        for form in forms
    ]

    told = [answer.report for answer in answers if isinstance(answer, Accepted)]
    assert [report and (report.tracking_id[:9], report.pin) for report in told] == [
        ("582109375", "482913"),
        ("100000007", "222222"),
    ]
    assert (await bench.store.read(lambda tx: tx.reports.figures())).reports == 2


class Counting:
    """A store that counts what it is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked = 0

    async def read(self, work: Callable[[Tx], Result]) -> Result:
        self.asked += 1
        return await self._store.read(work)

    async def write(self, work: Callable[[Tx], Result]) -> Result:
        self.asked += 1
        return await self._store.write(work)

    async def write_at_once(self, work: Callable[[Tx], Result]) -> Result:
        return await self.write(work)


async def test_what_falls_due_later_is_done_then_without_asking_all_the_time(bench: Workbench) -> None:
    clock, counting = SystemClock(), Counting(bench.store)
    later = Job(new_id(), JobKind.JOIN, "nobody's pieces", clock.now() + timedelta(seconds=1))
    await bench.store.write(lambda tx: tx.jobs.by(later, now=clock.now()))
    idle = timedelta(hours=1)
    running = asyncio.create_task(
        run_embedded(replace(bench, store=counting, clock=clock), wake=Wake(), every=idle, done=lambda: None)
    )

    async with asyncio.timeout(20):
        while await bench.store.read(lambda tx: tx.jobs.find(later.kind, later.subject)):
            assert not running.done()
            await asyncio.sleep(0.02)

    assert clock.now() >= later.not_before
    assert counting.asked < 20
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
