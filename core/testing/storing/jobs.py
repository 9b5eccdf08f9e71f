"""The kit's tests of jobs, links and figures."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from core.model.talk import Chat, Owner
from core.model.work import Job, JobKind, LinkDecision, LinkKind, Outcome
from core.ports import Store, Tx
from core.testing.builders import a_chat_message, a_job, a_link, a_piece, a_report, an_sms
from core.testing.storing.rules import LEASE, MINUTE, NOW, agree, keep, numbered
from core.testing.storing.talks import meet


async def add(store: Store, *jobs: Job) -> None:
    """Write jobs."""
    await store.write(lambda tx: tx.jobs.add(jobs, now=NOW))


async def claim(
    store: Store, *, owner: str = "a", at: datetime = NOW, limit: int = 10, ids: Collection[str] | None = None
) -> Sequence[Job]:
    """Take what is due."""
    return await store.write(lambda tx: tx.jobs.claim(owner=owner, now=at, lease=LEASE, limit=limit, ids=ids))


class JobTests:
    """One job for each step, leased to one process at a time."""

    async def test_a_step_has_one_job(self, store: Store) -> None:
        first = a_job(JobKind.JOIN, subject="group", due=NOW + MINUTE)
        await add(store, first)

        await add(store, a_job(JobKind.JOIN, subject="group"), a_job(JobKind.MATCH, subject="group"))

        agree(await store.read(lambda tx: tx.jobs.find(JobKind.JOIN, "group")), first, "left as it is")
        agree(len(await claim(store)), 1, "another step of the same subject is another job")
        agree(await store.read(lambda tx: tx.jobs.find(JobKind.ROUTE, "group")), None, "no such job")

    async def test_a_job_can_be_brought_forward_and_never_put_off(self, store: Store) -> None:
        kept, late, soon = (a_job(JobKind.TALK, subject="talk", due=NOW + n * MINUTE) for n in (5, 9, 2))

        async def time_of() -> datetime | None:
            found = await store.read(lambda tx: tx.jobs.find(JobKind.TALK, "talk"))
            return found.not_before if found else None

        for job, wanted in ((kept, kept), (late, kept), (soon, soon)):
            await store.write(lambda tx, job=job: tx.jobs.by(job, now=NOW))  # type: ignore[misc]
            agree(await time_of(), wanted.not_before, "sooner wins")

        agree([job.id for job in await claim(store, at=NOW + 9 * MINUTE)], [kept.id], "one job")

    async def test_a_job_that_is_brought_forward_is_published_again(self, store: Store) -> None:
        job = a_job(JobKind.TALK, subject="talk", due=NOW)
        await add(store, job)

        async def publish(at: datetime) -> list[str]:
            return list(await store.write(lambda tx: tx.jobs.publish(now=at, stale=60 * MINUTE, limit=9)))

        agree(await publish(NOW), [job.id], "told")
        await store.write(lambda tx: tx.jobs.by(replace(job, not_before=NOW + MINUTE), now=NOW))
        agree(await publish(NOW + MINUTE), [], "not sooner: told already")
        await store.write(lambda tx: tx.jobs.by(replace(job, not_before=NOW - MINUTE), now=NOW))
        agree(await publish(NOW + MINUTE), [job.id], "sooner: told again")

    async def test_the_next_moment_is_that_of_the_first_job_nobody_works_on(self, store: Store) -> None:
        async def moment(*kinds: JobKind) -> datetime | None:
            return await store.read(lambda tx: tx.jobs.next_due(kinds))

        agree(await moment(JobKind.TALK), None, "nothing waits")
        await add(store, a_job(JobKind.TALK, due=NOW + MINUTE), a_job(JobKind.MATCH, due=NOW - MINUTE))
        await add(store, a_job(JobKind.TALK, due=NOW + 3 * MINUTE), a_job(JobKind.CONVERSE))

        agree(await moment(JobKind.TALK), NOW + MINUTE, "of these kinds")
        agree(await moment(JobKind.TALK, JobKind.CONVERSE, JobKind.MATCH), NOW - MINUTE, "in every lane")
        await claim(store)
        agree(await moment(JobKind.TALK, JobKind.CONVERSE), NOW + MINUTE, "but what somebody works on")

    async def test_a_job_taken_in_a_transaction_is_gone_with_its_commit(self, store: Store) -> None:
        match, converse, later = a_job(JobKind.MATCH, due=NOW - MINUTE), a_job(), a_job(due=NOW + MINUTE)
        await add(store, match, converse, later)

        taken = await store.write(lambda tx: tx.jobs.take(now=NOW, limit=9))
        rest = await store.write(lambda tx: tx.jobs.take(now=NOW, limit=9))

        agree([job.id for job in taken], [converse.id, match.id], "what somebody waits for comes first")
        agree(list(rest), [], "taken is taken")
        agree(await store.read(lambda tx: tx.jobs.find(later.kind, later.subject)), later, "what is not due stays")

    async def test_a_job_taken_in_a_failing_transaction_is_due_again(self, store: Store) -> None:
        job = a_job()
        await add(store, job)

        def fail(tx: Tx) -> None:
            tx.jobs.take(now=NOW, limit=9)
            raise LookupError

        with pytest.raises(LookupError):
            await store.write(fail)

        agree([each.id for each in await claim(store)], [job.id], "nothing of a failed step is kept")

    async def test_a_step_may_ask_for_itself_again(self, store: Store) -> None:
        job = a_job(JobKind.JOIN, subject="group")
        await add(store, job)

        def repeat(tx: Tx) -> None:
            tx.jobs.take(now=NOW, limit=9)
            tx.jobs.add([a_job(JobKind.JOIN, subject="group", due=NOW + MINUTE)], now=NOW)

        await store.write(repeat)

        found = await store.read(lambda tx: tx.jobs.find(JobKind.JOIN, "group"))
        agree(found and found.not_before, NOW + MINUTE, "the new job is not taken for the old one")

    async def test_what_somebody_waits_for_is_claimed_first(self, store: Store) -> None:
        match, converse = a_job(JobKind.MATCH, due=NOW - MINUTE), a_job(JobKind.CONVERSE)
        older, later = a_job(JobKind.CONVERSE, due=NOW - MINUTE), a_job(due=NOW + MINUTE)
        await add(store, match, later, converse, older)

        claimed = await claim(store)

        agree([job.id for job in claimed], [older.id, converse.id, match.id], "lane, then age; only what is due")
        agree({job.attempts for job in claimed}, {1}, "the attempt is counted")

    async def test_only_the_jobs_asked_for_are_claimed(self, store: Store) -> None:
        one, two = a_job(), a_job()
        await add(store, one, two)

        agree([job.id for job in await claim(store, ids=[two.id])], [two.id], "these ids")
        agree(list(await claim(store, ids=[])), [], "no ids, no jobs")

    async def test_processes_never_claim_the_same_job(self, store: Store) -> None:
        await add(store, *(a_job() for _ in range(20)))

        claims = await asyncio.gather(*(claim(store, owner=f"owner-{n}", limit=3) for n in range(8)))

        ids = [job.id for claimed in claims for job in claimed]
        agree(len(ids), len(set(ids)), "no job is claimed twice")
        agree(len(ids) + len(await claim(store, owner="last", limit=20)), 20, "and none is passed over for good")

    async def test_a_lost_lease_makes_a_job_due_again(self, store: Store) -> None:
        await add(store, a_job())
        await claim(store, owner="slow")
        agree(list(await claim(store, owner="b")), [], "leased")

        (again,) = await claim(store, owner="b", at=NOW + 2 * LEASE)

        agree(again.attempts, 2, "the second attempt")
        agree(await store.write(lambda tx: tx.jobs.finish(again.id, owner="slow")), False, "the slow one lost it")
        agree(await store.write(lambda tx: tx.jobs.finish(again.id, owner="b")), True, "the other one has it")
        agree(await store.write(lambda tx: tx.jobs.finish(again.id, owner="b")), False, "finished once")

    async def test_a_postponed_job_waits(self, store: Store) -> None:
        await add(store, a_job())
        (job,) = await claim(store)

        await store.write(lambda tx: tx.jobs.postpone(job.id, owner="a", not_before=NOW + MINUTE, error="x" * 5000))

        agree(list(await claim(store, at=NOW)), [], "not before its time")
        agree([(j.id, j.attempts) for j in await claim(store, at=NOW + MINUTE)], [(job.id, 2)], "then again")

    async def test_a_parked_job_waits_for_a_person(self, store: Store) -> None:
        await add(store, a_job())
        (job,) = await claim(store)
        await store.write(lambda tx: tx.jobs.park(job.id, owner="other", error="KeyError"))
        agree(await store.read(lambda tx: tx.figures.jobs_parked()), 0, "only the owner parks")

        await store.write(lambda tx: tx.jobs.park(job.id, owner="a", error="KeyError"))

        agree(list(await claim(store, at=NOW + 60 * MINUTE)), [], "no machine tries again")
        figures = await store.read(lambda tx: (tx.figures.jobs_parked(), tx.figures.jobs_due(now=NOW)))
        agree(figures, (1, 0), "it is counted apart")

    async def test_due_jobs_are_published_once_and_again_when_stale(self, store: Store) -> None:
        due, later = a_job(), a_job(due=NOW + 60 * MINUTE)
        await add(store, due, later)

        async def publish(at: datetime) -> Sequence[str]:
            return await store.write(lambda tx: tx.jobs.publish(now=at, stale=5 * MINUTE, limit=9))

        told = [await publish(NOW + minutes * MINUTE) for minutes in (0, 1, 6)]

        agree([list(ids) for ids in told], [[due.id], [], [due.id]], "told, then told again when it seems lost")

    async def test_publishers_never_tell_of_the_same_job(self, store: Store) -> None:
        await add(store, *(a_job() for _ in range(12)))

        told = await asyncio.gather(
            *(store.write(lambda tx: tx.jobs.publish(now=NOW, stale=MINUTE, limit=4)) for _ in range(6))
        )

        ids = [each for batch in told for each in batch]
        agree(len(ids), len(set(ids)), "each id once")

    async def test_a_job_is_done_and_gone_in_one_transaction(self, store: Store) -> None:
        await add(store, a_job())
        (job,) = await claim(store)
        try:
            await store.write(lambda tx: (tx.jobs.finish(job.id, owner="a"), 1 / 0))
        except ZeroDivisionError:
            agree(await store.read(lambda tx: tx.jobs.find(job.kind, job.subject)) is None, False, "still there")
            return
        raise AssertionError("an exception of the work reaches its caller")


class LinkTests:
    """Repeats, and the keys reports are found by."""

    async def test_a_link_comes_back_and_can_be_undone(self, store: Store) -> None:
        first, second = a_report(), a_report()
        link = a_link(first.id, report_id=second.id)
        await store.write(lambda tx: tx.links.add(link))
        agree(await store.read(lambda tx: tx.links.supporters(first.id)), 1, "a supporter")

        undone = replace(link, decision=LinkDecision.UNDONE, by="dewi.lestari")
        await store.write(lambda tx: tx.links.save(undone))

        agree(await store.read(lambda tx: tx.links.get(link.id)), undone, "kept, undone")
        agree(await store.read(lambda tx: tx.links.supporters(first.id)), 0, "no supporter any more")
        found = await store.read(lambda tx: [list(tx.links.of_report(each)) for each in (first.id, second.id)])
        agree(found, [[undone], [undone]], "seen from both sides")
        agree(await store.read(lambda tx: tx.links.counts()), {(LinkKind.SAME_EVENT, "undone"): 1}, "counted")
        agree(await store.read(lambda tx: tx.links.get(numbered(1))), None, "no such link")

    async def test_reports_that_share_most_keys_come_first(self, store: Store) -> None:
        some, most, none = (a_report().id for _ in range(3))
        await store.write(lambda tx: tx.links.index(some, ["jalan", "serpong"]))
        await store.write(lambda tx: tx.links.index(most, ["jalan", "serpong", "pasar"]))
        await store.write(lambda tx: tx.links.index(none, ["lampu", "mati"]))

        found = await self._candidates(store, "jalan", "serpong", "pasar", "berlubang")

        agree(found, [most, some], "best first, none that shares nothing")
        agree(await self._candidates(store), [], "no keys, no candidates")

    async def _candidates(self, store: Store, *keys: str, since: datetime = NOW - MINUTE) -> list[str]:
        return list(await store.read(lambda tx: tx.links.candidates(keys, since=since, limit=9)))

    async def test_more_keys_of_a_report_are_added_to_those_it_has(self, store: Store) -> None:
        report = a_report()
        await store.write(lambda tx: tx.links.index(report.id, ["jalan", "jalan"]))

        await store.write(lambda tx: tx.links.index(report.id, ["jalan", "pasar"]))
        await store.write(lambda tx: tx.links.index(report.id, []))

        agree(await self._candidates(store, "pasar"), [report.id], "found by the new one")

    async def test_old_reports_are_no_candidates(self, store: Store) -> None:
        report = a_report()
        await store.write(lambda tx: tx.links.index(report.id, ["jalan"]))

        agree(
            await self._candidates(store, "jalan", since=datetime.max.replace(year=2500, tzinfo=NOW.tzinfo)),
            [],
            "too old",
        )


class FigureTests:
    """What operators watch: the balance is 0 unless something was lost."""

    async def _balance(self, store: Store) -> dict[str, int]:
        return dict(await store.read(lambda tx: tx.figures.balance()))

    async def test_messages_that_wait_for_their_job_are_accounted_for(self, store: Store) -> None:
        (message,) = await keep(store, an_sms())
        await add(store, a_job(subject=message))

        agree(await self._balance(store), {"sms": 0}, "it waits")

    async def test_settled_messages_are_accounted_for(self, store: Store) -> None:
        report, (one, two) = a_report(), await keep(store, an_sms(), an_sms())
        await store.write(lambda tx: tx.reports.add_all([(report, "1")]))
        await store.write(lambda tx: tx.messages.settle([one], Outcome.REPORT, report_id=report.id))
        await store.write(lambda tx: tx.messages.settle([two], Outcome.COMMAND))

        agree(await self._balance(store), {"sms": 0}, "each has its outcome")
        outcomes = await store.read(lambda tx: tx.figures.outcomes())
        agree(outcomes, {("sms", "report"): 1, ("sms", "command"): 1}, "and is counted by it")

    async def test_a_message_without_job_and_outcome_is_missed(self, store: Store) -> None:
        await keep(store, an_sms(), an_sms())

        agree(await self._balance(store), {"sms": 2}, "nobody works on them")

    async def test_a_report_that_is_not_there_is_missed(self, store: Store) -> None:
        (message,) = await keep(store, an_sms())
        await store.write(lambda tx: tx.messages.settle([message], Outcome.REPORT, report_id=numbered(1)))

        agree(await self._balance(store), {"sms": 1}, "its report does not exist")

    async def test_pieces_wait_with_their_group(self, store: Store) -> None:
        await keep(store, a_piece("satu", number=1, total=3, group="g"), a_piece("dua", number=2, total=3, group="g"))
        await add(store, a_job(JobKind.JOIN, subject="g", due=NOW + 10 * MINUTE))

        agree(await self._balance(store), {"sms": 0}, "the group has a job")

    async def test_a_draft_that_nothing_will_send_is_missed(self, store: Store) -> None:
        talk = await meet(store)
        (drafted,) = await keep(store, a_chat_message(), at=NOW)
        await store.write(lambda tx: tx.messages.settle([drafted], Outcome.DRAFT))
        agree(await self._balance(store), {"webchat": 1}, "the bot has forgotten it")
        agree(await store.read(lambda tx: tx.figures.drafts()), 1, "it is counted")

        young = await store.read(lambda tx: tx.figures.balance(drafts_before=NOW - MINUTE))
        await store.write(lambda tx: tx.talks.save(replace(talk, owner=Owner.PERSON, chat=numbered(1))))
        with_person = await self._balance(store)
        await store.write(lambda tx: tx.talks.save(replace(talk, version=2)))
        await add(store, a_job(JobKind.TALK, subject=talk.id, due=NOW + MINUTE))

        agree(dict(young), {"webchat": 0}, "too young to tell")
        agree(with_person, {"webchat": 0}, "a person has it")
        agree(await self._balance(store), {"webchat": 0}, "its time will come")

    async def test_chats_are_counted_by_who_has_them(self, store: Store) -> None:
        agree(await self._chats(store), {"waiting": 0, "taken": 0}, "none yet")
        waiting = Chat(id=numbered(1), talk=numbered(11), asked_at=NOW, first_seq=1)
        taken = replace(waiting, id=numbered(2), talk=numbered(12), taken_by="rina", lease_until=NOW + MINUTE)
        lapsed = replace(taken, id=numbered(3), talk=numbered(13), lease_until=NOW - MINUTE)
        closed = replace(taken, id=numbered(4), talk=numbered(14), closed_at=NOW)

        for chat in (waiting, taken, lapsed, closed):
            await store.write(lambda tx, chat=chat: tx.chats.add(chat))  # type: ignore[misc]

        agree(await self._chats(store), {"waiting": 2, "taken": 1}, "a lease that ran out waits")

    async def _chats(self, store: Store) -> dict[str, int]:
        return dict(await store.read(lambda tx: tx.figures.chats(now=NOW)))

    async def test_received_messages_are_counted_by_channel(self, store: Store) -> None:
        agree(await self._balance(store), {}, "nothing came yet")
        await keep(store, an_sms(), an_sms())

        agree(dict(await store.read(lambda tx: tx.figures.received())), {"sms": 2}, "every message")
