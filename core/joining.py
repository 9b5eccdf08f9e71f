"""Long messages: their pieces are stored one by one and put together here, whatever came late, twice or never."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.model.work import StoredMessage


@dataclass(frozen=True, slots=True)
class Puzzle:
    """The pieces at hand of one long message: by number the first that came, and those that came again."""

    total: int
    pieces: dict[int, StoredMessage]
    repeats: tuple[StoredMessage, ...]

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers that have not come."""
        return tuple(number for number in range(1, self.total + 1) if number not in self.pieces)

    @property
    def head(self) -> StoredMessage:
        """The piece with the lowest number: it stands for the whole message."""
        return self.pieces[min(self.pieces)]

    @property
    def raws(self) -> list[bytes | None]:
        """The raw pieces in order, None for what is missing."""
        return [self.pieces[n].inbound.raw if n in self.pieces else None for n in range(1, self.total + 1)]


def lay_out(pieces: Sequence[StoredMessage]) -> Puzzle:
    """Sort the unsettled pieces of one group, oldest first, into a puzzle.

    A phone uses a reference again after 256 messages, so a second piece with a number that is there already is a
    repeat only if it says the same; otherwise it belongs to the next message and is left out. So does a piece that
    counts another total. At least one piece is given.
    """
    total = next(stored.inbound.part.total for stored in pieces if stored.inbound.part)
    first: dict[int, StoredMessage] = {}
    repeats = []
    for stored in pieces:
        part = stored.inbound.part
        if part is None or part.total != total:
            continue
        number = part.number
        if number not in first:
            first[number] = stored
        elif first[number].inbound.fingerprint == stored.inbound.fingerprint:
            repeats.append(stored)
    return Puzzle(total=total, pieces=first, repeats=tuple(repeats))


def show_numbers(numbers: Sequence[int]) -> str:
    """Ascending numbers as people write them: ``2, 5-9``."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
