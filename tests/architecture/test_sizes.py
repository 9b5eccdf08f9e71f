"""The shape of the code: short functions, short files, every public name explained. Run with -s to read the figures."""

import ast
import re
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("gateway", "channels", "core")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, str]:
    """The product's source by path; migrations are a record and keep their length."""
    paths = (path for part in PRODUCT for path in sorted((ROOT / part).rglob("*.py")))
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths if "migrations" not in path.parts}


def functions() -> Iterator[tuple[str, Function]]:
    for name, text in modules().items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, Function):
                yield f"{name}:{node.lineno} {node.name}", node


def own_lines(node: Function) -> int:
    """Lines from the ``def`` to the end, docstring left out."""
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is None:
        return length
    doc = node.body[0]
    return length - ((doc.end_lineno or doc.lineno) - doc.lineno + 1)


def ninth_tenth(values: list[int]) -> int:
    """The value below which nine tenths of the values lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.9))]


def test_functions_are_short(capsys: pytest.CaptureFixture[str]) -> None:
    lengths = {name: own_lines(node) for name, node in functions()}
    values = list(lengths.values())
    median, most = statistics.median(values), ninth_tenth(values)

    with capsys.disabled():
        print(f"\nfunctions: {len(values)}, median {median:.0f} (<= 8), p90 {most} (<= 25), max {max(values)} (<= 40)")

    assert median <= 8
    assert most <= 25
    assert not [f"{name}: {length} lines" for name, length in lengths.items() if length > 40]


def test_files_are_short(capsys: pytest.CaptureFixture[str]) -> None:
    lengths = {name: text.count("\n") for name, text in modules().items()}
    values = list(lengths.values())

    with capsys.disabled():
        print(f"\nfiles: {len(values)}, p90 {ninth_tenth(values)} (<= 250), max {max(values)} (<= 350)")

    assert ninth_tenth(values) <= 250
    assert not [f"{name}: {length} lines" for name, length in lengths.items() if length > 350]


def test_every_function_is_annotated() -> None:
    assert not [name for name, node in functions() if not is_annotated(node)]


def is_annotated(node: Function) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return node.returns is not None and all(one.annotation for one in arguments if one.arg not in {"self", "cls"})


def test_every_module_and_public_name_is_explained() -> None:
    assert not list(unexplained())


def unexplained() -> Iterator[str]:
    for name, text in modules().items():
        tree = ast.parse(text)
        if text.strip() and ast.get_docstring(tree) is None:
            yield name
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if not node.name.startswith("_") and ast.get_docstring(node) is None:
                yield f"{name}:{node.lineno} {node.name}"


def test_nothing_is_left_for_later_without_an_issue() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!.*#\d)")

    assert not [
        f"{name}:{number}"
        for name, text in modules().items()
        for number, line in enumerate(text.splitlines(), 1)
        if later.search(line)
    ]


def test_no_test_replaces_a_network_s_library() -> None:
    patch = re.compile(r"mock[.]patch|monkeypatch\.setattr\(.*(telegram|tweepy|smpplib|aiosmtpd)")
    tests = sorted((ROOT / "tests").rglob("*.py"))

    assert not [str(path.relative_to(ROOT)) for path in tests if patch.search(path.read_text(encoding="utf-8"))]
