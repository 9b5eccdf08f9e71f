"""The operators' desk in the database: chats that wait or are taken, who is there, answers used again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.model.talk import Attendant, CannedAnswer, Chat, Ending
from core.registers import Changed
from core.storage.rows import add_rows, encode, locks_rows, one_of
from core.storage.tables import attendants, canned_answers, chats
from core.talks import AlreadyCalled, ShortcutTaken
from core.vault import Vault

MOST_PRESENT = 1_000
MOST_ANSWERS = 2_000


@dataclass(frozen=True, slots=True)
class _Rated:
    """What of a chat is sealed."""

    remark: str = field(default="")


read_rated = msgspec.msgpack.Decoder(_Rated).decode


class ChatRows:
    """``talks.Chats``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(self, chat: Chat) -> None:
        """The index of open chats lets one of a talk in."""
        if not add_rows(self._connection, chats, [self._row(chat)]):
            raise AlreadyCalled(chat.talk)

    def get(self, chat_id: str) -> Chat | None:
        """By its id."""
        return self._one(select(chats).where(chats.c.id == chat_id))

    def some(self, chat_ids: Collection[str]) -> Mapping[str, Chat]:
        """In one statement."""
        found = self._some(select(chats).where(one_of(self._connection, chats.c.id, chat_ids)))
        return {chat.id: chat for chat in found}

    def lock(self, chat_id: str) -> Chat:
        """Until the transaction ends."""
        statement = select(chats).where(chats.c.id == chat_id)
        found = self._one(statement.with_for_update() if locks_rows(self._connection) else statement)
        if found is None:
            raise KeyError(chat_id)
        return found

    def save(self, chat: Chat) -> None:
        """Whoever saves has locked it."""
        row = self._row(chat)
        if self._connection.execute(update(chats).where(chats.c.id == row.pop("id")).values(row)).rowcount != 1:
            raise Changed(chat.id)

    def claim(self, *, by: str, now: datetime, until: datetime) -> Chat | None:
        """One that another is just taking is passed by."""
        free = select(chats).where(_is_free(now), _is_for(by, now)).order_by(chats.c.asked_at, chats.c.id).limit(1)
        found = self._one(free.with_for_update(skip_locked=True) if locks_rows(self._connection) else free)
        if found is None:
            return None
        taken = {"taken_by": by, "taken_at": now, "lease_until": until, "to": "", "to_until": None}
        statement = update(chats).where(chats.c.id == found.id).values(taken).returning(*chats.c)
        return self._chat(self._connection.execute(statement).one())

    def open(self, *, limit: int) -> Sequence[Chat]:
        """Oldest first."""
        return self._some(
            select(chats).where(_is_open()).order_by(chats.c.asked_at, chats.c.id).limit(limit),
        )

    def count_waiting(self, *, now: datetime, most: int) -> int:
        """Those whose lease ran out are waiting, too."""
        some = select(chats.c.id).where(_is_free(now)).limit(most).subquery()
        return self._connection.execute(select(func.count()).select_from(some)).scalar_one()

    def held(self, by: str, *, now: datetime) -> int:
        """By a lease that has not run out."""
        mine = select(func.count()).select_from(chats).where(*_is_held(by, now))
        return self._connection.execute(mine).scalar_one()

    def renew(self, by: str, *, until: datetime, now: datetime) -> Collection[str]:
        """A lease is never shortened."""
        statement = update(chats).where(*_is_held(by, now)).values(lease_until=until).returning(chats.c.id)
        return set(self._connection.execute(statement).scalars())

    def lapsed(self, *, now: datetime, limit: int) -> Sequence[Chat]:
        """The one that ran out first comes first."""
        over = _is_open(), chats.c.taken_by != "", chats.c.lease_until <= now
        return self._some(select(chats).where(*over).order_by(chats.c.lease_until, chats.c.id).limit(limit))

    def unanswered(self, *, before: datetime, limit: int) -> Sequence[Chat]:
        """A chat that came back waits since then."""
        since = func.coalesce(chats.c.lease_until, chats.c.asked_at)
        waiting = _is_open(), chats.c.taken_by == "", since < before
        return self._some(select(chats).where(*waiting).order_by(chats.c.asked_at, chats.c.id).limit(limit))

    def of_talk(self, talk_id: str, *, limit: int) -> Sequence[Chat]:
        """Newest first."""
        statement = select(chats).where(chats.c.talk == talk_id)
        return self._some(statement.order_by(chats.c.asked_at.desc(), chats.c.id.desc()).limit(limit))

    def ended(self, *, limit: int, before: str = "", ending: Ending | None = None) -> Sequence[Chat]:
        """Newest first; ids sort by time."""
        over = [chats.c.closed_at.is_not(None), *([chats.c.id < before] if before else [])]
        over += [chats.c.ending == ending.value] if ending else []
        return self._some(select(chats).where(*over).order_by(chats.c.id.desc()).limit(limit))

    def _row(self, chat: Chat) -> dict[str, Any]:
        plain = {c.name: getattr(chat, c.name) for c in chats.c if c.name not in {"ending", "sealed"}}
        ending = chat.ending.value if chat.ending else ""
        return {**plain, "ending": ending, "sealed": self._vault.seal(encode(_Rated(chat.remark)))}

    def _one(self, statement: Select[Any]) -> Chat | None:
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else self._chat(row)

    def _some(self, statement: Select[Any]) -> list[Chat]:
        return [self._chat(row) for row in self._connection.execute(statement)]

    def _chat(self, row: Row[Any]) -> Chat:
        plain = {name: value for name, value in row._mapping.items() if name not in {"ending", "sealed"}}
        ending = Ending(row.ending) if row.ending else None
        return Chat(**plain, ending=ending, remark=read_rated(self._vault.open(row.sealed)).remark)


def _is_open() -> ColumnElement[bool]:
    return chats.c.closed_at.is_(None)


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Nobody has it, or who had it is gone."""
    return and_(_is_open(), or_(chats.c.taken_by == "", chats.c.lease_until <= now))


def _is_for(by: str, now: datetime) -> ColumnElement[bool]:
    """It is kept for nobody else."""
    return or_(chats.c.to.in_(("", by)), chats.c.to_until.is_(None), chats.c.to_until <= now)


def _is_held(by: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _is_open(), chats.c.taken_by == by, chats.c.lease_until > now


class AttendantRows:
    """``talks.Attendants``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, attendant: Attendant) -> None:
        """One row for each person."""
        row = {c.name: getattr(attendant, c.name) for c in attendants.c}
        newer: Any = _dialect(self._connection).insert(attendants).values(row)
        changed = {name: newer.excluded[name] for name in row if name != "username"}
        self._connection.execute(newer.on_conflict_do_update(index_elements=["username"], set_=changed))

    def get(self, username: str) -> Attendant | None:
        """By username."""
        found = self._some(select(attendants).where(attendants.c.username == username))
        return found[0] if found else None

    def present(self, *, since: datetime) -> Sequence[Attendant]:
        """By username."""
        statement = select(attendants).where(attendants.c.seen_at >= since)
        return self._some(statement.order_by(attendants.c.username).limit(MOST_PRESENT))

    def _some(self, statement: Select[Any]) -> list[Attendant]:
        return [Attendant(**row._mapping) for row in self._connection.execute(statement)]


class CannedAnswerRows:
    """``talks.CannedAnswers``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, agencies: Collection[str]) -> Sequence[CannedAnswer]:
        """By shortcut."""
        theirs = one_of(self._connection, canned_answers.c.agency, ["", *agencies])
        keys = canned_answers.c.shortcut, canned_answers.c.language, canned_answers.c.agency
        found = self._connection.execute(select(canned_answers).where(theirs).order_by(*keys).limit(MOST_ANSWERS))
        return [CannedAnswer(**row._mapping) for row in found]

    def get(self, answer_id: str) -> CannedAnswer | None:
        """By its id."""
        row = self._connection.execute(select(canned_answers).where(canned_answers.c.id == answer_id)).one_or_none()
        return None if row is None else CannedAnswer(**row._mapping)

    def save(self, answer: CannedAnswer) -> None:
        """The id stays, everything else may change; the unique key decides of two at once."""
        row = {c.name: getattr(answer, c.name) for c in canned_answers.c}
        keys = ("agency", "language", "shortcut")
        same = [canned_answers.c[name] == row[name] for name in keys]
        taken = select(canned_answers.c.id).where(*same, canned_answers.c.id != answer.id).limit(1)
        if self._connection.execute(taken).scalar_one_or_none() is not None:
            raise ShortcutTaken(answer.shortcut)
        newer: Any = _dialect(self._connection).insert(canned_answers).values(row)
        changed = {name: newer.excluded[name] for name in row if name != "id"}
        self._connection.execute(newer.on_conflict_do_update(index_elements=["id"], set_=changed))

    def drop(self, answer_id: str) -> None:
        """By its id."""
        self._connection.execute(delete(canned_answers).where(canned_answers.c.id == answer_id))


def _dialect(connection: Connection) -> ModuleType:
    return postgresql if locks_rows(connection) else sqlite
