"""A search for a word that very many reports have, in PostgreSQL, looks at the newest of them and says so."""

from collections.abc import AsyncIterator

import pytest

from core.model.lifecycle import CLOSED, OPEN, State
from core.model.listing import Selection
from core.searching import search_keys
from core.storage import selecting
from core.storage.engine import open_database
from core.storage.store import SqlStore
from core.testing.builders import a_report
from core.vault import Vault


@pytest.fixture
async def filled(postgres_url: str, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SqlStore]:
    """Six open and six closed reports that say one word, where three are very many."""
    monkeypatch.setattr(selecting, "MOST_POSTINGS", 3)
    store = SqlStore(open_database(postgres_url), vault)
    for state in [State.UNVERIFIED, State.CLOSED_BY_ADMIN] * 6:
        report = a_report("Lampu jalan mati", state=state)
        await store.write(lambda tx, report=report: tx.reports.add_all([(report, "1")]))
        await store.write(lambda tx, report=report: tx.listing.index(report.id, search_keys(report)))
    yield store
    await store.close()


async def test_a_word_of_very_many_reports_finds_the_newest_and_says_so(filled: SqlStore) -> None:
    found = await filled.read(lambda tx: tx.listing.page(Selection(CLOSED, words=("lampu",)), after=None, limit=9))

    assert (len(found.reports), found.partial) == (2, True)


async def test_among_open_reports_all_are_looked_at(filled: SqlStore) -> None:
    found = await filled.read(lambda tx: tx.listing.page(Selection(OPEN, words=("lampu",)), after=None, limit=9))

    assert (len(found.reports), found.partial) == (6, False)
