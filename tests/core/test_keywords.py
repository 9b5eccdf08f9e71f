"""First words of an SMS: agency keywords with typing slips, and reports that only look like one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.directory import Directory, load_directory
from core.keywords import Keyword, read_keyword

CONFIG = Path(__file__).parents[2] / "config"


def shipped() -> Directory:
    return load_directory(
        CONFIG / "agencies.toml",
        categories_path=CONFIG / "categories.toml",
        keywords_path=CONFIG / "keywords.toml",
    )


DIRECTORY = shipped()


@pytest.mark.parametrize(
    ("text", "agency", "exact", "rest"),
    [
        ("TANGKAB jalan rusak di Cikupa", "kab-tangerang", True, "jalan rusak di Cikupa"),
        ("tangkab: jalan rusak", "kab-tangerang", True, "jalan rusak"),
        ("KAB. NGANJUK jembatan putus", "kab-nganjuk", True, "jembatan putus"),
        ("KAB.NGANJUK jembatan putus", "kab-nganjuk", True, "jembatan putus"),
        ("Kab Nganjuk. Jembatan putus", "kab-nganjuk", True, "Jembatan putus"),
        ("KABNGANJUK jembatan putus", "kab-nganjuk", True, "jembatan putus"),
        ("KUMHAM paspor saya lama", "kemenkumham", True, "paspor saya lama"),
        ("BBM langka di Wates", "pertamina", True, "langka di Wates"),
        ("LAPOR TANGKAB jalan rusak", "kab-tangerang", True, "jalan rusak"),
        ("TANGKAB", "kab-tangerang", True, ""),
        ("KOTA BEKASI banjir lagi", "kota-bekasi", True, "banjir lagi"),
        ("TANGKB jalan rusak", "kab-tangerang", False, "jalan rusak"),
        ("TANKGAB jalan rusak", "kab-tangerang", False, "jalan rusak"),
        ("Kumhamm paspor saya lama", "kemenkumham", False, "paspor saya lama"),
        ("KAB NGANJUKK jembatan", "kab-nganjuk", False, "jembatan"),
        ("KAB. NGNJUK jembatan", "kab-nganjuk", False, "jembatan"),
        ("KEMENKS obat habis", "kemenkes", False, "obat habis"),
    ],
)
def test_a_keyword_is_read(text: str, agency: str, exact: bool, rest: str) -> None:
    found = read_keyword(text, DIRECTORY)

    assert found is not None
    assert (found.agency, found.exact, found.rest) == (agency, exact, rest)


def test_a_campaign_is_told_with_the_agency_that_runs_it() -> None:
    found = read_keyword("bbm campur air di SPBU Cikupa", DIRECTORY)

    assert found == Keyword(
        agency="pertamina",
        matched="BBM",
        exact=True,
        rest="campur air di SPBU Cikupa",
        campaign="Subsidi BBM tepat sasaran",
    )


@pytest.mark.parametrize(
    "text",
    [
        "kab mandi rusak di puskesmas",
        "Kab",
        "KAB. KEDIRI jalan rusak",
        "kota ini kotor sekali",
        "Tangkap pelaku pungli di pasar",
        "TANGKAP pencuri motor",
        "tangki air bocor",
        "kumuh sekali pasar kami",
        "kumpulan sampah di Jl. Mawar",
        "BBC rusak",
        "bbma langka",
        "PLM mati",
        "jalan di TANGKAB rusak",
        "jalan rusak di Kab. Nganjuk",
        "Lampu jalan mati",
        "lapor pak jalan rusak",
        "",
        "...",
        "1708",
    ],
)
def test_a_report_without_a_keyword_is_taken_whole(text: str) -> None:
    assert read_keyword(text, DIRECTORY) is None


def small_directory(folder: Path, keywords: dict[str, str]) -> Directory:
    agencies = '[[agency]]\nid = "n"\nname = "N"\n' + "".join(
        f'[[agency]]\nid = "{name}"\nname = "{name}"\nparent = "n"\n' for name in sorted(set(keywords.values()))
    )
    rows = (f'[[keyword]]\nwords = ["{word}"]\nagency = "{agency}"\n' for word, agency in keywords.items())
    (folder / "a.toml").write_text(agencies)
    (folder / "c.toml").write_text("category = []\n")
    (folder / "k.toml").write_text("".join(rows))
    return load_directory(folder / "a.toml", categories_path=folder / "c.toml", keywords_path=folder / "k.toml")


def test_a_slip_between_two_agencies_names_neither(tmp_path: Path) -> None:
    directory = small_directory(tmp_path, {"PEMBADUN": "badung", "PEMBADUX": "bandung"})

    assert read_keyword("PEMBADUZ jalan rusak", directory) is None


def test_the_longest_keyword_wins(tmp_path: Path) -> None:
    directory = small_directory(tmp_path, {"SERANG": "kab-serang", "SERANG KOTA": "kota-serang"})

    found = read_keyword("Serang Kota banjir", directory)

    assert found is not None
    assert (found.agency, found.rest) == ("kota-serang", "banjir")


@given(st.text(max_size=400))
def test_any_text_has_an_answer_whose_rest_is_its_end(text: str) -> None:
    found = read_keyword(text, DIRECTORY)

    assert found is None or text.endswith(found.rest)
