"""The accept path of talks: many messages become lines at once, each talk locked and moved once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from core.model.message import Address, Inbound
from core.model.talk import Author, Line, Owner, Spot
from core.model.work import StoredMessage
from core.storage.lines import OF_A_MESSAGE, LineRows
from core.storage.rows import add_rows, change_rows, encode, locks_rows, one_of
from core.storage.tables import messages, talk_lines, talks
from core.vault import Vault


@dataclass(frozen=True, slots=True)
class Party:
    """With whom a talk is and how they are answered, as it is sealed."""

    address: Address
    route: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands that came before."""

    talk: str
    seq: int


Key = tuple[str, str]
"""A message's channel and the id its network gave it."""
Known = dict[Key, Place]


class Entrance:
    """Makes lines of messages, within one transaction. ``digest`` is that of an address."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def enter(
        self, arriving: Sequence[StoredMessage], *, new_id: Callable[[], str], now: datetime
    ) -> tuple[Mapping[str, Spot], Sequence[Line]]:
        """Where each stands, by its id, and the lines that are new.

        The talks are locked before it is looked up what is known: who else brings the same message waits.
        """
        senders = {self.digest(stored.inbound.sender): stored.inbound for stored in arriving}
        rows = self.lock(senders, new_id=new_id, now=now)
        known = self._known(arriving)
        numbered = _number(arriving, {s.id: rows[self.digest(s.inbound.sender)] for s in arriving}, known, now)
        LineRows(self._connection, self._vault).add(numbered.lines)
        self._move(numbered.heads, {rows[digest].id: inbound for digest, inbound in senders.items()}, now)
        return numbered.spots, numbered.lines

    def digest(self, address: Address) -> bytes:
        """As ``Talk.digest``."""
        return self._vault.digest(address.scheme, address.value)

    def lock(self, senders: Mapping[bytes, Inbound], *, new_id: Callable[[], str], now: datetime) -> dict[bytes, Any]:
        """The talks by their digests, made where they are not there.

        Made first and locked then, both in the order of their digests: so two batches never wait for each other.
        """
        mine = one_of(self._connection, talks.c.digest, sorted(senders))
        there = set(self._connection.execute(select(talks.c.digest).where(mine)).scalars())
        missing = sorted(set(senders) - there)
        add_rows(self._connection, talks, [self._born(d, senders[d], new_id=new_id, now=now) for d in missing])
        wanted = select(talks.c.digest, talks.c.id, talks.c.owner, talks.c.last_seq).where(mine)
        wanted = wanted.order_by(talks.c.digest)
        wanted = wanted.with_for_update() if locks_rows(self._connection) else wanted
        return {row.digest: row for row in self._connection.execute(wanted)}

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
            "sealed": self.sealed(inbound),
            "dialogue": None,
        }

    def sealed(self, inbound: Inbound) -> bytes:
        """Its party."""
        return self._vault.seal(encode(Party(inbound.sender, dict(inbound.route))))

    def _known(self, arriving: Sequence[StoredMessage]) -> Known:
        """What came before, of these and of what they replace; ``seq`` 0 where it has no line."""
        channels = {stored.inbound.channel for stored in arriving}
        ids = {i for s in arriving for i in (s.inbound.external_id, s.inbound.replaces) if i}
        line = and_(talk_lines.c.message_id == messages.c.id, OF_A_MESSAGE)
        statement = (
            select(messages.c.channel, messages.c.external_id, talk_lines.c.talk, talk_lines.c.seq)
            .outerjoin(talk_lines, line)
            .where(messages.c.channel.in_(sorted(channels)), one_of(self._connection, messages.c.external_id, ids))
        )
        found = self._connection.execute(statement)
        return {(row.channel, row.external_id): Place(row.talk or "", row.seq or 0) for row in found}

    def _move(self, heads: Mapping[str, int], newest: Mapping[str, Inbound], now: datetime) -> None:
        """Each talk to its newest line and the newest way to answer."""
        moved = [
            {"id": talk, "last_seq": seq, "connection": newest[talk].connection, "sealed": self.sealed(newest[talk])}
            for talk, seq in heads.items()
        ]
        change_rows(self._connection, talks, moved, same={"spoke_at": now})


@dataclass(frozen=True, slots=True)
class Numbered:
    """What became of a batch. ``heads``: the newest line of each talk that has new ones."""

    spots: dict[str, Spot] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    heads: dict[str, int] = field(default_factory=dict)


def _number(arriving: Sequence[StoredMessage], talk_of: Mapping[str, Any], known: Known, now: datetime) -> Numbered:
    """In the order they arrived. One that is twice in the batch stands where its first one does."""
    numbered, known = Numbered(), dict(known)
    for stored in arriving:
        key, row = (stored.inbound.channel, stored.inbound.external_id), talk_of[stored.id]
        if key not in known:
            seq = numbered.heads.get(row.id, row.last_seq) + 1
            numbered.heads[row.id] = seq
            replaces = known.get((stored.inbound.channel, stored.inbound.replaces))
            earlier = replaces.seq if replaces and replaces.talk == row.id else 0
            numbered.lines.append(_line_of(stored, row.id, seq, earlier, now))
            known[key] = Place(row.id, seq)
        place = known[key]
        # Nobody learns where another sender's message stands.
        numbered.spots[stored.id] = Spot(row.id, place.seq if place.talk == row.id else 0, Owner(row.owner))
    return numbered


def _line_of(stored: StoredMessage, talk_id: str, seq: int, replaces: int, now: datetime) -> Line:
    inbound = stored.inbound
    return Line(
        talk=talk_id,
        seq=seq,
        author=Author.VISITOR,
        at=now,
        text=inbound.text or inbound.place,
        attachments=inbound.attachments,
        client_id=inbound.external_id,
        message_id=stored.id,
        replaces=replaces,
    )
