"""A person's message beside their own reports: the same again, the same topic, or a report of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.adding import add
from core.arrival import begin_report
from core.filing import facts_of, reply_to
from core.hearing import Heard
from core.joining import show_numbers
from core.model.lifecycle import ARCHIVED, CLOSED
from core.model.report import Event, Report
from core.model.work import Link, LinkDecision, LinkKind, Outcome, StoredMessage
from core.office import Office
from core.ports import Tx
from core.posting import answer
from core.scoring import SURE, UNSURE, Judgement, identical, judge
from core.text import Comparable, comparable
from core.tracking import show

OWN_REPORTS = 20


def report_or_repeat(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> str:
    """Compared with the person's own reports first: cases 1 and 2 of ``domain.md`` §6."""
    said = comparable(heard.text)
    own = _own_reports(tx, heard, office=office, now=now)
    same = next((report for report in own if _is_same_message(said, report, office=office, now=now)), None)
    if same is not None:
        return _same_message(tx, heard, same, office=office, now=now)
    nearest = _nearest(said, own)
    if nearest is None or nearest[1].score < UNSURE:
        return _begin(tx, heard, office=office, now=now).id
    earlier, judgement = nearest
    if judgement.score < SURE:
        return _file_and_ask(tx, heard, earlier, office=office, now=now)
    return _same_reporter(tx, heard, earlier, judgement, office=office, now=now)


def _own_reports(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> list[Report]:
    oldest = now - office.rules.repeat_within
    own = tx.reports.of_reporter(heard.contact.digest, limit=OWN_REPORTS)
    return [report for report in own if report.received_at > oldest and report.state not in CLOSED | ARCHIVED]


def _is_same_message(said: Comparable, earlier: Report, *, office: Office, now: datetime) -> bool:
    """The same words within a day, however few they are."""
    recent = earlier.received_at > now - office.rules.same_message_within
    return recent and identical(said, comparable(earlier.original_text))


def _nearest(said: Comparable, own: Sequence[Report]) -> tuple[Report, Judgement] | None:
    judged = [
        (report, judgement)
        for report in own
        if not (judgement := judge(said, comparable(report.original_text))).conflict
    ]
    return max(judged, key=lambda pair: pair[1].score, default=None)


def _same_message(tx: Tx, heard: Heard, earlier: Report, *, office: Office, now: datetime) -> str:
    """Case 1: one report, silently acknowledged."""
    certain = Judgement(score=1.0, conflict="", reasons=("kata-kata yang sama",))
    _link(tx, heard.stored, earlier, LinkKind.SAME_MESSAGE, certain, office=office, now=now)
    tx.messages.settle([heard.stored.id], Outcome.REPEAT, report_id=earlier.id)
    return earlier.id


def _same_reporter(
    tx: Tx, heard: Heard, earlier: Report, judgement: Judgement, *, office: Office, now: datetime
) -> str:
    """Case 2: attached to the first report; the reporter is told its number and state."""
    _link(tx, heard.stored, earlier, LinkKind.SAME_REPORTER, judgement, office=office, now=now)
    report = add(tx, heard, earlier, event=Event.REPEATED, office=office, now=now)
    spoken = office.speaking(heard.contact.language)
    reply = reply_to(
        heard.stored.inbound,
        "repeated",
        office=spoken,
        cause=heard.stored.id,
        now=now,
        facts=facts_of(report, spoken),
        report_id=report.id,
        secret=report.secret,
    )
    answer(tx, reply, office=office, now=now)
    tx.messages.settle([heard.stored.id], Outcome.ADDITION, report_id=earlier.id)
    return earlier.id


def _link(
    tx: Tx, stored: StoredMessage, first: Report, kind: LinkKind, judgement: Judgement, *, office: Office, now: datetime
) -> None:
    tx.links.add(
        Link(
            id=office.new_id(),
            kind=kind,
            decision=LinkDecision.LINKED,
            first_report=first.id,
            message_id=stored.id,
            score=judgement.score,
            reasons=judgement.reasons,
            at=now,
        )
    )


def _begin(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> Report:
    facts = {"bagian": show_numbers(heard.missing)}
    return begin_report(tx, heard, office=office, now=now, facts=facts)


def _file_and_ask(tx: Tx, heard: Heard, earlier: Report, *, office: Office, now: datetime) -> str:
    """Unsure: the new report is stored all the same, and the citizen is asked. Nothing waits for the answer."""
    report = _begin(tx, heard, office=office, now=now)
    tx.contacts.save(replace(heard.contact, choice=report.id, choice_of=earlier.id))
    facts = {"nomor": show(report.tracking_id), "nomor_lama": show(earlier.tracking_id)}
    spoken = office.speaking(heard.contact.language)
    question = reply_to(
        heard.stored.inbound, "choice", office=spoken, cause=heard.stored.id, now=now, facts=facts, report_id=report.id
    )
    answer(tx, question, office=office, now=now)
    return report.id
