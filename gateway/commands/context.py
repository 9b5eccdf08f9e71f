"""What every command gets, and how it fails and lists."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import uvloop

from channels.spec import ChannelSpec
from core.ports import Unavailable
from core.storage.revisions import current_revision, newest_revision
from core.vault import Unsealable
from gateway.agencies import learn_agencies
from gateway.bootstrap import Parts, open_parts
from gateway.settings_tree import Settings

Result = TypeVar("Result")


class CommandFailed(Exception):
    """The command could not do its work. The message says why and names the remedy."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a command: its arguments and the settings."""

    arguments: argparse.Namespace
    settings: Settings
    specs: Mapping[str, ChannelSpec]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: one line for the help, its arguments, what it does; ``run`` returns the exit code."""

    summary: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Invocation], int]


SWITCH = 0.0005
"""Seconds after which a thread that seals a file gives way to the event loop; Python's 5 ms are felt by clients."""


def no_arguments(_parser: argparse.ArgumentParser) -> None:
    """For commands without any."""


def with_parts(invocation: Invocation, work: Callable[[Parts], Awaitable[Result]], *, migrated: bool = True) -> Result:
    """Run ``work`` with everything opened. Raises CommandFailed where the database is away or not migrated."""

    async def run() -> Result:
        async with open_parts(invocation.settings, invocation.specs) as parts:
            if migrated:
                await _check_tables(parts)
                await learn_agencies(parts.store, parts.office)
            return await work(parts)

    sys.setswitchinterval(SWITCH)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(run())
    except Unavailable as error:
        raise CommandFailed(f"{error}; check database.url and that the database runs") from error
    except Unsealable as error:
        remedy = "put back the privacy.key_file that belongs to this database"
        raise CommandFailed(f"{invocation.settings.privacy.key_file}: {error}; {remedy}") from error


async def _check_tables(parts: Parts) -> None:
    found, needed = await current_revision(parts.database), newest_revision()
    if found != needed:
        raise CommandFailed(
            f"the database is at revision '{found or 'none'}', this version needs '{needed}': lapor migrate"
        )


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """A listing: one JSON array, or a table for a person."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, default=str))
        return
    if not rows:
        print("(kosong)")
        return
    names = list(rows[0])
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(names)]
    for line in [names, *cells]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


LONGEST_CELL = 60


def _cell(value: Any) -> str:
    text = " ".join(("" if value is None else str(value)).split())
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
