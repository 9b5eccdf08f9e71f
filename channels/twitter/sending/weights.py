"""How long a text is for X: the weighted characters of twitter-text's configuration v3. Linear time."""

import re
import unicodedata
from typing import Final

URL_WEIGHT: Final = 23
"""Whatever its length, a link becomes one of t.co."""

LIGHT: Final = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
"""Code points that weigh 1; all others weigh 2."""

# An emoji weighs 2 with all that is joined to it: skin tones, variation selectors, ZWJ sequences, flags, keycaps.
_ONE = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|[\u00a9\u00ae]\ufe0f|"
    "[\u203c\u2049\u2122\u2139\u2190-\u21ff\u231a-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297"
    "\u3299\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]{0,2})"
)
EMOJI: Final = re.compile(f"{_ONE}(?:\u200d{_ONE})*[\U000e0020-\U000e007f]*")

# X makes a link of every name under a known top-level domain, with or without a scheme (twitter-text, "validUrl").
_KNOWN = (
    "com|net|org|info|biz|gov|edu|mil|int|name|pro|app|dev|xyz|site|online|store|shop|web|asia|link|page|news|live|"
    "cloud|tech|club|top|vip|mobi|tv|[a-z]{2}"
)
URL: Final = re.compile(
    rf"https?://[^\s]+|(?<![\w@#$./-])(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,8}}(?:{_KNOWN})(?![\w-])(?::\d+)?"
    r"(?:/[^\s]*)?",
    re.IGNORECASE | re.ASCII,
)


def weigh(text: str) -> int:
    """Weighted characters; 280 fit into a tweet. Where it is unsure that X sees a link the longer reading counts."""
    text = unicodedata.normalize("NFC", text)
    links = sum(max(0, URL_WEIGHT - _plain(link)) for link in URL.findall(text))
    surely = sum(max(0, _plain(link) - URL_WEIGHT) for link in URL.findall(text) if link.lower().startswith("http"))
    return _plain(text) + links - surely


def has_link(text: str) -> bool:
    """Whether X would make a link of something in it: such a post costs thirteen times as much."""
    return URL.search(text) is not None


def _plain(text: str) -> int:
    """Without regard to links."""
    emoji = EMOJI.findall(text)
    rest = EMOJI.sub("", text) if emoji else text
    if rest.isascii():
        return 2 * len(emoji) + len(rest)
    return 2 * len(emoji) + sum(_weight(ord(sign)) for sign in rest)


def _weight(code: int) -> int:
    return 1 if any(first <= code <= last for first, last in LIGHT) else 2
