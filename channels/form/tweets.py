"""A tweet that staff saw: known by its URL, filled in from it and from what was copied off the page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from urllib.parse import SplitResult, urlsplit

HOSTS: Final = frozenset({"x.com", "twitter.com"})
SHORTENERS: Final = frozenset({"t.co", "bit.ly", "s.id"})
LONGEST_URL: Final = 2000
LONGEST_LINE: Final = 200
"""Characters that are looked at: the time to find a link, or the page's own words, grows with their square."""

PREFIXES = ("www.", "mobile.", "m.")
LINK = re.compile(r"(?:https?://)?[\w.-]+\.[a-z]{2,}(?:/\S*)?", re.IGNORECASE | re.ASCII)
STATUS = re.compile(
    r"/(?:(?P<handle>[A-Za-z0-9_]{1,15})|i(?:/web)?)/status(?:es)?/(?P<id>[1-9][0-9]{0,18})(?:/.*)?", re.ASCII
)
HANDLE = re.compile(r"@?([A-Za-z0-9_]{1,15})", re.ASCII)
AUTHOR = re.compile(r"(?P<id>[1-9][0-9]{0,18}):(?P<handle>[A-Za-z0-9_]{1,15})", re.ASCII)
AGO = r"(?:\d{1,2}\s*(?:j|m|d|h|jam|menit|detik|hari)|\d{1,2}\s+[A-Za-z]{3,9}\.?(?:\s+\d{4})?)"
USER = re.compile(r"@([A-Za-z0-9_]{1,15})", re.ASCII)
HEADER = re.compile(rf".{{0,60}}?@([A-Za-z0-9_]{{1,15}})\s*[·•]\s*{AGO}", re.ASCII)
ABOVE = re.compile(rf"[·•]|[·•]?\s*{AGO}")
BELOW = re.compile(
    r"[·•]|\d{1,2}[.:]\d{2}\s*(?:[AP]M)?\s*[·•].*|"
    r"[\d.,]+\s*(?:rb|jt|K|M)?\s*(?:Tayangan|Views|Posting ulang|Suka|Balasan|Reposts?|Likes?|Quotes?)",
    re.IGNORECASE,
)
# X gives ids by time since then: https://docs.x.com/resources/fundamentals/x-ids
FIRST_TIMED_ID = 1 << 38
EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)


class NotATweet(Exception):
    """No URL of a tweet. The message says in Indonesian what to do instead."""


@dataclass(frozen=True, slots=True)
class TweetLink:
    """What a tweet's URL tells. ``handle`` is empty where the URL names nobody, ``at`` None for ids older than 2010."""

    id: str
    handle: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """The one form in which it is kept."""
        return f"https://x.com/{self.handle or 'i'}/status/{self.id}"

    @property
    def at(self) -> datetime | None:
        """When it was posted, as the id tells."""
        number = int(self.id)
        return EPOCH + timedelta(milliseconds=number >> 22) if number >= FIRST_TIMED_ID else None


@dataclass(frozen=True, slots=True)
class Tweet:
    """What X itself says of a tweet. ``author_id`` stays when its author takes another name."""

    author: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    author_id: str = field(default="", repr=False)


class TweetSource(Protocol):
    """Fetches a tweet by its id, where a connection to X is configured."""

    async def find(self, tweet_id: str) -> Tweet | None:
        """The tweet, or None when it is gone, protected or out of reach. It may take its time."""
        ...


def read_tweet_url(written: str) -> TweetLink:
    """From a URL in any form that X gives, or a text that holds one. Raises NotATweet."""
    links = [match.group() for match in LINK.finditer(written[:LONGEST_URL])]
    for link in links:
        if found := _read(link):
            return found
    if any(_host(link) in SHORTENERS for link in links):
        raise NotATweet(
            "Ini tautan pendek. Buka tautannya di peramban, lalu salin alamat lengkap tweet dari bilah alamat."
        )
    if any(_host(link) in HOSTS for link in links):
        raise NotATweet("Tautan ini bukan tautan satu tweet. Buka tweetnya, lalu salin tautan yang memuat /status/.")
    raise NotATweet("Tempelkan tautan tweet, misalnya https://x.com/nama/status/1234567890.")


def _read(link: str) -> TweetLink | None:
    if _host(link) not in HOSTS:
        return None
    found = STATUS.fullmatch(_split(link).path.rstrip("/.,;:!?)\"'"))
    if found is None or (found["handle"] or "").casefold() == "i":
        return TweetLink(found["id"]) if found else None
    return TweetLink(found["id"], found["handle"] or "")


def _host(link: str) -> str:
    host = (_split(link).hostname or "").casefold()
    return next((host.removeprefix(prefix) for prefix in PREFIXES if host.startswith(prefix)), host)


def _split(link: str) -> SplitResult:
    return urlsplit(link if "://" in link else f"https://{link}")


def read_handle(written: str) -> str:
    """A user name without its ``@``; empty for what cannot be one."""
    found = HANDLE.fullmatch(written.strip())
    return found[1] if found else ""


def read_author_id(written: str, handle: str) -> str:
    """The id that X told with a name, as ``fill`` writes both; empty where somebody else is named now."""
    found = AUTHOR.fullmatch(written.strip())
    return found["id"] if found and found["handle"].casefold() == handle.casefold() else ""


def read_pasted(text: str) -> tuple[str, str]:
    """Author and words of a tweet copied off its page: name, user name, time and counters around the words go.

    Without such a head the text is only words, and all of them stay: a tweet may well begin or end like one.
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    author, height = _read_head(lines)
    if not author:
        return "", text.strip()
    words = lines[height:]
    while words and (not words[0] or ABOVE.fullmatch(words[0])):
        del words[0]
    while words and (not words[-1] or BELOW.fullmatch(words[-1][:LONGEST_LINE])):
        del words[-1]
    return author, "\n".join(words)


def _read_head(lines: Sequence[str]) -> tuple[str, int]:
    """The author and the number of lines that name them: "name", "@user", "·" one below the other, or all in one."""
    for number, line in enumerate(lines[:2]):
        if found := HEADER.fullmatch(line):
            return found[1], number + 1
        follows = lines[number + 1] if number + 1 < len(lines) else ""
        if (found := USER.fullmatch(line)) and ABOVE.fullmatch(follows):
            return found[1], number + 1
    return "", 0


def fill(fields: Mapping[str, str], tweet: Tweet | None = None) -> dict[str, str]:
    """The fields of the form with what URL, pasted text and ``tweet`` tell; what was typed stays. Raises NotATweet."""
    link = read_tweet_url(fields.get("url", ""))
    author, words = read_pasted(fields.get("text", ""))
    at = tweet.at if tweet else link.at
    named = read_handle(fields.get("author", "")) or (tweet.author if tweet else "") or link.handle or author
    told = {
        "url": link.url,
        "text": words or (tweet.text if tweet else ""),
        "author": named,
        "author_id": f"{tweet.author_id}:{tweet.author}" if tweet and tweet.author_id else "",
        "written_on": fields.get("written_on", "").strip() or (at.date().isoformat() if at else ""),
    }
    return {**fields, **told}
