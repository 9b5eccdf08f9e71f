"""Reads the settings once, from a file and the environment above it, into one frozen tree.

A variable ``LAPOR__SECTION__KEY`` stands above the file; lists and tables are given in it as TOML or JSON. A secret may
be given as ``<key>_file``: the path of a file that holds it.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from channels.spec import ChannelSpec
from gateway.settings_sections import FromEnvironment, Place, SettingsError, build_section, refuse_unknown
from gateway.settings_tree import Settings, own_sections

__all__ = ["Settings", "SettingsError", "load_settings"]

PREFIX = "LAPOR__"


def load_settings(path: Path | None, *, environ: Mapping[str, str], channels: Mapping[str, ChannelSpec]) -> Settings:
    """Read ``path`` (None: defaults only), ``environ`` above it. ``channels``: every kind, as the registry found it.

    Raises:
        SettingsError: an unreadable file, an unknown key, a wrong type, a value out of its limits.
    """
    place = Place(source=str(path) if path else "defaults")
    raw = _overlay(_read_file(path, place) if path else {}, environ)
    own, kinds = own_sections(), {kind: spec.settings for kind, spec in channels.items()}
    refuse_unknown(raw, known=[*own, *kinds], place=place)

    def build(sections: Mapping[str, type[msgspec.Struct]]) -> dict[str, Any]:
        return {
            key: build_section(section, raw=raw.get(key, {}), place=place.under(key))
            for key, section in sections.items()
        }

    return Settings(**build(own), channels=build(kinds))


def _read_file(path: Path, place: Place) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}. Remedy: name a readable file with --config.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8. Remedy: save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{place.source}: not TOML: {error}. Remedy: correct that line.") from error


def _overlay(raw: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """``raw`` with every variable of ours put in its place."""
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        *tables, key = variable.removeprefix(PREFIX).lower().split("__")
        table = raw
        for name in tables:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                place = Place(f"environment variable {variable}", ".".join([*tables, key]))
                raise place.error(f"{name} is given as one value", remedy=f"give all of {name} in one place")
        table[key] = FromEnvironment(variable, environ[variable])
        _drop_counterpart(table, key)
    return raw


def _drop_counterpart(table: dict[str, Any], key: str) -> None:
    """A secret given by the environment in one form replaces the file's other form of it."""
    for other in (f"{key}_file", key.removesuffix("_file")):
        if other != key and not isinstance(table.get(other), FromEnvironment):
            table.pop(other, None)
