"""Replies on their way, in the database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select, update

from core.model.message import Delivery, Outbound
from core.model.work import OutboxState, Reply
from core.storage.receipts import GONE, ReceiptRows
from core.storage.rows import add_rows, encode, locks_rows, one_of
from core.storage.tables import outbox, outbox_pieces
from core.vault import Vault

decode = msgspec.msgpack.Decoder(Outbound).decode


class OutboxRows:
    """``registers.Outbox``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._receipts = ReceiptRows(connection)

    def add(self, replies: Iterable[Reply]) -> Collection[str]:
        """The unique cause keeps a step that runs again from answering again."""
        return add_rows(self._connection, outbox, [self._row(reply) for reply in replies])

    def _row(self, reply: Reply) -> dict[str, Any]:
        return {
            "id": reply.id,
            "cause": reply.cause,
            "event": reply.event,
            "report_id": reply.report_id,
            "channel": reply.outbound.channel,
            "connection": reply.outbound.connection,
            "lane": reply.outbound.lane.value,
            "state": reply.state.value,
            "attempts": reply.attempts,
            "doubtful": reply.doubtful,
            "not_before": reply.not_before,
            "lease_until": None,
            "owner": "",
            "created_at": reply.created_at,
            "reason": reply.reason,
            "sealed": self._vault.seal(encode(reply.outbound)),
        }

    def claim(
        self, *, channel: str, connection: str, owner: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Reply]:
        """First lane first ('first' sorts before 'ordinary'), then in order of writing."""
        due = (
            select(outbox)
            .where(
                outbox.c.state == OutboxState.PENDING.value,
                outbox.c.channel == channel,
                outbox.c.connection == connection,
                outbox.c.not_before <= now,
            )
            .order_by(outbox.c.lane, outbox.c.not_before, outbox.c.id)
            .limit(limit)
        )
        found = self._connection.execute(
            due.with_for_update(skip_locked=True) if locks_rows(self._connection) else due
        ).all()
        if found:
            taken = {
                "state": OutboxState.SENDING.value,
                "owner": owner,
                "lease_until": now + lease,
                "attempts": outbox.c.attempts + 1,
            }
            ids = [row.id for row in found]
            self._connection.execute(update(outbox).where(one_of(self._connection, outbox.c.id, ids)).values(taken))
        return [replace(self._reply(row), state=OutboxState.SENDING, attempts=row.attempts + 1) for row in found]

    def release(self, reply_ids: Collection[str], *, owner: str) -> None:
        """Back to pending, without the attempt."""
        values = {
            "state": OutboxState.PENDING.value,
            "owner": "",
            "lease_until": None,
            "attempts": outbox.c.attempts - 1,
        }
        mine = one_of(self._connection, outbox.c.id, reply_ids), outbox.c.owner == owner, *self._is_sending()
        self._connection.execute(update(outbox).where(*mine).values(values))

    def save(self, reply: Reply, *, owner: str) -> bool:
        """Only the holder of the lease writes; the pieces' ids are kept for their receipts."""
        held = and_(outbox.c.id == reply.id, outbox.c.owner == owner, *self._is_sending())
        written = self._write(reply, held)
        if written:
            self._note_pieces(reply)
        return written

    def settle_abandoned(self, reply: Reply) -> None:
        """Write what is decided about a reply whose sender vanished."""
        self._write(reply, and_(outbox.c.id == reply.id, *self._is_sending()))

    def _is_sending(self) -> tuple[ColumnElement[bool]]:
        return (outbox.c.state == OutboxState.SENDING.value,)

    def _write(self, reply: Reply, condition: ColumnElement[bool]) -> bool:
        row = self._row(reply)
        del row["id"], row["created_at"], row["cause"]
        return self._connection.execute(update(outbox).where(condition).values(row)).rowcount == 1

    def _note_pieces(self, reply: Reply) -> None:
        given = [(number, piece) for number, piece in enumerate(reply.outbound.accepted, 1) if piece]
        if not given:
            return
        network = f"{reply.outbound.channel}/{reply.outbound.connection}"
        if reply.attempts > 1:
            self._drop_pieces_but(reply.id, [piece for _, piece in given])
        rows = [
            {
                "outbox_id": reply.id,
                "number": number,
                "network": network,
                "external_id": piece,
                "delivery": Delivery.PENDING.value,
                "at": None,
            }
            for number, piece in given
        ]
        add_rows(self._connection, outbox_pieces, rows)
        self._receipts.apply_early(network, [piece for _, piece in given])
        if reply.attempts > 1:
            self._receipts.conclude(reply.id)

    def _drop_pieces_but(self, reply_id: str, kept: Sequence[str]) -> None:
        """Pieces that were sent anew have new ids; the others keep what is known of them."""
        outdated = outbox_pieces.c.outbox_id == reply_id, ~one_of(self._connection, outbox_pieces.c.external_id, kept)
        self._connection.execute(delete(outbox_pieces).where(*outdated))

    def forget_receipts(self, *, before: datetime) -> None:
        """See ``ReceiptRows.forget``."""
        self._receipts.forget(before=before)

    def receipt(
        self, network: str, external_ids: Sequence[str], delivery: Delivery, *, at: datetime, gone: bool = False
    ) -> bool:
        """See ``ReceiptRows.note``."""
        word = GONE if gone and delivery is Delivery.FAILED else delivery.value
        return self._receipts.note(network, external_ids, word, at=at)

    def take_gone(self, *, reason: str, limit: int) -> Sequence[Reply]:
        """Oldest first."""
        taken = sorted(self._receipts.take_gone(limit=limit))
        if not taken:
            return []
        these = one_of(self._connection, outbox.c.id, taken)
        self._connection.execute(update(outbox).where(these).values(reason=reason))
        found = self._connection.execute(select(outbox).where(these).order_by(outbox.c.id).limit(limit))
        return [self._reply(row) for row in found]

    def abandoned(self, *, now: datetime, limit: int) -> Sequence[Reply]:
        """Locked, so that two sweepers do not both decide."""
        statement = (
            select(outbox).where(*self._is_sending(), outbox.c.lease_until < now).order_by(outbox.c.id).limit(limit)
        )
        statement = statement.with_for_update(skip_locked=True) if locks_rows(self._connection) else statement
        return [self._reply(row) for row in self._connection.execute(statement)]

    def sent_as(self, network: str, external_ids: Collection[str]) -> Mapping[str, str]:
        """One look-up for all."""
        ours = outbox_pieces.c.network == network, one_of(self._connection, outbox_pieces.c.external_id, external_ids)
        statement = (
            select(outbox_pieces.c.external_id, outbox.c.report_id)
            .join_from(outbox_pieces, outbox, outbox.c.id == outbox_pieces.c.outbox_id)
            .where(*ours, outbox.c.report_id != "")
            .order_by(outbox.c.id)
        )
        return {row.external_id: row.report_id for row in self._connection.execute(statement)}

    def listing(self, *, limit: int, states: Collection[OutboxState] = ()) -> Sequence[Reply]:
        """Newest first."""
        statement = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
        if states:
            statement = statement.where(outbox.c.state.in_([state.value for state in states]))
        return [self._reply(row) for row in self._connection.execute(statement)]

    def of_report(self, report_id: str) -> Sequence[Reply]:
        """Oldest first."""
        statement = select(outbox).where(outbox.c.report_id == report_id).order_by(outbox.c.id).limit(1000)
        return [self._reply(row) for row in self._connection.execute(statement)]

    def _reply(self, row: Row[Any]) -> Reply:
        return Reply(
            id=row.id,
            cause=row.cause,
            event=row.event,
            outbound=decode(self._vault.open(row.sealed)),
            report_id=row.report_id,
            state=OutboxState(row.state),
            attempts=row.attempts,
            not_before=row.not_before,
            created_at=row.created_at,
            doubtful=row.doubtful,
            reason=row.reason,
        )
