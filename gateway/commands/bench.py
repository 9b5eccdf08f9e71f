"""``lapor bench``."""

import argparse
import subprocess
import sys
from pathlib import Path

from gateway.commands.context import Command, CommandFailed, Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``bench`` takes."""
    parser.add_argument("names", nargs="*", metavar="BENCHMARK", help="only these (default: all)")


def run(invocation: Invocation) -> int:
    """Run the benchmarks of the checkout in the current folder."""
    if not Path("benchmarks/__main__.py").exists():
        raise CommandFailed("no benchmarks here; run it in a checkout of the project")
    command = [sys.executable, "-m", "benchmarks", *invocation.arguments.names]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own module, no shell


COMMAND = Command("measure speed against peers (see docs/benchmarks.md)", arguments, run)
