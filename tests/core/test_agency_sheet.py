"""Agencies from a spreadsheet: what is understood, and what is told of what is not."""

import pytest

from core.agency_sheet import SheetInvalid, check_tree, read_sheet
from core.directory import KeywordEntry
from core.model.people import Agency

ROOT = Agency("nasional", "Admin Nasional")
PAPUA = Agency("prov-papua", "Provinsi Papua", "nasional", timezone="Asia/Jayapura")
NGANJUK = Agency("kab-nganjuk", "Kabupaten Nganjuk", "nasional", keywords=("KAB. NGANJUK",), connected=False)
KNOWN = (ROOT, PAPUA, NGANJUK)
WRITTEN = {"tangkab": KeywordEntry("TANGKAB", "kab-tangerang")}


def read(text: str | bytes) -> tuple[Agency, ...]:
    content = text.encode() if isinstance(text, str) else text
    return read_sheet(content, known=KNOWN, written=WRITTEN)


def mistakes(text: str | bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(SheetInvalid) as told:
        read(text)
    return [(mistake.line, mistake.column, mistake.value) for mistake in told.value.mistakes]


def test_columns_come_in_any_order_and_a_unit_has_the_zone_of_the_agency_above() -> None:
    found = read(
        "parent,name,id\nkab-jayapura,Dinas Kesehatan,kab-jayapura-dinkes\nprov-papua,Kab. Jayapura,kab-jayapura\n"
    )

    assert found == (
        Agency("kab-jayapura-dinkes", "Dinas Kesehatan", "kab-jayapura", timezone="Asia/Jayapura"),
        Agency("kab-jayapura", "Kab. Jayapura", "prov-papua", timezone="Asia/Jayapura"),
    )


SHEET = (
    "id;name;parent;timezone;keywords;connected\nkota-kupang;Kota Kupang, NTT;nasional;WITA;KUPANG | KOTA KUPANG;Ya\n"
)
KUPANG = Agency("kota-kupang", "Kota Kupang, NTT", "nasional", ("KUPANG", "KOTA KUPANG"), "Asia/Makassar")


@pytest.mark.parametrize(
    "content",
    [
        SHEET.encode(),
        SHEET.encode("utf-8-sig"),
        SHEET.encode("utf-16"),
        SHEET.replace("\n", "\r\n").encode(),
        SHEET.replace(";", "\t").encode("utf-16"),
        ("sep=;\r\n" + SHEET).encode("utf-8-sig"),
        ("\n" + SHEET + ";;;;;\n;;;;;\n").encode(),
        SHEET.replace("kota-kupang;", '="kota-kupang";').replace("ID", "Id").encode(),
        SHEET.replace("kota-kupang;", "'kota-kupang ;\u00a0").encode(),
        SHEET.replace("id;name", " ID ;Name").encode(),
    ],
)
def test_what_excel_writes_is_understood(content: bytes) -> None:
    assert read(content) == (KUPANG,)


def test_what_the_sheet_does_not_say_stays() -> None:
    found = read("id,name,parent\nkab-nganjuk,Pemerintah Kabupaten Nganjuk,nasional\n")

    assert found == (
        Agency("kab-nganjuk", "Pemerintah Kabupaten Nganjuk", "nasional", ("KAB. NGANJUK",), connected=False),
    )


def test_an_emptied_cell_of_keywords_takes_them_away() -> None:
    assert read("id,name,parent,keywords\nkab-nganjuk,Nganjuk,nasional,\n")[0].keywords == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", [(1, "", "")]),
        ("id,name\na,b\n", [(1, "parent", "")]),
        ("id,name,parent,nama\n", [(1, "nama", "nama")]),
        ("id,name,parent,name\n", [(1, "name", "name")]),
        ("id,name,parent\nDinas PU,x,nasional\n", [(2, "id", "Dinas PU")]),
        ("id,name,parent\na,,nasional\n\nb,x,tidak-ada\n", [(2, "name", "")]),
        ("id,name,parent\na,x,nasional\n\nb,x,tidak-ada\n", [(4, "parent", "tidak-ada")]),
        ("id,name,parent\na,x,b\nb,y,a\n", [(2, "parent", "b"), (3, "parent", "a")]),
        ("id,name,parent\na,x,a\n", [(2, "parent", "a")]),
        ("id,name,parent\na,x,\n", [(2, "parent", "")]),
        ("id,name,parent\nnasional,Nasional,prov-papua\n", [(2, "parent", "prov-papua")] * 3),
        ("id,name,parent\na,x,nasional\na,y,nasional\n", [(3, "id", "a")]),
        ("id,name,parent,timezone\na,x,nasional,GMT+7\n", [(2, "timezone", "GMT+7")]),
        ("id,name,parent,connected\na,x,nasional,mungkin\n", [(2, "connected", "mungkin")]),
        ("id,name,parent,keywords\na,x,nasional,A\n", [(2, "keywords", "A")]),
        ("id,name,parent,keywords\na,x,nasional,Kab Nganjuk\n", [(2, "keywords", "Kab Nganjuk")]),
        ("id,name,parent,keywords\na,x,nasional,tang-kab\n", [(2, "keywords", "tang-kab")]),
        ("id,name,parent,keywords\na,x,nasional,PDAM\nb,y,nasional,pdam\n", [(3, "keywords", "pdam")]),
        (
            "id,name,parent\na,Dinas PU, Kota,nasional\n",
            [
                (2, "", "nasional"),
            ],
        ),
        ('id,name,parent\na,"Dinas" PU,nasional\n', [(2, "", "',' expected after '\"'")]),
        (b"id,name,parent\na,x,nasional\nb,Dinas \x93PU\x94,nasional\n", [(3, "", "byte 93")]),
        ("id,name,parent\n" + "a" * 65 + ",x,nasional\n", [(2, "id", "a" * 65)]),
    ],
)
def test_every_mistake_is_told_with_line_column_and_value(text: str | bytes, told: list[tuple[int, str, str]]) -> None:
    assert mistakes(text) == told


def test_all_mistakes_are_told_at_once_with_remedies() -> None:
    with pytest.raises(SheetInvalid) as told:
        read("id,name,parent,timezone\nA,x,nasional,\nb,,nasional,WIS\n")

    assert str(told.value).splitlines() == [
        "line 2, id: 'A': small letters, digits and single dashes, such as kab-nganjuk-dinas-sosial",
        "line 3, name: '': 1 to 200 characters on one line",
        "line 3, timezone: 'WIS': WIB, WITA or WIT, or empty for that of the agency above",
    ]


def test_a_keyword_moves_from_one_agency_to_another_within_a_sheet() -> None:
    found = read(
        "id,name,parent,keywords\nkab-nganjuk,Nganjuk,nasional,\nkab-nganjuk-dinsos,Dinsos,kab-nganjuk,KAB. NGANJUK\n"
    )

    assert [agency.keywords for agency in found] == [(), ("KAB. NGANJUK",)]


def test_a_chain_of_thirty_thousand_agencies_is_checked() -> None:
    chain = [Agency("a0", "x")] + [Agency(f"a{n}", "x", f"a{n - 1}") for n in range(1, 30_000)]

    assert list(check_tree(reversed(chain))) == []
