"""Rows that an earlier version wrote are read."""

from typing import Any

import msgspec
from sqlalchemy import insert

from core.model.lifecycle import Role
from core.storage.engine import Database
from core.storage.store import SqlStore
from core.storage.tables import staff
from core.testing.clocks import MONDAY_MORNING
from core.vault import Vault


async def test_staff_sealed_as_name_and_password_still_open(store: SqlStore, database: Database, vault: Vault) -> None:
    row: dict[str, Any] = {
        "id": "a" * 32,
        "username": "dewi.lestari",
        "role": "agency_admin",
        "agency": "kab-tangerang",
        "active": True,
        "created_at": MONDAY_MORNING,
        "sealed": vault.seal(msgspec.msgpack.encode(("Dewi Lestari", "$argon2id$lama"))),
    }
    await database.write(lambda connection: connection.execute(insert(staff).values(row)))

    found = await store.read(lambda tx: tx.people.find("dewi.lestari"))

    assert found is not None
    assert (found.name, found.password_hash, found.role) == ("Dewi Lestari", "$argon2id$lama", Role.AGENCY_ADMIN)
    assert (found.email, found.language, found.totp, found.must_change_password) == ("", "id", "", False)
