"""Pieces of long messages are laid out whatever came late, twice or never."""

from hypothesis import given
from hypothesis import strategies as st

from core.joining import lay_out
from core.model.work import StoredMessage
from core.testing.builders import a_piece, stored


def piece(number: int, text: str = "", *, total: int = 3) -> StoredMessage:
    return stored(a_piece(text or f"bagian {number} ", number=number, total=total))


def test_a_complete_message_lacks_nothing() -> None:
    pieces = [piece(n) for n in (1, 2, 3)]

    puzzle = lay_out(pieces)

    assert puzzle.missing == ()
    assert puzzle.head is pieces[0]
    assert puzzle.raws == [each.inbound.raw for each in pieces]


@given(st.permutations(range(1, 8)))
def test_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    puzzle = lay_out([piece(n, total=7) for n in order])

    assert puzzle.missing == ()
    assert [raw and raw.decode("utf-16-be") for raw in puzzle.raws] == [f"bagian {n} " for n in range(1, 8)]


@given(st.sets(st.integers(1, 255), min_size=1))
def test_what_is_missing_is_named_and_left_open(numbers: set[int]) -> None:
    puzzle = lay_out([piece(n, total=255) for n in numbers])

    assert set(puzzle.missing) == set(range(1, 256)) - numbers
    assert {n for n, raw in enumerate(puzzle.raws, 1) if raw is None} == set(puzzle.missing)
    assert puzzle.head.inbound.part is not None
    assert puzzle.head.inbound.part.number == min(numbers)


def test_a_piece_that_comes_again_is_a_repeat() -> None:
    first, again = piece(1), piece(1)

    puzzle = lay_out([first, piece(2), again])

    assert puzzle.pieces[1] is first
    assert puzzle.repeats == (again,)


def test_a_reference_used_again_belongs_to_the_next_message() -> None:
    first, other = piece(1, "Jalan rusak "), piece(1, "Lampu mati ")

    puzzle = lay_out([first, other, piece(2)])

    assert puzzle.pieces[1] is first
    assert puzzle.repeats == ()


def test_pieces_that_disagree_on_the_total_are_laid_out_one_message_after_the_other() -> None:
    """None is settled without its words being read: what is left out waits and makes the next puzzle."""
    short, *long = pieces = [piece(1, total=2), piece(2, total=3), piece(3, total=3)]

    first = lay_out(pieces)
    second = lay_out([each for each in pieces if each not in first.pieces.values()])

    assert (list(first.pieces.values()), first.missing) == ([short], (2,))
    assert (list(second.pieces.values()), second.missing) == (long, (1,))
