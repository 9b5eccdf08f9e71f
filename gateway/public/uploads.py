"""Files that come with a public form: at most a few, each known by its content, stored before the report."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from aiohttp import web

from channels.api.mapping import read_attachments
from channels.api.wire.problems import Problem
from core.channel import Intake
from core.filetypes import HEAD, checked, clean_name, find_type
from core.model.message import Attachment

PIECE = 65_536
MOST = 5


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What was stored, and what was not, in words for the citizen."""

    attachments: tuple[Attachment, ...]
    problems: tuple[str, ...]
