"""What is counted stays bounded, and what is taken is given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.chat.webchat.live.limits import SOURCES_REMEMBERED, Bucket, Rate, Seats, TooMany
from channels.chat.webchat.wire.origins import find_site, is_allowed, read_origin


class Clock:
    """Time by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_source_may_come_so_often_within_a_minute() -> None:
    clock = Clock()
    rate = Rate("new visitors", 3, clock=clock)
    for _ in range(3):
        rate.count("114.4.1.2")

    with pytest.raises(TooMany) as refused:
        rate.count("114.4.1.2")
    rate.count("114.4.1.3")
    for _ in range(9):
        rate.count("")  # loopback
    clock.now = 60.0

    rate.count("114.4.1.2")
    assert refused.value.retry_after.total_seconds() == 60


def test_the_oldest_sources_are_forgotten() -> None:
    rate = Rate("files", 1, clock=Clock())

    for n in range(SOURCES_REMEMBERED + 5):
        rate.count(f"source {n}")

    assert len(rate._counts) == SOURCES_REMEMBERED


def test_places_are_given_back_and_nothing_is_kept_of_who_left() -> None:
    seats = Seats(3, of_one=2)
    seats.take("a")
    seats.take("a")
    with pytest.raises(TooMany):
        seats.take("a")
    seats.take("b")
    with pytest.raises(TooMany):
        seats.take("c")

    for source in "aab":
        seats.leave(source)

    seats.take("c")
    assert seats._by_source == {"c": 1}


@given(st.lists(st.floats(0, 2), max_size=200))
def test_no_more_frames_than_the_rate_and_one_burst(steps: list[float]) -> None:
    clock = Clock()
    bucket = Bucket(10, clock=clock)

    taken = 0
    for step in steps:
        clock.now += step
        taken += bucket.take()

    assert taken <= 40 + 10 * clock.now + 1e-6
    assert taken >= min(len(steps), 40)


@pytest.mark.parametrize(
    ("site", "allowed"),
    [
        ("https://www.lapor.go.id", True),
        ("https://www.lapor.go.id:443", True),
        ("https://WWW.lapor.go.id", True),
        ("https://ppid.menpan.go.id", True),
        ("https://a.b.menpan.go.id", True),
        ("http://localhost:8080", True),
        ("https://menpan.go.id", False),
        ("https://evilmenpan.go.id", False),
        ("https://menpan.go.id.evil.example", False),
        ("http://ppid.menpan.go.id", False),
        ("https://www.lapor.go.id:8443", False),
        ("https://www.lapor.go.id/", False),
        ("https://user@www.lapor.go.id", False),
        ("https://www.lapor.go.id, https://evil.example", False),
        ("https://*.menpan.go.id", False),
        ("https://xn--lapor.go.id", False),
        ("https://www.lapor.go.id\u0130", False),
        ("null", False),
        ("", False),
        ("https://" + "a." * 500 + "go.id", False),
    ],
)
def test_which_sites_may_open_the_chat(site: str, allowed: bool) -> None:
    listed = [read_origin(each) for each in ("https://www.lapor.go.id", "https://*.menpan.go.id/")]
    own = find_site("http://localhost:8080")

    assert is_allowed(find_site(site), allowed=listed, own=own, host="chat.example") is allowed
    assert not is_allowed(None, allowed=listed, own=own, host="chat.example")


@pytest.mark.parametrize(
    "written",
    ["*", "https://*", "https://*.id", "lapor.go.id", "https://lapor.go.id/chat", "ftp://lapor.go.id", "null"],
)
def test_what_is_no_site_is_refused_in_the_settings(written: str) -> None:
    with pytest.raises(ValueError, match=r"webchat\.allowed_origins: .* write a site such as"):
        read_origin(written)


@given(st.text(max_size=60))
def test_no_header_is_too_strange(header: str) -> None:
    site = find_site(header)

    assert site is None or site.scheme in {"http", "https"}
