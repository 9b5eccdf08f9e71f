"""Channels that each break one sentence of the contract, with the test of the kit that must say so."""

import asyncio
import hashlib
import logging
import secrets
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.channel import Busy, Health, Intake, Misconfigured, OutcomeUnknown, Refused, SendError, Throttled, Unreachable
from core.model.message import Attachment, Inbound, Outbound, Part, Receipt
from tests.architecture.toy_channel import PAUSE, PIECE, FetchingToyChannel, Frame, ToyChannel

log = logging.getLogger(__name__)


class AcknowledgesFirst(ToyChannel):
    async def _take(self, line: bytes, frame: Frame, intake: Intake) -> None:
        self._tell(frame, "accepted")
        await super()._take(line, frame, intake)


class NeverAcknowledges(ToyChannel):
    def _tell(self, frame: Frame, verdict: str) -> None:
        if verdict != "accepted":
            super()._tell(frame, verdict)


class SwallowsBusy(ToyChannel):
    def _tell(self, frame: Frame, verdict: str) -> None:
        super()._tell(frame, "accepted" if verdict == "busy" else verdict)


class AsksForRefusedMessagesAgain(ToyChannel):
    def _tell(self, frame: Frame, verdict: str) -> None:
        super()._tell(frame, "busy" if verdict == "refused" else verdict)


class AcknowledgesWhenStopped(ToyChannel):
    async def _take(self, line: bytes, frame: Frame, intake: Intake) -> None:
        try:
            await super()._take(line, frame, intake)
        except asyncio.CancelledError:
            self._tell(frame, "accepted")
            raise


class GivesEachCopyAnId(ToyChannel):
    def _external_id(self, frame: Frame) -> str:
        return secrets.token_hex(8)


class TakesEqualWordsForARepeat(ToyChannel):
    async def _inbound(self, line: bytes, frame: Frame, intake: Intake) -> Inbound:
        words = hashlib.sha256(frame["text"].encode(errors="replace"))
        message = await super()._inbound(line, frame, intake)
        return replace(message, external_id=words.hexdigest(), fingerprint=words.digest())


class LeavesTextAsItComes(ToyChannel):
    def _clean(self, text: str) -> str:
        return text


class TellsLocalTime(ToyChannel):
    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=7)


class ForgetsTheOriginal(ToyChannel):
    def _raw(self, line: bytes) -> bytes:
        return b'{"text": ""}'


class DiesOfGarbage(ToyChannel):
    async def _frames(self, reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, Frame]]:
        async for line, frame in super()._frames(reader):
            if "unknown" in frame:
                await asyncio.Event().wait()
            yield line, frame


class GroupsEachPieceAlone(ToyChannel):
    def _part(self, frame: Frame) -> Part | None:
        part = super()._part(frame)
        return part and replace(part, group=f"{part.group}/{part.number}")


class GroupsWithoutTheSender(ToyChannel):
    def _part(self, frame: Frame) -> Part | None:
        part = super()._part(frame)
        return part and replace(part, group=str(frame["part"][0]))


class StoresFilesTooLate(ToyChannel):
    async def _store(self, file: str, intake: Intake) -> Attachment:
        return Attachment(id="stored-later", media_type="image/jpeg", size=len(file))


class ForgetsTheCursor(FetchingToyChannel):
    async def _start_of(self, intake: Intake) -> str | None:
        return None


class AnswersWhoeverWroteLast(ToyChannel):
    async def _inbound(self, line: bytes, frame: Frame, intake: Intake) -> Inbound:
        self._last = frame["from"]
        return await super()._inbound(line, frame, intake)

    async def send(self, message: Outbound) -> tuple[str, ...]:
        return await super().send(replace(message, route={"to": self._last}))


class ReturnsOneIdForAll(ToyChannel):
    async def send(self, message: Outbound) -> tuple[str, ...]:
        return (await super().send(message))[:1]


class NamesReceiptsItsOwnWay(ToyChannel):
    def _receipt(self, external_id: str) -> Receipt:
        return replace(super()._receipt(external_id), external_ids=(f"receipt-{external_id}",))


class SendsEverythingAgain(ToyChannel):
    def _taken_before(self, message: Outbound) -> tuple[str, ...]:
        return ()


class CutsWhatIsTooLong(ToyChannel):
    async def send(self, message: Outbound) -> tuple[str, ...]:
        return await super().send(replace(message, text=message.text[: 5 * PIECE]))


class ForgetsTheDelay(ToyChannel):
    async def send(self, message: Outbound) -> tuple[str, ...]:
        try:
            return await super().send(message)
        except Throttled as error:
            raise Throttled("wait", retry_after=timedelta(0)) from error


class DoubtsWhatWasNeverSent(ToyChannel):
    def _not_connected(self, _to: str) -> SendError:
        return OutcomeUnknown("not connected")


class InvitesARetryOfTheUnknown(ToyChannel):
    def _unanswered(self, taken: tuple[str, ...]) -> SendError:
        return Unreachable("no answer", accepted=taken)


class CallsABadPasswordUnreachable(ToyChannel):
    def _not_connected(self, _to: str) -> SendError:
        error = super()._not_connected(_to)
        return Unreachable("not connected") if isinstance(error, Misconfigured) else error


class StaysAway(ToyChannel):
    async def receive(self, intake: Intake) -> None:
        await self._try_to_visit(intake)
        await asyncio.Event().wait()


class IsAlwaysWell(ToyChannel):
    async def health(self) -> Health:
        return Health(up=True)


class LogsTheWords(ToyChannel):
    def _clean(self, text: str) -> str:
        log.debug("message taken", extra={"text": text})
        return super()._clean(text)


class NamesThePersonInAnError(ToyChannel):
    def _not_connected(self, to: str) -> SendError:
        return Unreachable(f"could not reach {to}")


class ShowsItsPassword(ToyChannel):
    def __repr__(self) -> str:
        return f"ToyChannel({self._password.reveal()})"


class LeavesATask(ToyChannel):
    async def receive(self, intake: Intake) -> None:
        self._heart = asyncio.get_running_loop().create_task(asyncio.sleep(5))
        await super().receive(intake)


class LeavesAThread(ToyChannel):
    async def receive(self, intake: Intake) -> None:
        threading.Thread(target=threading.Event().wait, args=(5,), daemon=True).start()
        await super().receive(intake)


class LeavesASocket(ToyChannel):
    async def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        KEPT.append(writer)


KEPT: list[asyncio.StreamWriter] = []


class AdvancesWhenBusy(FetchingToyChannel):
    async def _fetch(self, intake: Intake) -> None:
        cursor = int(await intake.cursor() or 0)
        while True:
            for position, line, frame in await self._page_after(cursor):
                cursor = position
                try:
                    await intake.accept(await self._inbound(line, frame, intake), cursor=str(position))
                except (Busy, Refused):
                    continue
            await asyncio.sleep(PAUSE)


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken channel, the test that must fail for it, and words of the sentence it fails with."""

    kind: type[ToyChannel]
    test: str
    says: str

    def __str__(self) -> str:
        return self.kind.__name__


BROKEN = (
    Broken(AcknowledgesFirst, "test_nothing_is_told_before_the_commit", "told nothing before the commit"),
    Broken(
        NeverAcknowledges, "test_the_network_hears_accepted_after_the_commit", "hears that the message was accepted"
    ),
    Broken(SwallowsBusy, "test_a_busy_core_makes_the_network_bring_it_again", "never told as anything but"),
    Broken(AdvancesWhenBusy, "test_a_busy_core_makes_the_network_bring_it_again", "never told as anything but"),
    Broken(AsksForRefusedMessagesAgain, "test_a_refused_message_is_not_brought_again", "a refusal is told as final"),
    Broken(AcknowledgesWhenStopped, "test_stopping_before_the_commit_tells_nothing", "stopped acknowledges nothing"),
    Broken(GivesEachCopyAnId, "test_a_repeated_message_keeps_its_id", "the repeat is recognised"),
    Broken(TakesEqualWordsForARepeat, "test_the_same_words_twice_are_two_messages", "stay two"),
    Broken(LeavesTextAsItComes, "test_words_are_normalised", "NFC"),
    Broken(LeavesTextAsItComes, "test_nul_and_lone_surrogates_never_reach_the_core", "neither NUL nor"),
    Broken(TellsLocalTime, "test_time_route_and_ids_have_the_agreed_form", "received_at is when it came"),
    Broken(ForgetsTheOriginal, "test_the_original_reads_the_same_again", "the same text when it is read again"),
    Broken(DiesOfGarbage, "test_garbage_is_survived", "after the garbage gets through"),
    Broken(GroupsEachPieceAlone, "test_parts_of_a_long_message_share_their_group", "the same group and total"),
    Broken(GroupsWithoutTheSender, "test_other_senders_and_other_messages_have_other_groups", "has a group of its own"),
    Broken(StoresFilesTooLate, "test_attachments_are_stored_before_the_message", "before the message is offered"),
    Broken(ForgetsTheCursor, "test_it_resumes_from_the_cursor", "not fetched again"),
    Broken(AnswersWhoeverWroteLast, "test_a_reply_goes_to_where_the_message_came_from", "their own message"),
    Broken(ReturnsOneIdForAll, "test_each_piece_sent_has_its_id", "id of every piece"),
    Broken(NamesReceiptsItsOwnWay, "test_receipts_carry_the_ids_of_what_was_sent", "carries the id that send"),
    Broken(SendsEverythingAgain, "test_pieces_taken_already_are_not_sent_again", "not sent again"),
    Broken(CutsWhatIsTooLong, "test_what_the_network_cannot_carry_is_refused_before_it", "DID NOT RAISE"),
    Broken(ForgetsTheDelay, "test_throttling_is_reported_with_the_delay", "how long to wait"),
    Broken(DoubtsWhatWasNeverSent, "test_an_unreachable_network_is_worth_a_retry", "not connected"),
    Broken(InvitesARetryOfTheUnknown, "test_a_lost_answer_is_an_unknown_outcome", "is OutcomeUnknown"),
    Broken(CallsABadPasswordUnreachable, "test_bad_credentials_are_a_misconfiguration", "reported as Misconfigured"),
    Broken(StaysAway, "test_it_comes_back_by_itself_and_says_so", "reconnects by itself"),
    Broken(IsAlwaysWell, "test_it_comes_back_by_itself_and_says_so", "when the connection is lost"),
    Broken(LogsTheWords, "test_words_addresses_and_secrets_stay_out_of_sight", "shows in a log"),
    Broken(NamesThePersonInAnError, "test_words_addresses_and_secrets_stay_out_of_sight", "shows in a log"),
    Broken(ShowsItsPassword, "test_words_addresses_and_secrets_stay_out_of_sight", "shows in a log"),
    Broken(LeavesATask, "test_nothing_is_left_behind", "no task is left"),
    Broken(LeavesAThread, "test_nothing_is_left_behind", "no thread is left"),
    Broken(LeavesASocket, "test_nothing_is_left_behind", "no socket is left"),
)
