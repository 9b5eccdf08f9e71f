"""The command line. Exit codes: 0 done; 1 failed, said why; 2 usage or configuration."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from core.datafile import DataFileInvalid
from core.vault import KeyFileError
from gateway.commands import PLACES, load_command
from gateway.commands.context import CommandFailed, Invocation
from gateway.logs import set_up_logging
from gateway.registry import find_channels
from gateway.settings import SettingsError, load_settings

DEFAULT_CONFIG = Path("config/gateway.toml")
FAILED = 1
MISUSED = 2


def make_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The commands that ``arguments`` may mean, with their arguments; where they name none, all."""
    parser = argparse.ArgumentParser(prog="lapor", description="LAPOR! intake gateway and report core")
    parser.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help=f"settings (default {DEFAULT_CONFIG})"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in [name for name in PLACES if name in arguments] or PLACES:
        command = load_command(name)
        sub = commands.add_parser(name, help=command.summary, description=command.summary)
        command.arguments(sub)
        sub.set_defaults(act=command.run)
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    parsed = make_parser(arguments).parse_args(arguments)
    try:
        specs = find_channels()
        settings = load_settings(parsed.config, environ=os.environ, channels=specs)
        set_up_logging(level=settings.logging.level, layout=settings.logging.format)
        code: int = parsed.act(Invocation(parsed, settings, specs))
    except (SettingsError, DataFileInvalid, KeyFileError) as error:
        print(f"lapor: {error}", file=sys.stderr)
        return MISUSED
    except CommandFailed as error:
        print(f"lapor: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    return code
