"""What the figures were measured on."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.database import one
from benchmarks.processes import NotMeasured


def describe(command: str) -> str:
    """One line: command, date, cores, CPU, Python, PostgreSQL, and how busy the machine already is."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    try:
        postgres = str(one("SHOW server_version")).split()[0]
    except NotMeasured:
        postgres = "off"
    return (
        f"`{command}`  {datetime.now(UTC):%Y-%m-%d %H:%M} UTC  {os.cpu_count()} x {model.group(1) if model else '?'}  "
        f"Python {platform.python_version()}  PostgreSQL {postgres}  load before {os.getloadavg()[0]:.1f}"
    )
