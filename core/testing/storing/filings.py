"""The kit's tests of forms: filed whole or not at all."""

import asyncio
from dataclasses import replace
from functools import partial

from core.model.work import Filing, JobKind, Outcome
from core.ports import Store, Tx
from core.testing.builders import a_form, a_job, a_line, a_report, stored
from core.testing.storing.clocks import a_clock
from core.testing.storing.rules import MINUTE, NOW, agree


def a_filing(*, tracking_id: str = "", external_id: str = "", pin: str = "482913") -> Filing:
    """A form with its report, first line, clock and job."""
    form = a_form(external_id=external_id)
    report = replace(a_report(tracking_id=tracking_id, reporter=form.sender), category="jalan", tags=("jalan",))
    message = stored(form, outcome=Outcome.REPORT, report_id=report.id)
    job = a_job(JobKind.MATCH, subject=report.id)
    return Filing(message, report, pin, a_line(report, form.text), a_clock(report), job)


async def what_is_kept(store: Store, filing: Filing) -> tuple[object, ...]:
    """Message, report, PIN, lines of history, breaks in their chain, clocks, and job."""

    def look(tx: Tx) -> tuple[object, ...]:
        lines = [line.text for line in tx.history.of(filing.report.id)]
        broken = list(tx.history.broken(filing.report.id))
        found = (
            tx.messages.get(filing.message.id),
            tx.reports.get(filing.report.id),
            tx.reports.pin_of(filing.report.id),
        )
        return (
            *found,
            lines,
            broken,
            list(tx.clocks.of(filing.report.id)),
            tx.jobs.find(JobKind.MATCH, filing.report.id),
        )

    return await store.read(look)


def whole(filing: Filing) -> tuple[object, ...]:
    """What is kept of a filing that was new."""
    return filing.message, filing.report, filing.pin, [filing.begun.text], [], [filing.clock], filing.job


NOTHING: tuple[object, ...] = (None, None, "", [], [], [], None)


class FilingTests:
    """Message, report, history, clock and job are in the same commit; a number is given once."""

    async def test_a_form_is_filed_whole(self, store: Store) -> None:
        one, two = a_filing(), a_filing(pin="000042")
        two = replace(two, report=replace(two.report, follow_up_by=NOW, agency="pemkot-tangsel", version=3))

        left = await store.write_at_once(lambda tx: tx.filings.add([one, two], now=NOW))

        agree(dict(left), {}, "all is new")
        agree([await what_is_kept(store, each) for each in (one, two)], [whole(one), whole(two)], "nothing is missing")

    async def test_a_known_form_is_not_filed_again(self, store: Store) -> None:
        first, again, new = a_filing(external_id="key:7"), a_filing(external_id="key:7"), a_filing()
        await store.write_at_once(lambda tx: tx.filings.add([first], now=NOW))

        left = await store.write_at_once(lambda tx: tx.filings.add([again, new], now=NOW))

        agree(
            dict(left), {again.message.id: (first.message.id, first.message.inbound.fingerprint)}, "the first is named"
        )
        agree(await what_is_kept(store, again), NOTHING, "a known form leaves nothing behind")
        agree(await what_is_kept(store, new), whole(new), "the new one is in")

    async def test_a_form_twice_in_one_batch_is_filed_once(self, store: Store) -> None:
        first, again = a_filing(external_id="key:7"), a_filing(external_id="key:7")

        left = await store.write_at_once(lambda tx: tx.filings.add([first, again], now=NOW))

        (known,) = {first.message.id, again.message.id} - set(left)
        agree([value and value[0] for value in left.values()], [known], "the other one is named")
        agree(await store.read(lambda tx: tx.reports.figures().reports), 1, "there is one report")

    async def test_a_redelivered_form_is_the_first_one(self, store: Store) -> None:
        first, again = a_filing(), a_filing()
        same = replace(again.message.inbound, fingerprint=first.message.inbound.fingerprint)
        repeated = replace(same, redelivered_since=NOW - MINUTE, redelivered_until=NOW + MINUTE)
        again = replace(again, message=replace(again.message, inbound=repeated))
        await store.write_at_once(lambda tx: tx.filings.add([first], now=NOW))

        left = await store.write_at_once(lambda tx: tx.filings.add([again], now=NOW))

        agree({key: value and value[0] for key, value in left.items()}, {again.message.id: first.message.id}, "known")
        agree(await what_is_kept(store, again), NOTHING, "a redelivered form leaves nothing behind")

    async def test_a_form_whose_number_is_taken_leaves_nothing_behind(self, store: Store) -> None:
        first, second, other = a_filing(tracking_id="4821093756"), a_filing(tracking_id="4821093756"), a_filing()
        await store.write_at_once(lambda tx: tx.filings.add([first], now=NOW))

        left = await store.write_at_once(lambda tx: tx.filings.add([second, other], now=NOW))

        agree(dict(left), {second.message.id: None}, "only its number is wrong")
        agree(await what_is_kept(store, second), NOTHING, "it is not half filed")
        agree(await what_is_kept(store, other), whole(other), "the other one is in")

    async def test_of_two_with_one_number_in_a_batch_one_is_filed(self, store: Store) -> None:
        first, second = a_filing(tracking_id="4821093756"), a_filing(tracking_id="4821093756")

        left = await store.write_at_once(lambda tx: tx.filings.add([first, second], now=NOW))

        agree(dict(left), {second.message.id: None}, "the second has to draw again")
        agree(await what_is_kept(store, second), NOTHING, "it is not half filed")

    async def test_of_many_who_draw_one_number_at_once_one_gets_it(self, store: Store) -> None:
        filings = [a_filing(tracking_id="4821093756") for _ in range(8)]

        def add(filing: Filing, tx: Tx) -> int:
            return len(tx.filings.add([filing], now=NOW))

        left = await asyncio.gather(*(store.write_at_once(partial(add, filing)) for filing in filings))

        kept = [await what_is_kept(store, filing) for filing in filings]
        agree(sorted(left), [0, *[1] * 7], "one has it, the others are told")
        agree(sum(each == NOTHING for each in kept), 7, "the others leave nothing behind")
