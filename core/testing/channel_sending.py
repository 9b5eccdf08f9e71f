"""The kit's tests of replies: where they go, what they return, and what each failure is called."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.channel import Misconfigured, OutcomeUnknown, SendError, Throttled, Unreachable, Unsupported
from core.model.message import Attachment, Delivery, Outbound
from core.testing.channel_gates import Kit, needs
from core.testing.channel_rig import SendingRig, eventually, outbound, require

SHORT = "Laporan 4821 093 756 kami terima."
SENTENCE = "Laporan Anda sudah diteruskan ke dinas terkait. "
LONGEST_TRIED = 600


class Sending(Kit):
    """One attempt each: an id for each piece, or one of six errors."""

    @needs(lambda network: network.capabilities.sends)
    async def test_a_reply_goes_to_where_the_message_came_from(self, rig: SendingRig) -> None:
        """Replies on the route it came from, whoever wrote in between."""
        await rig.start()
        texts = [f"{SHORT} Nomor urut {who}." for who in (0, 1)]
        replies = [await outbound(rig, text, who=who) for who, text in enumerate(texts)]

        for reply in replies:
            await rig.channel.send(reply)

        sent = rig.take_sent()
        for who in (0, 1):
            words = "".join(piece.text for piece in sent if piece.who == who)
            require(texts[who] in words, "each citizen gets the answer to their own message, whole")

    @needs(lambda network: network.capabilities.sends)
    async def test_each_piece_sent_has_its_id(self, rig: SendingRig) -> None:
        """Returns one id per thing sent: those the network gave."""
        await rig.start()

        ids = await rig.channel.send(await outbound(rig, self._long_text()))

        sent = rig.take_sent()
        require(list(ids) == [piece.id for piece in sent], "send returns the network's id of every piece, in order")
        require(all(ids) and len(set(ids)) == len(ids), "ids are neither empty nor alike")
        require("".join(piece.text for piece in sent).split() == self._long_text().split(), "no text is cut or added")

    @needs(lambda network: network.capabilities.receipts)
    async def test_receipts_carry_the_ids_of_what_was_sent(self, rig: SendingRig) -> None:
        """A receipt can be matched with its piece by the id that send returned."""
        await rig.start()
        ids = await rig.channel.send(await outbound(rig, self._long_text()))

        for external_id in ids:
            await rig.receipt_for(external_id)

        await eventually(lambda: len(rig.intake.receipts) >= len(ids), "every receipt reaches the core")
        for external_id in ids:
            matching = [r for r in rig.intake.receipts if external_id in r.external_ids]
            require(matching, "a receipt carries the id that send returned")
            require(
                all(r.delivery is Delivery.DELIVERED for r in matching), "a delivered reply is said to be delivered"
            )

    @needs(lambda network: network.capabilities.sends)
    async def test_pieces_taken_already_are_not_sent_again(self, rig: SendingRig) -> None:
        """A second attempt sends what is missing, and returns the ids of all pieces, for they are kept in one place."""
        await rig.start()
        reply = await outbound(rig, self._long_text())
        ids = await rig.channel.send(reply)
        rig.take_sent()

        kept = (ids[0], *("" for _ in ids[1:]))
        again = await rig.channel.send(replace(reply, accepted=kept))

        require(len(rig.take_sent()) == len(ids) - 1, "a piece that the network took already is not sent again")
        require(len(again) == len(ids) and again[0] == ids[0], "ids of earlier pieces are returned with the new ones")

    @needs(lambda network: network.capabilities.sends)
    async def test_what_the_network_cannot_carry_is_refused_before_it(self, rig: SendingRig) -> None:
        """Unsupported is our defect, told without asking the network."""
        await rig.start()
        reply = await outbound(rig, SHORT)
        too_much = [replace(reply, text=self._text_beyond_the_limit())]
        if not self.network.capabilities.attachments:
            file = Attachment(id="f1", media_type="image/jpeg", size=3)
            too_much.append(replace(reply, attachments=(file,)))

        for excluded in too_much:
            with pytest.raises(Unsupported):
                await rig.channel.send(excluded)

        require(not rig.take_sent(), "what the capabilities exclude never reaches the network")

    @needs(lambda network: network.capabilities.sends)
    async def test_throttling_is_reported_with_the_delay(self, rig: SendingRig) -> None:
        """Throttled: not sent, worth a retry after the time the network names."""
        await rig.start()
        reply = await outbound(rig, SHORT)
        delay = timedelta(seconds=7)
        is_named = await rig.throttle(delay)

        with pytest.raises(Throttled) as caught:
            await rig.channel.send(reply)

        waits = caught.value.retry_after
        require(waits > timedelta(0), "Throttled says how long to wait")
        require(not is_named or abs(waits - delay) <= timedelta(seconds=2), "the network's own delay is reported")
        require(not rig.take_sent(), "what is throttled was not sent")

    @needs(lambda network: network.capabilities.sends)
    async def test_an_unreachable_network_is_worth_a_retry(self, rig: SendingRig) -> None:
        """Unreachable: surely not sent."""
        await rig.start()
        reply = await outbound(rig, SHORT)
        await rig.go_away()
        await eventually(lambda: _is_down(rig), "a lost connection is noticed")

        with pytest.raises(Unreachable):
            await rig.channel.send(reply)

        require(not rig.take_sent(), "Unreachable is only said of what was not sent")

    @needs(lambda network: network.capabilities.sends)
    async def test_a_lost_answer_is_an_unknown_outcome(self, rig: SendingRig) -> None:
        """It may have been sent: no error that invites a retry."""
        await rig.start()
        reply = await outbound(rig, SHORT)
        await rig.go_silent()

        with pytest.raises(SendError) as caught:
            await rig.channel.send(reply)

        require(isinstance(caught.value, OutcomeUnknown), "what was handed over and not answered is OutcomeUnknown")

    @needs(lambda network: network.capabilities.sends)
    async def test_bad_credentials_are_a_misconfiguration(self, rig: SendingRig) -> None:
        """Misconfigured: an operator is told, retries do not help."""
        await rig.start()
        reply = await outbound(rig, SHORT)
        await rig.stop()
        await rig.refuse_credentials()
        await rig.start()

        errors: list[SendError] = []

        async def refused() -> bool:
            errors.append(await _error_of(rig, reply))
            return isinstance(errors[-1], Misconfigured)

        await eventually(refused, "refused credentials are reported as Misconfigured")
        health = await rig.channel.health()
        require(not health.up and health.detail, "health says that the log-in is refused")
        require(
            all(isinstance(error, Misconfigured | Unreachable) for error in errors), "nothing is sent without a log-in"
        )

    def _long_text(self) -> str:
        """As many sentences as the network carries, so that it takes several pieces where there are pieces."""
        text = SENTENCE
        while len(text) < LONGEST_TRIED and self._fits(text + SENTENCE):
            text += SENTENCE
        return text.strip()

    def _fits(self, text: str) -> bool:
        return self.network.capabilities.measure(text.strip()) <= self.network.capabilities.max_length

    def _text_beyond_the_limit(self) -> str:
        text = SENTENCE
        while self._fits(text):
            text += text
        return text


async def _is_down(rig: SendingRig) -> bool:
    return not (await rig.channel.health()).up


async def _error_of(rig: SendingRig, reply: Outbound) -> SendError:
    try:
        await rig.channel.send(reply)
    except SendError as error:
        return error
    raise AssertionError("a network that refuses our credentials takes no reply")
