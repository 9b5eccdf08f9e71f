"""The kit's tests of contacts, staff, sessions, agencies, leases, cursors and guesses."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.ids import new_id
from core.model.people import Agency, Session, Staff
from core.model.work import Contact
from core.ports import Store, Tx
from core.testing.builders import BUDI, SITI, a_job, a_reply, an_admin
from core.testing.storing.rules import LEASE, MINUTE, NOW, agree


def _hire(tx: Tx, *people: Staff) -> None:
    for person in people:
        tx.people.add(person)


class ContactTests:
    """One row for each address, one message of a person at a time."""

    async def test_a_contact_is_made_on_first_sight_and_remembered(self, store: Store) -> None:
        made = await store.write(lambda tx: tx.contacts.lock(SITI.scheme, SITI.value))
        known = replace(made, question="q", choice="c", choice_of="o", language="en", talk="t")
        await store.write(lambda tx: tx.contacts.save(known))

        found = await store.write(lambda tx: tx.contacts.lock(SITI.scheme, SITI.value))

        agree(made, Contact(made.digest), "a contact of which nothing is known")
        agree(found, known, "the same contact")
        language = await store.read(lambda tx: [tx.contacts.language(SITI.scheme, v) for v in (SITI.value, "0")])
        agree(language, ["en", ""], "their language, without a lock")
        agree(made.digest, await store.read(lambda tx: tx.contacts.digest(SITI.scheme, SITI.value)), "found by digest")

    async def test_messages_of_one_person_are_handled_one_after_another(self, store: Store) -> None:
        def count(tx: Tx) -> None:
            contact = tx.contacts.lock(SITI.scheme, SITI.value)
            tx.contacts.save(replace(contact, question=contact.question + "x"))

        await asyncio.gather(*(store.write(count) for _ in range(12)))

        found = await store.write(lambda tx: tx.contacts.lock(SITI.scheme, SITI.value))
        agree(found.question, "x" * 12, "none overtakes another, also on first sight")

    async def test_who_asked_for_silence_is_known_by_address(self, store: Store) -> None:
        contact = await store.write(lambda tx: tx.contacts.lock(SITI.scheme, SITI.value))
        await store.write(lambda tx: tx.contacts.save(replace(contact, opted_out=True)))

        asked = [(SITI.scheme, SITI.value), ("wa", SITI.value), (BUDI.scheme, BUDI.value)]
        found = await store.read(lambda tx: [tx.contacts.is_opted_out(*address) for address in asked])

        agree(found, [True, False, False], "this address of this network")

    async def test_an_address_that_takes_nothing_is_known_until_its_owner_writes(self, store: Store) -> None:
        contact = await store.write(lambda tx: tx.contacts.lock(SITI.scheme, SITI.value))

        def gone(tx: Tx) -> list[bool]:
            return [tx.contacts.is_gone(each.scheme, each.value) for each in (SITI, BUDI)]

        await store.write(lambda tx: tx.contacts.save(replace(contact, gone_at=NOW)))
        agree(await store.read(gone), [True, False], "this address")
        known = await store.write(lambda tx: tx.contacts.lock(SITI.scheme, SITI.value))
        agree(known.gone_at, NOW, "since when")
        await store.write(lambda tx: tx.contacts.save(contact))

        agree(await store.read(gone), [False, False], "not any more")


class PeopleTests:
    """Staff by user name."""

    async def test_staff_come_back_as_they_were_stored(self, store: Store) -> None:
        dewi, agus = an_admin(), an_admin("agus.salim", name="Agus Salim")
        await store.write(lambda tx: tx.people.add(dewi))
        await store.write(lambda tx: tx.people.add(agus))
        await store.write(lambda tx: tx.people.save(replace(dewi, active=False)))

        agree(await store.read(lambda tx: tx.people.find("dewi.lestari")), replace(dewi, active=False), "changed")
        agree(await store.read(lambda tx: tx.people.find("nobody")), None, "unknown")
        agree(list(await store.read(lambda tx: tx.people.all())), [agus, replace(dewi, active=False)], "by user name")

    async def test_several_are_found_by_their_ids(self, store: Store) -> None:
        dewi, agus, budi = an_admin(), an_admin("agus.salim"), an_admin("budi")
        await store.write(lambda tx: _hire(tx, budi, agus, dewi))

        found = await store.read(lambda tx: tx.people.some({budi.id, dewi.id, "nobody"}))

        agree(list(found), sorted([dewi, budi], key=lambda person: person.id), "those there are, by id")
        agree(list(await store.read(lambda tx: tx.people.some(()))), [], "none for none")

    async def test_a_user_name_is_given_once(self, store: Store) -> None:
        await store.write(lambda tx: tx.people.add(an_admin()))

        with pytest.raises(Exception, match=r"dewi\.lestari"):
            await store.write(lambda tx: tx.people.add(an_admin(name="Dewi Sartika")))

        agree(len(await store.read(lambda tx: tx.people.all())), 1, "the first keeps it")

    async def test_all_that_is_told_of_a_person_comes_back(self, store: Store) -> None:
        dewi = replace(
            an_admin(),
            email="dewi.lestari@example.go.id",
            phone="081234567890",
            language="en",
            totp="JBSWY3DPEHPK3PXP",
            must_change_password=True,
        )
        await store.write(lambda tx: tx.people.add(dewi))
        await store.write(lambda tx: tx.people.logged_in(dewi.id, now=NOW))
        await store.write(lambda tx: tx.people.seen(dewi.id, now=NOW + MINUTE))
        await store.write(lambda tx: tx.people.save(replace(dewi, name="Dewi L.")))

        wanted = replace(dewi, name="Dewi L.", last_login_at=NOW, last_seen_at=NOW + MINUTE)
        agree(await store.read(lambda tx: tx.people.get(dewi.id)), wanted, "a change of details keeps when they came")
        agree(await store.write(lambda tx: tx.people.lock(dewi.username)), wanted, "locked")

    async def test_a_step_of_time_is_used_once_and_never_after_a_later_one(self, store: Store) -> None:
        dewi = an_admin()
        await store.write(lambda tx: tx.people.add(dewi))

        at_once = await asyncio.gather(
            *(store.write(lambda tx: tx.people.use_step(dewi.id, 59_000_000)) for _ in range(8))
        )
        then = [await store.write(_using(dewi.id, step)) for step in (58, 59_000_001)]

        agree((at_once.count(True), then), (1, [False, True]), "one of many, and none before the last")


def _using(staff_id: str, step: int) -> Callable[[Tx], bool]:
    return lambda tx: tx.people.use_step(staff_id, step)


def _adding(session: Session, token: str) -> Callable[[Tx], None]:
    return lambda tx: tx.sessions.add(session, token)


def a_session(staff_id: str = "s" * 32, *, at: int = 0, ends: int = 60) -> Session:
    """Begun ``at`` minutes after NOW."""
    begun = NOW + at * MINUTE
    return Session(new_id(), staff_id, begun, begun, NOW + ends * MINUTE, agent="Firefox", address="203.0.113.9")


class SessionTests:
    """Who is logged in where."""

    async def test_a_session_is_found_by_its_token_alone(self, store: Store) -> None:
        session = a_session()
        await store.write(lambda tx: tx.sessions.add(session, "token-satu"))

        found = await store.read(lambda tx: [tx.sessions.find(t) for t in ("token-satu", "token-dua", "", session.id)])

        agree(found, [session, None, None, None], "by token")

    async def test_a_session_goes_on_and_ends(self, store: Store) -> None:
        session = a_session()
        await store.write(lambda tx: tx.sessions.add(session, "t"))
        later = replace(session, seen_at=NOW + MINUTE, expires_at=NOW + 90 * MINUTE)

        await store.write(lambda tx: tx.sessions.save(later))
        agree(await store.read(lambda tx: tx.sessions.find("t")), later, "it goes on")

        await store.write(lambda tx: tx.sessions.end(session.id))
        agree(await store.read(lambda tx: tx.sessions.find("t")), None, "it ends")

    async def test_the_sessions_of_one_person_are_ended_but_one(self, store: Store) -> None:
        first, second, other = a_session(), a_session(at=1), a_session("o" * 32)
        for session in (first, second, other):
            await store.write(_adding(session, session.id))
        agree(await store.read(lambda tx: list(tx.sessions.of_staff("s" * 32))), [second, first], "seen last first")

        await store.write(lambda tx: tx.sessions.end_all("s" * 32, but=first.id))

        agree(await store.read(lambda tx: list(tx.sessions.of_staff("s" * 32))), [first], "this one stays")
        agree(await store.read(lambda tx: list(tx.sessions.of_staff("o" * 32))), [other], "another person's too")

    async def test_sessions_that_ran_out_are_forgotten(self, store: Store) -> None:
        old, fresh = a_session(ends=1), a_session(ends=2)
        await store.write(lambda tx: tx.sessions.add(old, "old"))
        await store.write(lambda tx: tx.sessions.add(fresh, "fresh"))

        await store.write(lambda tx: tx.sessions.forget(before=NOW + 2 * MINUTE))

        agree(await store.read(lambda tx: list(tx.sessions.of_staff("s" * 32))), [fresh], "the other goes on")


class AgencyTests:
    """The tree of agencies."""

    async def test_agencies_come_back_in_the_order_they_were_added(self, store: Store) -> None:
        root = Agency("nasional", "Admin Nasional")
        unit = Agency("kab-biak", "Kabupaten Biak Numfor", "nasional", ("BIAK", "KAB. BIAK"), "Asia/Jayapura", False)
        added = await store.write(lambda tx: tx.agencies.add_all([root, unit]))
        again = await store.write(
            lambda tx: tx.agencies.add_all([replace(root, name="x"), Agency("a", "A", "nasional")])
        )

        agree((set(added), set(again)), ({"nasional", "kab-biak"}, {"a"}), "those that are new")
        agree(
            list(await store.read(lambda tx: tx.agencies.all())), [root, unit, Agency("a", "A", "nasional")], "in order"
        )

        moved = replace(unit, name="Biak", parent="a", keywords=(), connected=True)
        await store.write(lambda tx: tx.agencies.save(moved))
        agree((await store.read(lambda tx: tx.agencies.all()))[1], moved, "changed in its place")

    async def test_a_change_is_noted_by_a_version(self, store: Store) -> None:
        before = await store.read(lambda tx: tx.agencies.version())

        async def change(version: str) -> None:
            def work(tx: Tx) -> None:
                tx.agencies.lock()
                tx.agencies.note_change(version)

            await store.write(work)

        await asyncio.gather(*(change(f"v{number}") for number in range(8)))
        await change("last")

        agree((before, await store.read(lambda tx: tx.agencies.version())), ("", "last"), "the one noted last")


class LeaseTests:
    """One owner at a time."""

    async def _take(self, store: Store, owner: str, *, at: int = 0) -> bool:
        moment = NOW + at * MINUTE
        return await store.write(lambda tx: tx.leases.take("sms/tsel", owner=owner, now=moment, lease=2 * MINUTE))

    async def test_a_lease_is_held_and_prolonged_by_its_owner_alone(self, store: Store) -> None:
        found = [await self._take(store, owner, at=at) for owner, at in (("a", 0), ("b", 1), ("a", 1), ("b", 2))]

        agree(found, [True, False, True, False], "the owner prolongs, another waits")

    async def test_a_lease_that_ran_out_is_free(self, store: Store) -> None:
        found = [await self._take(store, owner, at=at) for owner, at in (("a", 0), ("b", 3), ("a", 3))]

        agree(found, [True, True, False], "the next one has it then")

    async def test_a_lease_given_up_is_free_at_once(self, store: Store) -> None:
        await self._take(store, "a")
        await store.write(lambda tx: tx.leases.give_up("sms/tsel", owner="b"))
        agree(await self._take(store, "b"), False, "only the owner gives up")

        await store.write(lambda tx: tx.leases.give_up("sms/tsel", owner="a"))

        agree(await self._take(store, "b"), True, "then another takes it")

    async def test_of_many_at_the_same_moment_one_has_the_lease(self, store: Store) -> None:
        found = await asyncio.gather(*(self._take(store, f"owner-{n}") for n in range(8)))

        agree(found.count(True), 1, "one owner")

    async def test_the_end_of_a_process_frees_all_it_held(self, store: Store) -> None:
        await self._take(store, "dead")
        job, reply = a_job(), a_reply()
        await store.write(lambda tx: tx.jobs.add([job], now=NOW))
        await store.write(lambda tx: tx.outbox.add([reply]))
        await store.write(lambda tx: tx.jobs.claim(owner="dead", now=NOW, lease=LEASE, limit=1))
        await store.write(
            lambda tx: tx.outbox.claim(
                channel="sms", connection="telkomsel", owner="dead", now=NOW, lease=LEASE, limit=1
            )
        )
        agree(set(await store.read(lambda tx: tx.leases.owners())), {"dead"}, "everyone who holds something")

        await store.write(lambda tx: tx.leases.end({"dead"}, now=NOW))

        agree(await self._take(store, "next"), True, "its connections are free")
        claimed = await store.write(lambda tx: tx.jobs.claim(owner="next", now=NOW, lease=LEASE, limit=1))
        agree([each.id for each in claimed], [job.id], "its jobs are due")
        doubtful = await store.write(lambda tx: tx.outbox.abandoned(now=NOW, limit=1))
        agree([each.id for each in doubtful], [reply.id], "what it was sending is in doubt")


class CursorTests:
    """How far a network was read, and who guesses."""

    async def test_a_cursor_is_kept_by_name(self, store: Store) -> None:
        await store.write(lambda tx: tx.cursors.save("twitter/lapor1708", "100"))
        await store.write(lambda tx: tx.cursors.save("twitter/lapor1708", "250"))

        found = await store.read(lambda tx: (tx.cursors.get("twitter/lapor1708"), tx.cursors.get("telegram/")))

        agree(found, ("250", None), "the value saved last")

    async def test_wrong_guesses_are_counted_by_source_and_hour(self, store: Store) -> None:
        given = [("203.0.113.9", 100), ("203.0.113.9", 100), ("203.0.113.9", 101), ("198.51.100.7", 100)]

        def guess(tx: Tx) -> None:
            for source, hour in given:
                tx.guesses.add(source, hour=hour)

        await store.write(guess)

        await store.write(lambda tx: tx.guesses.forget(before_hour=101))

        found = await store.read(lambda tx: [tx.guesses.wrong("203.0.113.9", hour=hour) for hour in (100, 101)])
        agree(found, [0, 1], "old hours are forgotten")

    async def test_a_guess_is_given_back_but_never_more_than_there_were(self, store: Store) -> None:
        await store.write(lambda tx: tx.guesses.add("203.0.113.9", hour=7))

        for _ in range(2):
            await store.write(lambda tx: tx.guesses.give_back("203.0.113.9", hour=7))

        agree(await store.read(lambda tx: tx.guesses.wrong("203.0.113.9", hour=7)), 0, "none left, none owed")

    async def test_guesses_at_the_same_moment_are_all_counted(self, store: Store) -> None:
        await asyncio.gather(*(store.write(lambda tx: tx.guesses.add("203.0.113.9", hour=7)) for _ in range(8)))

        agree(await store.read(lambda tx: tx.guesses.wrong("203.0.113.9", hour=7)), 8, "none is missed")
