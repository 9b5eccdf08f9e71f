"""Agencies, categories and keywords: what the files that ship say, and what is said of wrong ones."""

from pathlib import Path

import pytest

from core.datafile import DataFileInvalid
from core.directory import Directory, load_directory

CONFIG = Path(__file__).parents[2] / "config"
ROOT = '[[agency]]\nid = "nasional"\nname = "Admin Nasional"\n'
BANTEN = ROOT + '[[agency]]\nid = "banten"\nname = "Provinsi Banten"\nparent = "nasional"\n'
CATEGORY = '[[category]]\nid = "kesehatan"\nname = "Kesehatan"\n'


@pytest.fixture(scope="module")
def directory() -> Directory:
    return load_directory(
        CONFIG / "agencies.toml",
        categories_path=CONFIG / "categories.toml",
        keywords_path=CONFIG / "keywords.toml",
    )


def write(folder: Path, *, agencies: str = ROOT, categories: str = CATEGORY, keywords: str = "") -> Directory:
    for name, content in (("agencies", agencies), ("categories", categories), ("keywords", keywords)):
        (folder / f"{name}.toml").write_text(content)
    return load_directory(
        folder / "agencies.toml", categories_path=folder / "categories.toml", keywords_path=folder / "keywords.toml"
    )


def test_the_shipped_files_hold_a_tree_below_one_national_agency(directory: Directory) -> None:
    assert directory.root == "nasional"
    assert all(directory.is_within(agency, "nasional") for agency in directory.agencies)
    assert len(directory.categories) >= 20


@pytest.mark.parametrize(
    ("agency", "zone"),
    [
        ("kab-tangerang", "Asia/Jakarta"),
        ("kota-makassar-pdam", "Asia/Makassar"),
        ("kab-jayapura-dinas-kesehatan", "Asia/Jayapura"),
    ],
)
def test_a_unit_has_the_time_zone_of_its_region(directory: Directory, agency: str, zone: str) -> None:
    found = directory.agency(agency)

    assert found is not None
    assert found.timezone == zone


@pytest.mark.parametrize(
    "words", ["TANGKAB", "tangkab", "Kab. Tangerang", "kab-tangerang", "Pemerintah Kabupaten Tangerang"]
)
def test_an_agency_is_found_by_id_name_or_keyword(directory: Directory, words: str) -> None:
    found = directory.find(words)

    assert found is not None
    assert found.id == "kab-tangerang"
    assert "TANGKAB" in found.keywords


def test_what_is_not_there_is_not_found(directory: Directory) -> None:
    assert directory.find("Kabupaten Antah Berantah") is None
    assert directory.agency("antah") is None
    assert directory.category("antah") is None


def test_above_and_below_are_told_in_order(directory: Directory) -> None:
    assert [agency.id for agency in directory.ancestors("kab-jayapura-dinas-kesehatan")] == [
        "kab-jayapura",
        "prov-papua",
        "nasional",
    ]
    assert {agency.id for agency in directory.children("prov-papua")} == {"kab-jayapura", "kota-jayapura"}


@pytest.mark.parametrize(
    ("agency", "above", "within"),
    [
        ("kab-nganjuk", "kab-nganjuk", True),
        ("kab-nganjuk-dinas-sosial", "prov-jawa-timur", True),
        ("prov-jawa-timur", "kab-nganjuk", False),
        ("kota-bekasi", "kab-bekasi", False),
        ("", "nasional", True),
        ("", "kab-nganjuk", False),
        ("antah", "nasional", False),
    ],
)
def test_staff_see_their_agency_and_all_below(directory: Directory, agency: str, above: str, within: bool) -> None:
    assert directory.is_within(agency, above) is within


def row(**fields: str) -> str:
    return "[[agency]]\n" + "".join(f'{name} = "{value}"\n' for name, value in fields.items())


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"agencies": row(id="Dinas PU", name="x")}, ["agencies.toml", "agency[0].id", "Dinas PU", "small letters"]),
        ({"agencies": ROOT + ROOT}, ["agency[1].id", "twice"]),
        ({"agencies": ROOT + row(id="a", name="A", parent="b")}, ["agency[1].parent", "'b'", "name the id"]),
        ({"agencies": ROOT + row(id="a", name="A")}, ["agency.parent", "exactly one"]),
        (
            {"agencies": ROOT + row(id="a", name="A", parent="b") + row(id="b", name="B", parent="a")},
            ["agency[1].parent", "above itself"],
        ),
        (
            {"agencies": row(id="a", name="A", timezone="Asia/Bekasi")},
            ["agency[0].timezone", "Asia/Bekasi", "Asia/Jakarta"],
        ),
        ({"agencies": row(id="a", name="A", head="x")}, ["agency[0]", "head"]),
        ({"categories": CATEGORY + CATEGORY}, ["categories.toml", "category[1].id", "kesehatan"]),
        ({"keywords": '[[keyword]]\nwords = ["BBM"]\nagency = "x"\n'}, ["keywords.toml", "keyword[0].agency", "'x'"]),
        (
            {"keywords": '[[keyword]]\nwords = ["BBM", "b.b.m"]\nagency = "nasional"\n'},
            ["keyword[0].words[1]", "b.b.m", "once"],
        ),
        ({"keywords": '[[keyword]]\nwords = ["!"]\nagency = "nasional"\n'}, ["keyword[0].words[0]", "two letters"]),
    ],
)
def test_a_wrong_file_is_told_with_its_remedy(tmp_path: Path, files: dict[str, str], said: list[str]) -> None:
    with pytest.raises(DataFileInvalid) as caught:
        write(tmp_path, **files)

    assert all(words in str(caught.value) for words in said)


def test_an_agency_without_a_region_has_its_parent_s(tmp_path: Path) -> None:
    tree = [
        row(id="nasional", name="Nasional"),
        row(id="prov-bali", name="Bali", parent="nasional", region="bali"),
        row(id="kab-badung", name="Badung", parent="prov-bali"),
    ]
    directory = write(tmp_path, agencies="".join(tree))

    assert [agency.region for agency in directory.agencies.values()] == ["", "bali", "bali"]


def test_a_small_tree_needs_no_keywords(tmp_path: Path) -> None:
    directory = write(tmp_path, agencies=BANTEN)

    assert [agency.name for agency in directory.children("nasional")] == ["Provinsi Banten"]
    assert directory.keywords == {}
