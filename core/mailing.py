"""Mails to staff: all that is due for one person in one mail, written in the transaction that takes it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.filing import facts_of
from core.model.lifecycle import ARCHIVED, CLOSED
from core.model.message import Address, Outbound
from core.model.network import Postbox
from core.model.notice import Notice, NoticeKind
from core.model.people import Staff
from core.model.report import Report
from core.model.work import Reply
from core.office import Office
from core.ports import Tx

EVENT = "notices"
LINE, DONE = "notices_line", "notices_done"
REPORT = "{}/console/laporan/{}"
MOST_LINES = 200
"""Of one kind in one mail; the mail says how many there are in all."""


def write_mails(tx: Tx, *, office: Office, now: datetime, limit: int) -> int:
    """Write one mail to each of up to ``limit`` people; how many were written.

    Who has no address or left, and everybody where no connection sends mail, gets none: what was due for them is
    settled all the same and stands in the console's list, so that nothing waits for a day on which all of it goes out.
    """
    due: dict[str, list[Notice]] = defaultdict(list)
    for notice in tx.notices.take_mails(now=now, limit=limit):
        due[notice.staff_id].append(notice)
    reports = {r.id: r for r in tx.reports.some({n.report_id for notices in due.values() for n in notices})}
    mails = [
        _mail(person, post, due[person.id], listed, office=office, now=now)
        for person in tx.people.some(due)
        if (post := _postbox(person, office)) and (listed := _by_kind(due[person.id], reports))
    ]
    tx.outbox.add(mails)
    return len(mails)


def _postbox(person: Staff, office: Office) -> Postbox | None:
    return office.postbox(Address("mail", person.email)) if person.active and person.email else None


def _by_kind(notices: Iterable[Notice], reports: Mapping[str, Report]) -> dict[NoticeKind, list[Report]]:
    """Each report once under each kind of news, kinds and reports in their order."""
    found: dict[NoticeKind, dict[str, Report]] = {kind: {} for kind in NoticeKind}
    for notice in notices:
        if report := reports.get(notice.report_id):
            found[notice.kind][report.id] = report
    return {kind: list(some.values()) for kind, some in found.items() if some}


def _mail(
    person: Staff,
    post: Postbox,
    notices: Sequence[Notice],
    listed: Mapping[NoticeKind, Sequence[Report]],
    *,
    office: Office,
    now: datetime,
) -> Reply:
    """A notice is due once, so the first of them names the mail."""
    mail_id = office.new_id()
    facts = {
        "jumlah": str(sum(len(reports) for reports in listed.values())),
        "daftar": "\n\n".join(_section(kind, reports, post, office) for kind, reports in listed.items()),
    }
    outbound = Outbound(
        id=mail_id,
        channel=post.channel,
        connection=post.connection,
        to=Address("mail", person.email),
        text=_compose(EVENT, facts, post, office),
    )
    cause = f"{EVENT}:{person.id}:{notices[0].id}"
    return Reply(id=mail_id, cause=cause, event=EVENT, outbound=outbound, not_before=now, created_at=now)


def _section(kind: NoticeKind, reports: Sequence[Report], post: Postbox, office: Office) -> str:
    return "\n".join([office.replies.notice(kind), *(_line(report, post, office) for report in reports[:MOST_LINES])])


def _line(report: Report, post: Postbox, office: Office) -> str:
    """Number, deadline and link: nothing that a citizen said."""
    event = DONE if report.state in CLOSED | ARCHIVED else LINE
    facts = facts_of(report, office) | {"tautan": REPORT.format(office.public_url, report.tracking_id)}
    return _compose(event, facts, post, office)


def _compose(event: str, facts: Mapping[str, str], post: Postbox, office: Office) -> str:
    capabilities = office.capabilities[post.channel]
    return office.replies.compose(event, facts, channel=post.channel, capabilities=capabilities)
