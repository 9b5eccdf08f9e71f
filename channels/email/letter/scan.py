"""Octets → sections: where headers end, bodies stand and parts begin. Linear and with limits.

This is the reader's own look at the structure, not a check before somebody else's: what is counted here is what is read
later. The limits are those beyond which parsers were measured to take seconds (README.md).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from channels.email.letter.headers.parameters import Described, read_described, read_kind
from channels.email.letter.model import Unreadable

LONGEST_HEAD: Final = 256 * 1024
LONGEST_FIELD: Final = 64 * 1024
MOST_FIELDS: Final = 1000
MOST_STRAY_LINES: Final = 20
MOST_PARTS: Final = 200
MOST_DELIMITERS: Final = 20_000
DEEPEST: Final = 30
WHERE_BOUNDARIES_BEGIN: Final = 64 * 1024

# RFC 5322 §2.2; blanks before the colon are §4.5 (obsolete). Some mailers end lines with CR CR LF.
FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)\n?")
BLANKS: Final = b" \t\r"
BLANK_LINE: Final = re.compile(rb"\n\r*\n")
EMPTY_LINE: Final = re.compile(
    rb"\r*\n(?P<fields>(?=content-(?:type|transfer-encoding|disposition)[ \t]*:))?", re.IGNORECASE
)
STRAY: Final = re.compile(rb"[^\n]*\n?")
MBOX_LINE: Final = re.compile(rb">?From (?![ \t]*:)[^\n]*\n")
EMPTY_LINES: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?=[!-9;-~]+[ \t]*:|>?From )")
FAMILIAR: Final = re.compile(
    rb"^(?:content-[a-z]+|mime-version|subject|from|to|cc|date|message-id|received|reply-to|x-[a-z-]+|return-path"
    rb"|references|in-reply-to|sender)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
DELIMITER_END: Final = re.compile(rb"(--)?[ \t\r]*(?:\n|\Z)")
LOOSE_END: Final = re.compile(rb"(--)?[^\n]*(?:\n|\Z)")
UNTOLD_BOUNDARY: Final = re.compile(
    rb"(?:^|\n)--([^\s-][^\r\n]{0,199}|-[^\r\n]{1,199})\r*\n(?=content-[a-z-]+:)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Section:
    """A mail, or a part of one.

    Attributes:
        fields: names in lower case; values as octets, unfolded.
        kind: the content type in lower case; ``parameters`` are its own.
        body: as it stands there, not decoded; all of a multipart too. A mail inside a mail is not looked into.
        parts: of a multipart.
    """

    fields: tuple[tuple[str, bytes], ...] = field(repr=False)
    kind: str
    parameters: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    parts: tuple["Section", ...] = ()

    def first(self, name: str) -> bytes:
        """The value of the first field of that name; empty where there is none."""
        return next((value for other, value in self.fields if other == name), b"")


def scan(raw: bytes) -> Section:
    """The whole mail. Raises Unreadable past a limit."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    start = 0
    for sign in (EMPTY_LINES, MBOX_LINE):
        found = sign.match(raw, start)
        start = found.end() if found else start
    return _Scan(raw).section(start, len(raw), depth=0, default="text/plain")


def split_head(block: bytes) -> tuple[tuple[tuple[str, bytes], ...], int]:
    """The fields at the beginning of ``block`` and where they end.

    A line that is no field belongs to the one above it if fields follow; otherwise the body begins with it.
    """
    fields: list[tuple[str, bytes]] = []
    at = stray = 0
    while at < len(block):
        match = FIELD.match(block, at)
        if match is None:
            line = STRAY.match(block, at)
            end = line.end() if line else len(block)
            stray += 1
            # Above all fields one such line is passed over, not a paragraph that happens to quote a header.
            follows = FAMILIAR.search(block, end) if fields else FAMILIAR.match(block, end)
            if stray > MOST_STRAY_LINES or not follows:
                break
            if fields:
                fields[-1] = (fields[-1][0], fields[-1][1] + b" " + block[at:end].strip())
            at = end
            continue
        if len(fields) < MOST_FIELDS:
            fields.append((match[1].decode("ascii").lower(), _unfolded(match[2])))
        at = match.end()
    return tuple(fields), at


def _unfolded(value: bytes) -> bytes:
    value = value[:LONGEST_FIELD]
    first, *further = value.split(b"\n")
    return b" ".join([first.rstrip(BLANKS), *(line.lstrip(b" \t").rstrip(BLANKS) for line in further)]).strip()


class _Scan:
    """One mail's way through; it counts what it has met."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._parts = 0
        self._delimiters = 0

    def section(self, start: int, end: int, *, depth: int, default: str) -> Section:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Unreadable("more parts than are read")
        if depth > DEEPEST:
            raise Unreadable("parts nested deeper than is read")
        fields, body = self._head(start, end)
        kind, parameters = content_type(fields, default)
        parts: tuple[Section, ...] = ()
        if kind.startswith("multipart/"):
            inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
            regions = self._regions(body, end, parameters.get("boundary", ""))
            parts = tuple(self.section(begin, stop, depth=depth + 1, default=inner) for begin, stop in regions)
        return Section(fields, kind, parameters, b"" if parts else self._raw[body:end], parts)

    def _head(self, start: int, end: int) -> tuple[tuple[tuple[str, bytes], ...], int]:
        """The fields, and where the body begins."""
        raw = self._raw
        empty = EMPTY_LINE.match(raw, start, end)
        if empty and empty["fields"] is None:
            return (), empty.end()
        start = empty.end() if empty else start
        limit = min(end, start + LONGEST_HEAD)
        blank = BLANK_LINE.search(raw, start, limit)
        fields, length = split_head(raw[start : blank.start() + 1 if blank else limit])
        if blank is None and limit < end and start + length == limit:
            raise Unreadable("a longer header than is read")
        at_blank = blank is not None and start + length >= blank.start()
        return fields, blank.end() if blank is not None and at_blank else start + length

    def _regions(self, start: int, end: int, boundary: str) -> list[tuple[int, int]]:
        """Where the parts stand. A boundary that is not told, or is told wrong, is the first that looks like one."""
        needle = boundary.strip().encode("utf-8", "replace")
        found = list(self._delimiters_of(needle, start, end, DELIMITER_END)) if needle else []
        if not found:
            found = list(self._delimiters_of(needle, start, end, LOOSE_END)) if needle else []
        if not found:
            told = UNTOLD_BOUNDARY.search(self._raw, max(start - 1, 0), min(end, start + WHERE_BOUNDARIES_BEGIN))
            found = list(self._delimiters_of(told[1].rstrip(), start, end, DELIMITER_END)) if told else []
        ends = [*found, (end, end, True)]
        return [(one[1], self._before_line(one[1], following[0])) for one, following in pairwise(ends) if not one[2]]

    def _delimiters_of(
        self, boundary: bytes, start: int, end: int, tail: re.Pattern[bytes]
    ) -> Iterator[tuple[int, int, bool]]:
        """Where each delimiter's line begins and ends, and whether it closes."""
        needle = b"--" + boundary
        at = self._raw.find(needle, start, end)
        while at >= 0:
            self._delimiters += 1
            if self._delimiters > MOST_DELIMITERS:
                raise Unreadable("more boundaries than are read")
            rest = tail.match(self._raw, at + len(needle), end)
            if rest and (at == start or self._raw[at - 1] == 10):
                yield at, rest.end(), rest[1] is not None
            at = self._raw.find(needle, at + len(needle), end)

    def _before_line(self, start: int, end: int) -> int:
        """The line end before a delimiter is the delimiter's (RFC 2046 §5.1.1)."""
        if end > start and end < len(self._raw) and self._raw[end - 1] == 10:
            end -= 1
            if end > start and self._raw[end - 1] == 13:
                end -= 1
        return end


def content_type(fields: tuple[tuple[str, bytes], ...], default: str) -> tuple[str, Mapping[str, str]]:
    """The first that is one. RFC 2045 §5.2: text, where nothing is told or nothing that can be understood."""
    for name, value in fields:
        if name == "content-type" and (kind := read_kind(value)):
            return kind, read_described(value).parameters
    told = next((read_described(value) for name, value in fields if name == "content-type"), Described())
    return ("text/plain" if told.value else default), told.parameters
