"""``lapor replay``: raw messages through today's parsers, the difference first, then, when asked, the change."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from core import rereading
from core.channel import Refused
from core.model.message import Attachment
from core.model.work import StoredMessage
from core.rereading import Difference, ReadAgain
from core.vault import Unsealable
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, show, with_parts

BATCH = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``replay`` takes."""
    parser.add_argument("channel", help="which kind of channel's messages to read again")
    parser.add_argument("--apply", action="store_true", help="write the new readings; without it they are only shown")
    parser.add_argument("--json", action="store_true")


def run(invocation: Invocation) -> int:
    """Read again."""
    if invocation.arguments.channel not in invocation.specs:
        raise CommandFailed(f"no channel '{invocation.arguments.channel}'; there are {', '.join(invocation.specs)}")
    with_parts(invocation, lambda parts: _replay(parts, invocation.arguments))
    return 0


async def _replay(parts: Parts, given: argparse.Namespace) -> None:
    found: list[Difference] = []
    after = ""
    while some := await _some(parts, given.channel, after):
        found += [difference for stored in some if (difference := await _compared(parts, stored))]
        after = some[-1].id
    rows = [{"message": d.message_id, "before": d.before, "after": d.after} for d in found]
    show(rows, as_json=given.json)
    if given.apply:
        for difference in found:
            await _apply(parts, given.channel, difference)
        print(f"{len(found)} messages read again", file=sys.stderr)


async def _some(parts: Parts, channel: str, after: str) -> Sequence[StoredMessage]:
    return await parts.store.read(lambda tx: tx.messages.latest(channel=channel, limit=BATCH, after=after))


async def _compared(parts: Parts, stored: StoredMessage) -> Difference | None:
    raw = await _raw(parts, stored)
    return rereading.compare(stored, await asyncio.to_thread(_read, parts, stored, raw)) if raw else None


async def _raw(parts: Parts, stored: StoredMessage) -> bytes:
    """As it came; empty where it was not kept, or is gone."""
    inbound = stored.inbound
    if inbound.raw or not inbound.raw_blob:
        return inbound.raw
    try:
        return b"".join([piece async for piece in parts.blobs.read(inbound.raw_blob)])
    except (FileNotFoundError, Unsealable) as error:
        print(f"{stored.id}: its original cannot be opened ({type(error).__name__})", file=sys.stderr)
        return b""


def _read(parts: Parts, stored: StoredMessage, raw: bytes) -> ReadAgain:
    kind = stored.inbound.channel
    spec, settings = parts.specs[kind], parts.settings.channels[kind]
    title, context = spec.around(raw, settings)
    files = stored.inbound.unreadable and spec.files(raw, settings)
    return ReadAgain(parts.office.readers[kind]([raw]), title, context, has_files=bool(files))


async def _apply(parts: Parts, channel: str, difference: Difference) -> None:
    now = parts.clock.now()
    if difference.brings_files:
        difference = replace(difference, files=await _store_files(parts, channel, difference.message_id))
    await parts.store.write(lambda tx: rereading.apply(tx, difference, office=parts.office, now=now))


async def _store_files(parts: Parts, channel: str, message_id: str) -> tuple[Attachment, ...]:
    """What is too large stays in the original."""
    stored = await parts.store.read(lambda tx: tx.messages.get(message_id))
    kept: list[Attachment] = []
    for file in (
        parts.specs[channel].files(await _raw(parts, stored), parts.settings.channels[channel]) if stored else ()
    ):
        with contextlib.suppress(Refused):
            kept.append(await parts.blobs.store(_whole(file.content), file.media_type, name=file.name))
    return tuple(kept)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


COMMAND = Command("read stored raw messages again with today's parsers", arguments, run)
