"""Whatever people and robots write in whatever order: each message ends once, and nobody learns of another's report."""

import asyncio
import re
import secrets
import tempfile
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core import triage
from core.conversation import converse
from core.model.message import Address, Inbound, Mark, Origin
from core.model.work import Outcome, Reply
from core.ports import Tx
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.tracking import digits_of
from core.triage import Dismissal
from core.vault import make_vault
from tests.conftest import migrated
from tests.flow.chatting import CHATTING, Person
from tests.flow.post import LAMP, ROAD, SCAN, SRI, Post, a_mail, a_tweet

Result = TypeVar("Result")
PEOPLE = ("siti", "budi", "rina")
WORDS = (
    ROAD,
    LAMP,
    "KTP anak saya belum jadi di Disdukcapil Nganjuk sejak Agustus",
    "Masih rusak sampai hari ini",
    "Terima kasih",
    "STATUS",
    "PUAS 5",
    "BATAL",
    "BELUM jalan masih rusak",
    "BANTUAN",
    "LAPOR",
    "KIRIM",
    "PETUGAS",
    "1",
    "",
)
ORIGINS = (*[Origin.PERSON] * 6, Origin.ROBOT, Origin.BOUNCE)
MANY = 10_000
NUMBER = re.compile(r"\b\d{4} ?\d{3} ?\d{3}\b")


class Everyone(RuleBasedStateMachine):
    """Three people on three networks, robots between them, and one admin."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{self.folder.name}/lapor.db"
        self.runner.run(migrated(url))
        self.store = SqlStore(open_database(url), make_vault([secrets.token_bytes(32)]))
        self.post = Post(self.store, CHATTING)
        self.brought: list[Inbound] = []

    def teardown(self) -> None:
        """Close everything."""
        self.runner.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    def earlier(self, data: st.DataObject, channel: str) -> str:
        """An id a message may name: of something we sent, of somebody's message, or of nothing."""
        known = [each.external_id for each in self.brought if each.channel == channel]
        sent = [reply.id for reply in self.post.sent if reply.outbound.channel == channel]
        return data.draw(st.sampled_from([*known, *sent, "99"]))

    def bring(self, message: Inbound) -> list[Reply]:
        """Work on it, and again."""
        replies = self.runner.run(self.post.bring(message))
        self.brought.append(message)

        def again(tx: Tx) -> bool:
            stored, written = tx.messages.find(message.channel, message.external_id), len(tx.outbox.listing(limit=MANY))
            assert stored is not None
            converse(tx, stored.id, office=self.post.office, now=self.post.now)
            return tx.messages.get(stored.id) == stored and len(tx.outbox.listing(limit=MANY)) == written

        assert self.runner.run(self.store.write(again))
        return replies

    @rule(person=st.sampled_from(PEOPLE), words=st.sampled_from(WORDS), origin=st.sampled_from(ORIGINS), data=st.data())
    def a_mail_comes(self, person: str, words: str, origin: Origin, data: st.DataObject) -> None:
        """New, or in a thread; with a number in its subject, or unreadable; robots write in anybody's name."""
        given: dict[str, Any] = {"sender": Address("mail", f"{person}@example.com"), "origin": origin}
        if data.draw(st.sampled_from([True, True, False])):
            given |= {"belongs_to": (self.earlier(data, "email"),), "proven": data.draw(st.booleans())}
        elif self.numbers and data.draw(st.booleans()):
            given["title"] = f"Laporan {data.draw(st.sampled_from(self.numbers))}"
        if not words and data.draw(st.booleans()):
            given |= {"unreadable": True, "attachments": data.draw(st.sampled_from([(), (SCAN,)]))}

        replies = self.bring(a_mail(words, **given))

        assert origin is Origin.PERSON or given["sender"] not in {reply.outbound.to for reply in replies}

    @property
    def numbers(self) -> list[str]:
        """Of all reports."""
        return [each.tracking_id for each in self.runner.run(self.post.reports())]

    @rule(person=st.sampled_from(PEOPLE), words=st.sampled_from(WORDS), mention=st.booleans(), data=st.data())
    def a_tweet_comes(self, person: str, words: str, *, mention: bool, data: st.DataObject) -> None:
        """New, below another one, passing one on, changing or deleting one."""
        given: dict[str, Any] = {"sender": Address("x", person), "mention": mention}
        for name in data.draw(st.sets(st.sampled_from(["belongs_to", "supports", "replaces"]), max_size=2)):
            known = self.earlier(data, "twitter")
            given[name] = (known,) if name == "belongs_to" else known
        if "replaces" in given and data.draw(st.booleans()):
            words, given["marks"] = "", (Mark.DELETED,)
        self.bring(a_tweet(words, **given))

    @rule(person=st.sampled_from(PEOPLE), words=st.sampled_from(WORDS), data=st.data())
    def something_is_said_in_a_chat(self, person: str, words: str, data: st.DataObject) -> None:
        """New, in answer to something, or changing what was said."""
        somebody = Person(self.store, CHATTING, now=self.post.now, name=person)
        given: dict[str, Any] = {}
        for name in data.draw(st.sets(st.sampled_from(["belongs_to", "replaces"]), max_size=1)):
            known = self.earlier(data, "telegram")
            given[name] = (known,) if name == "belongs_to" else known
        self.bring(somebody.words(words, **given))

    @rule(data=st.data())
    def the_admin_decides(self, data: st.DataObject) -> None:
        """On the oldest that waits."""
        post = self.post
        waiting = self.runner.run(post.read(lambda tx: triage.waiting(tx, SRI, office=post.office, limit=1)))
        if not waiting:
            return
        message_id, reports = waiting[0].stored.id, self.runner.run(post.reports())
        deeds: list[Callable[[Any], object]] = [
            lambda tx: triage.make_report(tx, message_id, SRI, office=post.office, now=post.now),
            lambda tx: triage.dismiss(tx, message_id, SRI, Dismissal.OTHER, office=post.office),
        ]
        if reports:
            number = data.draw(st.sampled_from([each.tracking_id for each in reports]))
            deeds.append(lambda tx: triage.attach(tx, message_id, number, SRI, office=post.office, now=post.now))
        self.runner.run(post.write(data.draw(st.sampled_from(deeds))))
        self.runner.run(post.send())

    @rule(data=st.data())
    def the_admin_asks(self, data: st.DataObject) -> None:
        """So that questions are open."""
        new = [each for each in self.runner.run(self.post.reports()) if each.state.value == "unverified"]
        if new:
            self.runner.run(self.post.ask(data.draw(st.sampled_from(new)), "RT berapa?"))

    @invariant()
    def every_message_ended_once(self) -> None:
        """Nothing is open, nothing is lost, each report was made of one message, and every history holds."""

        def look(tx: Tx) -> None:
            kept = [tx.messages.find(each.channel, each.external_id) for each in self.brought]
            reports = tx.reports.queue(states=(), limit=MANY)
            assert Outcome.NONE not in {each and each.outcome for each in kept}
            assert set(tx.figures.balance().values()) <= {0}
            made = sorted(each.report_id for each in kept if each and each.outcome is Outcome.REPORT)
            assert made == sorted(each.id for each in reports)
            assert [each.id for each in reports if tx.history.broken(each.id)] == []

        self.runner.run(self.post.read(look))

    @invariant()
    def nobody_is_told_of_anothers_report(self) -> None:
        """Not even its number: a number in a reply is of a report of whoever reads it."""
        of = {each.tracking_id: each.reporter for each in self.runner.run(self.post.reports())}
        for reply in self.post.sent:
            said = f"{reply.outbound.text} {reply.outbound.private}"
            named = {digits_of(found) for found in NUMBER.findall(said)}
            assert {of[number] for number in named} <= {reply.outbound.to}


Everyone.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestEveryone = Everyone.TestCase
