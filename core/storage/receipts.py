"""Delivery receipts: matched to the pieces of a reply, or kept until the reply's ids are known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from core.model.message import Delivery
from core.model.work import OutboxState
from core.storage.rows import add_rows, one_of
from core.storage.tables import early_receipts, outbox, outbox_pieces

GONE = "gone"
"""Stands for FAILED while nobody has seen yet that the address takes nothing any more."""
FINAL = (Delivery.DELIVERED.value, Delivery.FAILED.value, GONE)


class ReceiptRows:
    """What networks said of the pieces of replies."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, network: str, external_ids: Sequence[str], delivery: str, *, at: datetime) -> bool:
        """``delivery`` is a Delivery or GONE.

        The first of ``external_ids`` that belongs to a piece is meant; False and kept for later where none does.
        """
        known = self._pieces(network, external_ids)
        piece = next((known[e] for e in external_ids if e in known), None)
        if piece is None:
            self._keep(network, external_ids, delivery, at)
            return False
        self._mark(piece, delivery, at)
        return True

    def _keep(self, network: str, external_ids: Sequence[str], delivery: str, at: datetime) -> None:
        """Under each form of the id; a later word takes the place of one that was not final."""
        these = one_of(self._connection, early_receipts.c.external_id, external_ids)
        interim = early_receipts.c.network == network, these, early_receipts.c.delivery.not_in(FINAL)
        self._connection.execute(delete(early_receipts).where(*interim))
        word = {"network": network, "first_id": external_ids[0], "delivery": delivery, "at": at}
        add_rows(self._connection, early_receipts, [word | {"external_id": each} for each in external_ids])

    def apply_early(self, network: str, external_ids: Sequence[str]) -> None:
        """Receipts that overtook the network's answer to the reply."""
        statement = select(early_receipts).where(
            early_receipts.c.network == network, one_of(self._connection, early_receipts.c.external_id, external_ids)
        )
        found = self._connection.execute(statement).all()
        known = self._pieces(network, [row.external_id for row in found]) if found else {}
        for row in found:
            self._mark(known[row.external_id], row.delivery, row.at)
        if found:
            spent = one_of(self._connection, early_receipts.c.first_id, {row.first_id for row in found})
            self._connection.execute(delete(early_receipts).where(early_receipts.c.network == network, spent))

    def forget(self, *, before: datetime) -> None:
        """Receipts that nothing of ours answered to in all that time.

        One that was noted while another transaction wrote the ids of its reply is not forgotten but applied.
        """
        for network, external_id in self._connection.execute(_MISSED).all():
            self.apply_early(network, [external_id])
        self._connection.execute(delete(early_receipts).where(early_receipts.c.at < before))

    def _pieces(self, network: str, external_ids: Sequence[str]) -> dict[str, Any]:
        """The newest piece for each id: networks use their ids again after a while."""
        statement = (
            select(outbox_pieces)
            .where(
                outbox_pieces.c.network == network, one_of(self._connection, outbox_pieces.c.external_id, external_ids)
            )
            .order_by(outbox_pieces.c.outbox_id)
        )
        return {row.external_id: row for row in self._connection.execute(statement)}

    def _mark(self, piece: Any, delivery: str, at: datetime) -> None:
        """A final word stands; a later 'pending' does not take it back."""
        this = outbox_pieces.c.outbox_id == piece.outbox_id, outbox_pieces.c.number == piece.number
        open_yet = outbox_pieces.c.delivery.not_in(FINAL)
        self._connection.execute(update(outbox_pieces).where(*this, open_yet).values(delivery=delivery, at=at))
        self.conclude(piece.outbox_id)

    def take_gone(self, *, limit: int) -> set[str]:
        """The replies with a piece that is GONE, each given to one caller: from now on that piece has FAILED."""
        gone = outbox_pieces.c.delivery == GONE
        some = select(outbox_pieces.c.outbox_id).where(gone).order_by(outbox_pieces.c.outbox_id).limit(limit)
        these = update(outbox_pieces).where(gone, outbox_pieces.c.outbox_id.in_(some))
        failed = these.values(delivery=Delivery.FAILED.value).returning(outbox_pieces.c.outbox_id)
        return set(self._connection.execute(failed).scalars())

    def conclude(self, outbox_id: str) -> None:
        """A reply is delivered when every piece is, failed when one is."""
        statement = select(outbox_pieces.c.delivery).where(outbox_pieces.c.outbox_id == outbox_id)
        deliveries = set(self._connection.execute(statement).scalars())
        if {Delivery.FAILED.value, GONE} & deliveries:
            state = OutboxState.FAILED
        elif deliveries == {Delivery.DELIVERED.value}:
            state = OutboxState.DELIVERED
        else:
            return
        sent = outbox.c.id == outbox_id, outbox.c.state.in_([OutboxState.SENT.value, OutboxState.DELIVERED.value])
        self._connection.execute(update(outbox).where(*sent).values(state=state.value))


_MISSED = (
    select(early_receipts.c.network, early_receipts.c.external_id)
    .join(
        outbox_pieces,
        (outbox_pieces.c.network == early_receipts.c.network)
        & (outbox_pieces.c.external_id == early_receipts.c.external_id),
    )
    .distinct()
    .order_by(early_receipts.c.network, early_receipts.c.external_id)
    .limit(1000)
)
