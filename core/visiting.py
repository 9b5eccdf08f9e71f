"""What the page of somebody who talks with us asks of their talk."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.desk import Fresh, Visit
from core.model.message import Address
from core.model.talk import Talk
from core.ports import Tx


def visit(tx: Tx, address: Address) -> Visit:
    """How the talk with an address stands."""
    talk = tx.talks.find(address)
    return Visit() if talk is None else _describe(talk)


def find_news(tx: Tx, known: Mapping[str, int], *, limit: int) -> Mapping[str, Fresh]:
    """By talk: how it stands, and lines behind the one that is known."""
    found = {}
    for talk_id, after in known.items():
        talk = tx.talks.get(talk_id)
        if talk is not None:
            lines = tx.talks.lines(talk_id, after=after, limit=limit) if talk.last_seq > after else ()
            found[talk_id] = Fresh(_describe(talk), lines)
    return found


def revoke(tx: Tx, talk_id: str, *, now: datetime) -> None:
    """No token opens this talk any more. Who has it open is told with the commit."""
    talk = tx.talks.lock(talk_id)
    tx.talks.save(replace(talk, revoked_at=talk.revoked_at or now))


def _describe(talk: Talk) -> Visit:
    return Visit(talk=talk.id, head=talk.last_seq, owner=talk.owner, revoked=talk.revoked_at is not None)
