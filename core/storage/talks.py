"""Talks and their lines in the database."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from datetime import datetime
from types import ModuleType
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.model.dialogue import Dialogue
from core.model.message import Address, Attachment, Choice, Inbound
from core.model.talk import Author, Line, Owner, Spot, Talk
from core.model.work import StoredMessage
from core.registers import Changed
from core.storage.rows import add_rows, encode, locks_rows, one_of
from core.storage.tables import messages, talk_lines, talks
from core.vault import Vault


@dataclass(frozen=True, slots=True)
class _Party:
    """With whom a talk is, as it is sealed."""

    address: Address
    route: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Said:
    """What of a line is sealed."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    choices: tuple[Choice, ...] = ()
    client_id: str = ""


read_party = msgspec.msgpack.Decoder(_Party).decode
read_said = msgspec.msgpack.Decoder(_Said).decode
read_dialogue = msgspec.msgpack.Decoder(Dialogue).decode


class TalkRows:
    """``talks.Talks``. ``tell`` announces a talk's news with the commit."""

    def __init__(self, connection: Connection, vault: Vault, tell: Callable[[str], None]) -> None:
        self._connection = connection
        self._vault = vault
        self._tell = tell

    def enter(
        self, arriving: Sequence[StoredMessage], *, new_id: Callable[[], str], now: datetime
    ) -> Mapping[str, Spot]:
        """The talks are locked first: whether a message is known is then settled."""
        locked = self._lock_all([stored.inbound for stored in arriving], new_id=new_id, now=now)
        known = self._known(arriving)
        heads = {digest: row.last_seq for digest, row in locked.items()}
        spots, fresh = {}, []
        for stored in arriving:
            digest = self._digest(stored.inbound.sender)
            row = locked[digest]
            earlier = known.get((stored.inbound.channel, stored.inbound.external_id))
            if earlier is not None:
                spots[stored.id] = Spot(row.id, earlier, Owner(row.owner))
                continue
            heads[digest] += 1
            spots[stored.id] = Spot(row.id, heads[digest], Owner(row.owner))
            known[stored.inbound.channel, stored.inbound.external_id] = heads[digest]
            fresh.append(_line_of(stored, row.id, heads[digest], now))
        self._write(fresh)
        self._move({row.id: heads[digest] for digest, row in locked.items() if heads[digest] > row.last_seq}, now)
        return spots

    def _digest(self, address: Address) -> bytes:
        return self._vault.digest(address.scheme, address.value)

    def _lock_all(self, given: Sequence[Inbound], *, new_id: Callable[[], str], now: datetime) -> dict[bytes, Row[Any]]:
        """In the order of their digests, so that two batches never wait for each other."""
        newest = {self._digest(inbound.sender): inbound for inbound in given}
        rows = [self._born(digest, newest[digest], new_id=new_id, now=now) for digest in sorted(newest)]
        insertion: Any = _dialect(self._connection).insert(talks).values(rows)
        changed = {name: insertion.excluded[name] for name in ("connection", "sealed")}
        statement = insertion.on_conflict_do_update(index_elements=["digest"], set_=changed)
        found = self._connection.execute(
            statement.returning(talks.c.digest, talks.c.id, talks.c.owner, talks.c.last_seq)
        )
        return {row.digest: row for row in found}

    def _born(self, digest: bytes, inbound: Inbound, *, new_id: Callable[[], str], now: datetime) -> dict[str, Any]:
        return {
            "id": new_id(),
            "digest": digest,
            "channel": inbound.channel,
            "connection": inbound.connection,
            "owner": Owner.BOT.value,
            "chat": "",
            "last_seq": 0,
            "seen": 0,
            "opened_at": now,
            "spoke_at": now,
            "due_at": None,
            "version": 1,
            "revoked_at": None,
            "sealed": self._vault.seal(encode(_Party(inbound.sender, dict(inbound.route)))),
            "dialogue": None,
        }

    def _known(self, arriving: Sequence[StoredMessage]) -> dict[tuple[str, str], int]:
        """By channel and id of the network: the line of each message that came before; 0 where it has none."""
        channels = {stored.inbound.channel for stored in arriving}
        ids = {stored.inbound.external_id for stored in arriving}
        statement = (
            select(messages.c.channel, messages.c.external_id, talk_lines.c.seq)
            .outerjoin(talk_lines, talk_lines.c.message_id == messages.c.id)
            .where(messages.c.channel.in_(sorted(channels)), one_of(self._connection, messages.c.external_id, ids))
        )
        return {(row.channel, row.external_id): row.seq or 0 for row in self._connection.execute(statement)}

    def _write(self, lines: Sequence[Line]) -> None:
        add_rows(self._connection, talk_lines, [self._line_row(line) for line in lines])

    def _move(self, heads: Mapping[str, int], now: datetime) -> None:
        for talk_id, seq in heads.items():
            self._connection.execute(update(talks).where(talks.c.id == talk_id).values(last_seq=seq, spoke_at=now))
            self._tell(talk_id)

    def get(self, talk_id: str) -> Talk | None:
        """By its id."""
        return self._one(select(talks).where(talks.c.id == talk_id))

    def find(self, address: Address) -> Talk | None:
        """By the address it is with."""
        return self._one(select(talks).where(talks.c.digest == self._digest(address)))

    def lock(self, talk_id: str) -> Talk:
        """Until the transaction ends."""
        statement = select(talks).where(talks.c.id == talk_id)
        found = self._one(statement.with_for_update() if locks_rows(self._connection) else statement)
        if found is None:
            raise KeyError(talk_id)
        return found

    def meet(self, inbound: Inbound, *, new_id: Callable[[], str], now: datetime) -> Talk:
        """Made on first sight."""
        row = self._lock_all([inbound], new_id=new_id, now=now)[self._digest(inbound.sender)]
        return self.lock(row.id)

    def _one(self, statement: Select[Any]) -> Talk | None:
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else self._talk(row)

    def _talk(self, row: Row[Any]) -> Talk:
        party = read_party(self._vault.open(row.sealed))
        dialogue = read_dialogue(self._vault.open(row.dialogue)) if row.dialogue else Dialogue()
        plain = {name: value for name, value in row._mapping.items() if name not in {"sealed", "dialogue", "owner"}}
        return Talk(**plain, owner=Owner(row.owner), dialogue=dialogue, address=party.address, route=dict(party.route))

    def save(self, talk: Talk) -> None:
        """Over the version it was read from."""
        values = {
            "connection": talk.connection,
            "owner": talk.owner.value,
            "chat": talk.chat,
            "due_at": talk.due_at,
            "revoked_at": talk.revoked_at,
            "sealed": self._vault.seal(encode(_Party(talk.address, dict(talk.route)))),
            "dialogue": self._vault.seal(encode(talk.dialogue)),
            "version": talk.version + 1,
        }
        mine = talks.c.id == talk.id, talks.c.version == talk.version
        if self._connection.execute(update(talks).where(*mine).values(values)).rowcount != 1:
            raise Changed(talk.id)
        self._tell(talk.id)

    def append(self, talk_id: str, lines: Sequence[Line]) -> Sequence[Line]:
        """The row of the talk hands out the numbers."""
        more = update(talks).where(talks.c.id == talk_id).values(last_seq=talks.c.last_seq + len(lines))
        last = self._connection.execute(more.returning(talks.c.last_seq)).scalar_one_or_none()
        if last is None:
            raise KeyError(talk_id)
        first = last - len(lines) + 1
        numbered = [with_changes(line, talk=talk_id, seq=seq) for seq, line in enumerate(lines, start=first)]
        self._write(numbered)
        self._tell(talk_id)
        return numbered

    def lines(self, talk_id: str, *, after: int = 0, limit: int) -> Sequence[Line]:
        """Oldest first."""
        behind = talk_lines.c.talk == talk_id, talk_lines.c.seq > after
        return self._lines(select(talk_lines).where(*behind).order_by(talk_lines.c.seq).limit(limit))

    def newest(self, talk_id: str, *, before: int = 0, limit: int) -> Sequence[Line]:
        """Oldest first."""
        statement = select(talk_lines).where(talk_lines.c.talk == talk_id)
        statement = statement.where(talk_lines.c.seq < before) if before else statement
        return self._lines(statement.order_by(talk_lines.c.seq.desc()).limit(limit))[::-1]

    def line_of(self, message_id: str) -> Line | None:
        """Where a message stands."""
        found = self._lines(select(talk_lines).where(talk_lines.c.message_id == message_id))
        return found[0] if found else None

    def see(self, talk_id: str, seq: int) -> None:
        """Never back, and never beyond what is there."""
        further = talks.c.id == talk_id, talks.c.seen < seq, talks.c.last_seq >= seq
        if self._connection.execute(update(talks).where(*further).values(seen=seq)).rowcount:
            self._tell(talk_id)

    def heads(self, talk_ids: Collection[str]) -> Mapping[str, int]:
        """One look for all."""
        statement = select(talks.c.id, talks.c.last_seq).where(one_of(self._connection, talks.c.id, talk_ids))
        return {row.id: row.last_seq for row in self._connection.execute(statement)}

    def _lines(self, statement: Select[Any]) -> list[Line]:
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

    def _line_row(self, line: Line) -> dict[str, Any]:
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


def _line_of(stored: StoredMessage, talk_id: str, seq: int, now: datetime) -> Line:
    inbound = stored.inbound
    return Line(
        talk=talk_id,
        seq=seq,
        author=Author.VISITOR,
        at=now,
        text=inbound.text,
        attachments=inbound.attachments,
        client_id=inbound.external_id,
        message_id=stored.id,
    )


def _dialect(connection: Connection) -> ModuleType:
    return postgresql if locks_rows(connection) else sqlite
