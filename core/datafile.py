"""Reads the TOML files that an operator edits; what is wrong in one is told with file, key, value and remedy."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

Shape = TypeVar("Shape")
MISSING = "nothing"
LONGEST_SHOWN = 200


class DataFileInvalid(Exception):
    """A file of starting data cannot be used. The message names file, key, value and remedy."""

    def __init__(self, path: Path, *, key: str, value: object, remedy: str) -> None:
        super().__init__(f"{path}: {key or 'the file'} is {value if value is MISSING else _short(value)}: {remedy}")
        self.path, self.key, self.remedy = path, key, remedy


def _short(value: object) -> str:
    """A whole table would bury the remedy behind it."""
    shown = repr(value)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."


def read_data_file(path: Path, *, shape: type[Shape]) -> Shape:
    """The file as ``shape``, a msgspec struct that forbids unknown fields. Raises DataFileInvalid."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        remedy = "put the file there, or name its place in the settings"
        raise DataFileInvalid(path, key="", value=error.strerror, remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise DataFileInvalid(path, key="", value="not UTF-8", remedy="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise DataFileInvalid(path, key="", value="not TOML", remedy=f"correct it: {error}") from error
    try:
        return msgspec.convert(content, type=shape)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        key, value = _locate(content, re.findall(r"[^.\[\]]+|\.\.\.", place.rstrip("`")), reason)
        raise DataFileInvalid(path, key=key, value=value, remedy=reason) from error


def _locate(content: Any, steps: list[str], reason: str, *, key: str = "") -> tuple[str, object]:
    """The full key and the value at a place such as ``.holiday[2].date``.

    msgspec writes ``[...]`` for any entry of a table: the entry is then the first whose type is the one complained of.
    """
    if not steps:
        return key, content
    entries = list(content.items() if isinstance(content, dict) else enumerate(content))
    named = [entry for entry in entries if str(entry[0]) == steps[0]] or entries * (steps[0] == "...")
    found: tuple[str, object] = (key, MISSING)
    for name, value in named:
        shown = f"{key}[{name}]" if isinstance(content, list) else f"{key}.{name}".lstrip(".")
        found = _locate(value, steps[1:], reason, key=shown)
        if f"got `{TYPES.get(type(found[1]), '')}`" in reason:
            break
    return found


TYPES = {str: "str", int: "int", float: "float", bool: "bool", list: "array", dict: "object"}
