"""New words and quoted ones: citizens' mails case by case, the public corpus, and what holds for every text."""

import quopri
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.sorting.quotes import ABOVE_LINE, fold
from channels.email.sorting.subjects import says_forward, subject_of
from tests.channels.email.corpora import mails

HERE = Path(__file__).parent


def cases() -> dict[str, tuple[str, str]]:
    """Mail and words by name, as ``quotes.txt`` says them."""
    found: dict[str, tuple[str, str]] = {}
    _, *pieces = ("\n" + (HERE / "quotes.txt").read_text("utf-8")).split("\n=== ")
    for case, answer in zip(pieces[::2], pieces[1::2], strict=True):
        name, _, mail = case.partition("\n")
        words = answer.removeprefix("words\n").strip("\n")
        found[name] = (mail, mail if words == "(all)" else words)
    return found


def seen_lines(*texts: str) -> list[str]:
    return sorted(line for text in texts for line in text.split("\n") if line.strip())


CASES = cases()


@pytest.mark.parametrize("name", CASES)
def test_the_words_said_now_are_told_from_the_rest(name: str) -> None:
    mail, words = CASES[name]

    folded = fold(mail)

    assert folded.text.strip("\n") == words.strip("\n")
    assert seen_lines(folded.text, folded.context) == seen_lines(mail)


def test_there_are_enough_cases_of_our_own() -> None:
    assert len(CASES) >= 40


LAST_WORDS = {
    "begins_with_signature": "hope you can join.",
    "caution": "Escalation: LADS MANAGEMENT",
    "caution2": "Person Person.",
    "correct_sig": "this is an email with a correct -- signature.",
    "email_1_1": "I am currently using the Java HTTP API.",
    "email_1_3": "Having the function would be great.",
    "email_1_4": "Awesome! I haven't had another problem with it.",
    "email_1_5": "for a while.",
    "email_1_6": "Sent from a magnificent torch of pixels",
    "email_1_7": ":+1:",
    "email_1_8": "Hey there, this is my signature",
    "email_2_1": "Outlook with a reply",
    "email_2_2": "Outlook with a reply directly above line",
    "email_2_3": "Outlook with a reply above headers using unusual format",
    "email_3_1": "This is fairly common; nothing too hard here!",
    "email_bullets": "- and another",
    "email_danish_1": "Tak for din mail. Det lyder godt.",
    "email_danish_2": "Jeg har modtaget filerne.",
    "email_danish_3": "Svar.",
    "email_danish_4": "Svar.",
    "email_danish_5": "Svar.",
    "email_gmail": "This is a test for inbox replying to a github message.",
    "email_headers_no_delimiter": "And another reply!",
    "email_ja_1_1": "こんにちは、みなさん！",
    "email_ja_1_2": "以上、よろしくお願いいたします",
    "email_nl_1_1": "Ik gebruik momenteel de Java HTTP API.",
    "email_nl_1_2": "Outlook met een antwoord",
    "email_one_is_not_on": "Locally (on development), when I run...",
    "email_partial_quote_header": "fails, the tunnel is not working.",
    "email_pl_1_1": "Jak się masz?",
    "email_pl_1_2": "Jak się masz?",
    "email_pl_1_3": "Jak się masz?",
    "email_sent_from_BlackBerry": "Here is another email",
    "email_sent_from_iPhone": "Here is another email",
    "email_sent_from_multi_word_mobile_device": "Here is another email",
    "email_sent_from_not_signature": "Sent from my desk, is much easier than my mobile phone.",
    "email_sig_delimiter_in_middle_of_line": "kthxbai",
    "email_sv_anon_1": "flexibel fram till kl 15 idag.",
    "email_swedish_1": "Kan inte se att det står något om vilket företag det gäller?",
    "email_swedish_2": "will update you once I am available",
    "forward": "Thank you.",
    "greedy_on": "fails, the tunnel is not working.",
    "multi_header": "No problem. I’ll just start a new order.",
    "multiline_on": "areply@reply.github.com> wrote:",
    "multiline_on_de": "Am heutigen Tage",
    "outlook": "My number is: +00 0000 000 000",
    "pathological": "get back to a computer.",
}
"""The last line said now in each mail of mail-parser-reply, by eye; where its own tests speak of it, as they say."""

OTHERS = {"danish", "ja", "nl", "pl", "sv", "swedish"}


def test_the_corpus_of_quoted_replies_is_read_right(capsys: pytest.CaptureFixture[str]) -> None:
    found = {path.stem: last_line(path) for path in mails("mail-parser-reply")}
    wrong = {name for name, last in LAST_WORDS.items() if found[name] != last}

    with capsys.disabled():
        print(f"\nmail-parser-reply: {len(LAST_WORDS) - len(wrong)} of {len(LAST_WORDS)} right; not {sorted(wrong)}")

    assert not [name for name in wrong if not OTHERS.intersection(name.split("_"))]
    assert len(wrong) <= 5


def last_line(path: Path) -> str:
    """The last line that is left of a mail of the corpus; one of them is kept as it was encoded."""
    raw = path.read_bytes()
    text = (quopri.decodestring(raw) if b"=E2=80" in raw else raw).decode("utf-8")
    return next(line.strip() for line in reversed(fold(text).text.split("\n")) if line.strip())


LINES = st.sampled_from(
    [
        *sorted({line for mail, _ in CASES.values() for line in mail.split("\n")}),
        "",
        "",
        "> ",
        ">",
        "-- ",
        "--",
        "-----",
        ABOVE_LINE,
        "> " + ABOVE_LINE,
        "X menulis:",
        ":",
        "\ufeff",
        " > x",
    ]
)


@settings(deadline=None)
@given(st.lists(LINES | st.text(max_size=20), max_size=30).map("\n".join))
def test_nothing_is_lost_and_folding_again_changes_nothing(text: str) -> None:
    folded = fold(text)

    assert seen_lines(folded.text, folded.context) == seen_lines(text)
    assert fold(folded.text).text == folded.text
    assert folded.text.strip() or not text.strip()


BOMBS: dict[str, Callable[[int], str]] = {
    "openers": lambda n: "On " * n,
    "openers in lines": lambda n: "On\n" * n,
    "openers with a colon": lambda n: "On Mon, 3 Nov 2025 14:05 x@y:\n" * n,
    "introductions": lambda n: "Pada tanggal Sen, 3 Nov 2025 pukul 14.05 X <x@y.id> menulis:\n" * n,
    "introductions to nothing": lambda n: "ya\n" + "Pada 3 Nov 2025 pukul 14.05 X menulis:\n" * n,
    "quotes and answers": lambda n: "> a\nb\n" * n,
    "answers introduced": lambda n: "a\n> a\n> b\n" + "X Y menulis:\n> a\n" * n,
    "blocks": lambda n: "ya\n" + "Dari: a@b\nDikirim: x\n" * n,
    "senders": lambda n: "Dari: a@b\n" * n,
    "signatures": lambda n: "ya\n" + "Dikirim dari iPhone saya\n" * n,
    "delimiters": lambda n: "ya\n" + "--\n" * n,
    "greetings": lambda n: "ya\n" + "Salam,\n" * n,
    "rules": lambda n: "ya\n" + "-----\n" * n,
    "one rule": lambda n: "ya\n" + "-" * 8 * n,
    "marks": lambda n: ">" * 8 * n,
    "stars": lambda n: "*" * 8 * n + ":",
    "banners": lambda n: "PERHATIAN: email eksternal\n\n" * n + "ya",
    "disclaimers": lambda n: (
        "ya\n\n" + "Email dan lampiran rahasia bagi penerima yang dituju, bukan untuk orang lain.\n\n" * n
    ),
    "empty lines": lambda n: "ya\n" + "\n" * 8 * n,
    "empty lines below introductions": lambda n: "X Y menulis:\n" + "\n \n" * 4 * n,
    "colons and gaps": lambda n: ("a:\n" + "\n" * 20) * n,
    "digits": lambda n: "1" * 8 * n,
    "dates": lambda n: "Pada 1/1/1" * n,
}


@pytest.mark.parametrize("name", BOMBS)
def test_time_grows_with_the_length_alone(name: str) -> None:
    short, long = BOMBS[name](1_000), BOMBS[name](8_000)

    ratio = seconds(long) / max(seconds(short), 0.001)

    assert ratio < 8 * 3, f"{ratio:.0f} times the time for 8 times the text"


@pytest.mark.parametrize("name", BOMBS)
def test_no_text_of_a_million_letters_takes_long(name: str) -> None:
    longest = (BOMBS[name](1_000_000 // len(BOMBS[name](1)) + 1))[:1_000_000]

    assert seconds(longest) < 1.5


def seconds(text: str) -> float:
    """The shortest of two runs, of the processor's time."""
    return min(once(text) for _ in range(2))


def once(text: str) -> float:
    started = time.process_time()
    fold(text)
    return time.process_time() - started


def test_a_forward_said_by_the_subject_keeps_everything() -> None:
    mail, words = CASES["Outlook, Indonesian"]

    assert fold(mail).text == words
    assert fold(mail, forwarded=says_forward("FW: Laporan")).text == mail


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("Re: Laporan 4821", "Laporan 4821"),
        ("RE: Re: re: Jalan rusak", "Jalan rusak"),
        ("Re[2]: Jalan rusak", "Jalan rusak"),
        ("Re(3): Jalan rusak", "Jalan rusak"),
        ("Bls: Bls: Lampu mati", "Lampu mati"),
        ("Balas: Lampu mati", "Lampu mati"),
        ("Trs: Fwd: Fw: Lampu mati", "Lampu mati"),
        ("Terusan: Lampu mati", "Lampu mati"),
        ("Tr: AW: WG: Lampu mati", "Lampu mati"),
        ("Re : Lampu mati", "Lampu mati"),
        ("Re：Lampu mati", "Lampu mati"),
        ("[EXTERNAL] Re: Lampu mati", "Lampu mati"),
        ("Re: [warga-rw] Lampu mati", "Lampu mati"),
        ("[warga-rw] Re: Lampu mati", "Lampu mati"),
        ("Re: [LAPOR #1234567] Lampu mati", "[LAPOR #1234567] Lampu mati"),
        ("[PENGADUAN] Lampu mati", "[PENGADUAN] Lampu mati"),
        ("Perihal: Lampu mati", "Perihal: Lampu mati"),
        ("Reklame liar: 3 titik", "Reklame liar: 3 titik"),
        ("Lampu\n\tmati\r\ndi jalan", "Lampu mati di jalan"),
        ("Re:", "Re:"),
        ("", ""),
    ],
)
def test_a_subject_loses_its_marks_and_keeps_its_words(subject: str, said: str) -> None:
    assert subject_of(subject) == said
    assert subject_of(said) == said


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["Re:", "Re[2]:", "Fwd:", "[x]", "[EXT]", " ", "\n", "Lampu", ":", "[", "]"])
        | st.text(max_size=4)
    )
)
def test_any_subject_is_one_short_line(pieces: list[str]) -> None:
    said = subject_of("".join(pieces))

    assert len(said) <= 250
    assert "\n" not in said


def test_a_subject_of_marks_takes_no_time() -> None:
    started = time.process_time()
    for bomb in ("Re: " * 100_000, "[" * 400_000, "[a] " * 100_000, "Re[" * 100_000, "a" * 400_000 + ":"):
        subject_of(bomb)

    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("Fwd: Jembatan", True),
        ("FW: Jembatan", True),
        ("Trs: Jembatan", True),
        ("Terusan: Jembatan", True),
        ("[EXTERNAL] Fwd: Jembatan", True),
        ("Re: Fwd: Jembatan", False),
        ("Jembatan", False),
        ("Laporan 4821", False),
    ],
)
def test_the_outermost_mark_says_whether_it_is_a_forward(subject: str, said: bool) -> None:
    assert says_forward(subject) is said
