"""Inbound messages in the database."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select, text, update

from core.model.message import Inbound
from core.model.work import Job, JobKind, Outcome, StoredMessage
from core.storage.jobs import JobRows
from core.storage.rows import add_rows, encode, locks_rows, one_of
from core.storage.tables import messages
from core.storage.taking import take_new
from core.vault import Vault

decode = msgspec.msgpack.Decoder(Inbound).decode

BY_ID = select(messages).where(messages.c.id == bindparam("id"))
# Written out, as the partial index is used only where its condition is known when the statement is planned.
PARKED = text("outcome = 'parked'")
SETTLING = (
    update(messages)
    .where(messages.c.id == bindparam("message_id"))
    .values(outcome=bindparam("new_outcome"), report_id=bindparam("of_report"), note=bindparam("new_note"))
)


class MessageRows:
    """``registers.Messages``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def redelivered(self, given: Sequence[Inbound]) -> Mapping[int, str]:
        """One look-up for all; the windows are compared here, and of several the oldest is the one."""
        asked = [(index, message) for index, message in enumerate(given) if message.redelivered_since is not None]
        if not asked:
            return {}
        known = self._newest_by_fingerprint([message for _, message in asked])
        return {
            index: message_id
            for index, message in asked
            for message_id, received_at, stored_at in reversed(known.get(message.fingerprint, []))
            if _is_within(message, received_at, stored_at)
        }

    def _newest_by_fingerprint(self, asked: Sequence[Inbound]) -> dict[bytes, list[tuple[str, datetime, datetime]]]:
        """By fingerprint: id, reception and commit of each message of the widest window, oldest first."""
        oldest = min(message.redelivered_since for message in asked if message.redelivered_since is not None)
        fingerprints = {self._keyed(message.fingerprint): message.fingerprint for message in asked}
        statement = (
            select(messages.c.fingerprint, messages.c.id, messages.c.received_at, messages.c.stored_at)
            .where(one_of(self._connection, messages.c.fingerprint, fingerprints), messages.c.stored_at >= oldest)
            .order_by(messages.c.stored_at)
        )
        known: dict[bytes, list[tuple[str, datetime, datetime]]] = {}
        for keyed, *message in self._connection.execute(statement):
            known.setdefault(fingerprints[keyed], []).append(tuple(message))
        return known

    def _keyed(self, fingerprint: bytes) -> bytes:
        """A bare digest of a number and a text could be found by trying."""
        return self._vault.digest_bytes("fingerprint", fingerprint)

    def add_all(self, given: Sequence[StoredMessage], *, now: datetime) -> Mapping[str, tuple[str, bytes]]:
        """One statement for all; a second one only where some were known already."""
        new = add_rows(
            self._connection, messages, [self.row(stored) for stored in given], same={"stored_at": now, "note": ""}
        )
        repeated = [stored for stored in given if stored.id not in new]
        return self._known_by_id(repeated) if repeated else {}

    def _known_by_id(self, repeated: Sequence[StoredMessage]) -> dict[str, tuple[str, bytes]]:
        asked = {stored.inbound.external_id for stored in repeated}
        statement = select(messages.c.channel, messages.c.external_id, messages.c.id, messages.c.sealed).where(
            one_of(self._connection, messages.c.external_id, asked)
        )
        first = {
            (row.channel, row.external_id): (row.id, decode(self._vault.open(row.sealed)).fingerprint)
            for row in self._connection.execute(statement)
        }
        keys = {stored.id: (stored.inbound.channel, stored.inbound.external_id) for stored in repeated}
        return {stored_id: first[key] for stored_id, key in keys.items() if key in first}

    def take(
        self, given: Sequence[StoredMessage], *, now: datetime, told: bool = False
    ) -> Mapping[str, tuple[str, bytes]]:
        """On PostgreSQL one statement; further ones only where something was not new."""
        if locks_rows(self._connection):
            new = take_new(
                self._connection,
                [self.row(s) | window(s.inbound) for s in given],
                now=now,
                told_at=now if told else None,
            )
        else:
            new = self._take_in_turn(given, now=now, told=told)
        rest = [stored for stored in given if stored.id not in new]
        return self.known(rest)

    def _take_in_turn(self, given: Sequence[StoredMessage], *, now: datetime, told: bool) -> frozenset[str]:
        redelivered = self.redelivered([stored.inbound for stored in given])
        fresh = [stored for index, stored in enumerate(given) if index not in redelivered]
        known = self.add_all(fresh, now=now)
        new = [stored for stored in fresh if stored.id not in known]
        waiting = [Job(s.id, JobKind.CONVERSE, s.id, now) for s in new if s.outcome is Outcome.NONE]
        JobRows(self._connection).add(waiting, now=now, told=told)
        return frozenset(stored.id for stored in new)

    def known(self, rest: Sequence[StoredMessage]) -> dict[str, tuple[str, bytes]]:
        """For each that is known by its id, else redelivered: the first message's id and fingerprint."""
        if not rest:
            return {}
        known = self._known_by_id(rest)
        others = [stored for stored in rest if stored.id not in known]
        redelivered = self.redelivered([stored.inbound for stored in others])
        return known | {others[i].id: (first, others[i].inbound.fingerprint) for i, first in redelivered.items()}

    def row(self, stored: StoredMessage) -> dict[str, Any]:
        """The columns of ``messages`` but ``stored_at`` and ``note``."""
        message = stored.inbound
        return {
            "id": stored.id,
            "channel": message.channel,
            "connection": message.connection,
            "external_id": message.external_id,
            "fingerprint": self._keyed(message.fingerprint),
            "sender_digest": self._vault.digest(message.sender.scheme, message.sender.value),
            "received_at": message.received_at,
            "outcome": stored.outcome.value,
            "report_id": stored.report_id,
            "part_group": message.part.group if message.part else None,
            "part_number": message.part.number if message.part else 0,
            "sealed": self._vault.seal(encode(message)),
        }

    def get(self, message_id: str) -> StoredMessage | None:
        """The message, opened."""
        row = self._connection.execute(BY_ID, {"id": message_id}).one_or_none()
        return None if row is None else self._stored(row)

    def save(self, stored: StoredMessage) -> None:
        """The sealed value only."""
        sealed = self._vault.seal(encode(stored.inbound))
        self._connection.execute(update(messages).where(messages.c.id == stored.id).values(sealed=sealed))

    def pieces(self, group: str) -> Sequence[StoredMessage]:
        """Only those without an outcome: a reference number is used again by the sender's phone after 256 messages."""
        statement = (
            select(messages)
            .where(messages.c.part_group == group, messages.c.outcome == Outcome.NONE.value)
            .order_by(messages.c.stored_at, messages.c.id)
            .limit(2000)
        )
        return [self._stored(row) for row in self._connection.execute(statement)]

    def report_of(self, group: str, *, since: datetime) -> str:
        """The newest."""
        statement = (
            select(messages.c.report_id)
            .where(messages.c.part_group == group, messages.c.report_id != "", messages.c.stored_at >= since)
            .order_by(messages.c.stored_at.desc())
            .limit(1)
        )
        return self._connection.execute(statement).scalar_one_or_none() or ""

    def settle(self, message_ids: Collection[str], outcome: Outcome, *, report_id: str = "", note: str = "") -> None:
        """Give messages their outcome."""
        given = {"new_outcome": outcome.value, "of_report": report_id, "new_note": note}
        self._connection.execute(SETTLING, [given | {"message_id": message_id} for message_id in message_ids])

    def of_report(self, report_id: str) -> Sequence[StoredMessage]:
        """Every message that belongs to a report, oldest first."""
        statement = select(messages).where(messages.c.report_id == report_id).order_by(messages.c.stored_at).limit(1000)
        return [self._stored(row) for row in self._connection.execute(statement)]

    def find(self, channel: str, external_id: str) -> StoredMessage | None:
        """By the unique key of channel and id."""
        same = messages.c.channel == channel, messages.c.external_id == external_id
        row = self._connection.execute(select(messages).where(*same)).one_or_none()
        return None if row is None else self._stored(row)

    def reports_of(self, channel: str, external_ids: Collection[str]) -> Mapping[str, str]:
        """One look-up for all."""
        mine = messages.c.channel == channel, one_of(self._connection, messages.c.external_id, external_ids)
        statement = select(messages.c.external_id, messages.c.report_id).where(*mine, messages.c.report_id != "")
        return {row.external_id: row.report_id for row in self._connection.execute(statement)}

    def parked(self, *, channel: str = "", limit: int, after: str = "") -> Sequence[StoredMessage]:
        """In the order they were stored."""
        statement = select(messages).where(PARKED, messages.c.id > after).order_by(messages.c.id).limit(limit)
        if channel:
            statement = statement.where(messages.c.channel == channel)
        return [self._stored(row) for row in self._connection.execute(statement)]

    def count_parked(self, *, most: int) -> int:
        """From the index alone."""
        some = select(messages.c.id).where(PARKED).limit(most).subquery()
        return self._connection.execute(select(func.count()).select_from(some)).scalar_one()

    def latest(self, *, channel: str, limit: int, after: str = "") -> Sequence[StoredMessage]:
        """Messages of a channel in the order they were stored."""
        statement = (
            select(messages)
            .where(messages.c.channel == channel, messages.c.id > after)
            .order_by(messages.c.id)
            .limit(limit)
        )
        return [self._stored(row) for row in self._connection.execute(statement)]

    def _stored(self, row: Row[Any]) -> StoredMessage:
        return StoredMessage(
            id=row.id,
            inbound=decode(self._vault.open(row.sealed)),
            outcome=Outcome(row.outcome),
            report_id=row.report_id,
            note=row.note,
        )


def _is_within(message: Inbound, received_at: datetime, stored_at: datetime) -> bool:
    since, until = message.redelivered_since, message.redelivered_until
    return since is not None and until is not None and since <= stored_at and received_at < until


def window(message: Inbound) -> dict[str, datetime | None]:
    """In which it would be a redelivery."""
    return {"since": message.redelivered_since, "until": message.redelivered_until}
