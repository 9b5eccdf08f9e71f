"""The widget's script and its demo page as they are served, without a browser."""

import gzip
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from channels.chat.webchat.widget.demo import demo_routes
from channels.chat.webchat.widget.script import ORDER, SOURCE, build_script, script_routes
from channels.chat.webchat.widget.squeeze import squeeze_script, squeeze_style

LARGEST = 15_000
LONGEST_FILE = 350


@pytest.fixture
async def served() -> AsyncIterator[Any]:
    """Somebody who asks for both, and unpacks nothing by itself."""
    app = web.Application()
    app.add_routes([*script_routes(), *demo_routes("https://lapor.example/")])
    async with TestServer(app) as server, ClientSession(server.make_url("/"), auto_decompress=False) as client:
        yield client


def test_the_script_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    script = build_script()

    with capsys.disabled():
        print(f"\nwidget.js: {len(script.packed):,} bytes gzipped (<= {LARGEST:,}), {len(script.plain):,} plain")

    assert len(script.packed) <= LARGEST


def test_every_source_is_served_and_short() -> None:
    served = build_script().plain.decode()
    sources = {path.stem: path.read_text("utf-8") for path in SOURCE.glob("*.js")}

    assert set(sources) == set(ORDER)
    for name, text in sources.items():
        assert text.count("\n") <= LONGEST_FILE, name
        assert text.startswith("// "), f"{name} says what it is"
        for said in re.findall(r": \[\s*\"([^\"]+)\",", text):
            assert said in served


async def test_it_is_sent_packed_and_again_only_when_it_changed(served: Any) -> None:
    packed = await served.get("/widget.js", headers={"Accept-Encoding": "gzip, br"})
    plain = await served.get("/widget.js", headers={"Accept-Encoding": "identity"})
    known = await served.get("/widget.js", headers={"If-None-Match": packed.headers["ETag"]})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(await packed.read()) == await plain.read()
    assert packed.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert known.status == 304
    assert await known.read() == b""


async def test_the_demo_page_needs_no_more_than_it_says(served: Any) -> None:
    answer = await served.get("/widget-demo")
    page, policy = await answer.text(), answer.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "wss://lapor.example" in policy
    assert "&lt;script src=&quot;https://lapor.example/widget.js&quot; async data-lang=&quot;id&quot;&gt;" in page
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert (await served.get("/widget-demo/page.css")).status == 200


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("const a = 1; // why\nconst b = 2;\n", "const a=1;const b=2;"),
        ('say("a  //  b", `c  ${d}  e`)', 'say("a  //  b",`c  ${d}  e`)'),
        ("let a = b\n++c", "let a=b\n++c"),
        ("return a + +b - -c", "return a+ +b- -c"),
        ('x = text.replace(/[/"] +/g, "")', 'x=text.replace(/[/"] +/g,"")'),
        ("y = (a / b) / c; // half", "y=(a/b)/c;"),
        ("if (a) return\nb()", "if(a)return\nb()"),
        ("async (a) => await a in b", "async(a)=>await a in b"),
    ],
)
def test_squeezing_keeps_the_program(written: str, served: str) -> None:
    assert squeeze_script(written).strip() == served


def test_only_our_own_names_are_shortened() -> None:
    written = """function close() {}
const most = { close: close, all: [...most], it: panel.close, said: `${close(most)} close`, b: "close" };
"""

    assert squeeze_script(written) == (
        'function a(){}\nconst c={close:a,all:[...c],it:panel.close,said:`${a(c)} close`,b:"close"};'
    )


@pytest.mark.parametrize("written", ["say('close')", 'say("close)', "say(`${ { a: 1 } }`)"])
def test_other_javascript_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not of the kind"):
        squeeze_script(written)


def test_squeezing_keeps_the_style() -> None:
    written = "a > b, .c :focus {\n  inset: 0 max(1px, 100% - 2px);\n}\n@media (width: 1px) {\n  a { b: c; }\n}\n"

    assert squeeze_style(written) == ("a>b,.c :focus{inset:0 max(1px,100% - 2px);}@media (width: 1px){a{b:c;}}")
