"""Tracking numbers that are free."""

from core.office import Office
from core.ports import Tx
from core.tracking import new_tracking_id


def free_tracking_ids(tx: Tx, count: int, *, office: Office) -> list[str]:
    """Random numbers that no report has yet; two transactions may still draw the same, and one of them then fails."""
    free: dict[str, None] = {}
    while len(free) < count:
        drawn = {new_tracking_id(office.random_below) for _ in range(count - len(free))}
        free |= dict.fromkeys(drawn - set(tx.reports.taken(drawn)))
    return list(free)
