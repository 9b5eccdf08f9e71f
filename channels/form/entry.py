"""A manual form on its way into the core, with the scans that come with it."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Final

from channels.form.reading import Clerk, Fields, Invalid, read_form
from channels.form.settings import FormSettings
from core.channel import Capabilities, Intake
from core.filetypes import EXTENSIONS, clean_name
from core.model.message import Accepted, Attachment

LONGEST_REPLY = 100_000
LARGEST_RAW = 65_536
CAPABILITIES: Final = Capabilities(measure=len, max_length=LONGEST_REPLY, sends=False, attachments=True)
SCAN = re.compile(
    rf"([0-9A-Za-z_-]{{1,64}})[.]({'|'.join(EXTENSIONS)})[.]([0-9]{{1,12}})(?:/(.*))?", re.ASCII | re.DOTALL
)


async def enter(
    fields: Fields, *, clerk: Clerk, settings: FormSettings, attachments: tuple[Attachment, ...], intake: Intake
) -> Accepted:
    """Hand a form in; return once it is committed. Raises Invalid, and Busy and Refused as ``Intake.accept``."""
    message = read_form(fields, clerk=clerk, settings=settings, attachments=attachments)
    if len(message.raw) > LARGEST_RAW:
        blob = await intake.store(_whole(message.raw), "application/json")
        message = replace(message, raw=b"", raw_blob=blob.id)
    return await intake.accept(message)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def name_scan(scan: Attachment) -> str:
    """How a form that is shown again names a file that is kept already."""
    extension = next(extension for extension, kind in EXTENSIONS.items() if kind == scan.media_type)
    return f"{scan.id}.{extension}.{scan.size}/{scan.name}"


def read_scans(names: Iterable[str]) -> tuple[Attachment, ...]:
    """The files that a form names, each once. Raises Invalid for a name we never gave."""
    matches = [SCAN.fullmatch(name) for name in dict.fromkeys(names)]
    if any(match is None for match in matches):
        raise Invalid({"scans": "Berkas ini tidak dikenal. Unggah lagi."})
    return tuple(
        Attachment(id=match[1], media_type=EXTENSIONS[match[2]], size=int(match[3]), name=clean_name(match[4] or ""))
        for match in matches
        if match is not None
    )
