"""The door to the outbox: who wants no messages, addresses that take none, and robots that answer robots."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from core.filing import reply_by, reply_with
from core.model.message import Address, Reachable
from core.model.report import Report
from core.model.work import OutboxState, Reply
from core.office import Office
from core.ports import Tx
from core.publicity import Written
from core.replies import TO_STAFF

SILENCE = "the recipient asked for no messages"
GONE = "the address takes nothing any more"
BRAKE = "loop brake"
STATUS = "status"


def answer(tx: Tx, reply: Reply, *, office: Office, now: datetime) -> None:
    """Write a reply to a message. Beyond what the network's brake allows one address it stays unsent, and seen.

    Two robots that answer each other end here, and so does who is written to in somebody else's name. The address's
    contact is locked by whoever works on its message.
    """
    to, brake = reply.outbound.to, office.capabilities[reply.outbound.channel].brake
    if any(tx.answered.count(to, span=span, at=now) >= most for span, most in brake):
        reply = _unsent(reply, BRAKE)
    else:
        for span, _ in brake:
            tx.answered.add(to, span=span, at=now)
    tx.outbox.add([reply])


def tell(tx: Tx, replies: Iterable[Reply], *, office: Office, now: datetime) -> None:
    """Write replies that nobody is waiting for: about a report's progress.

    Who asked for no messages is noted, not written to. Where an address takes nothing any more the same goes to
    another one from which somebody proved to be the reporter, if there is one.
    """
    tx.outbox.add([each for reply in replies for each in _on_its_way(tx, reply, office=office, now=now)])


def _on_its_way(tx: Tx, reply: Reply, *, office: Office, now: datetime) -> list[Reply]:
    to = reply.outbound.to
    if reply.state is not OutboxState.PENDING:
        return [reply]
    if tx.contacts.is_opted_out(to.scheme, to.value):
        return [_unsent(reply, SILENCE)]
    if tx.contacts.is_gone(to.scheme, to.value):
        other = elsewhere(tx, reply, office=office, now=now)
        return [_unsent(reply, GONE), *([other] if other else [])]
    return [reply]


def _unsent(reply: Reply, reason: str) -> Reply:
    return replace(reply, state=OutboxState.UNWANTED, reason=reason)


def elsewhere(tx: Tx, reply: Reply, *, office: Office, now: datetime) -> Reply | None:
    """The same news for another address, in the same words where its network carries them, else as the report's state.

    None where nobody proved another address that can be written to: one that only a form named is never used. It has
    one cause for each reply, so that it is written once.
    """
    report = tx.reports.get(reply.report_id) if reply.report_id and reply.event not in TO_STAFF else None
    way = _other_way(tx, report, reply.outbound.to, office) if report else None
    if report is None or way is None:
        return None
    cause = f"elsewhere:{reply.id}"
    said = reply.outbound.private or reply.outbound.text
    capabilities = office.capabilities[way.channel]
    if capabilities.public or capabilities.measure(said) > capabilities.max_length:
        return replace(reply_by(way, report, STATUS, office=office, cause=cause, now=now), cause=cause)
    return reply_with(Written(said), way, reply.event, office=office, cause=cause, report_id=report.id, now=now)


def _other_way(tx: Tx, report: Report, taken: Address, office: Office) -> Reachable | None:
    """The one heard from last whose network sends, whose owner wants messages, and which takes them."""
    for way in tx.reachable.of(report.id):
        to, capabilities = way.address, office.capabilities.get(way.channel)
        if to == taken or capabilities is None or not capabilities.sends:
            continue
        if not (tx.contacts.is_opted_out(to.scheme, to.value) or tx.contacts.is_gone(to.scheme, to.value)):
            return way
    return None
