"""One mail to each member of staff, with all that is due for them and nothing that a citizen said."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.channel import Capabilities
from core.ids import new_id
from core.mailing import MOST_LINES, write_mails
from core.model.lifecycle import State
from core.model.message import Address
from core.model.network import Postbox
from core.model.notice import Notice, NoticeKind
from core.model.people import Staff
from core.model.report import Report
from core.model.work import OutboxState, Reply
from core.office import Office
from core.storage.store import SqlStore
from core.testing.builders import a_report, an_admin
from core.testing.clocks import MONDAY_MORNING
from tests.core.test_notices import OFFICE as PLAIN

NOW = MONDAY_MORNING
OFFICE = replace(
    PLAIN,
    capabilities={"email": Capabilities(measure=len, max_length=100_000)},
    postal={"mail": (Postbox("email", "main"),)},
    public_url="https://lapor.example.go.id",
    new_id=new_id,
)
DEWI = replace(an_admin(), email="dewi@contoh.go.id")
RINA = replace(an_admin("rina"), email="rina@contoh.go.id")


class Mailroom:
    """Staff, reports and what is due."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store

    async def hire(self, *people: Staff) -> None:
        await self.store.write(lambda tx: [tx.people.add(person) for person in people])

    async def tell(
        self, person: Staff, *reports: Report, kind: NoticeKind = NoticeKind.NEW_REPORT, later: timedelta = timedelta()
    ) -> None:
        notices = [Notice(new_id(), person.id, kind, report.id, NOW, mail_at=NOW + later) for report in reports]
        await self.store.write(lambda tx: tx.notices.add(notices))

    async def report(self, tracking_id: str, *, state: State = State.UNVERIFIED) -> Report:
        report = replace(a_report(tracking_id=tracking_id, state=state), agency="kab-nganjuk")
        await self.add([report])
        return report

    async def add(self, reports: Sequence[Report]) -> None:
        await self.store.write(lambda tx: tx.reports.add_all([(report, "482913") for report in reports]))

    async def write(self, *, office: Office = OFFICE, limit: int = 50) -> int:
        return await self.store.write(lambda tx: write_mails(tx, office=office, now=NOW, limit=limit))

    async def mails(self) -> Sequence[Reply]:
        return await self.store.read(lambda tx: tx.outbox.listing(limit=500))


@pytest.fixture
def room(store: SqlStore) -> Mailroom:
    return Mailroom(store)


async def test_all_that_is_due_for_a_person_is_one_mail(room: Mailroom) -> None:
    await room.hire(DEWI)
    first, second = await room.report("4821093756"), await room.report("9821093751", state=State.CLOSED_BY_ADMIN)
    await room.tell(DEWI, first)
    await room.tell(DEWI, second, kind=NoticeKind.REPORTER_ANSWERED)

    assert await room.write() == 1

    (mail,) = await room.mails()
    assert mail.outbound.text == (
        "Ada 2 pemberitahuan untuk Anda di LAPOR!\n\n"
        "Laporan baru untuk unit Anda\n"
        "- 4821 093 756, tenggat 5 Mar 2026\n"
        "  https://lapor.example.go.id/console/laporan/4821093756\n\n"
        "Pelapor menjawab\n"
        "- 9821 093 751, Ditutup oleh Admin\n"
        "  https://lapor.example.go.id/console/laporan/9821093751\n\n"
        "Semua pemberitahuan ada di konsol. Cara dan waktu Anda diberi tahu dapat diatur di sana."
    )
    assert (mail.outbound.channel, mail.outbound.connection) == ("email", "main")
    assert mail.outbound.to == Address("mail", "dewi@contoh.go.id")
    assert (mail.state, mail.report_id, mail.event) == (OutboxState.PENDING, "", "notices")


async def test_no_word_name_or_address_of_a_citizen_is_mailed(room: Mailroom) -> None:
    await room.hire(DEWI)
    report = await room.report("4821093756")
    for kind in NoticeKind:
        await room.tell(DEWI, report, kind=kind)

    await room.write()

    (mail,) = await room.mails()
    for private in ("Serpong", "berlubang", "Siti", "Rahmawati", report.reporter.value, "482913"):
        assert private not in mail.outbound.text


async def test_everybody_gets_their_own(room: Mailroom) -> None:
    await room.hire(DEWI, RINA)
    first, second = await room.report("4821093756"), await room.report("9821093751")
    await room.tell(DEWI, first)
    await room.tell(RINA, second)

    assert await room.write() == 2

    by_person = {mail.outbound.to.value: mail.outbound.text for mail in await room.mails()}
    assert "4821 093 756" in by_person[DEWI.email]
    assert "9821 093 751" not in by_person[DEWI.email]
    assert "9821 093 751" in by_person[RINA.email]


async def test_a_report_stands_once_under_each_kind_of_news(room: Mailroom) -> None:
    await room.hire(DEWI)
    report = await room.report("4821093756")
    await room.tell(DEWI, report, report, report)

    await room.write()

    (mail,) = await room.mails()
    assert mail.outbound.text.count("4821 093 756") == 1
    assert mail.outbound.text.startswith("Ada 1 pemberitahuan")


async def test_what_is_not_due_waits_and_what_was_mailed_is_not_mailed_again(room: Mailroom) -> None:
    await room.hire(DEWI)
    first, second = await room.report("4821093756"), await room.report("9821093751")
    await room.tell(DEWI, first)
    await room.tell(DEWI, second, later=timedelta(minutes=1))

    assert [await room.write(), await room.write()] == [1, 0]

    assert "9821 093 751" not in (await room.mails())[0].outbound.text


async def test_what_was_seen_is_not_mailed(room: Mailroom) -> None:
    await room.hire(DEWI)
    await room.tell(DEWI, await room.report("4821093756"))
    await room.store.write(lambda tx: tx.notices.see(DEWI.id, at=NOW))

    assert await room.write() == 0


NOBODY: list[tuple[str, Callable[[Staff], Staff], Office]] = [
    ("no address", lambda person: replace(person, email=""), OFFICE),
    ("left", lambda person: replace(person, active=False), OFFICE),
    ("no relay", lambda person: person, replace(OFFICE, postal={})),
]


@pytest.mark.parametrize(("why", "changed", "office"), NOBODY, ids=[case[0] for case in NOBODY])
async def test_who_cannot_be_mailed_is_not_waited_for(
    room: Mailroom, why: str, changed: Callable[[Staff], Staff], office: Office
) -> None:
    await room.hire(changed(DEWI))
    await room.tell(DEWI, await room.report("4821093756"))

    assert await room.write(office=office) == 0

    await room.store.write(lambda tx: tx.people.save(DEWI))
    assert await room.write() == 0
    assert await room.store.read(lambda tx: tx.notices.unseen(DEWI.id)) == 1


async def test_a_crash_between_taking_and_writing_loses_and_doubles_nothing(room: Mailroom) -> None:
    await room.hire(DEWI)
    await room.tell(DEWI, await room.report("4821093756"))

    def crash(tx: object) -> None:
        write_mails(tx, office=OFFICE, now=NOW, limit=50)  # type: ignore[arg-type]
        raise RuntimeError("the process dies")

    with pytest.raises(RuntimeError):
        await room.store.write(crash)
    assert await room.mails() == []

    assert [await room.write(), await room.write()] == [1, 0]
    assert len(await room.mails()) == 1


async def test_a_flood_of_news_is_counted_and_listed_as_far_as_one_reads(room: Mailroom) -> None:
    await room.hire(DEWI)
    reports = [a_report(tracking_id=f"{number:010}") for number in range(MOST_LINES + 5)]
    await room.add(reports)
    await room.tell(DEWI, *reports)

    await room.write()

    (mail,) = await room.mails()
    assert mail.outbound.text.startswith(f"Ada {MOST_LINES + 5} pemberitahuan")
    assert mail.outbound.text.count("\n- ") == MOST_LINES


async def test_so_many_people_at_a_time(room: Mailroom) -> None:
    await room.hire(DEWI, RINA)
    report = await room.report("4821093756")
    await room.tell(DEWI, report)
    await room.tell(RINA, report)

    assert [await room.write(limit=1), await room.write(limit=1), await room.write(limit=1)] == [1, 1, 0]
