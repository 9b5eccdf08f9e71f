"""Tracking numbers: made, checked, read and shown."""

import random
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import tracking

bodies = st.integers(10**8, 10**9 - 1).map(str)
numbers = bodies.map(lambda body: body + tracking.check_digit(body))


def test_the_check_digit_agrees_with_the_example_of_the_standard() -> None:
    assert tracking.check_digit("0794") == "5"


def test_new_numbers_are_valid_and_never_start_with_zero() -> None:
    made = {tracking.new_tracking_id(secrets.randbelow) for _ in range(500)}

    assert len(made) > 490
    assert all(tracking.is_valid(number) for number in made)


@pytest.mark.parametrize(("draw", "first"), [(0, "100000000"), (9 * 10**8 - 1, "999999999")])
def test_every_draw_gives_ten_digits(draw: int, first: str) -> None:
    assert tracking.new_tracking_id(lambda _: draw)[:9] == first


@pytest.mark.parametrize(("draw", "pin"), [(0, "000000"), (42, "000042"), (999_999, "999999")])
def test_a_pin_keeps_its_leading_zeros(draw: int, pin: str) -> None:
    assert tracking.new_pin(lambda _: draw) == pin


@given(numbers, st.integers(0, 9), st.integers(1, 9))
def test_any_single_wrong_digit_is_found(number: str, place: int, shift: int) -> None:
    wrong = str((int(number[place]) + shift) % 10)

    assert not tracking.is_valid(number[:place] + wrong + number[place + 1 :])


def test_swapped_neighbours_are_found_in_all_but_two_percent() -> None:
    chance = random.Random(7064)
    swaps = missed = 0
    for _ in range(20_000):
        number = tracking.new_tracking_id(chance.randrange)
        place = chance.randrange(9)
        if number[place] != number[place + 1]:
            swaps += 1
            missed += tracking.is_valid(number[:place] + number[place + 1] + number[place] + number[place + 2 :])

    assert missed / swaps < 0.026


@given(numbers, st.lists(st.sampled_from(["", " ", ".", "-", " - ", "\u00a0", "\u2013"]), min_size=9, max_size=9))
def test_a_number_is_read_however_it_is_separated(number: str, separators: list[str]) -> None:
    written = number[0] + "".join(separator + digit for separator, digit in zip(separators, number[1:], strict=True))

    assert tracking.read_tracking_id(f"Laporan saya #{written}, bagaimana kabarnya?") == number


@given(st.text())
def test_reading_never_fails_and_gives_ten_digits_or_nothing(text: str) -> None:
    found = tracking.read_tracking_id(text)

    assert found is None or (len(found) == 10 and found.isdecimal())


VALID = "4821093759"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{VALID}", VALID),
        ("#4821-093-759", VALID),
        ("no. 4821.093.759 pin 123456", VALID),
        (f"hubungi 081234567890 tentang {VALID}", VALID),
        ("tanggal 12 laporan 4821 093 759", VALID),
        ("4821 093 756", "4821093756"),
        ("NIK 3174012345670001", None),
        ("telepon 0812345678", None),
        ("kejadian 10-11-2024 08.30", None),
        (f"{VALID}1", None),
        ("٤٨٢١٠٩٣٧٥٩", None),
        ("", None),
    ],
)
def test_a_number_is_found_in_a_sentence_and_longer_numbers_are_left_alone(text: str, number: str | None) -> None:
    assert tracking.read_tracking_id(text) == number


@pytest.mark.parametrize(
    "text", ["", "482109375", "48210937590", "0821093759", "４８２１０９３７５９", "482109375a", "²²²²²²²²²²"]
)
def test_what_has_not_the_form_of_a_number_is_not_valid(text: str) -> None:
    assert not tracking.is_valid(text)


def test_a_number_with_a_leading_zero_is_not_ours_whatever_its_check_digit() -> None:
    assert not tracking.is_valid("012345678" + tracking.check_digit("012345678"))


def test_a_number_is_shown_in_three_groups() -> None:
    assert tracking.show("4821093756") == "4821 093 756"
