"""Talks in the database."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace as with_changes
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select, union, update

from core.model.dialogue import Dialogue
from core.model.message import Address, Inbound
from core.model.talk import Line, Owner, Spot, Talk, TalkState
from core.model.work import StoredMessage
from core.registers import Changed
from core.storage.entering import Entrance, Party
from core.storage.lines import LineRows
from core.storage.rows import encode, locks_rows, one_of
from core.storage.tables import contacts, messages, talks
from core.vault import Vault

read_party = msgspec.msgpack.Decoder(Party).decode
read_dialogue = msgspec.msgpack.Decoder(Dialogue).decode
APART = frozenset({"sealed", "dialogue", "owner"})


class TalkRows:
    """``talks.Talks``. ``tell`` announces a talk's news with the commit."""

    def __init__(self, connection: Connection, vault: Vault, tell: Callable[[str], None]) -> None:
        self._connection = connection
        self._vault = vault
        self._tell = tell
        self._lines = LineRows(connection, vault)
        self._entrance = Entrance(connection, vault)

    def enter(
        self, arriving: Sequence[StoredMessage], *, new_id: Callable[[], str], now: datetime
    ) -> Mapping[str, Spot]:
        """Five statements whatever the number of messages, one more where talks are new."""
        spots, lines = self._entrance.enter(arriving, new_id=new_id, now=now)
        for line in lines:
            self._tell(line.talk)
        return spots

    def hold(self, subjects: Collection[str]) -> None:
        """Contacts before talks, as one step does; each in the order in which ``enter`` locks."""
        if not locks_rows(self._connection):
            return
        senders = select(messages.c.sender_digest).where(one_of(self._connection, messages.c.id, subjects))
        named = select(talks.c.digest).where(one_of(self._connection, talks.c.id, subjects))
        digests = sorted(self._connection.execute(union(senders, named)).scalars())
        for digest in (contacts.c.digest, talks.c.digest) if digests else ():
            mine = one_of(self._connection, digest, digests)
            self._connection.execute(select(digest).where(mine).order_by(digest).with_for_update())

    def get(self, talk_id: str) -> Talk | None:
        """By its id."""
        return self._one(select(talks).where(talks.c.id == talk_id))

    def find(self, address: Address) -> Talk | None:
        """By the address it is with."""
        return self._one(select(talks).where(talks.c.digest == self._entrance.digest(address)))

    def lock(self, talk_id: str) -> Talk:
        """Until the transaction ends."""
        statement = select(talks).where(talks.c.id == talk_id)
        found = self._one(statement.with_for_update() if locks_rows(self._connection) else statement)
        if found is None:
            raise KeyError(talk_id)
        return found

    def meet(self, inbound: Inbound, *, new_id: Callable[[], str], now: datetime) -> Talk:
        """Made on first sight; the newest way to answer is kept."""
        digest = self._entrance.digest(inbound.sender)
        row = self._entrance.lock({digest: inbound}, new_id=new_id, now=now)[digest]
        talk = self.lock(row.id)
        if (talk.connection, talk.route) == (inbound.connection, inbound.route):
            return talk
        way = {"connection": inbound.connection, "sealed": self._entrance.sealed(inbound)}
        self._connection.execute(update(talks).where(talks.c.id == talk.id).values(way))
        return with_changes(talk, connection=inbound.connection, route=dict(inbound.route))

    def _one(self, statement: Select[Any]) -> Talk | None:
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else self._talk(row)

    def _talk(self, row: Row[Any]) -> Talk:
        party = read_party(self._vault.open(row.sealed))
        dialogue = read_dialogue(self._vault.open(row.dialogue)) if row.dialogue else Dialogue()
        plain = {name: value for name, value in row._mapping.items() if name not in APART}
        return Talk(**plain, owner=Owner(row.owner), dialogue=dialogue, address=party.address, route=dict(party.route))

    def save(self, talk: Talk) -> None:
        """Over the version it was read from."""
        values = {
            "connection": talk.connection,
            "owner": talk.owner.value,
            "chat": talk.chat,
            "due_at": talk.due_at,
            "revoked_at": talk.revoked_at,
            "sealed": self._vault.seal(encode(Party(talk.address, dict(talk.route)))),
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
        self._lines.add(numbered)
        self._tell(talk_id)
        return numbered

    def lines(self, talk_id: str, *, after: int = 0, limit: int) -> Sequence[Line]:
        """Oldest first."""
        return self._lines.after(talk_id, after, limit)

    def lines_behind(self, known: Mapping[str, int], *, limit: int) -> Mapping[str, Sequence[Line]]:
        """One statement for all."""
        found: dict[str, list[Line]] = {}
        for line in self._lines.behind(known, limit):
            found.setdefault(line.talk, []).append(line)
        return found

    def newest(self, talk_id: str, *, before: int = 0, limit: int) -> Sequence[Line]:
        """Oldest first."""
        return self._lines.newest(talk_id, before, limit)

    def line_of(self, message_id: str) -> Line | None:
        """Where a message stands."""
        return self._lines.of_message(message_id)

    def see(self, talk_id: str, seq: int) -> None:
        """Never back, and never beyond what is there."""
        further = talks.c.id == talk_id, talks.c.seen < seq, talks.c.last_seq >= seq
        if self._connection.execute(update(talks).where(*further).values(seen=seq)).rowcount:
            self._tell(talk_id)

    def states(self, talk_ids: Collection[str]) -> Mapping[str, TalkState]:
        """One look for all; nothing is unsealed."""
        columns = talks.c.id, talks.c.owner, talks.c.chat, talks.c.last_seq, talks.c.revoked_at
        found = self._connection.execute(select(*columns).where(one_of(self._connection, talks.c.id, talk_ids)))
        return {r.id: TalkState(r.id, Owner(r.owner), r.chat, r.last_seq, r.revoked_at) for r in found}

    def heads(self, talk_ids: Collection[str]) -> Mapping[str, int]:
        """One look for all."""
        statement = select(talks.c.id, talks.c.last_seq).where(one_of(self._connection, talks.c.id, talk_ids))
        return {row.id: row.last_seq for row in self._connection.execute(statement)}
