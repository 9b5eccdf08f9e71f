"""What citizens read: every template with the longest plausible facts, within every channel's limits."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channel import Capabilities
from core.commands import is_yes, read_command, without_pin
from core.datafile import DataFileInvalid
from core.dialogue.vocabulary import read_word
from core.model.lifecycle import LABELS, State
from core.model.report import ArchiveReason
from core.phrasebook import load_languages, load_replies
from core.replies import EVENTS, IN_TALKS, TO_STAFF, Replies, ReplyImpossible, show_date

FOLDER = Path(__file__).parents[2] / "config" / "replies"
LANGUAGES = load_languages(FOLDER)
REPLIES = LANGUAGES["id"]
IN_EVERY_LANGUAGE = pytest.mark.parametrize("replies", LANGUAGES.values(), ids=LANGUAGES)

GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = set("\f^{}\\[~]|€")


def segments(text: str) -> int:
    """SMS segments: GSM 03.38 where every character is in it, else UCS-2 (3GPP TS 23.038)."""
    if all(character in GSM | EXTENSION for character in text):
        units = sum(2 if character in EXTENSION else 1 for character in text)
        return 1 if units <= 160 else -(-units // 152)
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= 70 else -(-units // 66)


SMS = Capabilities(measure=segments, max_length=3)
LETTER = Capabilities(measure=len, max_length=20_000)
POST = Capabilities(measure=len, max_length=280)
NUMBER = "4821 093 756"
LONGEST = {
    "nomor": NUMBER,
    "nomor_lama": "9821 093 751",
    "pin": "123456",
    "tanggal": "26 Nov 2026",
    "status": max(LABELS.values(), key=len),
    "instansi": "Kementerian Pendayagunaan Aparatur Negara dan Reformasi Birokrasi",
    "jumlah": "1027",
    "perintah": "BALAS",
    "tautan": "https://lapor.go.id/console/laporan/4821093756",
    "bagian": "2, 3, 4, 7",
    "daftar": "\n".join(f"{NUMBER}: {max(LABELS.values(), key=len)}" for _ in range(3)),
    "jam": "Senin-Kamis 08.00-16.00, Jumat 08.00-15.30 WIB",
    "nama": "Rr. Maria Immaculata Kusumaningtyas Wulandari",
    "judul": "Jalan Raya Serpong KM 7 depan Pasar Modern berlubang dalam ...",
    "jejak": "3171234567890123, 081234567890",
    "tempat": "Jl. Raya Serpong KM 7, Tangerang Sela",
    "teks": "Petugas Dinas Bina Marga sudah turun ke lokasi. " * 60,
    "alasan": "Data laporan tidak lengkap. Sebutkan nama jalan dan desa. " * 60,
}


def longest_in(replies: Replies) -> dict[str, str]:
    """The longest plausible facts, as they are said in a language."""
    status = max((replies.label(state) for state in State), key=len)
    return LONGEST | {"status": status, "daftar": "\n".join(f"{NUMBER}: {status}" for _ in range(3))}


@IN_EVERY_LANGUAGE
def test_the_first_sms_is_one_segment_with_number_pin_deadline_and_the_way_to_ask(replies: Replies) -> None:
    text = replies.compose("received", LONGEST, channel="sms", capabilities=SMS)

    assert segments(text) == 1
    assert set(text) <= GSM
    assert text.startswith(NUMBER)
    assert all(part in text for part in ("123456", "26 Nov 2026", f"STATUS {NUMBER}"))


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize(
    ("event", "channel", "capabilities"),
    [
        (event, channel, capabilities)
        for event in sorted(EVENTS.keys() - TO_STAFF)
        for channel, capabilities in {"sms": SMS, "email": LETTER, "twitter": POST}.items()
        if channel != "twitter" or event not in IN_TALKS
    ],
)
def test_every_reply_fits_every_channel(replies: Replies, event: str, channel: str, capabilities: Capabilities) -> None:
    text = replies.compose(event, longest_in(replies), channel=channel, capabilities=capabilities)

    assert 0 < capabilities.measure(text) <= capabilities.max_length
    assert "{" not in text


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize("event", sorted(TO_STAFF))
def test_mails_to_staff_tell_no_word_of_a_citizen(replies: Replies, event: str) -> None:
    told = {"teks", "alasan", "judul", "tempat", "pin"}

    assert not EVENTS[event] & told
    assert replies.compose(event, LONGEST, channel="email", capabilities=LETTER)


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize("event", sorted(EVENTS.keys() - TO_STAFF))
def test_every_sms_begins_with_the_number_and_needs_no_rare_letters(replies: Replies, event: str) -> None:
    listed = f"{NUMBER}: {replies.label(State.VERIFIED)}"
    short = longest_in(replies) | {"teks": "Sebutkan nama jalan", "alasan": "Kurang jelas", "daftar": listed}
    text = replies.compose(event, short, channel="sms", capabilities=SMS)

    assert set(text) <= GSM
    assert segments(text) <= 2
    assert text.startswith(NUMBER) or "nomor" not in EVENTS[event]


def test_a_long_answer_is_cut_between_words_and_says_so() -> None:
    text = REPLIES.compose("follow_up", LONGEST, channel="sms", capabilities=SMS)

    assert segments(text) == 3
    kept = text.partition("Birokrasi. ")[2].partition(" [...]")[0]
    assert LONGEST["teks"].startswith(kept + " ") or LONGEST["teks"].startswith(kept)
    assert kept.endswith(("Petugas", "Dinas", "Bina", "Marga", "sudah", "turun", "ke", "lokasi."))
    assert "Lacak" in text
    assert text.index("[...]") < text.index("PUAS")


def test_an_answer_that_fits_is_whole() -> None:
    text = REPLIES.compose("follow_up", LONGEST, channel="email", capabilities=LETTER)

    assert LONGEST["teks"].strip() in text
    assert "[...]" not in text


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=600)


@given(words, st.integers(2, 4))
def test_whatever_staff_write_fits_and_is_never_cut_silently(written: str, limit: int) -> None:
    capabilities = Capabilities(measure=segments, max_length=limit)
    facts = LONGEST | {"instansi": "Kabupaten Nganjuk", "teks": written}

    text = REPLIES.compose("question", facts, channel="sms", capabilities=capabilities)

    assert segments(text) <= limit
    assert written.strip() in text or "[...]" in text


ENDLESS = {
    "letters": "a" * 3000,
    "emoji": "👨\u200d👩\u200d👧" * 200,
    "one accent": "e\u0301" * 900,
    "two accents": "e\u0301\u0302" * 600,
    "four accents": "o\u0301\u0302\u0303\u0304" * 400,
}


@pytest.mark.parametrize("word", ENDLESS.values(), ids=ENDLESS)
def test_one_endless_word_is_cut_between_what_people_see_as_characters(word: str) -> None:
    text = REPLIES.compose("question", LONGEST | {"teks": word}, channel="sms", capabilities=SMS)

    kept, mark, _ = text.partition("Anda. ")[2].partition(" [...]")
    assert mark
    assert kept
    assert word[len(kept)] not in "\u200d\u0301\u0302\u0303\u0304"
    assert kept[-1] != "\u200d"


def test_braces_in_what_people_write_mean_nothing() -> None:
    text = REPLIES.compose("question", LONGEST | {"teks": "Apakah {pin} {x} }{?"}, channel="sms", capabilities=SMS)

    assert "Apakah {pin} {x} }{?" in text


def test_a_sentence_without_a_full_stop_gets_one() -> None:
    text = REPLIES.compose("archived", LONGEST | {"alasan": "Kurang jelas"}, channel="sms", capabilities=SMS)

    assert "Kurang jelas. Bila" in text


def test_a_missing_fact_is_named() -> None:
    with pytest.raises(ReplyImpossible, match="'pin'"):
        REPLIES.compose("received", {"nomor": NUMBER, "tanggal": "x"}, channel="sms", capabilities=SMS)


def test_an_unknown_event_is_named() -> None:
    with pytest.raises(ReplyImpossible, match="'birthday'"):
        REPLIES.compose("birthday", LONGEST, channel="sms", capabilities=SMS)


def test_a_channel_too_small_for_the_template_is_told() -> None:
    with pytest.raises(ReplyImpossible, match="never fits 20 units"):
        REPLIES.compose("received", LONGEST, channel="x", capabilities=Capabilities(measure=len, max_length=20))


def test_states_are_named_as_the_law_names_them() -> None:
    assert {state: REPLIES.label(state) for state in State} == LABELS


@IN_EVERY_LANGUAGE
def test_every_state_and_reason_has_its_words(replies: Replies) -> None:
    assert len({replies.label(state) for state in State}) == len(State)
    assert len({replies.label(reason) for reason in ArchiveReason}) == len(ArchiveReason)
    with pytest.raises(ReplyImpossible, match="'lost'"):
        replies.label("lost")


@pytest.mark.parametrize(("day", "shown"), [(date(2026, 11, 26), "26 Nov 2026"), (date(2027, 5, 1), "1 Mei 2027")])
def test_a_date_is_shown_as_people_say_it(day: date, shown: str) -> None:
    assert show_date(day) == shown


def test_a_date_is_shown_in_the_reader_s_language() -> None:
    assert [LANGUAGES[name].date(date(2027, 5, 1)) for name in ("id", "en")] == ["1 Mei 2027", "1 May 2027"]


def test_every_language_tells_on_each_channel_what_the_others_tell() -> None:
    def kinds(replies: Replies) -> dict[str, list[str]]:
        return {event: sorted(by_channel) for event, by_channel in replies.templates.items()}

    def facts(replies: Replies) -> dict[str, dict[str, list[str]]]:
        found = re.compile(r"\{([a-z_]+)\}").findall
        return {e: {kind: sorted(set(found(text))) for kind, text in by.items()} for e, by in replies.templates.items()}

    for replies in LANGUAGES.values():
        assert kinds(replies) == kinds(REPLIES)
        assert facts(replies) == facts(REPLIES)


COMMAND = re.compile(r"\b[A-Z]{2,}(?:\b|(?= \{nomor))")
NO_COMMANDS = {"LAPOR", "PIN", "SMS"}


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize("event", sorted(EVENTS.keys() - TO_STAFF))
def test_whatever_a_reply_asks_to_be_written_is_understood(replies: Replies, event: str) -> None:
    texts = " ".join(replies.templates[event].values())
    for verb in set(COMMAND.findall(texts)) - NO_COMMANDS:
        obeyed = read_command(f"{verb} 4821 093 759", public=True) or read_command(verb) or read_word(verb)
        assert obeyed or is_yes(verb), verb


SHIPPED = (FOLDER / "id.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{pin}. Verifikasi", "{pinn}. Verifikasi", ["reply.received.sms", "pinn", "{pin}"]),
        ("PIN {pin}. Verifikasi", "PIN {Pin}. Verifikasi", ["reply.received.sms", "braces"]),
        ("[reply.help]", "[reply.helpp]", ["reply.help", "missing"]),
        (
            "[reply.help]\nsms",
            "[reply.hello]\nsms = 'x'\ndefault = 'x'\n[reply.help]\nsms",
            ["reply.hello", "no such event"],
        ),
        ('crime = "', 'crimee = "', ["labels.crime", "missing"]),
        ('sms = "Teks lengkap', 'sms = 5 # "', ["shortened.sms is 5", "Expected `str`"]),
        ('default = "Teks lengkap', 'other = "Teks lengkap', ["shortened.default", "missing"]),
        ("[labels]", "[label]", ["label"]),
        ('"Nov", "Des"', '"Nov"', ["dates.months"]),
    ],
)
def test_a_wrong_file_is_told_with_its_remedy(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    assert old in SHIPPED
    (tmp_path / "id.toml").write_text(SHIPPED.replace(old, new, 1))

    with pytest.raises(DataFileInvalid) as caught:
        load_replies(tmp_path)

    assert all(part in str(caught.value) for part in ["id.toml", *said])


def test_every_language_in_the_folder_is_spoken_and_a_gap_is_told_with_its_file(tmp_path: Path) -> None:
    english = (FOLDER / "en.toml").read_text()
    (tmp_path / "id.toml").write_text(SHIPPED)
    (tmp_path / "en.toml").write_text(english.replace("[reply.help]", "[reply.helpp]"))

    with pytest.raises(DataFileInvalid) as caught:
        load_languages(tmp_path)

    assert all(part in str(caught.value) for part in ("en.toml", "reply.help", "missing"))


def test_a_file_that_names_no_language_is_told(tmp_path: Path) -> None:
    (tmp_path / "id.toml").write_text(SHIPPED)
    (tmp_path / "id.old.toml").write_text(SHIPPED)

    with pytest.raises(DataFileInvalid, match="name it by its language"):
        load_languages(tmp_path)


def test_what_is_wrong_with_the_whole_file_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "id.toml").write_text((FOLDER / "id.toml").read_text() + "\n[unknown]\nkey = 1\n")

    with pytest.raises(DataFileInvalid) as wrong:
        load_replies(tmp_path)

    assert "unknown field `unknown`" in str(wrong.value)
    assert len(str(wrong.value)) < 500


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_pin_in_any_reply_is_hidden_from_staff(language: str) -> None:
    texts = [text for by in load_replies(FOLDER, language=language).templates.values() for text in by.values()]
    told = [text.replace("{pin}", "482913").replace("{nomor}", NUMBER) for text in texts if "{pin}" in text]

    assert told
    assert [text for text in told if "482913" in without_pin(text)] == []
