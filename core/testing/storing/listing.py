"""The kit's tests of lists: in order, page by page, narrowed, counted and found by words."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.model.lifecycle import OPEN, RequestKind, State
from core.model.listing import Order, Position, Selection, microseconds, urgency
from core.model.report import Report, Request
from core.model.work import LinkDecision
from core.ports import Store
from core.searching import search_keys
from core.testing.builders import a_link, a_report
from core.testing.storing.rules import MINUTE, NOW, agree

EVERY = frozenset(State)


async def put(store: Store, *given: Report) -> None:
    """Store reports and make them findable."""
    await store.write(lambda tx: tx.reports.add_all([(each, "1") for each in given]))
    for each in given:
        await store.write(lambda tx, each=each: tx.listing.index(each.id, search_keys(each)))  # type: ignore[misc]


async def listed(store: Store, selection: Selection, *, after: Position | None = None, limit: int = 99) -> list[str]:
    """The ids of a page."""
    found = await store.read(lambda tx: tx.listing.page(selection, after=after, limit=limit))
    return [each.id for each in found.reports]


def a_mix(seed: int, count: int) -> list[Report]:
    """Reports in all states, of three agencies or none, many with the same deadline or time of receipt."""
    chance = random.Random(seed)  # noqa: S311 - to mix, not to hide
    return [
        replace(
            a_report(
                state=chance.choice(list(State)),
                at=NOW - chance.randrange(4) * MINUTE,
                verify_by=NOW + chance.randrange(-2, 3) * MINUTE,
                priority=chance.random() < 0.3,
            ),
            agency=chance.choice(["", "pln", "kab-nganjuk", "kab-nganjuk-dinas-pupr"]),
        )
        for _ in range(count)
    ]


class ListingTests:
    """Each report once, in order, and none that was not asked for."""

    async def test_pages_follow_one_another_in_every_order(self, store: Store) -> None:
        mixed = a_mix(1, 60)
        await put(store, *mixed)
        wanted = {
            Order.URGENT: sorted((r for r in mixed if r.state in OPEN), key=lambda r: (urgency(r) or 0, r.id)),
            Order.OLDEST: sorted(mixed, key=lambda r: (r.received_at, r.id)),
            Order.NEWEST: sorted(mixed, key=lambda r: (r.received_at, r.id), reverse=True),
        }

        for order, whole in wanted.items():
            states = OPEN if order is Order.URGENT else EVERY
            for agencies in (None, frozenset({"pln", "kab-nganjuk"})):
                mine = [each for each in whole if agencies is None or each.agency in agencies]
                selection = Selection(states, agencies, order)
                agree(await self._walk(store, selection), [each.id for each in mine], f"{order}, agencies {agencies}")

    async def _walk(self, store: Store, selection: Selection) -> list[str]:
        """Page by page, seven at a time."""
        found: list[str] = []
        after = None
        while rows := await self._page(store, selection, after):
            found += [each.id for each in rows]
            last = rows[-1]
            key = urgency(last) if selection.order is Order.URGENT else microseconds(last.received_at)
            after = Position(key or 0, last.id)
        return found

    async def _page(self, store: Store, selection: Selection, after: Position | None) -> Sequence[Report]:
        found = await store.read(lambda tx: tx.listing.page(selection, after=after, limit=7))
        return found.reports

    async def test_counts_agree_with_pages(self, store: Store) -> None:
        await put(store, *a_mix(2, 60))

        for agencies in (None, frozenset({"pln"}), frozenset[str]()):
            counts = await store.read(lambda tx, of=agencies: tx.listing.counts(of, most=99))  # type: ignore[misc]
            for state in State:
                selection = Selection(frozenset({state}), agencies)
                page = await listed(store, selection)
                counted = await store.read(lambda tx, of=selection: tx.listing.count(of, most=99))  # type: ignore[misc]
                agree((counts.get(state, 0), counted), (len(page), len(page)), f"{state} of {agencies}")

    async def test_counting_ends_at_the_most_that_is_shown(self, store: Store) -> None:
        await put(store, *(a_report() for _ in range(5)))

        counts = await store.read(lambda tx: tx.listing.counts(None, most=3))
        counted = await store.read(lambda tx: tx.listing.count(Selection(EVERY), most=3))

        agree((counts[State.UNVERIFIED], counted), (3, 3), "no more than asked")

    async def test_a_list_is_narrowed_by_each_field(self, store: Store) -> None:
        plain = replace(a_report(at=NOW - MINUTE), agency="pln")
        request = Request(RequestKind.CLOSE, by="budi", agency="pln", decider="prov-banten", at=NOW)
        others = {
            "channel": (replace(a_report(), channel="email"), Selection(EVERY, channel="email")),
            "classification": (
                replace(a_report(), classification="aspiration"),
                Selection(EVERY, classification="aspiration"),
            ),
            "category": (replace(a_report(), category="air"), Selection(EVERY, category="air")),
            "priority": (a_report(priority=True), Selection(EVERY, priority=True)),
            "claimed": (
                replace(a_report(), claimed_by="dewi", claimed_until=NOW + MINUTE),
                Selection(EVERY, claimed_by="dewi", now=NOW),
            ),
            "decider": (replace(a_report(), request=request), Selection(EVERY, decider="prov-banten")),
            "copy": (replace(a_report(), copies=("pertamina",)), Selection(EVERY, copied_to="pertamina")),
            "received": (
                a_report(at=NOW - timedelta(days=9), verify_by=NOW + MINUTE),
                Selection(EVERY, received_until=NOW - MINUTE),
            ),
            "overdue": (a_report(verify_by=NOW - MINUTE), Selection(OPEN, due_until=NOW)),
        }
        await put(store, plain, *(report for report, _ in others.values()))

        for name, (report, selection) in others.items():
            agree(await listed(store, selection), [report.id], name)

    async def test_a_deadline_is_found_whether_urgent_or_not(self, store: Store) -> None:
        due = [a_report(verify_by=NOW + 9 * MINUTE, priority=priority) for priority in (True, False)]
        ended = a_report(verify_by=NOW + 9 * MINUTE, state=State.CLOSED_BY_SYSTEM)
        early, late = a_report(verify_by=NOW, priority=True), a_report(verify_by=NOW + 10 * MINUTE)
        await put(store, *due, ended, early, late)

        asked = Selection(EVERY, order=Order.URGENT, due_from=NOW + MINUTE, due_until=NOW + 10 * MINUTE)

        agree(await listed(store, asked), [each.id for each in due], "the urgent one first, none that is closed")

    async def test_a_claim_that_ran_out_is_nobody_s(self, store: Store) -> None:
        mine = replace(a_report(), claimed_by="dewi", claimed_until=NOW)
        await put(store, mine)

        agree(await listed(store, Selection(EVERY, claimed_by="dewi", now=NOW)), [], "no longer theirs")
        agree(await listed(store, Selection(EVERY, unclaimed=True, now=NOW)), [mine.id], "free")

    async def test_words_find_what_says_all_of_them(self, store: Store) -> None:
        lamp = replace(a_report("Lampu jln mati di Serpong"), agency="pln")
        both = replace(a_report("Lampu jalan di Nganjuk padam, jalannya berlubang"), agency="kab-nganjuk")
        await put(store, lamp, both)

        agree(set(await listed(store, Selection(EVERY, words=("lampu", "jalan")))), {lamp.id, both.id}, "both words")
        agree(await listed(store, Selection(EVERY, words=("lampu", "nganjuk"))), [both.id], "one has both")
        theirs = Selection(EVERY, frozenset({"kab-nganjuk"}), words=("lampu",))
        agree(await listed(store, theirs), [both.id], "only of the agencies that are asked for")
        agree(await listed(store, Selection(EVERY, words=("lampu", "banjir"))), [], "nobody says both")

    async def test_a_reporter_is_found_unless_anonymous(self, store: Store) -> None:
        known = a_report()
        hidden = replace(a_report(), anonymous=True)
        await put(store, known)
        await store.write(lambda tx: tx.reports.add_all([(hidden, "1")]))
        await store.write(lambda tx: tx.listing.index(hidden.id, search_keys(known)))

        agree(await listed(store, Selection(EVERY, contact="tel:6281234567890")), [known.id], "not the hidden one")

    async def test_copies_are_kept_in_step(self, store: Store) -> None:
        report = replace(a_report(), copies=("pln", "pertamina"))
        await put(store, report)
        selection = Selection(EVERY, copied_to="pln")

        await store.write(lambda tx: tx.reports.save(replace(tx.reports.lock(report.id), title="Lampu")))
        agree(await listed(store, selection), [report.id], "another change leaves them")
        await store.write(lambda tx: tx.reports.save(replace(tx.reports.lock(report.id), copies=("polri",))))

        agree(await listed(store, selection), [], "taken back")
        agree(await listed(store, Selection(EVERY, copied_to="polri")), [report.id], "given to another")

    async def test_supporters_and_suggestions_are_told_by_report(self, store: Store) -> None:
        first, supporter, similar = a_report(), a_report(), a_report()
        await put(store, first, supporter, similar)
        await store.write(lambda tx: tx.links.add(a_link(first.id, report_id=supporter.id)))
        unsure = a_link(first.id, report_id=similar.id, decision=LinkDecision.SUGGESTED)
        await store.write(lambda tx: tx.links.add(unsure))
        ids = [first.id, supporter.id, similar.id]

        agree(dict(await store.read(lambda tx: tx.listing.supporters(ids))), {first.id: 1}, "sure ones count")
        agree(set(await store.read(lambda tx: tx.listing.suggested(ids))), {similar.id}, "the unsure one")
        numbers = await store.read(lambda tx: tx.listing.numbers([first.id]))
        agree(dict(numbers), {first.id: (first.tracking_id, first.agency)}, "its number")
