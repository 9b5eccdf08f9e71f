"""Messages that continue a report: who may speak for it, and what is told to whom."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.conversation import converse
from core.guessing import ALL_SOURCES
from core.model.lifecycle import State
from core.model.message import Address, Inbound, Mark, Origin, Reachable
from core.model.report import Event, Report
from core.model.work import Reply
from core.storage.store import SqlStore
from core.testing.clocks import MONDAY_MORNING
from core.tracking import show
from tests.flow.post import BUDI, LAMP, RINA, ROAD, SCAN, SITI, Post, a_mail, a_tweet

PHOTO = replace(SCAN, id="c" * 32, media_type="image/jpeg", name="lubang.jpg")


@pytest.fixture
def post(store: SqlStore) -> Post:
    """The core, on each database."""
    return Post(store)


def answering(reply: Reply, text: str, *, sender: Address = SITI, **given: object) -> Inbound:
    """A mail in answer to one of ours."""
    return a_mail(text, sender=sender, belongs_to=(reply.id,), **given)


def tells_of(reply: Reply, report: Report) -> bool:
    """Whether a reply names the report."""
    said = reply.outbound.text + reply.outbound.private
    return report.tracking_id in said.replace(" ", "") or show(report.tracking_id) in said


async def test_the_thread_decides_however_different_the_words(post: Post) -> None:
    report, first = await post.file()
    later = answering(first, LAMP, context="> Nomor laporan Anda", attachments=(PHOTO,))

    (reply,) = await post.bring(later)

    (line,) = await post.lines(report, Event.ADDED)
    assert (line.text, line.context, line.attachments, line.public) == (LAMP, "> Nomor laporan Anda", (PHOTO,), True)
    assert (reply.event, tells_of(reply, report)) == ("addition", True)
    assert await post.outcome(later) == ("addition", "")
    assert (await post.report(report.id)).attachments == (PHOTO,)
    assert len(await post.reports()) == 1


async def test_an_answer_to_an_earlier_mail_of_ones_own_belongs_to_its_report(post: Post) -> None:
    mail = a_mail()
    report, _ = await post.file(mail)

    await post.bring(a_mail("Tambahan foto", belongs_to=("<lain@example.com>", mail.external_id)))

    assert [line.text for line in await post.lines(report, Event.ADDED)] == ["Tambahan foto"]


async def test_what_we_sent_is_nearer_than_its_place_in_the_list_tells(post: Post) -> None:
    one, first = await post.file()
    other_mail = a_mail(LAMP)
    other, _ = await post.file(other_mail)

    await post.bring(a_mail("Masih rusak", belongs_to=(other_mail.external_id, first.id)))

    assert [line.text for line in await post.lines(other, Event.ADDED)] == ["Masih rusak"]
    assert await post.lines(one, Event.ADDED) == []


async def test_ids_that_lead_nowhere_leave_an_ordinary_report(post: Post) -> None:
    mail = a_mail(belongs_to=("<tak-dikenal@example.com>",), proven=True)

    await post.bring(mail)

    assert await post.outcome(mail) == ("report", "")


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("PUAS 5", State.CLOSED_BY_REPORTER),
        ("Puas 4, terima kasih sudah diperbaiki", State.CLOSED_BY_REPORTER),
        ("BELUM jalan masih rusak", State.REPORTER_RESPONDED),
        ("BALAS besok saya di rumah", State.REPORTER_RESPONDED),
    ],
)
async def test_a_command_in_the_thread_means_its_report_among_three(post: Post, words: str, state: State) -> None:
    await post.file(a_mail(LAMP))
    await post.file(a_mail("KTP anak saya belum jadi di Disdukcapil Nganjuk sejak Agustus"))
    report, _ = await post.file()
    await post.verify(report)
    (told,) = await post.respond(report)

    await post.bring(answering(told, words))

    assert (await post.report(report.id)).state is state
    assert [each.state for each in await post.reports() if each.id != report.id] == [State.UNVERIFIED] * 2


async def test_status_in_the_thread_tells_of_its_report_alone(post: Post) -> None:
    other, _ = await post.file(a_mail(LAMP))
    report, first = await post.file()

    (reply,) = await post.bring(answering(first, "STATUS"))

    assert (reply.event, tells_of(reply, report), tells_of(reply, other)) == ("status", True, False)


async def test_a_number_that_is_named_is_meant(post: Post) -> None:
    other, _ = await post.file(a_mail(LAMP))
    _, first = await post.file()

    (reply,) = await post.bring(answering(first, f"STATUS {other.tracking_id}"))

    assert tells_of(reply, other)


async def test_the_answer_to_a_question_is_one(post: Post) -> None:
    report, _ = await post.file()
    (question,) = await post.ask(report, "RT berapa?")

    answer = answering(question, "RT 03 RW 05", context="> RT berapa?")
    (reply,) = await post.bring(answer)

    (line,) = await post.lines(report, Event.ANSWERED)
    assert (line.text, line.context) == ("RT 03 RW 05", "> RT berapa?")
    assert (await post.report(report.id)).state is State.INFORMATION_RECEIVED
    assert (reply.event, await post.outcome(answer)) == ("answered", ("answer", ""))


async def test_an_answer_in_another_thread_leaves_the_question_open(post: Post) -> None:
    asked, _ = await post.file()
    other, first = await post.file(a_mail(LAMP))
    await post.ask(asked, "RT berapa?")

    await post.bring(answering(first, "Lampu juga mati di gang sebelah"))

    assert (await post.report(asked.id)).state is State.AWAITING_INFORMATION
    assert [line.text for line in await post.lines(other, Event.ADDED)] == ["Lampu juga mati di gang sebelah"]


@pytest.mark.parametrize("words", ["Terima kasih", "Baik pak, terimakasih atas bantuannya", "trims min"])
async def test_thanks_are_kept_and_not_answered(post: Post, words: str) -> None:
    report, _ = await post.file()
    (question,) = await post.ask(report, "RT berapa?")

    replies = await post.bring(answering(question, words))

    assert replies == []
    assert (await post.report(report.id)).state is State.AWAITING_INFORMATION
    assert [line.text for line in await post.lines(report, Event.ADDED)] == [words]


async def test_yes_and_thanks_answers_a_question(post: Post) -> None:
    report, _ = await post.file()
    (question,) = await post.ask(report, "Apakah masih rusak?")

    await post.bring(answering(question, "Ya, terima kasih"))

    assert (await post.report(report.id)).state is State.INFORMATION_RECEIVED


async def test_words_while_the_agency_works_on_it_are_a_response(post: Post) -> None:
    report, _ = await post.file()
    await post.verify(report)
    (told,) = await post.respond(report)

    await post.bring(answering(told, "Tambalannya sudah lepas lagi kemarin"))

    assert (await post.report(report.id)).state is State.REPORTER_RESPONDED
    assert [line.text for line in await post.lines(report, Event.ANSWERED)] == ["Tambalannya sudah lepas lagi kemarin"]


async def test_a_closed_report_takes_further_words_and_tells_how_to_open_it(post: Post) -> None:
    report, _ = await post.file()
    await post.verify(report)
    await post.respond(report)
    (closed,) = await post.close(report)

    (reply,) = await post.bring(answering(closed, "Lubangnya muncul lagi"))

    assert (await post.report(report.id)).state is State.CLOSED_BY_ADMIN
    assert reply.event == "addition_done"
    assert f"BELUM {show(report.tracking_id)}" in reply.outbound.text
    assert len(await post.reports()) == 1


async def test_a_holder_of_our_mail_adds_and_is_told_nothing_of_the_report(post: Post) -> None:
    report, first = await post.file()
    mail = answering(first, "Saya ketua RT di sana, benar rusak", sender=BUDI, proven=True)

    (reply,) = await post.bring(mail)

    (line,) = await post.lines(report, Event.ADDED_ELSEWHERE)
    assert (line.text, await post.outcome(mail)) == ("Saya ketua RT di sana, benar rusak", ("addition", ""))
    assert Mark.OTHER_ADDRESS in (await post.report(report.id)).marks
    assert (reply.event, reply.report_id, tells_of(reply, report)) == ("noted", "", False)


@pytest.mark.parametrize("words", ["PUAS 5", "BATAL", "STATUS"])
async def test_a_holder_commands_nothing_without_number_and_pin(post: Post, words: str) -> None:
    report, first = await post.file()
    own, _ = await post.file(a_mail(LAMP, sender=BUDI))
    await post.verify(report)
    await post.respond(report)
    before = [await post.report(each.id) for each in (report, own)]

    (reply,) = await post.bring(answering(first, words, sender=BUDI, proven=True))

    assert [await post.report(each.id) for each in (report, own)] == before
    assert (reply.event, tells_of(reply, report), tells_of(reply, own)) == ("not_found", False, False)


async def test_a_holder_of_a_hidden_reports_mail_waits_for_a_person(post: Post) -> None:
    report, first = await post.file()
    await post.write(lambda tx: tx.reports.save(replace(tx.reports.lock(report.id), anonymous=True)))
    mail = answering(first, "Benar rusak", sender=BUDI, proven=True)

    assert await post.bring(mail) == []

    assert await post.outcome(mail) == ("parked", "stranger")
    assert await post.lines(report, Event.ADDED_ELSEWHERE) == []


async def test_only_the_first_id_is_proven(post: Post) -> None:
    report, first = await post.file()
    mail = a_mail("Benar", sender=BUDI, belongs_to=("<lain@example.com>", first.id), proven=True)

    await post.bring(mail)

    assert await post.outcome(mail) == ("parked", "stranger")
    assert len(await post.lines(report)) == 1


async def test_a_stranger_in_a_thread_waits_for_a_person(post: Post) -> None:
    report, first = await post.file()
    mail = answering(first, "Saya juga mengalami", sender=BUDI)

    assert await post.bring(mail) == []

    assert await post.outcome(mail) == ("parked", "stranger")
    assert len(await post.lines(report)) == 1
    assert await post.balance() == {0}


async def test_number_and_pin_prove_an_address_for_good(post: Post) -> None:
    report, first = await post.file()
    pin = await post.pin(report)

    (status,) = await post.bring(a_mail(f"STATUS {report.tracking_id} {pin}", sender=BUDI))
    (reply,) = await post.bring(answering(first, "Saya anaknya, masih rusak", sender=BUDI))

    assert tells_of(status, report)
    assert reply.event == "addition"
    known = await post.read(lambda tx: list(tx.reachable.of(report.id)))
    assert [(each.address, each.channel, each.connection) for each in known] == [(BUDI, "email", "main")]


async def test_a_wrong_pin_proves_nothing(post: Post) -> None:
    report, _ = await post.file()
    wrong = f"{(int(await post.pin(report)) + 1) % 10**6:06d}"

    (reply,) = await post.bring(a_mail(f"STATUS {report.tracking_id} {wrong}", sender=BUDI))

    assert reply.event == "not_found"
    assert await post.read(lambda tx: list(tx.reachable.of(report.id))) == []


async def test_pins_can_be_tried_a_few_times_only_under_however_many_addresses(post: Post) -> None:
    report, _ = await post.file()
    pin = await post.pin(report)
    wrong = f"{(int(pin) + 1) % 10**6:06d}"
    for number in range(ALL_SOURCES * post.office.rules.guesses_per_hour):
        post.now = MONDAY_MORNING
        await post.bring(
            a_mail(f"STATUS {report.tracking_id} {wrong}", sender=Address("mail", f"a{number}@example.com"))
        )

    (reply,) = await post.bring(a_mail(f"STATUS {report.tracking_id} {pin}", sender=BUDI))
    (own,) = await post.bring(a_mail(f"STATUS {report.tracking_id}"))
    post.now += timedelta(hours=1)
    (later,) = await post.bring(a_mail(f"STATUS {report.tracking_id} {pin}", sender=BUDI))

    assert (reply.event, own.event, later.event) == ("not_found", "status", "status")


async def test_who_answers_a_question_from_a_proven_address_ends_it_for_the_other(post: Post) -> None:
    report, _ = await post.file()
    way = Reachable(RINA, "email", "main")
    await post.write(lambda tx: tx.reachable.add(report.id, way, at=post.now))
    (question,) = await post.ask(report, "RT berapa?")

    await post.bring(answering(question, "RT 03", sender=RINA))
    other = a_mail(LAMP)
    await post.bring(other)

    assert (await post.report(report.id)).state is State.INFORMATION_RECEIVED
    assert await post.outcome(other) == ("report", "")


async def test_those_without_an_address_are_nobody(post: Post) -> None:
    nobody = Address("mail", "")
    mail = a_mail(sender=nobody)
    assert await post.bring(mail) == []
    report = await post.report_of(mail)

    later = a_mail("Tambahan", sender=nobody, belongs_to=(mail.external_id,))
    await post.bring(later)

    assert await post.outcome(later) == ("parked", "stranger")
    assert len(await post.lines(report)) == 1


async def test_a_number_in_the_subject_leads_its_reporter_to_the_report(post: Post) -> None:
    report, _ = await post.file()

    await post.bring(a_mail("Belum ada petugas datang", title=f"Laporan {show(report.tracking_id)}"))

    assert len(await post.reports()) == 1
    assert (await post.lines(report))[-1].text == "ada petugas datang"


async def test_a_number_in_a_strangers_subject_waits_for_a_person(post: Post) -> None:
    report, _ = await post.file()
    mail = a_mail(LAMP, sender=BUDI, title=f"Laporan {report.tracking_id}")

    assert await post.bring(mail) == []

    assert await post.outcome(mail) == ("parked", "stranger")


@pytest.mark.parametrize("title", ["Laporan 4821093759", "Laporan 4821093756", "Rp 1.250.000"])
async def test_a_number_that_is_nobodys_counts_as_nothing(post: Post, title: str) -> None:
    mail = a_mail(title=title)

    await post.bring(mail)

    assert await post.outcome(mail) == ("report", "")


async def test_numbers_in_subjects_can_be_tried_a_few_times_only(post: Post) -> None:
    report, _ = await post.file()
    for _ in range(post.office.rules.guesses_per_hour):
        await post.bring(a_mail(LAMP, sender=BUDI, title="Laporan 4821093759"))

    mail = a_mail(ROAD, sender=BUDI, title=f"Laporan {report.tracking_id}")
    await post.bring(mail)

    assert (await post.message(mail)).outcome.value == "report"


@pytest.mark.parametrize("words", ["", "Terima kasih", "Mohon bantuan admin"])
async def test_a_command_in_the_subject_counts_where_nothing_is_said(post: Post, words: str) -> None:
    report, _ = await post.file()

    replies = await post.bring(a_mail(words, title=f"STATUS {report.tracking_id}"))

    expected = "status" if words != "Mohon bantuan admin" else "addition"
    assert [reply.event for reply in replies] == [expected]


async def test_a_readable_thread_takes_in_what_cannot_be_read(post: Post) -> None:
    report, first = await post.file()

    await post.bring(answering(first, "", unreadable=True, attachments=(SCAN,)))

    changed = await post.report(report.id)
    assert (changed.marks, changed.attachments) == ((Mark.UNREADABLE,), (SCAN,))
    assert "tidak dapat dibaca" in (await post.lines(report, Event.ADDED))[0].text


async def test_what_cannot_be_read_becomes_a_report_with_its_original(post: Post) -> None:
    mails = [
        a_mail("", sender=sender, unreadable=True, attachments=(replace(SCAN, id=f"{n}" * 32),), title="Surat warga")
        for n, sender in enumerate((SITI, SITI, BUDI, Address("mail", "")))
    ]

    replies = [await post.bring(mail) for mail in mails]

    reports = [await post.report_of(mail) for mail in mails]
    assert len({report.id for report in reports}) == 4
    assert {(report.title, report.marks, report.duplicate_of) for report in reports} == {
        ("Surat warga", (Mark.UNREADABLE,), "")
    }
    assert [[reply.event for reply in each] for each in replies] == [["received"], ["received"], ["received"], []]


async def test_what_cannot_be_read_and_has_no_original_waits(post: Post) -> None:
    mail = a_mail("", unreadable=True)

    await post.bring(mail)

    assert await post.outcome(mail) == ("parked", "unreadable")


@pytest.mark.parametrize(("origin", "outcome"), [(Origin.ROBOT, "robot"), (Origin.BOUNCE, "bounce")])
async def test_robots_are_kept_and_nothing_comes_of_them(post: Post, origin: Origin, outcome: str) -> None:
    report, first = await post.file()
    mail = answering(first, "STATUS", origin=origin, remark="auto-reply", sender=BUDI, proven=True)

    assert await post.bring(mail) == []

    assert await post.outcome(mail) == (outcome, "auto-reply")
    assert len(await post.lines(report)) == 1
    assert await post.balance() == {0}
    assert await post.read(lambda tx: tx.figures.outcomes()) == {("email", "report"): 1, ("email", outcome): 1}


async def test_an_address_that_was_gone_is_there_again_when_its_owner_writes(post: Post) -> None:
    report, first = await post.file()

    await post.write(lambda tx: tx.contacts.save(replace(tx.contacts.lock(SITI.scheme, SITI.value), gone_at=post.now)))
    await post.bring(answering(first, "Saya tidak di kantor", origin=Origin.ROBOT, remark="auto-reply"))
    still = await post.read(lambda tx: tx.contacts.is_gone(SITI.scheme, SITI.value))

    await post.bring(answering(first, "Masih rusak"))

    assert (still, await post.read(lambda tx: tx.contacts.is_gone(SITI.scheme, SITI.value))) == (True, False)
    assert await post.lines(report, Event.ADDED)


async def test_marks_of_later_messages_are_the_reports_but_those_of_the_sender(post: Post) -> None:
    report, first = await post.file()

    await post.bring(answering(first, "Lihat berkas", marks=(Mark.SENDER_PROVEN, Mark.FILES_LEFT_OUT)))

    assert (await post.report(report.id)).marks == (Mark.FILES_LEFT_OUT,)


async def test_a_message_that_was_settled_is_left_alone(post: Post) -> None:
    report, first = await post.file()
    mail = answering(first, "Tambahan")
    await post.bring(mail)
    message_id = (await post.message(mail)).id

    later = post.now + timedelta(minutes=1)
    await post.write(lambda tx: converse(tx, message_id, office=post.office, now=later))

    assert len(await post.lines(report, Event.ADDED)) == 1
    assert await post.send() == []


async def test_in_public_who_asks_for_a_report_below_anothers_words_makes_one(post: Post) -> None:
    first = a_tweet()
    await post.bring(first)
    own = a_tweet(LAMP, sender=Address("x", "7"), belongs_to=(first.external_id,))

    await post.bring(own)

    assert await post.outcome(own) == ("report", "")
