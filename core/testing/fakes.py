"""The core as a channel sees it, without a database: it records, keeps the core's rules and can be told to fail."""

import asyncio
import secrets
from collections.abc import AsyncIterable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from core.channel import Refused
from core.model.lifecycle import State
from core.model.message import Accepted, Attachment, FiledReport, Inbound, Receipt
from core.model.work import WantedFile
from core.tracking import new_pin, new_tracking_id


class RecordingIntake:
    """An ``Intake`` that keeps everything in memory.

    It recognises what the core recognises: a known ``external_id``, the same with another fingerprint, and an equal
    fingerprint within a message's redelivery window.

    Attributes:
        offered: every message that ``accept`` was called with, also those that were not taken.
        committed: the messages taken, each once, in the order of their commit.
        cursors: the cursors committed, in order.
        receipts: what the network said of replies.
        files: the content of each stored attachment, by its id.
        wishes: files that are still to be fetched; ``late``: those that were, by the message's id; ``gone``: those that
            never will be.
        largest: how large a file may be, in bytes.
    """

    def __init__(self, *, cursor: str | None = None) -> None:
        self.offered: list[Inbound] = []
        self.committed: list[Inbound] = []
        self.cursors: list[str] = [] if cursor is None else [cursor]
        self.receipts: list[Receipt] = []
        self.files: dict[str, bytes] = {}
        self.wishes: dict[tuple[str, int], WantedFile] = {}
        self.late: dict[str, list[Attachment]] = {}
        self.gone: list[WantedFile] = []
        self.largest = 10_485_760
        self._answers: dict[int, Accepted] = {}
        self._failures: dict[int, Exception] = {}
        self._store_failure: Exception | None = None
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        """From now on ``accept`` does not return: the commit takes for ever, until ``release``."""
        self._open.clear()

    def release(self) -> None:
        """Let everything that was held be committed."""
        self._open.set()

    def fail(self, error: Exception, *, at: int = 1) -> None:
        """Make the ``at``-th ``accept`` from now raise ``error`` (Busy, Refused) and store nothing."""
        self._failures[len(self.offered) + at] = error

    def fail_store(self, error: Exception) -> None:
        """Make the next ``store`` raise ``error`` once the file was read."""
        self._store_failure = error

    async def accept(
        self,
        message: Inbound,
        *,
        cursor: str | None = None,
        in_line: bool = False,  # noqa: ARG002 - nobody writes too often here
    ) -> Accepted:
        """As the core: returns once the message is kept, and says so when it was there already."""
        self.offered.append(message)
        number = len(self.offered)
        await self._open.wait()
        if failure := self._failures.pop(number, None):
            raise failure
        accepted = self._again(message) or self._commit(message)
        if cursor is not None:
            self.cursors.append(cursor)
        return accepted

    async def cursor(self) -> str | None:
        """The cursor committed last."""
        return self.cursors[-1] if self.cursors else None

    async def store(
        self, content: AsyncIterable[bytes], media_type: str, *, name: str = "", original: bool = False
    ) -> Attachment:
        """Keep a file under a random id; one that is larger than ``largest`` is refused, unless it is an original."""
        kept = b"".join([chunk async for chunk in content])
        if failure := self._store_failure:
            self._store_failure = None
            raise failure
        if len(kept) > self.largest and not original:
            raise Refused(f"the file is larger than {self.largest} bytes", field="file")
        file_id = secrets.token_hex(16)
        self.files[file_id] = kept
        return Attachment(id=file_id, media_type=media_type, size=len(kept), name=name)

    async def receipt(self, receipt: Receipt) -> None:
        """Note what became of a reply."""
        self.receipts.append(receipt)

    async def wanted(self, *, limit: int) -> Sequence[WantedFile]:
        """What is due, in the order of the messages."""
        now = datetime.now(UTC)
        due = [one for one in self.wishes.values() if one.not_before is None or one.not_before <= now]
        return due[:limit]

    async def fetched(self, wanted: WantedFile, attachment: Attachment) -> None:
        """Keep it with its message."""
        if self.wishes.pop((wanted.message_id, wanted.number), None) is not None:
            self.late.setdefault(wanted.message_id, []).append(attachment)

    async def postpone(self, wanted: WantedFile) -> None:
        """Later."""
        self.wishes[wanted.message_id, wanted.number] = wanted

    async def lost(self, wanted: WantedFile) -> None:
        """Never."""
        self.gone.append(self.wishes.pop((wanted.message_id, wanted.number)))

    def _again(self, message: Inbound) -> Accepted | None:
        for index, known in enumerate(self.committed):
            if _is_redelivered(message, known):
                return self._repeated(index)
            if _key(known) == _key(message):
                if known.fingerprint != message.fingerprint:
                    raise Refused("this id was used for another message", field="external_id")
                return self._repeated(index)
        return None

    def _repeated(self, index: int) -> Accepted:
        first = self._answers[index]
        return Accepted(first.message_id, repeated=True, report=first.report)

    def _commit(self, message: Inbound) -> Accepted:
        if any(attachment.id not in self.files for attachment in message.attachments):
            raise Refused("no such file; upload it first", field="attachments")
        answer = Accepted(f"message-{len(self.committed) + 1}", report=_filed(message))
        self._answers[len(self.committed)] = answer
        self.committed.append(message)
        for number, file in enumerate(message.wanted):
            wanted = WantedFile(answer.message_id, number, message.channel, message.connection, file)
            self.wishes[answer.message_id, number] = wanted
        return answer


def _key(message: Inbound) -> tuple[str, str, str]:
    return message.channel, message.connection, message.external_id


def _is_redelivered(message: Inbound, known: Inbound) -> bool:
    since, until = message.redelivered_since, message.redelivered_until
    if since is None or message.fingerprint != known.fingerprint:
        return False
    return since <= known.received_at and (until is None or known.received_at < until)


def _filed(message: Inbound, random_below: Callable[[int], int] = secrets.randbelow) -> FiledReport | None:
    if message.form is None:
        return None
    return FiledReport(
        tracking_id=new_tracking_id(random_below),
        state=State.UNVERIFIED,
        verify_by=datetime.now(UTC) + timedelta(days=3),
        pin=new_pin(random_below),
    )
