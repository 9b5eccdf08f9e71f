"""A message in hand: the words of a whole message, who sent them, and the answer on the way they came."""

from dataclasses import dataclass, field
from datetime import datetime

from core.belonging import Belonging
from core.filing import facts_of, reply_to
from core.model.message import Command, Mark
from core.model.report import Report
from core.model.work import Contact, StoredMessage
from core.office import Office
from core.ports import Tx
from core.posting import answer

OF_ITS_MESSAGE = frozenset({Mark.SENDER_PROVEN})


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole message and the person who sent it. ``missing``: pieces of a long message that never came."""

    stored: StoredMessage
    text: str = field(repr=False)
    contact: Contact
    missing: tuple[int, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Neither words nor files, fetched or not."""
        return not self.text.strip() and not self.stored.inbound.attachments and not self.stored.inbound.wanted


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything one command needs. ``belonging``: what the message continues, which is meant where no number is."""

    tx: Tx
    heard: Heard
    command: Command
    office: Office
    now: datetime
    belonging: Belonging | None = None

    @property
    def spoken(self) -> Office:
        """The office in the language of whoever wrote."""
        return self.office.speaking(self.heard.contact.language)

    def say(self, event: str, report: Report | None = None, **facts: str) -> None:
        """Answer on the route the message came from, in its writer's language."""
        office = self.spoken
        shown = (facts_of(report, office) if report else {}) | facts
        inbound, cause = self.heard.stored.inbound, self.heard.stored.id
        report_id = report.id if report else ""
        secret = bool(report and report.secret)
        reply = reply_to(
            inbound,
            event,
            office=office,
            cause=cause,
            now=self.now,
            facts=shown,
            report_id=report_id,
            secret=secret,
        )
        answer(self.tx, reply, office=office, now=self.now)


def gathered(report: Report, heard: Heard) -> dict[str, object]:
    """What a report takes from a later message: its files, and what staff should know of how it came."""
    inbound = heard.stored.inbound
    new = [mark for mark in inbound.marks if mark not in OF_ITS_MESSAGE]
    files = tuple(file for file in inbound.attachments if file not in report.attachments)
    updates: dict[str, object] = {}
    if files:
        updates["attachments"] = (*report.attachments, *files)
    if set(new) - set(report.marks):
        updates["marks"] = tuple(dict.fromkeys((*report.marks, *new)))
    return updates
