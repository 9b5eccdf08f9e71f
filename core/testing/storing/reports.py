"""The kit's tests of reports and their history."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from core.model.lifecycle import RequestKind, State
from core.model.message import Attachment
from core.model.report import Event, FollowUpKind, HistoryMark, Request
from core.ports import Store, Tx
from core.registers import Changed
from core.testing.builders import BUDI, SITI, a_line, a_report
from core.testing.clocks import MONDAY_MORNING
from core.testing.storing.rules import MINUTE, NOW, agree, numbered


class ReportTests:
    """Kept whole, changed by one person at a time, found by number, reporter and queue."""

    async def test_a_report_comes_back_as_it_was_stored(self, store: Store) -> None:
        report = replace(
            a_report(),
            follow_up_by=NOW,
            parts_missing=(2,),
            tags=("jalan",),
            route=(("a", "b"),),
            rating=4,
            request=Request(RequestKind.NOT_MINE, "tono", "pln", "kemen-esdm", NOW, "Bukan kami", "pemkot-tangsel"),
            copies=("pln",),
            not_mine_count=2,
            clock_held=True,
        )

        await store.write(lambda tx: tx.reports.add_all([(report, "482913")]))

        agree(await store.read(lambda tx: tx.reports.get(report.id)), report, "found by id")
        agree(await store.read(lambda tx: tx.reports.find(report.tracking_id)), report, "found by number")

    async def test_what_is_unknown_is_none(self, store: Store) -> None:
        found = await store.read(lambda tx: (tx.reports.get(numbered(1)), tx.reports.find("1000000000")))

        agree(found, (None, None), "no such report")

    async def test_a_tracking_number_is_given_once(self, store: Store) -> None:
        first, second = a_report(tracking_id="4821093756"), a_report(tracking_id="4821093756")
        await store.write(lambda tx: tx.reports.add_all([(first, "111111")]))

        other = a_report()
        taken = await store.write(lambda tx: set(tx.reports.add_all([(other, "222222"), (second, "222222")])))

        agree(taken, {second.id}, "the one without a number of its own is told")
        agree(await store.read(lambda tx: tx.reports.find("4821093756")), first, "the first keeps it")
        agree(await store.read(lambda tx: tx.reports.get(other.id)), other, "the others are in")

    async def test_a_saved_report_counts_its_version_up(self, store: Store) -> None:
        report = a_report()
        await store.write(lambda tx: tx.reports.add_all([(report, "111111")]))

        await store.write(lambda tx: tx.reports.save(replace(report, state=State.VERIFIED, title="Jalan rusak")))

        saved = await store.read(lambda tx: tx.reports.get(report.id))
        agree(
            saved, replace(report, state=State.VERIFIED, title="Jalan rusak", version=2), "saved over the first version"
        )

    async def test_who_saves_an_outdated_report_is_told(self, store: Store) -> None:
        report = a_report()
        await store.write(lambda tx: tx.reports.add_all([(report, "111111")]))
        await store.write(lambda tx: tx.reports.save(replace(report, title="Pertama")))

        with pytest.raises(Changed):
            await store.write(lambda tx: tx.reports.save(replace(report, title="Kedua")))

        found = await store.read(lambda tx: tx.reports.get(report.id))
        agree(found and found.title, "Pertama", "the faster one stands")

    async def test_changes_under_the_lock_follow_one_another(self, store: Store) -> None:
        report = a_report()
        await store.write(lambda tx: tx.reports.add_all([(report, "111111")]))

        def tag(word: str, tx: Tx) -> None:
            found = tx.reports.lock(report.id)
            tx.reports.save(replace(found, tags=(*found.tags, word)))

        await asyncio.gather(*(store.write(partial(tag, str(n))) for n in range(10)))

        found = await store.read(lambda tx: tx.reports.get(report.id))
        agree(sorted(found.tags) if found else [], [str(n) for n in range(10)], "no change is lost")

    async def test_an_unknown_report_cannot_be_locked(self, store: Store) -> None:
        with pytest.raises(KeyError):
            await store.write(lambda tx: tx.reports.lock(numbered(1)))

    async def test_a_pin_agrees_with_its_own_report_alone(self, store: Store) -> None:
        one, two = a_report(), a_report()
        await store.write(lambda tx: tx.reports.add_all([(one, "482913"), (two, "000042")]))

        asked = [(one.id, "482913"), (two.id, "000042"), (one.id, "000042"), (one.id, "48291"), (numbered(1), "482913")]
        found = await store.read(lambda tx: [tx.reports.pin_agrees(report, pin) for report, pin in asked])

        agree(found, [True, True, False, False, False], "the PIN of this report")

    async def test_a_forgotten_pin_still_agrees(self, store: Store) -> None:
        made = int(NOW.timestamp() * 1000)
        old = a_report(report_id=f"{made - 1:012x}{'f' * 20}")
        new = a_report(report_id=f"{made:012x}{'0' * 20}", at=NOW - timedelta(days=9))
        await store.write(lambda tx: tx.reports.add_all([(old, "482913"), (new, "000042")]))

        count = await store.write(lambda tx: tx.reports.forget_pins(before=NOW))

        agree(count, 1, "only the one made long ago is forgotten, however old the letter it was made from")
        shown = await store.read(lambda tx: [tx.reports.pin_of(each) for each in (old.id, new.id, numbered(1))])
        agree(shown, ["", "000042", ""], "a forgotten PIN cannot be shown")
        agree(await store.read(lambda tx: tx.reports.pin_agrees(old.id, "482913")), True, "its digest stays")

    async def test_the_queue_gives_priority_first_then_the_nearest_deadline(self, store: Store) -> None:
        late, soon = a_report(verify_by=NOW + 9 * MINUTE), a_report(verify_by=NOW + MINUTE)
        urgent, done = a_report(verify_by=NOW + 30 * MINUTE, priority=True), a_report(state=State.VERIFIED)
        await store.write(lambda tx: tx.reports.add_all([(each, "1") for each in (late, done, urgent, soon)]))

        queue = await store.read(lambda tx: tx.reports.queue(states={State.UNVERIFIED}, limit=2))
        everything = await store.read(lambda tx: tx.reports.queue(states=(), limit=9))

        agree([each.id for each in queue], [urgent.id, soon.id], "priority, then deadline, up to the limit")
        agree(len(everything), 4, "no states means all")

    async def test_a_queue_may_be_that_of_some_agencies(self, store: Store) -> None:
        here, there, nowhere = (
            replace(a_report(), agency="pemkot-tangsel"),
            replace(a_report(), agency="pln"),
            a_report(),
        )
        await store.write(lambda tx: tx.reports.add_all([(each, "1") for each in (here, there, nowhere)]))

        async def queue(*agencies: str) -> list[str]:
            found = await store.read(lambda tx: tx.reports.queue(states=(), limit=9, agencies=agencies))
            return [each.id for each in found]

        agree(await queue("pemkot-tangsel"), [here.id], "theirs alone")
        agree(set(await queue("pemkot-tangsel", "pln", "")), {here.id, there.id, nowhere.id}, "of each that is named")
        agree(await queue(), [], "no agencies, no reports")

    async def test_the_newest_reports_of_one_person_are_found(self, store: Store) -> None:
        own = [a_report(at=NOW + n * MINUTE) for n in range(3)]
        await store.write(lambda tx: tx.reports.add_all([(each, "1") for each in (*own, a_report(reporter=BUDI))]))

        found = await store.read(
            lambda tx: tx.reports.of_reporter(tx.contacts.digest(SITI.scheme, SITI.value), limit=2)
        )

        agree([each.id for each in found], [own[2].id, own[1].id], "newest first")

    async def test_the_public_figures_count_reports_by_state_and_channel(self, store: Store) -> None:
        given = [(a_report(), "1"), (a_report(), "2"), (a_report(state=State.VERIFIED), "3")]
        await store.write(lambda tx: tx.reports.add_all(given))

        figures = await store.read(lambda tx: tx.reports.figures())

        found = (figures.reports, figures.by_state, figures.by_channel)
        agree(found, (3, (("unverified", 2), ("verified", 1)), (("sms", 3),)), "each report once")


class HistoryTests:
    """Numbered, chained, in order."""

    async def test_lines_are_numbered_and_chained(self, store: Store) -> None:
        report = a_report()
        await store.write(lambda tx: tx.history.begin([a_line(report, "Laporan diterima")]))
        more = [a_line(report, "Diteruskan", event=Event.ROUTED), a_line(report, event=Event.CLAIMED)]

        await store.write(lambda tx: tx.history.append(more))

        lines = await store.read(lambda tx: tx.history.of(report.id))
        agree(
            [(line.number, line.text) for line in lines],
            [(1, "Laporan diterima"), (2, "Diteruskan"), (3, "")],
            "in order",
        )
        agree(
            [line.previous for line in lines], [b"", *(line.digest for line in lines[:-1])], "each names the one before"
        )
        agree(len({line.digest for line in lines}), 3, "each has a digest of its own")
        agree(list(await store.read(lambda tx: tx.history.broken(report.id))), [], "the chain holds")

    async def test_a_line_keeps_its_files_its_secrecy_and_its_kind(self, store: Store) -> None:
        report = a_report()
        photo = Attachment(id="0f" * 16, media_type="image/jpeg", size=48_211, name="jembatan.jpg")
        plain = a_line(report, "Kami cek besok", event=Event.FOLLOWED_UP)
        full = replace(plain, secret=True, attachments=(photo, photo), kind=FollowUpKind.SUBSTANTIVE)

        await store.write(lambda tx: tx.history.append([plain, full, replace(plain, secret=True)]))

        lines = await store.read(lambda tx: tx.history.of(report.id))
        found = [(line.secret, line.attachments, line.kind) for line in lines]
        wanted = [(False, (), None), (True, (photo, photo), FollowUpKind.SUBSTANTIVE), (True, (), None)]
        agree(found, wanted, "what came with the words is kept with them")
        agree(list(await store.read(lambda tx: tx.history.broken(report.id))), [], "the chain holds")

    async def test_each_report_has_a_chain_of_its_own(self, store: Store) -> None:
        one, two = a_report(), a_report()

        await store.write(lambda tx: tx.history.append([a_line(one), a_line(two), a_line(one, event=Event.ADDED)]))

        numbers = await store.read(lambda tx: [[e.number for e in tx.history.of(r.id)] for r in (one, two)])
        agree(numbers, [[1, 2], [1]], "numbers start at 1 in each")

    async def test_a_report_that_has_a_history_does_not_begin_one_again(self, store: Store) -> None:
        report = a_report()
        await store.write(lambda tx: tx.history.begin([a_line(report, "pertama")]))

        with pytest.raises(Exception, match=r".*"):
            await store.write(lambda tx: tx.history.begin([a_line(report, "kedua")]))

        lines = await store.read(lambda tx: tx.history.of(report.id))
        agree([line.text for line in lines], ["pertama"], "no line is dropped without a word")

    async def test_what_was_added_lately_is_found_without_its_words(self, store: Store) -> None:
        """The newest first; the words stay sealed."""
        first, second = a_report(), a_report(reporter=BUDI)
        later = MONDAY_MORNING + timedelta(minutes=5)
        lines = [a_line(first), a_line(second), a_line(first, "Sudah.", event=Event.FOLLOWED_UP, at=later)]
        await store.write(lambda tx: tx.history.append(lines))

        newest = await store.read(lambda tx: tx.history.newest(since=later, limit=10))
        two = await store.read(lambda tx: tx.history.newest(since=MONDAY_MORNING, limit=2))

        agree(list(newest), [HistoryMark(first.id, 2, later, Event.FOLLOWED_UP)], "what was added since then")
        agree((len(two), two[0]), (2, newest[0]), "the newest come first, as many as were asked for")

    async def test_the_newest_line_of_an_event_is_found(self, store: Store) -> None:
        report = a_report()
        lines = [a_line(report, text, event=Event.QUESTIONED) for text in ("Di mana?", "Jam berapa?")]
        await store.write(lambda tx: tx.history.append([*lines, a_line(report, event=Event.ANSWERED)]))

        found = await store.read(lambda tx: tx.history.last(report.id, Event.QUESTIONED))

        agree(found and found.text, "Jam berapa?", "the newest of its event")
        agree(await store.read(lambda tx: tx.history.last(report.id, Event.ARCHIVED)), None, "or none")
