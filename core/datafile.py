"""Reads the TOML files that an operator edits; what is wrong in one is told with file, key, value and remedy."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

Shape = TypeVar("Shape")
MISSING = "nothing"


class DataFileInvalid(Exception):
    """A file of starting data cannot be used. The message names file, key, value and remedy."""

    def __init__(self, path: Path, *, key: str, value: object, remedy: str) -> None:
        super().__init__(f"{path}: {key or 'the file'} is {value if value is MISSING else repr(value)}: {remedy}")
        self.path, self.key, self.remedy = path, key, remedy


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
        key = place.rstrip("`").lstrip(".")
        raise DataFileInvalid(path, key=key, value=_value_at(content, key), remedy=reason) from error


def _value_at(content: Any, key: str) -> object:
    """What stands at a place such as ``holiday[2].date``. Table keys with dots are not followed."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+|\.\.\.)\]", key):
        try:
            content = content[name] if name else content[int(index)]
        except (KeyError, IndexError, ValueError, TypeError):
            return MISSING
    return content
