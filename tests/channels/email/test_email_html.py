"""The words of an HTML body, as a reader of the page sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.letter.bodies.html import prepared, read_html, split_pictures


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Lampu   mati\n di\tRT&nbsp;04", "Lampu mati di RT 04"),
        ("<p>Satu</p><p>Dua</p>", "Satu\n\nDua"),
        ("<div>Satu</div><div>Dua</div>", "Satu\nDua"),
        ("Satu<br>Dua<br/><br>Tiga<br><br><br>Empat", "Satu\nDua\n\nTiga\n\nEmpat"),
        ("<b>Lam</b>pu <i>mati</i>", "Lampu mati"),
        ("<ul><li>Satu<li>Dua<ul><li>Dalam</ul></ul>Lagi", "- Satu\n- Dua\n- Dalam\n\nLagi"),
        ("<ol><li>Satu</li><li>Dua</li></ol>", "1. Satu\n2. Dua"),
        ("<table><tr><th>Desa<th>RT<tr><td>Sukanagara<td>04</table>", "Desa\tRT\nSukanagara\t04"),
        ("<blockquote>Satu<blockquote>Dua</blockquote></blockquote>Tiga", "> Satu\n>\n> > Dua\n\nTiga"),
        ("<pre>a  b\n  c\n\nd</pre>", "a  b\n  c\n\nd"),
        ("Satu<hr>Dua", f"Satu\n{'_' * 32}\nDua"),
        ('<a href="https://contoh.id/a">peta</a>', "peta (https://contoh.id/a)"),
        ('<a href="https://www.contoh.id/">contoh.id</a>', "contoh.id"),
        ('<a href="mailto:siti@contoh.id">siti@contoh.id</a>', "siti@contoh.id"),
        ('<a href="mailto:siti@contoh.id">Siti</a>', "Siti (siti@contoh.id)"),
        ('<a href="#atas">atas</a> <a href="javascript:x()">x</a> <a name=b>y</a>', "atas x y"),
        ('<img src="x" alt="Peta lokasi"> <img alt="logo.png">', "Peta lokasi"),
        ("<script>alert(1)</script><style>p{}</style><title>T</title>Isi", "Isi"),
        ("Awal<script>Isi", "AwalIsi"),
        ("Awal<!-- komentar -->Akhir<!-- terbuka", "AwalAkhir terbuka"),
        ("<!DOCTYPE html><?xml version='1.0'?><![endif]>Isi", "Isi"),
        ("<!--[if mso]><p>Outlook</p><![endif]-->Isi", "Isi"),
        ("a < b, c > d & e &lt;f&gt; &#8211; &#x2013; &bogus;", "a < b, c > d & e <f> – – &bogus;"),
        ("Surel <siti@contoh.id>", "Surel <siti@contoh.id>"),
        ('<p title="a > b">Isi</p>', "Isi"),
        ("<p>Isi", "Isi"),
        ("</div></p></ul>Isi", "Isi"),
        ("ba\u00adik\u200b sekali\ufeff", "baik sekali"),
        ("", ""),
    ],
)
def test_markup_is_read(markup: str, text: str) -> None:
    assert read_html(markup) == text


def test_pictures_in_the_markup_are_taken_out_of_it() -> None:
    markup, pictures = split_pictures('<img src="data:image/png;base64,AAAA"><p>x</p>')

    assert markup == '<img src=""><p>x</p>'
    assert pictures == ("AAAA",)


@given(st.text(alphabet="<>/!-ap \"'=&;#x?[]\n", max_size=80))
def test_any_markup_is_read_and_leaves_complete_tags(markup: str) -> None:
    ready = prepared(markup)

    assert "<!" not in ready
    assert isinstance(read_html(markup), str)


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<b>", "<blockquote>", "</blockquote>", "<ul>", "<li>", "</ul>", "<td>", "<pre>"]
        ),
        max_size=20,
    )
)
def test_words_survive_whatever_stands_around_them(tags: list[str]) -> None:
    half = len(tags) // 2

    text = read_html("".join([*tags[:half], "Lampu", *tags[half:], "mati"]))

    assert "Lampu" in text
    assert "mati" in text
