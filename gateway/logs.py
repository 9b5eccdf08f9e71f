"""Logging: a constant phrase, the facts beside it, and nothing a citizen wrote.

A record of ours carries its phrase as message and its facts as ``extra``. What libraries log is cut to its first line,
without its arguments, and of a foreign exception only the type and the place are shown: both may quote what a citizen
wrote (``int("…")`` does, and so does a database's error).
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO

OURS = ("core", "channels", "gateway")

_ALWAYS_THERE = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """One JSON object a line, for production: ``at``, ``level``, ``logger``, ``event``, the facts, ``error``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. A fact that JSON does not know is shown by ``str``."""
        line = {
            "at": _moment(record).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": _phrase(record),
            **_facts(record),
        }
        if error := _error(record):
            line["error"] = error
        return json.dumps(line, ensure_ascii=False, default=str)


class ReadableText(logging.Formatter):
    """For a person at a terminal: time, level, phrase, facts as ``key=value``, errors below."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and one more for each error and each of its places."""
        time = _moment(record).astimezone().strftime("%H:%M:%S")
        facts = "".join(f"  {key}={value}" for key, value in _facts(record).items())
        lines = [f"{time} {record.levelname:<7} {_phrase(record)}{facts}  ({record.name})"]
        for error in _error(record):
            lines.append(f"    {error['type']}: {error['message']}".rstrip(": "))
            lines.extend(f"      at {place}" for place in error["at"])
        return "\n".join(lines)


def set_up_logging(
    *, level: str, layout: Literal["auto", "json", "text"], stream: TextIO | None = None
) -> logging.Handler:
    """Write every event of ``level`` and above to ``stream`` (standard error), libraries from WARNING on.

    Replaces what an earlier call set up, and returns what was added, so that it can be taken away.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    readable = layout == "text" or (layout == "auto" and handler.stream.isatty())
    handler.setFormatter(ReadableText() if readable else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [other for other in root.handlers if not isinstance(other.formatter, JsonLines | ReadableText)]
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    # Its lines hold the citizen's address and, in ?pin=, what opens their report.
    logging.getLogger("aiohttp.access").disabled = True
    return handler


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in OURS


def _phrase(record: logging.LogRecord) -> str:
    """Our phrases are constant; of a library's only the template's first line is."""
    return str(record.msg) if _is_ours(record.name) else str(record.msg).partition("\n")[0][:200]


def _facts(record: logging.LogRecord) -> Mapping[str, Any]:
    return (
        {key: value for key, value in vars(record).items() if key not in _ALWAYS_THERE} if _is_ours(record.name) else {}
    )


def _error(record: logging.LogRecord) -> list[dict[str, Any]]:
    """The exception and its causes, the innermost last."""
    raised = record.exc_info[1] if record.exc_info else None
    return [_describe(error) for error in _chain(raised)] if raised else []


def _chain(error: BaseException) -> Iterator[BaseException]:
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _chain(inner)
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before:
        yield from _chain(before)


def _describe(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    speaks = _is_ours(kind.__module__) or isinstance(error, OSError)
    message = str(error) if speaks else ""
    return {
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "message": message,
        "at": list(_places(error.__traceback__)),
    }


def _places(trace: TracebackType | None) -> Iterator[str]:
    """File, line and function of each frame, the innermost last."""
    while trace:
        code = trace.tb_frame.f_code
        yield f"{code.co_filename}:{trace.tb_lineno} {code.co_qualname}"
        trace = trace.tb_next
