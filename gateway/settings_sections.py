"""Builds one section of the settings from what a file or the environment gives, and says what is wrong with it."""

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from core.model.secret import Secret
from gateway.settings_fields import Setting, Shape, describe


class SettingsError(Exception):
    """A setting cannot be used. Names the file or variable, the key, the value (never a secret) and the remedy."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: the file or the variable, and its key."""

    source: str
    key: str = ""

    def under(self, key: str) -> "Place":
        """One level deeper."""
        return replace(self, key=f"{self.key}.{key}" if self.key else key)

    def error(self, problem: str, *, remedy: str, value: object = None) -> SettingsError:
        """What is wrong here. ``value`` is left out for secrets; ``remedy`` is a clause without a full stop."""
        shown = "" if value is None else f" = {value!r}"
        return SettingsError(f"{self.source}: {self.key}{shown}: {problem}. Remedy: {remedy}.")


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """A value still as text, read by the type of the setting it is for."""

    variable: str
    text: str

    def place(self, place: Place) -> Place:
        """The same key, given by the variable instead of the file."""
        return replace(place, source=f"environment variable {self.variable}")


def build_section(section: type[msgspec.Struct], *, raw: Any, place: Place) -> msgspec.Struct:
    """An instance of ``section`` from a table (or the text of one).

    Raises:
        SettingsError: an unknown or missing key, a wrong type, a value out of its limits, an unreadable secret's file.
    """
    if isinstance(raw, FromEnvironment):
        place = raw.place(place)
        raw = _parse_structure(raw, place)
    if not isinstance(raw, Mapping):
        raise place.error("not a table", remedy=f"write it as [{place.key}] with one key a line")
    settings = describe(section)
    raw = _open_secret_files(settings, raw, place)
    refuse_unknown(raw, known=_known_keys(settings), place=place)
    values = {item.name: _build(item, raw[key], place.under(key)) for key, item in settings.items() if key in raw}
    for item in settings.values():
        if item.required and item.name not in values:
            raise place.under(item.key).error("missing", remedy=f"set it: {item.sentence.rstrip('.')}")
    try:
        return section(**values)
    except ValueError as error:
        raise place.error("cannot be used", remedy=str(error)) from error


def _known_keys(settings: Mapping[str, Setting]) -> list[str]:
    return [*settings, *(f"{item.key}_file" for item in settings.values() if item.secret)]


def refuse_unknown(raw: Mapping[str, Any], *, known: Collection[str], place: Place) -> None:
    """Raise SettingsError for a key that is not ``known``. Its value is not shown: a misspelt key may hold a secret."""
    for key, value in raw.items():
        if key not in known:
            where = value.place(place) if isinstance(value, FromEnvironment) else place
            nearest = difflib.get_close_matches(key, known, n=1)
            remedy = f"did you mean '{nearest[0]}'" if nearest else f"remove it; known here are {', '.join(known)}"
            raise where.under(key).error("no such setting", remedy=remedy)


def _open_secret_files(settings: Mapping[str, Setting], raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
    opened = dict(raw)
    for item in settings.values():
        key = f"{item.key}_file"
        if item.secret and key in raw and key not in settings:
            if item.key in raw:
                raise place.under(key).error(f"{item.key} is given as well", remedy="keep one of the two")
            opened[item.key] = _read_secret(opened.pop(key), place.under(key))
    return opened


def _read_secret(named: Any, place: Place) -> str:
    if isinstance(named, FromEnvironment):
        place, named = named.place(place), named.text
    if not isinstance(named, str):
        raise place.error("not a path", remedy="write the path of a file between quotes", value=named)
    try:
        content = Path(named).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise place.error(
            problem or "unreadable", remedy="put the secret there, readable by us", value=named
        ) from error
    if not content:
        raise place.error("the file is empty", remedy="put the secret there", value=named)
    return content


def _build(item: Setting, raw: Any, place: Place) -> Any:
    if item.section is None:
        return _convert(item, raw, place)
    if item.shape is Shape.TABLE:
        return build_section(item.section, raw=raw, place=place)
    if isinstance(raw, FromEnvironment):
        place = raw.place(place)
        raw = _parse_structure(raw, place)
    if item.shape is Shape.TABLES and isinstance(raw, list):
        return tuple(
            build_section(item.section, raw=one, place=place.under(str(index))) for index, one in enumerate(raw)
        )
    if item.shape is Shape.NAMED_TABLES and isinstance(raw, Mapping):
        return {name: build_section(item.section, raw=one, place=place.under(name)) for name, one in raw.items()}
    raise place.error("not tables", remedy=f"write each as [[{place.key}]]")


def _parse_structure(raw: FromEnvironment, place: Place) -> Any:
    """The text as a TOML value, else as JSON. It is never shown: it may hold secrets."""
    try:
        return tomllib.loads(f"value = {raw.text}")["value"]
    except tomllib.TOMLDecodeError:
        pass  # JSON writes tables with colons; the next reader decides.
    try:
        return msgspec.json.decode(raw.text)
    except msgspec.DecodeError as error:
        raise place.error(
            "neither a TOML nor a JSON value", remedy='write it like [{name = "…"}] or [{"name": "…"}]'
        ) from error


def _convert(item: Setting, raw: Any, place: Place) -> Any:
    if isinstance(raw, FromEnvironment):
        place = raw.place(place)
    try:
        return _convert_text(item, raw, place) if isinstance(raw, FromEnvironment) else _to_type(item, raw, strict=True)
    except msgspec.ValidationError as error:
        if item.secret:
            raise place.error("not text", remedy="write it between quotes, or name a file that holds it") from None
        shown = raw.text if isinstance(raw, FromEnvironment) else raw
        like = item.example if item.default is None else item.default
        remedy = f"write a value like {str(like) if isinstance(like, Path) else like!r}: {item.sentence.rstrip('.')}"
        raise place.error(_first_lower(str(error)), remedy=remedy, value=shown) from error


def _convert_text(item: Setting, raw: FromEnvironment, place: Place) -> Any:
    try:
        return _to_type(item, raw.text, strict=False)
    except msgspec.ValidationError:
        if not raw.text.lstrip().startswith(("[", "{")):
            raise
    return _to_type(item, _parse_structure(raw, place), strict=True)


def _to_type(item: Setting, value: Any, *, strict: bool) -> Any:
    return msgspec.convert(value, item.annotation, strict=strict, dec_hook=_read_own_type)


def _read_own_type(wanted: type, value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    if wanted in {Secret, Path}:
        return wanted(value)
    raise NotImplementedError(f"settings cannot hold a {wanted.__name__}")


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]
