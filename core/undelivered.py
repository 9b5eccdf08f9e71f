"""What follows when a reply did not arrive: an address that takes nothing, a private way that is closed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.changes import note
from core.filing import SYSTEM, reply_by
from core.model.message import Outbound, Reachable, Receipt
from core.model.report import Event, Report
from core.model.work import Reply
from core.office import Office
from core.ports import Tx
from core.posting import GONE, elsewhere, put, tell
from core.publicity import CLOSED, MESSAGE, is_out
from core.replies import TO_STAFF

ASKED = frozenset({"question", MESSAGE})
"""What its reporter is told of each time that it does not get through; of the others once for a report."""
TAKEN_AT_ONCE = 200


def note_receipts(tx: Tx, receipts: Sequence[Receipt], *, office: Office, now: datetime) -> list[bool]:
    """Note what networks say of replies; for each whether it belongs to a reply that is known by now."""
    known = [
        tx.outbox.receipt(f"{r.channel}/{r.connection}", r.external_ids, r.delivery, at=r.at, gone=r.gone)
        for r in receipts
    ]
    if any(receipt.gone for receipt in receipts):
        take_gone(tx, office=office, now=now)
    return known


def take_gone(tx: Tx, *, office: Office, now: datetime) -> int:
    """See to the replies of which a receipt said that their address is gone; how many there were."""
    found = tx.outbox.take_gone(reason=GONE, limit=TAKEN_AT_ONCE)
    for reply in found:
        note_gone(tx, reply, office=office, now=now)
    return len(found)


def note_gone(tx: Tx, reply: Reply, *, office: Office, now: datetime) -> None:
    """Nothing else is sent to this address until its owner writes again; its news goes to another proven one, once."""
    if reply.event in TO_STAFF:
        return
    to = reply.outbound.to
    contact = tx.contacts.lock(to.scheme, to.value)
    if contact.gone_at is None:
        tx.contacts.save(replace(contact, gone_at=now))
    report = _locked(tx, reply)
    if report is None:
        return
    other = elsewhere(tx, reply, office=office, now=now)
    put(tx, [other] if other else [], office=office, now=now)
    went = f"sent to another address ({other.outbound.channel})" if other else "no other address is known"
    _say(tx, report, f"{reply.event}: {reply.reason or GONE}; {went}", now=now)


def note_given_up(tx: Tx, reply: Reply, *, now: datetime) -> None:
    """Say in the report's history that a reply will not be sent."""
    report = _locked(tx, reply)
    if report is not None:
        _say(tx, report, f"{reply.event}: {reply.reason}", now=now)


def is_closed(outbound: Outbound) -> bool:
    """Whether of a reply that was refused only the private piece is left."""
    public_is_out = not outbound.text or any(outbound.accepted[:1])
    return bool(outbound.private) and public_is_out and not is_out(outbound)


def note_closed(tx: Tx, reply: Reply, *, office: Office, now: datetime) -> None:
    """The recipient takes no direct messages: told in public, with the ways there are, and nothing else."""
    report = _locked(tx, reply)
    if report is None:
        return
    outbound = reply.outbound
    way = Reachable(outbound.to, outbound.channel, outbound.connection, outbound.route)
    cause = f"{report.id}:{reply.id}" if reply.event in ASKED else report.id
    tell(tx, [reply_by(way, report, CLOSED, office=office, cause=cause, now=now)], office=office, now=now)
    _say(tx, report, f"{reply.event}: {reply.reason}; the public part was sent", now=now)


def _locked(tx: Tx, reply: Reply) -> Report | None:
    report = tx.reports.get(reply.report_id) if reply.report_id else None
    return tx.reports.lock(report.id) if report else None


def _say(tx: Tx, report: Report, text: str, *, now: datetime) -> None:
    note(tx, report, Event.REPLY_FAILED, actor=SYSTEM, text=text, public=False, now=now)
