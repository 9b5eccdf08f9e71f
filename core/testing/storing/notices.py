"""The kit's tests of notices to staff and of the browsers they are pushed to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from core.model.lifecycle import Role
from core.model.notice import Choices, Notice, NoticeKind, Pace, Subscription, Way
from core.model.people import Staff
from core.ports import Store, Tx
from core.testing.builders import an_admin
from core.testing.storing.rules import LEASE, MINUTE, NOW, agree, numbered

ROLES = frozenset({Role.AGENCY_ADMIN, Role.NATIONAL_ADMIN})


def a_notice(number: int, *, staff_id: str = "dewi", report_id: str = "r1") -> Notice:
    """Due at once by both ways."""
    return Notice(numbered(number), staff_id, NoticeKind.NEW_REPORT, report_id, NOW, mail_at=NOW, push_at=NOW)


def a_browser(number: int, *, staff_id: str = "dewi") -> Subscription:
    """Of a phone."""
    return Subscription(numbered(number), staff_id, NOW, f"https://fcm.googleapis.com/fcm/send/{number}", "key", "auth")


def _hire(tx: Tx, *, person: Staff) -> None:
    tx.people.add(person)


def _subscribe(tx: Tx, *, browser: Subscription) -> None:
    tx.notices.subscribe(browser)


def _taking_mails(at: datetime) -> Callable[[Tx], list[str]]:
    return lambda tx: [notice.id for notice in tx.notices.take_mails(now=at, limit=9)]


class NoticeTests:
    """Written with their cause, looked at once, sent by whoever takes them first."""

    async def test_the_audience_is_the_active_staff_of_the_agency_with_the_role(self, store: Store) -> None:
        dewi = an_admin()
        others = [
            replace(an_admin("agus"), active=False),
            replace(an_admin("rina"), role=Role.LIAISON_OFFICER),
            replace(an_admin("budi"), agency="kemensos"),
            replace(an_admin("pusat"), agency="", role=Role.NATIONAL_ADMIN),
        ]
        for person in (dewi, *others):
            await store.write(partial(_hire, person=person))

        local = await store.read(lambda tx: tx.notices.audience("pemkot-tangsel", ROLES, national=False))
        national = await store.read(lambda tx: tx.notices.audience("nasional", ROLES, national=True))

        agree([p.staff_id for p in local], [dewi.id], "active, of the agency, with the role")
        agree([p.username for p in national], ["pusat"], "national admins have no agency")

    async def test_what_somebody_chose_comes_with_them(self, store: Store) -> None:
        dewi = an_admin()
        chosen = Choices({NoticeKind.NEW_REPORT: frozenset({Way.PUSH})}, Pace.SOON)
        await store.write(lambda tx: tx.people.add(dewi))
        await store.write(lambda tx: tx.notices.save_choices(dewi.id, Choices()))
        await store.write(lambda tx: tx.notices.save_choices(dewi.id, chosen))

        found = await store.read(lambda tx: tx.notices.audience("pemkot-tangsel", ROLES, national=False))

        agree(found[0].choices, chosen, "the last choice counts")
        agree(await store.read(lambda tx: tx.notices.choices("nobody")), Choices(), "the usual for who chose nothing")

    async def test_notices_are_listed_newest_first_and_page_by_page(self, store: Store) -> None:
        await store.write(lambda tx: tx.notices.add([a_notice(n) for n in range(5)]))
        await store.write(lambda tx: tx.notices.add([a_notice(9, staff_id="rina")]))

        first = await store.read(lambda tx: tx.notices.of("dewi", limit=2))
        second = await store.read(lambda tx: tx.notices.of("dewi", limit=9, before=first[-1].id))

        agree([n.id for n in (*first, *second)], [numbered(n) for n in (4, 3, 2, 1, 0)], "each once, one's own only")
        agree(first[0], a_notice(4), "as it was written")

    async def test_what_was_seen_is_sent_no_more(self, store: Store) -> None:
        await store.write(lambda tx: tx.notices.add([a_notice(1), a_notice(2, report_id="r2")]))

        await store.write(lambda tx: tx.notices.see("dewi", at=NOW, report_id="r1"))

        agree(await store.read(lambda tx: tx.notices.unseen("dewi")), 1, "only those of the report were seen")
        due = await store.write(lambda tx: tx.notices.take_pushes(now=NOW, lease=LEASE, limit=9))
        agree([n.report_id for n in due], ["r2"], "nobody is pushed what they read")

    async def test_what_came_after_the_list_was_shown_stays_unseen(self, store: Store) -> None:
        await store.write(lambda tx: tx.notices.add([a_notice(1), a_notice(2), a_notice(3, report_id="r2")]))

        await store.write(lambda tx: tx.notices.see("dewi", at=NOW, until=numbered(2)))

        agree(await store.read(lambda tx: tx.notices.unseen("dewi")), 1, "only what was on the list was seen")
        agree(await store.read(lambda tx: tx.notices.unseen("dewi", report_id="r2")), 1, "of this report")
        agree(await store.read(lambda tx: tx.notices.unseen("dewi", report_id="r1")), 0, "of that report")

    async def test_who_has_news_is_told_apart(self, store: Store) -> None:
        given = [a_notice(1), a_notice(2, staff_id="rina"), a_notice(3, staff_id="budi")]
        await store.write(lambda tx: tx.notices.add(given))
        await store.write(lambda tx: tx.notices.see("rina", at=NOW))

        fresh = await store.read(lambda tx: tx.notices.news_for(["dewi", "rina"], since=NOW))
        later = await store.read(lambda tx: tx.notices.news_for(["dewi"], since=NOW + MINUTE))

        agree((set(fresh), set(later)), ({"dewi"}, set()), "those asked for, with something new and unseen")

    async def test_who_may_work_no_more_gets_nothing_that_was_due(self, store: Store) -> None:
        await store.write(lambda tx: tx.notices.add([a_notice(1), a_notice(2, staff_id="rina")]))
        await store.write(lambda tx: tx.notices.subscribe(a_browser(1)))

        await store.write(lambda tx: tx.notices.silence("dewi"))

        mails = await store.write(lambda tx: tx.notices.take_mails(now=NOW, limit=9))
        pushes = await store.write(lambda tx: tx.notices.take_pushes(now=NOW, lease=LEASE, limit=9))
        agree([n.staff_id for n in (*mails, *pushes)], ["rina", "rina"], "others get theirs")
        agree(list(await store.read(lambda tx: tx.notices.subscriptions(["dewi"]))), [], "no browser is left")
        agree(await store.read(lambda tx: tx.notices.unseen("dewi")), 1, "the list keeps it")

    async def test_a_push_comes_again_after_its_lease_until_it_is_settled(self, store: Store) -> None:
        await store.write(lambda tx: tx.notices.add([a_notice(1), a_notice(2)]))

        taken = await store.write(lambda tx: tx.notices.take_pushes(now=NOW, lease=LEASE, limit=9))
        meanwhile = await store.write(lambda tx: tx.notices.take_pushes(now=NOW, lease=LEASE, limit=9))
        await store.write(lambda tx: tx.notices.settle_pushes([taken[0].id]))
        again = await store.write(lambda tx: tx.notices.take_pushes(now=NOW + MINUTE, lease=LEASE, limit=9))

        agree([len(taken), len(meanwhile)], [2, 0], "one process sends it")
        agree([n.id for n in again], [taken[1].id], "what was not settled comes again")

    async def test_a_mail_is_taken_once_and_not_before_its_time(self, store: Store) -> None:
        later = replace(a_notice(2), mail_at=NOW + MINUTE)
        await store.write(lambda tx: tx.notices.add([a_notice(1), later]))

        now, again, then = [await store.write(_taking_mails(at)) for at in (NOW, NOW, NOW + MINUTE)]

        agree((now, again, then), ([numbered(1)], [], [numbered(2)]), "each once, when it is due")

    async def test_mails_are_taken_whole_for_so_many_people(self, store: Store) -> None:
        mine = [replace(a_notice(n, staff_id="dewi"), mail_at=NOW - (n % 2) * MINUTE) for n in (1, 2, 3)]
        theirs = [a_notice(4, staff_id="rina"), a_notice(5, staff_id="sari")]
        await store.write(lambda tx: tx.notices.add([*theirs, *mine]))

        first = await store.write(lambda tx: tx.notices.take_mails(now=NOW, limit=2))
        rest = await store.write(_taking_mails(NOW))

        agree({n.id for n in first}, {numbered(n) for n in (1, 2, 3, 4)}, "all that is due for the longest waiting two")
        agree(rest, [numbered(5)], "the others come next")

    async def test_old_seen_notices_are_forgotten_and_unseen_ones_kept(self, store: Store) -> None:
        await store.write(lambda tx: tx.notices.add([a_notice(1), a_notice(2, report_id="r2")]))
        await store.write(lambda tx: tx.notices.see("dewi", at=NOW, report_id="r1"))

        await store.write(lambda tx: tx.notices.forget(before=NOW + timedelta(days=90)))

        agree([n.report_id for n in await store.read(lambda tx: tx.notices.of("dewi", limit=9))], ["r2"], "unseen stay")

    async def test_a_browser_is_remembered_once_and_the_newest_ten_of_a_person(self, store: Store) -> None:
        for number in range(12):
            await store.write(partial(_subscribe, browser=a_browser(number)))
        again = replace(a_browser(11), id=numbered(99))
        await store.write(lambda tx: tx.notices.subscribe(again))
        await store.write(lambda tx: tx.notices.subscribe(a_browser(50, staff_id="rina")))

        found = await store.read(lambda tx: tx.notices.subscriptions(["dewi"]))

        agree([b.id for b in found], [numbered(n) for n in (99, *range(10, 2, -1), 2)][:10], "newest first")
        agree(found[0], again, "as the browser said it")

    async def test_a_browser_that_fails_is_counted_and_can_be_forgotten(self, store: Store) -> None:
        await store.write(lambda tx: tx.notices.subscribe(a_browser(1)))
        await store.write(lambda tx: tx.notices.note_failure(numbered(1)))

        counted = await store.read(lambda tx: tx.notices.subscriptions(["dewi"]))
        await store.write(lambda tx: tx.notices.unsubscribe(numbered(1)))

        agree([b.failures for b in counted], [1], "counted")
        agree(list(await store.read(lambda tx: tx.notices.subscriptions(["dewi"]))), [], "forgotten")
