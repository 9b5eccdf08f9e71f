"""Lists of reports: pages, counts, and the keyed digests of words by which a search finds them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from core.model.lifecycle import State
from core.model.listing import Found, Position, Selection
from core.model.work import LinkDecision, LinkKind
from core.storage.counting import counted, group_counts, key_counts, state_counts
from core.storage.reports import decode
from core.storage.rows import add_rows, locks_rows, one_of
from core.storage.selecting import (
    Asked,
    Statement,
    laterally,
    narrowly,
    plainly,
)
from core.storage.tables import links, reports, search_keys
from core.vault import Vault

LINKED = (LinkDecision.LINKED.value, LinkDecision.CONFIRMED.value)


class ListingRows:
    """``registers.Listing``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def page(self, selection: Selection, *, after: Position | None, limit: int) -> Found:
        """Only the rows of the page are opened."""
        asked = self._ask(selection)
        statement = self._statement_for(asked)(asked, after=after, limit=limit)
        found = [decode(self._vault.open(sealed)) for sealed in self._connection.execute(statement).scalars()]
        return Found(tuple(found), partial=asked.is_partial)

    def _statement_for(self, asked: Asked) -> Statement:
        if not locks_rows(self._connection):
            return plainly
        return narrowly if asked.is_narrow else laterally

    def _ask(self, selection: Selection) -> Asked:
        """With the digests of the words, the rarest first; a digest tells nothing without the key."""
        keys = [self._digest(word) for word in (*selection.words, selection.contact) if word]
        counts = self._postings(keys) if keys and locks_rows(self._connection) else {}
        keys.sort(key=lambda key: counts.get(key, 0))
        return Asked(self._connection, selection, keys=tuple(keys), postings=counts.get(keys[0], 0) if keys else 0)

    def _digest(self, word: str) -> int:
        return int.from_bytes(self._vault.digest("search", word)[:8], "big", signed=True)

    def _postings(self, keys: Sequence[int]) -> Mapping[int, int]:
        """How many reports have each key, up to ``MOST_POSTINGS``."""
        return {row.key: row.number for row in self._connection.execute(key_counts(), {"keys": list(keys)})}

    def count(self, selection: Selection, *, most: int) -> int:
        """Counting ends at ``most``."""
        number: int = self._connection.execute(counted(self._ask(selection), most=most)).scalar_one()
        return number

    def counts(self, agencies: Collection[str] | None, *, most: int) -> Mapping[State, int]:
        """One statement for all states; in PostgreSQL counting ends at ``most`` in each."""
        if locks_rows(self._connection):
            statement = state_counts(self._connection, agencies, most=most)
        else:
            statement = group_counts(self._connection, agencies)
        return {State(state): min(count, most) for state, count in self._connection.execute(statement)}

    def supporters(self, report_ids: Collection[str]) -> Mapping[str, int]:
        """Of each of these; one without any is left out."""
        mine = one_of(self._connection, links.c.first_report, report_ids)
        same_event = links.c.kind == LinkKind.SAME_EVENT.value
        statement = select(links.c.first_report, func.count().label("number")).where(
            mine, links.c.decision.in_(LINKED), same_event
        )
        linking = self._connection.execute(statement.group_by(links.c.first_report))
        return {row.first_report: row.number for row in linking}

    def suggested(self, report_ids: Collection[str]) -> Collection[str]:
        """Those of these that wait for somebody to say whether they repeat another one."""
        mine = one_of(self._connection, links.c.report_id, report_ids)
        undecided = links.c.decision == LinkDecision.SUGGESTED.value
        return frozenset(self._connection.execute(select(links.c.report_id).where(mine, undecided)).scalars())

    def numbers(self, report_ids: Collection[str]) -> Mapping[str, tuple[str, str]]:
        """The tracking number and the agency of each."""
        if not report_ids:
            return {}
        statement = select(reports.c.id, reports.c.tracking_id, reports.c.agency)
        found = self._connection.execute(statement.where(one_of(self._connection, reports.c.id, report_ids)))
        return {row.id: (row.tracking_id, row.agency) for row in found}

    def index(self, report_id: str, keys: Sequence[str]) -> None:
        """Keep the digests of words; those that are kept already stay."""
        rows: list[dict[str, Any]] = [{"key": key} for key in sorted({self._digest(key) for key in keys})]
        add_rows(self._connection, search_keys, rows, same={"report_id": report_id})
