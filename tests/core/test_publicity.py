"""Where everyone reads the answers: nothing personal in public, the rest beside it."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channel import Capabilities
from core.datafile import DataFileInvalid
from core.model.lifecycle import LABELS
from core.phrasebook import load_replies, reply_file
from core.publicity import CLOSED, FACTS, LINK, OF_SECRET_REPORTS, Written, check_public, private_kind, write
from core.replies import EVENTS, IN_TALKS, TO_STAFF, ReplyImpossible

FOLDER = Path(__file__).parents[2] / "config" / "replies"
FILE = reply_file(FOLDER)
REPLIES = load_replies(FOLDER)
X = Capabilities(measure=len, max_length=280, public=True, private_length=10_000)
NUMBER = "4821 093 756"
LINKED = "https://lapor.go.id/jawab/kX3vJq9T2m0Lh7RzWcYbQA"
CITIZENS = sorted(EVENTS.keys() - TO_STAFF - IN_TALKS)
PERSONAL = {
    "pin": "482913",
    "teks": "Sebutkan nama jalan dan nomor rumah Bapak.",
    "alasan": "Data laporan tidak lengkap.",
    "daftar": f"{NUMBER}: Terverifikasi\n9821 093 751: Ditutup oleh Pelapor",
    "judul": "Jalan berlubang depan rumah Pak Harjo",
    "tempat": "Jl. Raya Serpong KM 7",
}
KNOWN = {
    "nomor": NUMBER,
    "nomor_lama": "9821 093 751",
    "tanggal": "26 Nov 2026",
    "status": max(LABELS.values(), key=len),
    "instansi": "Kementerian Pendayagunaan Aparatur Negara dan Reformasi Birokrasi",
    "jumlah": "1027",
    "perintah": "BALAS",
    "bagian": "2, 3, 4, 7",
    "tautan": LINKED,
}
EVERYTHING = KNOWN | PERSONAL


def on_x(event: str, facts: dict[str, str] = EVERYTHING, *, secret: bool = False) -> Written:
    return write(REPLIES, event, facts, channel="twitter", capabilities=X, secret=secret)


@pytest.mark.parametrize("event", CITIZENS)
def test_every_public_text_fits_whole_and_begins_with_the_number(event: str) -> None:
    text = on_x(event).text

    assert 0 < X.measure(text) <= 280
    assert "[...]" not in text
    assert text.startswith(f"{NUMBER}: ") or "nomor" not in EVENTS[event]


@pytest.mark.parametrize("event", CITIZENS)
def test_every_reply_with_something_personal_says_it_beside(event: str) -> None:
    said = EVENTS[event] - FACTS - {"tautan"}
    private = on_x(event).private

    assert all(PERSONAL[name] in private for name in said)
    assert bool(private) == bool(said)
    assert "{" not in private


free = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=12, max_size=400).filter(
    str.strip
)
pins = (
    st.integers(0, 999_999).map(lambda number: f"{number:06d}").filter(lambda pin: pin not in "".join(KNOWN.values()))
)


@given(st.sampled_from(CITIZENS), st.fixed_dictionaries(dict.fromkeys(PERSONAL, free) | {"pin": pins}), st.booleans())
def test_no_public_text_holds_anything_personal(event: str, personal: dict[str, str], secret: bool) -> None:
    plain, told = on_x(event, secret=secret).text, on_x(event, KNOWN | personal, secret=secret).text

    assert told == plain


@pytest.mark.parametrize("event", CITIZENS)
def test_no_public_text_holds_a_link_that_nobody_asked_for(event: str) -> None:
    text = on_x(event).text

    assert ("://" in text) == (event == LINK)
    assert "go.id" not in text.replace(LINKED, "")


@pytest.mark.parametrize("event", CITIZENS)
def test_a_secret_report_is_answered_in_private_alone(event: str) -> None:
    written = on_x(event, secret=True)

    if event in OF_SECRET_REPORTS:
        assert (written.text[:13], written.private) == (f"{NUMBER}:", "")
    else:
        assert written.text == ""
        assert written.private
        assert all(PERSONAL[name] in written.private for name in EVENTS[event] & PERSONAL.keys())


def test_a_public_text_that_asks_for_more_than_may_be_known_is_not_written() -> None:
    careless = replace(REPLIES, templates={"question": {"default": "{nomor}: {teks}"}})

    with pytest.raises(ReplyImpossible, match="'teks'"):
        write(careless, "question", EVERYTHING, channel="twitter", capabilities=X)


def test_on_other_networks_there_is_one_text() -> None:
    mail = Capabilities(measure=len, max_length=20_000)

    written = write(REPLIES, "question", EVERYTHING, channel="email", capabilities=mail, secret=True)

    assert PERSONAL["teks"] in written.text
    assert written.private == ""


def test_the_texts_that_are_shipped_are_fit_for_x() -> None:
    check_public(FILE, REPLIES.templates, channels=["twitter"])


@pytest.mark.parametrize(
    ("event", "text", "said"),
    [
        ("question", "{nomor}: {teks}", ["reply.question.twitter", "{teks}", "reply.question.twitter_private"]),
        ("received", "{nomor}: PIN {pin}", ["reply.received.twitter", "{pin}", "everyone reads"]),
        ("status", "{nomor}: baca lapor.go.id", ["reply.status.twitter", "no links"]),
        ("status", "{nomor}: https://s.id/x", ["reply.status.twitter", "no links"]),
        (CLOSED, "{nomor}: buka {tautan}", ["reply.dm_closed.twitter", "{tautan}"]),
    ],
)
def test_a_text_that_is_not_fit_for_the_public_is_told_with_its_remedy(event: str, text: str, said: list[str]) -> None:
    careless = {name: dict(texts) for name, texts in REPLIES.templates.items()}
    careless[event]["twitter"] = text

    with pytest.raises(DataFileInvalid) as caught:
        check_public(FILE, careless, channels=["twitter"])

    assert all(part in str(caught.value) for part in ["id.toml", *said])


def test_an_event_with_personal_facts_needs_a_public_text_of_its_own() -> None:
    with pytest.raises(DataFileInvalid, match=r"reply\.\w+\.mastodon"):
        check_public(FILE, REPLIES.templates, channels=["mastodon"])


def test_the_private_text_is_named_after_the_network() -> None:
    assert private_kind("twitter") == "twitter_private"


def test_a_private_message_that_asks_to_reply_says_where_replies_are_read() -> None:
    """Direct messages are sent and not read: whoever answers there would wait in vain."""
    beside = {event: texts.get(private_kind("twitter"), "") for event, texts in REPLIES.templates.items()}
    asking = [event for event, text in beside.items() if "balas" in text.lower()]

    assert "question" in asking
    assert [event for event in asking if "Balasan di pesan langsung ini tidak kami baca." not in beside[event]] == []


def test_a_date_says_whose_it_is() -> None:
    assert not [event for event, texts in REPLIES.templates.items() if "Tenggat {" in str(texts)]
    assert "petugas" in REPLIES.templates["status"]["twitter"].lower()
