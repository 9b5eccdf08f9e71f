"""Files that still lie with their network, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, select, update

from core.model.message import RemoteFile
from core.model.work import StoredMessage, WantedFile
from core.storage.rows import add_rows, encode
from core.storage.tables import wanted_files
from core.vault import Vault

read_file = msgspec.msgpack.Decoder(RemoteFile).decode
MOST = 1000


class WantedRows:
    """``talks.WantedFiles``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, stored: Sequence[StoredMessage], *, now: datetime) -> None:
        """One statement for all; a file that is wanted already is left as it is."""
        rows = [
            {
                "message_id": each.id,
                "number": number,
                "channel": each.inbound.channel,
                "connection": each.inbound.connection,
                "sealed": self._vault.seal(encode(file)),
            }
            for each in stored
            for number, file in enumerate(each.inbound.wanted)
        ]
        add_rows(self._connection, wanted_files, rows, same={"attempts": 0, "not_before": now})

    def due(self, *, channel: str, connection: str, now: datetime, limit: int) -> Sequence[WantedFile]:
        """Longest waiting first."""
        mine = wanted_files.c.channel == channel, wanted_files.c.connection == connection
        order = wanted_files.c.not_before, wanted_files.c.message_id, wanted_files.c.number
        statement = select(wanted_files).where(*mine, wanted_files.c.not_before <= now).order_by(*order).limit(limit)
        return [self._wanted(row) for row in self._connection.execute(statement)]

    def of(self, message_id: str) -> Sequence[WantedFile]:
        """In the order of their numbers."""
        mine = wanted_files.c.message_id == message_id
        statement = select(wanted_files).where(mine).order_by(wanted_files.c.number).limit(MOST)
        return [self._wanted(row) for row in self._connection.execute(statement)]

    def postpone(self, wanted: WantedFile) -> None:
        """Its attempts and its time; at once where it has none."""
        later: dict[str, Any] = {"attempts": wanted.attempts}
        later |= {"not_before": wanted.not_before} if wanted.not_before else {}
        self._connection.execute(update(wanted_files).where(*_this(wanted.message_id, wanted.number)).values(later))

    def drop(self, message_id: str, number: int) -> bool:
        """Fetched, or given up."""
        return self._connection.execute(delete(wanted_files).where(*_this(message_id, number))).rowcount == 1

    def _wanted(self, row: Row[Any]) -> WantedFile:
        return WantedFile(
            message_id=row.message_id,
            number=row.number,
            channel=row.channel,
            connection=row.connection,
            file=read_file(self._vault.open(row.sealed)),
            attempts=row.attempts,
            not_before=row.not_before,
        )


def _this(message_id: str, number: int) -> tuple[Any, ...]:
    return wanted_files.c.message_id == message_id, wanted_files.c.number == number
