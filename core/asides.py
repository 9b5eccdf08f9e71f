"""What a citizen asks for where everyone reads the answers: the private messages again, or a link to answer by."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core import posting
from core.filing import facts_of, reply_to, reply_with
from core.model.message import Address, Inbound, Reachable
from core.model.report import Report
from core.model.work import OutboxState
from core.office import Office
from core.ports import Tx
from core.publicity import LINK, MESSAGE, NO_MESSAGE, Written, is_out
from core.tracking import new_token

REFUSED = frozenset({OutboxState.UNWANTED, OutboxState.FAILED})
PAGE = "{}/jawab/{}"
LINKS_A_DAY = 3
"""For one report: a post with a link costs thirteen times as much."""

TOO_MANY = "rejected"
PASS = "pass"  # noqa: S105 - a scheme of addresses
"""The scheme of senders who answer by a link; the value is the digest of its token, in hexadecimal digits."""


def send_again(tx: Tx, report: Report, inbound: Inbound, *, cause: str, office: Office, now: datetime) -> None:
    """The private messages that did not get through, or that there are none."""
    words = _together(waiting(tx, report, channel=inbound.channel), inbound.channel, office)
    if not words:
        _say(tx, report, inbound, NO_MESSAGE, {}, cause=cause, office=office, now=now)
        return
    way = Reachable(inbound.sender, inbound.channel, inbound.connection, inbound.route)
    again = reply_with(
        Written("", words), way, MESSAGE, office=office, cause=f"{MESSAGE}:{cause}", report_id=report.id, now=now
    )
    posting.answer(tx, again, office=office, now=now)


def waiting(tx: Tx, report: Report, *, channel: str) -> list[str]:
    """The private messages about a report that its recipient did not get on this channel, oldest first."""
    left: list[str] = []
    for reply in tx.outbox.of_report(report.id):
        if reply.outbound.channel != channel or not reply.outbound.private:
            continue
        if reply.event == MESSAGE:
            left = []  # It held all that was left until then.
        if reply.state in REFUSED and not is_out(reply.outbound):
            left.append(reply.outbound.private)
    return left


def _together(texts: Sequence[str], channel: str, office: Office) -> str:
    """As many of the newest as go into one message."""
    capabilities, words = office.capabilities[channel], ""
    for text in reversed(texts):
        longer = f"{text}\n\n{words}" if words else text
        if capabilities.measure(longer) > capabilities.private_length:
            break
        words = longer
    return words


def give_link(tx: Tx, report: Report, inbound: Inbound, *, cause: str, office: Office, now: datetime) -> None:
    """A link that opens one answer to this report; one that was given before and not used ends. Few are given a day."""
    given = [reply.created_at for reply in tx.outbox.of_report(report.id) if reply.event == LINK]
    if sum(at is not None and now - at < timedelta(days=1) for at in given) >= LINKS_A_DAY:
        _say(tx, report, inbound, TOO_MANY, {}, cause=cause, office=office, now=now)
        return
    token = new_token(office.random_below)
    tx.passes.add(token, report_id=report.id, until=now + office.rules.pass_lasts)
    facts = {"tautan": PAGE.format(office.public_url, token)}
    _say(tx, report, inbound, LINK, facts, cause=cause, office=office, now=now)


def opened_by(tx: Tx, sender: Address) -> str:
    """The report to which a link that was used lets this sender answer; empty for every other sender."""
    return tx.passes.used(bytes.fromhex(sender.value)) if sender.scheme == PASS else ""


def _say(
    tx: Tx,
    report: Report,
    inbound: Inbound,
    event: str,
    facts: dict[str, str],
    *,
    cause: str,
    office: Office,
    now: datetime,
) -> None:
    facts = facts_of(report, office) | facts
    reply = reply_to(
        inbound, event, office=office, cause=cause, now=now, facts=facts, report_id=report.id, secret=report.secret
    )
    posting.answer(tx, reply, office=office, now=now)
