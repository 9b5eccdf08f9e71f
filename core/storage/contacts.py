"""What is remembered of an address: only its digest and what waits for its owner's next words."""

from typing import Any

from sqlalchemy import Connection, Select, select, update

from core.model.work import Contact
from core.storage.rows import add_rows, locks_rows
from core.storage.tables import contacts
from core.vault import Vault


class ContactRows:
    """``ports.Contacts``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def digest(self, scheme: str, value: str) -> bytes:
        """The keyed digest of an address."""
        return self._vault.digest(scheme, value)

    def lock(self, scheme: str, value: str) -> Contact:
        """Made on first sight; a second transaction for the same person waits here."""
        new = {"digest": self.digest(scheme, value), "opted_out": False, "question": "", "choice": "", "choice_of": ""}
        statement: Select[Any] = select(contacts).where(contacts.c.digest == new["digest"])
        statement = statement.with_for_update() if locks_rows(self._connection) else statement
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            add_rows(self._connection, contacts, [new])
            row = self._connection.execute(statement).one()
        return Contact(**row._asdict())

    def save(self, contact: Contact) -> None:
        """Write what is remembered now."""
        values = {
            "opted_out": contact.opted_out,
            "question": contact.question,
            "choice": contact.choice,
            "choice_of": contact.choice_of,
        }
        self._connection.execute(update(contacts).where(contacts.c.digest == contact.digest).values(values))

    def is_opted_out(self, scheme: str, value: str) -> bool:
        """Whether this address asked for no more messages."""
        statement = select(contacts.c.opted_out).where(contacts.c.digest == self.digest(scheme, value))
        return bool(self._connection.execute(statement).scalar_one_or_none())
