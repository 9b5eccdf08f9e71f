"""Which report a message continues, and whether its sender may speak for that report."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.message import Address, Inbound, Mark, Reachable
from core.model.report import Report
from core.office import Office
from core.ports import Tx
from core.tracking import is_valid, read_tracking_id

MOST_IDS = 50


class Writer(StrEnum):
    """Who writes: the reporter, at an address known as theirs; whoever holds what we sent to the reporter, as the
    network proves; or somebody who only says that it belongs there.
    """

    OWN = "own"
    HOLDER = "holder"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Belonging:
    """The report that a message continues, and who wrote it."""

    report: Report
    writer: Writer

    @property
    def is_own(self) -> bool:
        """The reporter writes."""
        return self.writer is Writer.OWN


def is_own(tx: Tx, report: Report, sender: Address) -> bool:
    """Whether a report is this sender's: its reporter's address, or one proven with its PIN."""
    if not sender.value:
        return False  # All whose address is unknown are nobody.
    return report.reporter == sender or any(known.address == sender for known in tx.reachable.of(report.id))


def is_doubtful(inbound: Inbound) -> bool:
    """The network's own proofs say that somebody else may have written in this sender's name."""
    return Mark.SENDER_DOUBTFUL in inbound.marks


def is_by_reporter(tx: Tx, report: Report, inbound: Inbound) -> bool:
    """Whether a message is its reporter's. In a doubtful sender's name anybody may write."""
    return not is_doubtful(inbound) and is_own(tx, report, inbound.sender)


def remember(tx: Tx, report: Report, inbound: Inbound, *, office: Office, now: datetime) -> None:
    """The sender proved to be the reporter: this is a way to reach them, unless nothing can be sent there, or the
    address may be another's.
    """
    if not inbound.sender.value or is_doubtful(inbound) or not office.capabilities[inbound.channel].sends:
        return
    way = Reachable(inbound.sender, inbound.channel, inbound.connection, dict(inbound.route))
    tx.reachable.add(report.id, way, at=now)


def find_belonging(tx: Tx, inbound: Inbound) -> Belonging | None:
    """By what the message answers or continues, the nearest first; None where that leads to no report."""
    asked = inbound.belongs_to[:MOST_IDS]
    if not asked:
        return None
    sent = tx.outbox.sent_as(f"{inbound.channel}/{inbound.connection}", asked)
    known = tx.messages.reports_of(inbound.channel, asked)
    leading = next((each for each in asked if each in sent or each in known), None)
    report = tx.reports.get(sent.get(leading) or known[leading]) if leading is not None else None
    if report is None:
        return None
    return Belonging(report, _writer(tx, report, inbound, leads=leading == asked[0]))


def _writer(tx: Tx, report: Report, inbound: Inbound, *, leads: bool) -> Writer:
    """Only the first of the ids is proven."""
    if is_by_reporter(tx, report, inbound):
        return Writer.OWN
    return Writer.HOLDER if inbound.proven and leads else Writer.STRANGER


def number_in_title(inbound: Inbound) -> str:
    """A tracking number in the subject line that may have been given; empty for none."""
    number = read_tracking_id(inbound.title) or ""
    return number if is_valid(number) else ""


def find_named(tx: Tx, inbound: Inbound, number: str) -> Belonging | None:
    """The report with this number. To know its number proves nothing."""
    report = tx.reports.find(number)
    if report is None:
        return None
    return Belonging(report, Writer.OWN if is_by_reporter(tx, report, inbound) else Writer.STRANGER)
