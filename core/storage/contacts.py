"""What is remembered of an address: only its digest, its language, and what waits for its owner's next words."""

from functools import lru_cache
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.model.work import Contact
from core.storage.rows import locks_rows
from core.storage.tables import contacts
from core.vault import Vault


class ContactRows:
    """``registers.Contacts``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def digest(self, scheme: str, value: str) -> bytes:
        """The keyed digest of an address."""
        return self._vault.digest(scheme, value)

    def lock(self, scheme: str, value: str) -> Contact:
        """Made on first sight; a second transaction for the same person waits here."""
        statement = _locking(postgresql if locks_rows(self._connection) else sqlite)
        return Contact(**self._connection.execute(statement, {"digest": self.digest(scheme, value)}).one()._asdict())

    def save(self, contact: Contact) -> None:
        """Write what is remembered now."""
        values = {
            "opted_out": contact.opted_out,
            "question": contact.question,
            "choice": contact.choice,
            "choice_of": contact.choice_of,
            "gone_at": contact.gone_at,
            "language": contact.language,
            "talk": contact.talk,
        }
        self._connection.execute(update(contacts).where(contacts.c.digest == contact.digest).values(values))

    def language(self, scheme: str, value: str) -> str:
        """Empty for whoever chose none."""
        statement = select(contacts.c.language).where(contacts.c.digest == self.digest(scheme, value))
        return self._connection.execute(statement).scalar_one_or_none() or ""

    def is_opted_out(self, scheme: str, value: str) -> bool:
        """Whether this address asked for no more messages."""
        statement = select(contacts.c.opted_out).where(contacts.c.digest == self.digest(scheme, value))
        return bool(self._connection.execute(statement).scalar_one_or_none())

    def is_gone(self, scheme: str, value: str) -> bool:
        """Whether its network says that this address takes nothing any more."""
        statement = select(contacts.c.gone_at).where(contacts.c.digest == self.digest(scheme, value))
        return self._connection.execute(statement).scalar_one_or_none() is not None


@lru_cache(maxsize=2)
def _locking(dialect: ModuleType) -> Any:
    """Writing the digest over itself locks the row that is there, in the same round trip."""
    new = {"opted_out": False, "question": "", "choice": "", "choice_of": ""}
    insert = dialect.insert(contacts).values(digest=bindparam("digest"), **new)
    changed = {"digest": insert.excluded.digest}
    return insert.on_conflict_do_update(index_elements=["digest"], set_=changed).returning(contacts)
