"""The commands, one module each, imported when they are called for: a listing need not wait for the web server."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from gateway.commands.context import Command

PLACES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "serve": ("serve", "COMMAND"),
        "worker": ("work", "WORKER"),
        "beat": ("work", "BEAT"),
        "migrate": ("migrate", "COMMAND"),
        "doctor": ("doctor", "COMMAND"),
        "staff": ("staff", "COMMAND"),
        "agency": ("agency", "COMMAND"),
        "queue": ("queue", "COMMAND"),
        "messages": ("messages", "COMMAND"),
        "chats": ("chats", "COMMAND"),
        "mail": ("mail", "COMMAND"),
        "outbox": ("outbox", "COMMAND"),
        "deadlines": ("deadlines", "COMMAND"),
        "replay": ("replay", "COMMAND"),
        "demo": ("demo", "COMMAND"),
        "bench": ("bench", "COMMAND"),
    }
)
"""Module and name of each command."""


def load_command(name: str) -> Command:
    """One of PLACES."""
    module, attribute = PLACES[name]
    command: Command = getattr(import_module(f"{__name__}.{module}"), attribute)
    return command
