"""What an invitation (RFC 5545) is about, for a mail that says nothing else."""

import re
from datetime import datetime
from typing import Final

FOLD: Final = re.compile(r"\r?\n[ \t]")
LINE: Final = re.compile(
    r"^(SUMMARY|DTSTART|LOCATION|DESCRIPTION)(?:;[^:\n]*)?:([^\n]*)$", re.MULTILINE | re.IGNORECASE
)
ESCAPED: Final = re.compile(r"\\([nN,;\\])")
TIMES: Final = (("%Y%m%dT%H%M%SZ", "%Y-%m-%d %H:%M UTC"), ("%Y%m%dT%H%M%S", "%Y-%m-%d %H:%M"), ("%Y%m%d", "%Y-%m-%d"))


def read_invitation(calendar: str) -> str:
    """Title, time, place and description of the first event, each on its line."""
    event = FOLD.sub("", calendar).replace("\r", "").partition("BEGIN:VEVENT")[2]
    found: dict[str, str] = {}
    for name, value in LINE.findall(event):
        found.setdefault(name.upper(), ESCAPED.sub(_unescaped, value).strip())
    if "DTSTART" in found:
        found["DTSTART"] = _time(found["DTSTART"])
    told = (found.get(name, "") for name in ("SUMMARY", "DTSTART", "LOCATION", "DESCRIPTION"))
    return "\n".join(line for line in told if line)


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] in "nN" else match[1]


def _time(value: str) -> str:
    for form, shown in TIMES:
        try:
            return datetime.strptime(value, form).strftime(shown)  # noqa: DTZ007 - the form says whether it is UTC
        except ValueError:
            continue
    return value
