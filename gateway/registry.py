"""Finds the channels: every folder of ``channels`` that exports CHANNEL. Adding one needs no edit here."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

import channels
from channels.spec import ChannelSpec
from gateway.settings_tree import own_sections


class ChannelClash(Exception):
    """Two folders cannot both be what they say. The message names the folders and the remedy."""


def find_channels(package: ModuleType = channels) -> Mapping[str, ChannelSpec]:
    """Every kind of channel by its name, in the order of names.

    A folder without CHANNEL may group others (``chat/webchat``, ``chat/telegram``): these are found too.

    Raises:
        ChannelClash: two folders export the same kind, or a kind is named like a section of the gateway's own settings.
    """
    found: dict[str, tuple[ChannelSpec, str]] = {}
    for folder, spec in _walk(package):
        if spec.kind in own_sections():
            raise ChannelClash(f"{folder}: '{spec.kind}' is a section of the gateway's settings; choose another kind")
        if spec.kind in found:
            other = found[spec.kind][1]
            raise ChannelClash(f"{folder} and {other} are both of kind '{spec.kind}'; rename one")
        found[spec.kind] = (spec, folder)
    return {kind: spec for kind, (spec, _) in sorted(found.items())}


def _walk(package: ModuleType) -> Iterator[tuple[str, ChannelSpec]]:
    for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
        if not entry.ispkg:
            continue
        module = importlib.import_module(f"{package.__name__}.{entry.name}")
        exported = getattr(module, "CHANNEL", None)
        if exported is None:
            yield from _walk(module)
        elif isinstance(exported, ChannelSpec):
            yield module.__name__, exported
        else:
            raise ChannelClash(
                f"{module.__name__}: CHANNEL is not a ChannelSpec; build one as channels/README.md shows"
            )
