"""Due notices leave as few pushes, once; what could not be sent comes again, and no citizen's word is in any."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.ids import new_id
from core.model.lifecycle import Role
from core.model.notice import Notice, NoticeKind
from core.model.people import Staff
from core.model.report import Report
from core.staffing import set_active
from core.testing.builders import COMPLAINT, SITI, a_report
from core.testing.clocks import SettableClock
from core.tracking import show
from gateway.bootstrap import open_parts
from gateway.push import PushKey
from gateway.pushing import LEASE, MOST_FAILURES, Messenger
from gateway.registry import find_channels
from gateway.settings import load_settings
from tests.flow.rig import write_config
from tests.gateway.push_service import Browser, PushService, open_push_service


@dataclass
class Phones:
    """Staff with phones, the push service between, and the messenger under test."""

    messenger: Messenger
    clock: SettableClock
    service: PushService

    async def hire(self, username: str, role: Role = Role.AGENCY_ADMIN, agency: str = "kota-bekasi") -> Staff:
        """Somebody."""
        person = Staff(new_id(), username, role, agency, self.clock.now())
        await self.messenger.store.write(lambda tx: tx.people.add(person))
        return person

    async def phone(self, person: Staff, name: str) -> Browser:
        """One of this person's, subscribed."""
        browser = self.service.browsers[name] = Browser()
        subscription = browser.subscription(self.service, name, staff_id=person.id)
        await self.messenger.store.write(lambda tx: tx.notices.subscribe(subscription))
        return browser

    async def tell(self, person: Staff, kind: NoticeKind = NoticeKind.NEW_REPORT, *, times: int = 1) -> list[Report]:
        """Notices about as many reports, due now."""
        now = self.clock.now()
        reports = [replace(a_report(at=now), agency="kota-bekasi", title="Jalan berlubang") for _ in range(times)]
        notices = [Notice(new_id(), person.id, kind, report.id, now, push_at=now) for report in reports]

        def write(tx: Any) -> None:
            tx.reports.add_all([(report, "482913") for report in reports])
            tx.notices.add(notices)

        await self.messenger.store.write(write)
        return reports

    async def send(self) -> int:
        """One round."""
        async with aiohttp.ClientSession() as session:
            return await self.messenger.send_due(session)

    async def known(self, person: Staff) -> int:
        """How many browsers of this person are remembered."""
        return len(await self.messenger.store.read(lambda tx: tx.notices.subscriptions([person.id])))


@pytest.fixture
async def phones(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Phones]:
    config, specs, clock = write_config(tmp_path, database_url=sqlite_url), find_channels(), SettableClock()
    async with (
        open_push_service() as service,
        open_parts(load_settings(config, environ={}, channels=specs), specs) as parts,
    ):
        key, contact = PushKey(parts.vault.derive("push")), parts.settings.push.contact
        yield Phones(Messenger(parts.store, clock, parts.office, key, contact), clock, service)


async def test_a_notice_is_pushed_once_to_every_phone_of_its_person(phones: Phones) -> None:
    dewi, agus = await phones.hire("dewi.lestari"), await phones.hire("agus.salim")
    mine = [await phones.phone(dewi, "ponsel"), await phones.phone(dewi, "kantor")]
    other = await phones.phone(agus, "lain")
    [report] = await phones.tell(dewi)

    rounds = [await phones.send(), await phones.send()]
    phones.clock.forward(LEASE)
    rounds.append(await phones.send())

    shown = {
        "title": "Laporan baru untuk unit Anda",
        "body": f"Laporan {show(report.tracking_id)}",
        "url": f"/console/laporan/{report.tracking_id}",
        "tag": f"new_report:{report.tracking_id}",
    }
    assert rounds == [1, 0, 0]
    assert [phone.shown for phone in (*mine, other)] == [[shown], [shown], []]


async def test_many_notices_of_a_kind_are_one_push(phones: Phones) -> None:
    dewi = await phones.hire("dewi.lestari")
    phone = await phones.phone(dewi, "ponsel")
    await phones.tell(dewi, times=7)
    [late] = await phones.tell(dewi, NoticeKind.OVERDUE)

    sent = await phones.send()

    assert sent == 8
    assert sorted((each["title"], each["body"], each["url"], each["tag"]) for each in phone.shown) == [
        ("Laporan baru untuk unit Anda", "7 laporan", "/console/pemberitahuan", "new_report"),
        (
            "Laporan melewati tenggat",
            f"Laporan {show(late.tracking_id)}",
            f"/console/laporan/{late.tracking_id}",
            f"overdue:{late.tracking_id}",
        ),
    ]


async def test_no_word_of_a_citizen_is_pushed(phones: Phones) -> None:
    dewi = await phones.hire("dewi.lestari")
    phone = await phones.phone(dewi, "ponsel")
    for kind in NoticeKind:
        await phones.tell(dewi, kind)

    await phones.send()

    told = str(phone.shown)
    assert len(phone.shown) == len(NoticeKind)
    assert not [word for word in (*(w for w in COMPLAINT.split() if len(w) > 3), "Siti", SITI.value) if word in told]


@pytest.mark.parametrize("answer", [404, 410])
async def test_a_browser_that_wants_no_more_is_forgotten(phones: Phones, answer: int) -> None:
    dewi = await phones.hire("dewi.lestari")
    gone, phone = await phones.phone(dewi, "lama"), await phones.phone(dewi, "baru")
    gone.answer = answer
    await phones.tell(dewi)

    await phones.send()
    phones.clock.forward(LEASE)

    assert (await phones.known(dewi), len(phone.shown), await phones.send()) == (1, 1, 0)


async def test_a_service_in_trouble_is_tried_again_under_the_same_tag(phones: Phones) -> None:
    dewi = await phones.hire("dewi.lestari")
    phone = await phones.phone(dewi, "ponsel")
    phone.answer = 503
    [report] = await phones.tell(dewi)

    first, meanwhile = await phones.send(), await phones.send()
    phone.answer = 201
    phones.clock.forward(LEASE)
    again = await phones.send()

    assert (first, meanwhile, again) == (1, 0, 1)
    assert [each["tag"] for each in phone.shown] == [f"new_report:{report.tracking_id}"]


async def test_a_browser_that_is_never_reached_is_forgotten_in_the_end(phones: Phones) -> None:
    dewi = await phones.hire("dewi.lestari")
    (await phones.phone(dewi, "ponsel")).answer = 503
    await phones.tell(dewi)

    for _ in range(MOST_FAILURES):
        await phones.send()
        phones.clock.forward(LEASE)
    kept = await phones.known(dewi)
    await phones.send()
    phones.clock.forward(LEASE)

    assert (kept, await phones.known(dewi), await phones.send()) == (1, 0, 0)


async def test_a_crash_before_it_was_noted_repeats_the_push_under_the_same_tag(phones: Phones) -> None:
    dewi = await phones.hire("dewi.lestari")
    phone = await phones.phone(dewi, "ponsel")
    await phones.tell(dewi)
    arrived, released = asyncio.Event(), asyncio.Event()
    phones.service.hold = arrived, released

    sending = asyncio.create_task(phones.send())
    await asyncio.wait_for(arrived.wait(), 10)
    sending.cancel()
    await asyncio.wait({sending})
    released.set()
    phones.service.hold = None
    at_once = await phones.send()
    phones.clock.forward(LEASE)
    again = await phones.send()

    assert (at_once, again) == (0, 1)
    assert len(phone.shown) == 2
    assert phone.shown[0] == phone.shown[1]


async def test_what_was_seen_meanwhile_is_not_pushed(phones: Phones) -> None:
    dewi = await phones.hire("dewi.lestari")
    phone = await phones.phone(dewi, "ponsel")
    await phones.tell(dewi)
    now = phones.clock.now()
    await phones.messenger.store.write(lambda tx: tx.notices.see(dewi.id, at=now))

    assert (await phones.send(), phone.shown) == (0, [])


async def test_whoever_is_deactivated_is_pushed_nothing_that_was_due(phones: Phones) -> None:
    pusat = await phones.hire("pusat", Role.NATIONAL_ADMIN, "")
    dewi = await phones.hire("dewi.lestari")
    phone = await phones.phone(dewi, "ponsel")
    await phones.tell(dewi)
    office = phones.messenger.office
    await phones.messenger.store.write(lambda tx: set_active(tx, dewi.username, pusat, active=False, office=office))

    assert (await phones.send(), phone.shown, await phones.known(dewi)) == (0, [], 0)


async def test_whoever_has_no_phone_is_not_asked_for_again(phones: Phones) -> None:
    dewi = await phones.hire("dewi.lestari")
    await phones.tell(dewi)

    first = await phones.send()
    phones.clock.forward(LEASE)

    assert (first, await phones.send()) == (1, 0)
