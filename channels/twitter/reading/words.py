"""What a citizen said in a tweet, without what X and its conventions put around it. Linear time."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from channels.twitter.reading.shapes import Json, table, text, tweet_id
from channels.twitter.reading.tweets import full_text, links, referred
from core.text import clean

SHORT: Final = re.compile(r"https?://t\.co/\w+", re.ASCII)
TAG: Final = re.compile(r"(?<![\w&#＃])[#＃](\w{1,100})(?!\w)")
NAME: Final = re.compile(r"(?<![\w@＠])[@＠]([A-Za-z0-9_]{1,15})(?![\w@＠])", re.ASCII)
LEADING: Final = re.compile(r"\s*[@＠]([A-Za-z0-9_]{1,15})(?:\s+|\Z)", re.ASCII)
MEDIA_LINK: Final = re.compile(r"https?://(?:[\w.]+\.)?(?:x|twitter)\.com/\w+/status/\d+/(?:photo|video)/\d+", re.ASCII)
STATUS_LINK: Final = re.compile(r"https?://(?:[\w.]+\.)?(?:x|twitter)\.com/\w+/status/(\d+)(?:[?#].*)?", re.ASCII)
SPACES: Final = re.compile(r"[ \t\u3000]+")
LINE_EDGES: Final = re.compile(r" ?\n ?")
EMPTY_LINES: Final = re.compile(r"\n{3,}")
LEFT_BEHIND: Final = " \t\n,.:;|-–—"


def read_words(tweet: Json, *, handle: str, tags: Collection[str], addressed: Collection[str] | None = None) -> str:
    """The text with its links in full, without our handle, our tags and the names X puts before an answer.

    ``handle`` in lower case, ``tags`` folded. ``addressed``: whom X names before an answer by itself, in lower case;
    None takes all names there for such.
    """
    said = plain_text(tweet)
    if referred(tweet, "replied_to"):
        said = _without_addressees(said, addressed)
    begins_with_sign = said.lstrip(LEFT_BEHIND)[:1] in set("@＠#＃")
    said = _without(said, NAME, {handle})
    said = _without(said, TAG, tags)
    said = said.lstrip(LEFT_BEHIND) if begins_with_sign else said
    said = LINE_EDGES.sub("\n", SPACES.sub(" ", said))
    return clean(EMPTY_LINES.sub("\n\n", said).strip())


def plain_text(tweet: Json) -> str:
    """As a reader sees it: links in full, those to its own pictures and to the tweet it quotes left out."""
    # Positions in ``entities`` count characters of the escaped text here and of another text there: not used at all.
    said = full_text(tweet).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    full = _expansions(tweet)
    return SHORT.sub(lambda found: full.get(found[0], found[0]), said)


def has_tag(tweet: Json, tags: Collection[str]) -> bool:
    """Whether one of the hashtags is in it."""
    return any(found.casefold() in tags for found in TAG.findall(plain_text(tweet)))


def names_in(said: str) -> set[str]:
    """The handles in a text, in lower case."""
    return {found.lower() for found in NAME.findall(said)}


def _expansions(tweet: Json) -> Mapping[str, str]:
    quoted = referred(tweet, "quoted")
    return {text(link, "url"): _full_link(link, quoted) for link in links(tweet)}


def _full_link(link: Json, quoted: str) -> str:
    full = text(link, "expanded_url") or text(link, "url")
    status = STATUS_LINK.fullmatch(full)
    if "media_key" in link or MEDIA_LINK.fullmatch(full) or (quoted and status and status[1] == quoted):
        return ""
    return full


def _without_addressees(said: str, addressed: Collection[str] | None) -> str:
    at = 0
    while found := LEADING.match(said, at):
        if addressed is not None and found[1].lower() not in addressed:
            break
        at = found.end()
    return said[at:]


def _without(said: str, sign: re.Pattern[str], which: Collection[str]) -> str:
    """Each sign that names one of ``which`` goes with the blanks before it."""
    kept, at = [], 0
    for found in sign.finditer(said):
        if found[1].casefold() in which:
            kept.append(said[at : found.start()].rstrip(" \t"))
            at = found.end()
    return "".join([*kept, said[at:]])


def is_withheld(tweet: Json) -> bool:
    """Whether X shows it in some countries only."""
    return bool(table(tweet, "withheld"))


def own_id(tweet: Json) -> str:
    """Its id, empty for what is no tweet."""
    return tweet_id(tweet, "id")
