"""What a channel's folder exports, and what the gateway needs of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from core.channel import Capabilities, Channel, Intake
from core.desk import Desk
from core.model.network import Manner, Postbox

if TYPE_CHECKING:
    from aiohttp import web  # a process that only reads mails needs this module and no web server


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as it stands inside a message. ``media_type`` is what its content shows, not what it claims."""

    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)


def no_connections(_settings: Any) -> Mapping[str, Callable[[], Channel]]:
    """For channels that only answer HTTP requests."""
    return {}


def no_routes(_settings: Any, _intake: Intake, _desk: Desk) -> "Sequence[web.RouteDef]":
    """For channels that speak their own protocol."""
    return ()


def no_postboxes(_settings: Any) -> Mapping[str, Sequence[Postbox]]:
    """For channels that write to nobody who has not written first."""
    return {}


def no_endpoints(_settings: Any) -> Mapping[str, tuple[str, int]]:
    """For channels that connect to nobody, or listen to nobody."""
    return {}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``lapor doctor`` looked at. ``remedy`` is empty where all is well; a ``warning`` does not fail the
    command.
    """

    subject: str
    said: str
    remedy: str = ""
    warning: bool = False


def no_findings(_settings: Any) -> Sequence[Finding]:
    """For channels that need nothing of this machine."""
    return ()


def no_files(_raw: bytes, _settings: Any) -> Sequence[FoundFile]:
    """For channels whose files come beside the message."""
    return ()


def nothing_around(_raw: bytes, _settings: Any) -> tuple[str, str]:
    """For channels whose messages have neither a title nor a context."""
    return "", ""


def no_manner(_settings: Any) -> Manner | None:
    """For channels that leave it to the core: a dialogue on request wherever replies are sent and not public."""
    return None


def no_hours(_settings: Any) -> str:
    """For channels where nobody sits."""
    return ""


def no_text(_raws: Sequence[bytes | None], _settings: Any) -> str:
    """For channels that only send."""
    return ""


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """One kind of network.

    Attributes:
        kind: its name in settings, metrics and rows: the folder's name.
        settings: the class of its section; unknown keys and wrong types are refused by it.
        capabilities: what the network carries; the same for each of its connections.
        read: the text of a message from its raw pieces, in order, with None for a piece that never came. Used to join
            long messages and to read old ones again with today's parser. Never raises for bad bytes.
        files: the files in a raw message, for one that is read again and could not be read before. Never raises for bad
            bytes.
        around: title and context of a raw message, for one that is read again. Never raises for bad bytes.
        derives: by field of ``settings`` that holds a secret, the purpose for which a key is derived from that of
            ``privacy.key_file`` where the field is left empty.
        links: the field of ``settings`` that is given the beginning of our pages' addresses where it is left empty.
        says: by field of ``settings``, the label of ``config/replies`` whose words it is given where it is left empty:
            what a channel says by itself.
        connections: from the settings, one function for each configured connection, by name; calling it opens
            nothing yet.
        endpoints: host and port that each connection dials, by name, so that ``lapor doctor`` can try them.
        listens: host and port on which others bring messages, by name.
        examine: what ``lapor doctor`` says of this machine beside ``endpoints``: ports to listen on, files. It may take
            a second.
        postboxes: by kind of address (``tel``), the connections that can write to one without having been written to.
        manner: how the bot talks there.
        hours: when people are there to talk with, as ``core.hours.read_hours`` reads it.
        routes: HTTP routes that hand in messages through ``intake`` and ask ``desk``.
    """

    kind: str
    settings: type[msgspec.Struct]
    capabilities: Capabilities
    read: Callable[[Sequence[bytes | None], Any], str] = no_text
    files: Callable[[bytes, Any], Sequence[FoundFile]] = no_files
    around: Callable[[bytes, Any], tuple[str, str]] = nothing_around
    derives: Mapping[str, str] = field(default_factory=dict)
    links: str = ""
    says: Mapping[str, str] = field(default_factory=dict)
    connections: Callable[[Any], Mapping[str, Callable[[], Channel]]] = no_connections
    endpoints: Callable[[Any], Mapping[str, tuple[str, int]]] = no_endpoints
    listens: Callable[[Any], Mapping[str, tuple[str, int]]] = no_endpoints
    examine: Callable[[Any], Sequence[Finding]] = no_findings
    routes: "Callable[[Any, Intake, Desk], Sequence[web.RouteDef]]" = no_routes
    postboxes: Callable[[Any], Mapping[str, Sequence[Postbox]]] = no_postboxes
    manner: Callable[[Any], Manner | None] = no_manner
    hours: Callable[[Any], str] = no_hours
