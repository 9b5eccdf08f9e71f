"""Five things that gateways get wrong with long messages and receipts: lost, mixed, swallowed, truncated. Here 0."""

import random
from collections import defaultdict
from collections.abc import Sequence

import pytest

from channels.sms.smsc.messages import long_bodies, message_body
from core.channel import Unsupported
from core.model.message import Inbound
from tests.channels.sms.conftest import CITIZEN, Bound, eventually, make_reply

SENDERS = 200
KEPT_TEXT = "KTP id:3174 stat:menunggu sudah 3 bulan"


def text_of(sender: int) -> str:
    return f"Warga nomor {sender} melapor: " + f"saluran air di RT {sender} tersumbat sampah, banjir tiap hujan. " * 6


def bodies_of(sender: int, rng: random.Random) -> list[bytes]:
    """The three pieces of a citizen's message, under whatever reference their phone is at."""
    return long_bodies(f"62812{sender:08}", text_of(sender), by="udh8", reference=rng.randrange(256))


async def deliver(bound: Bound, bodies: Sequence[bytes]) -> None:
    posted = [bound.smsc.post(body) for body in bodies]
    await eventually(lambda: all(p.taken.done() for p in posted), limit=20)


def joined(bound: Bound) -> dict[str, str]:
    """The text of each sender, put together from the pieces as the core does it."""
    groups: dict[str, list[Inbound]] = defaultdict(list)
    for message in bound.taken:
        assert message.part is not None
        groups[message.part.group].append(message)
    texts: dict[str, str] = {}
    for pieces in groups.values():
        assert len({m.sender.value for m in pieces}) == 1
        by_number = {m.part.number: m.raw for m in pieces if m.part}
        total = pieces[0].part.total if pieces[0].part else 0
        texts[pieces[0].sender.value] = bound.read(*(by_number.get(n) for n in range(1, total + 1)))
    return texts


def lost_or_mixed(bound: Bound) -> tuple[int, int]:
    texts = joined(bound)
    expected = {f"62812{sender:08}": text_of(sender) for sender in range(SENDERS)}
    lost = sum(texts.get(sender) != text for sender, text in expected.items())
    mixed = sum(text not in expected.values() for text in texts.values())
    return lost, mixed


async def test_m1_nothing_is_lost_when_200_senders_share_256_references(bound: Bound) -> None:
    rng = random.Random(1)

    await deliver(bound, [body for sender in range(SENDERS) for body in bodies_of(sender, rng)])

    assert lost_or_mixed(bound) == (0, 0)


async def test_m2_nothing_is_mixed_when_their_pieces_are_interleaved(bound: Bound) -> None:
    rng = random.Random(2)
    bodies = [body for sender in range(SENDERS) for body in bodies_of(sender, rng)]
    rng.shuffle(bodies)

    await deliver(bound, bodies)

    assert lost_or_mixed(bound) == (0, 0)


async def test_m3_the_last_piece_may_come_first(bound: Bound) -> None:
    rng = random.Random(3)
    orders = [(2, 0, 1), (2, 1, 0), (0, 2, 1), (1, 2, 0)]
    bodies = []
    for sender in range(SENDERS):
        pieces = bodies_of(sender, rng)
        bodies += [pieces[n] for n in orders[sender % len(orders)]]

    await deliver(bound, bodies)

    assert lost_or_mixed(bound) == (0, 0)


@pytest.mark.parametrize(
    "text",
    [
        KEPT_TEXT,
        "id:0001000000 sub:001 dlvrd:001 submit date:2611211405 done date:2611211411 stat:DELIVRD err:000 text:x",
    ],
)
async def test_m4_a_text_that_looks_like_a_receipt_is_a_text(bound: Bound, text: str) -> None:
    await bound.smsc.deliver_body(message_body(CITIZEN, text.encode()))

    assert [m.text for m in bound.taken] == [text]
    assert not bound.intake.receipts


async def test_m5_a_long_reply_is_sent_whole_or_refused_never_cut(bound: Bound) -> None:
    sentence = "Laporan Anda sedang ditindaklanjuti oleh Dinas Bina Marga. "
    fitting, too_long = (sentence * 40)[:1530], (sentence * 40)[:2000]

    ids = await bound.channel.send(make_reply(fitting))
    with pytest.raises(Unsupported):
        await bound.channel.send(make_reply(too_long))

    assert len(ids) == len(bound.smsc.submits) == 10
    assert "".join(s.text for s in bound.smsc.submits) == fitting
