"""Lines of talks in the database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, TableValuedAlias, and_, bindparam, column, func, select, text
from sqlalchemy.types import Integer

from core.model.message import Attachment, Choice
from core.model.talk import Author, Line
from core.storage.columns import ID
from core.storage.rows import ArrayOf, encode, put_rows
from core.storage.tables import talk_lines
from core.vault import Vault


@dataclass(frozen=True, slots=True)
class _Said:
    """What of a line is sealed."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    choices: tuple[Choice, ...] = ()
    client_id: str = ""


read_said = msgspec.msgpack.Decoder(_Said).decode
# Written out, as the partial index is used only where its condition is known when the statement is planned.
OF_A_MESSAGE = text("talk_lines.message_id <> ''")


class LineRows:
    """Lines as they are kept: numbered already."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, lines: Sequence[Line]) -> None:
        """One statement for all. A number that is taken fails it."""
        put_rows(self._connection, talk_lines, [self._row(line) for line in lines])

    def after(self, talk_id: str, seq: int, limit: int) -> Sequence[Line]:
        """Oldest first."""
        behind = talk_lines.c.talk == talk_id, talk_lines.c.seq > seq
        return self._read(select(talk_lines).where(*behind).order_by(talk_lines.c.seq).limit(limit))

    def behind(self, known: Mapping[str, int], limit: int) -> Sequence[Line]:
        """Of each of these talks those behind a number; by talk, oldest first."""
        given = _numbers(self._connection, known)
        mine = talk_lines.c.talk == given.c.key, talk_lines.c.seq > given.c.value
        statement = select(talk_lines).select_from(talk_lines.join(given, and_(*mine)))
        return self._read(statement.order_by(talk_lines.c.talk, talk_lines.c.seq).limit(limit))

    def newest(self, talk_id: str, before: int, limit: int) -> Sequence[Line]:
        """Oldest first; ``before`` 0: of all."""
        statement = select(talk_lines).where(talk_lines.c.talk == talk_id)
        statement = statement.where(talk_lines.c.seq < before) if before else statement
        return self._read(statement.order_by(talk_lines.c.seq.desc()).limit(limit))[::-1]

    def of_message(self, message_id: str) -> Line | None:
        """A message has one line at most."""
        found = self._read(select(talk_lines).where(talk_lines.c.message_id == message_id, OF_A_MESSAGE).limit(1))
        return found[0] if found else None

    def _read(self, statement: Select[Any]) -> list[Line]:
        return [self._line(row) for row in self._connection.execute(statement)]

    def _line(self, row: Row[Any]) -> Line:
        said = read_said(self._vault.open(row.sealed))
        return Line(
            talk=row.talk,
            seq=row.seq,
            author=Author(row.author),
            at=row.at,
            text=said.text,
            attachments=said.attachments,
            choices=said.choices,
            event=row.event,
            by=row.by,
            client_id=said.client_id,
            message_id=row.message_id,
            reply_id=row.reply_id,
            replaces=row.replaces,
        )

    def _row(self, line: Line) -> dict[str, Any]:
        said = _Said(line.text, line.attachments, line.choices, line.client_id)
        return {
            "talk": line.talk,
            "seq": line.seq,
            "at": line.at,
            "author": line.author.value,
            "event": line.event,
            "by": line.by,
            "message_id": line.message_id,
            "reply_id": line.reply_id,
            "replaces": line.replaces,
            "sealed": self._vault.seal(encode(said)),
        }


def _numbers(connection: Connection, known: Mapping[str, int]) -> TableValuedAlias:
    """A table of ``key`` and ``value``, as one parameter or two so that the statement stays the same for any number."""
    columns = column("key", ID), column("value", Integer)
    if connection.dialect.name == "postgresql":
        arrays = (
            bindparam(None, list(known), type_=ArrayOf(ID)),
            bindparam(None, list(known.values()), type_=ArrayOf(Integer())),
        )
        return func.unnest(*arrays).table_valued(*columns).render_derived(name="known")
    return func.json_each(json.dumps(dict(known))).table_valued(*columns, name="known")
