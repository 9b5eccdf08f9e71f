"""The kit's tests of what a message belongs to, of what waits for a person, and of who supports a report."""

from dataclasses import replace

from core.ids import new_id
from core.model.message import Address
from core.model.work import Outcome
from core.ports import Store
from core.testing.builders import BUDI, SITI, a_form, a_link, a_reply, a_report, an_sms
from core.testing.storing.outbox import send
from core.testing.storing.rules import agree, keep, numbered


class ThreadTests:
    """Ids of networks, by which a message is found again."""

    async def test_a_message_is_found_by_the_id_of_its_network(self, store: Store) -> None:
        (known, _) = await keep(store, an_sms(external_id="7"), a_form(external_id="7"))

        found = await store.read(lambda tx: [tx.messages.find("sms", "7"), tx.messages.find("sms", "8")])

        agree([each and each.id for each in found], [known, None], "of its own channel")

    async def test_messages_lead_to_the_reports_they_went_into(self, store: Store) -> None:
        one, _, other = await keep(store, *(an_sms(external_id=each) for each in ("1", "2", "3")))
        await keep(store, a_form(external_id="1"))
        await store.write(lambda tx: tx.messages.settle([one], Outcome.REPORT, report_id=numbered(1)))
        await store.write(lambda tx: tx.messages.settle([other], Outcome.ADDITION, report_id=numbered(2)))

        found = await store.read(lambda tx: tx.messages.reports_of("sms", ["1", "2", "3", "4"]))

        agree(dict(found), {"1": numbered(1), "3": numbered(2)}, "one that went into none is left out")

    async def test_what_was_sent_leads_to_the_report_it_was_about(self, store: Store) -> None:
        await send(store, a_reply(report_id=numbered(1)), "11", "12")
        await send(store, a_reply(), "13")
        await send(store, a_reply(report_id=numbered(2), connection="xl"), "14")

        found = await store.read(lambda tx: tx.outbox.sent_as("sms/telkomsel", ["11", "12", "13", "14"]))

        agree(dict(found), {"11": numbered(1), "12": numbered(1)}, "of this connection, about a report")


class ParkedTests:
    """What waits for a person."""

    async def test_what_waits_is_listed_page_by_page(self, store: Store) -> None:
        sms = await keep(store, *(an_sms() for _ in range(4)))
        (form,) = await keep(store, a_form())
        waiting = sorted([*sms[:3], form])
        await store.write(lambda tx: tx.messages.settle(waiting, Outcome.PARKED, note="mention"))
        await store.write(lambda tx: tx.messages.settle(sms[3:], Outcome.DISMISSED))

        first = await store.read(lambda tx: tx.messages.parked(limit=2))
        rest = await store.read(lambda tx: tx.messages.parked(limit=9, after=first[-1].id))

        agree([each.id for each in (*first, *rest)], waiting, "every one once, in order")
        found = await store.read(lambda tx: tx.messages.parked(channel="sms", limit=9))
        agree([each.id for each in found], sorted(sms[:3]), "of one channel")

    async def test_counting_what_waits_ends_where_it_is_told(self, store: Store) -> None:
        waiting = await keep(store, *(an_sms() for _ in range(3)))
        await store.write(lambda tx: tx.messages.settle(waiting, Outcome.PARKED, note="mention"))

        found = await store.read(lambda tx: [tx.messages.count_parked(most=most) for most in (2, 9)])

        agree(found, [2, 3], "up to the most")


class SupporterTests:
    """Other people's reports of the same event, and messages that pass a report on."""

    async def test_who_passes_a_report_on_supports_it(self, store: Store) -> None:
        first, second = a_report(), a_report(reporter=BUDI)
        await store.write(lambda tx: tx.reports.add_all([(first, "1"), (second, "2")]))
        rina = Address("x", "1893345")
        (passed,) = await keep(store, an_sms(sender=rina))
        linked = a_link(first.id, report_id=second.id)
        await store.write(lambda tx: tx.links.add(linked))
        await store.write(lambda tx: tx.links.add(replace(linked, id=new_id(), report_id="", message_id=passed)))

        found = await store.read(
            lambda tx: [tx.links.is_supporter(first.id, each) for each in (rina, BUDI, SITI)],
        )

        agree(found, [True, True, False], "by message or by report")
        agree(await store.read(lambda tx: tx.links.supporters(first.id)), 2, "both count")
        agree(dict(await store.read(lambda tx: tx.listing.supporters([first.id]))), {first.id: 2}, "in lists as well")

    async def test_those_who_pass_a_report_on_stand_behind_reports(self, store: Store) -> None:
        first, second = a_report(), a_report(reporter=BUDI)
        report = a_link(first.id, report_id=second.id)
        passing = [replace(report, id=new_id(), report_id="", message_id=numbered(each)) for each in (1, 2)]
        for link in (*passing, report):
            await store.write(lambda tx, link=link: tx.links.add(link))  # type: ignore[misc]

        found = await store.read(lambda tx: [link.report_id for link in tx.links.of_report(first.id)])

        agree(found, [second.id, "", ""], "however early they were")
