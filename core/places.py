"""The place where a page of a list begins, as it stands in a URL."""

import base64
import binascii
import re
from collections.abc import Mapping
from types import MappingProxyType

from core.model.listing import AHEAD, Order, Position

HIGHEST = 10**17
LOWEST: Mapping[Order, int] = MappingProxyType({Order.URGENT: -AHEAD, Order.NEWEST: 0, Order.OLDEST: 0})


class BadPlace(Exception):
    """A page's place that we did not give, or gave for another order."""


def write_place(order: Order, position: Position) -> str:
    """Where the next page begins, for a URL."""
    return base64.urlsafe_b64encode(f"{order.value}.{position.key}.{position.id}".encode()).decode().rstrip("=")


def read_place(given: str, *, order: Order) -> Position | None:
    """The place ``write_place`` wrote; None where none is given. Raises BadPlace."""
    if not given:
        return None
    try:
        written = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise BadPlace("the place of a page cannot be read") from error
    match = re.fullmatch(rf"{order.value}\.(-?\d{{1,18}})\.([0-9a-f]{{1,32}})", written, re.ASCII)
    if match is None or not LOWEST[order] <= int(match[1]) <= HIGHEST:
        raise BadPlace("the place belongs to another list")
    return Position(int(match[1]), match[2])
