"""What stands around a tweet: the thread above it, the tweet it quotes, what cannot be kept. Staff read it, folded."""

from collections.abc import Iterator, Mapping

from channels.twitter.reading.shapes import Includes, Json, table, text, words
from channels.twitter.reading.tweets import chain, media_keys, referred
from channels.twitter.reading.words import names_in, own_id, plain_text
from core.text import clean

LONGEST = 6000
LONGEST_LINE = 1500


def write_context(tweet: Json, includes: Includes, *, overflow: str = "") -> str:
    """A line for each tweet around it, the oldest first: ``@nama: …``. Of a long thread the end is kept.

    ``overflow``: the end of its own text, where that is longer than a message may be.
    """
    lines = [overflow] if overflow else []
    lines += reversed([line for one in chain(tweet, includes.tweets) for line in _lines(one, includes)])
    quoted = referred(tweet, "quoted")
    lines += [f"mengutip {line}" for line in _lines(quoted, includes)] if quoted else []
    lines += _remarks(tweet, includes)
    if overflow:
        return clean("\n".join(lines)).strip()
    return _last("\n".join(clean(line) for line in lines)).strip()


def addressees(tweet: Json, includes: Includes) -> frozenset[str] | None:
    """Whom X names before an answer by itself: who wrote what is answered, and whom that names. None if not known."""
    above = includes.tweets.get(referred(tweet, "replied_to"))
    if above is None:
        return None
    users = (includes.users.get(text(one, "author_id"), {}) for one in (above, tweet))
    named = {text(user, "username").lower() for user in users}
    return frozenset(named | names_in(plain_text(above))) - {""}


def author_name(tweet: Json, users: Mapping[str, Json]) -> str:
    """The handle of who wrote it, for people to read; empty where X does not say."""
    return text(users.get(text(tweet, "author_id"), {}), "username")


def _lines(one: str, includes: Includes) -> Iterator[str]:
    tweet = includes.tweets.get(one)
    if tweet is None:
        yield "[tweet lain: dihapus, dilindungi, atau tidak diambil]"
        return
    yield f"@{author_name(tweet, includes.users) or '?'}: {plain_text(tweet).strip()[:LONGEST_LINE]}"
    if media_keys(tweet):
        yield f"[gambar atau video: https://x.com/i/status/{one}]"


def _remarks(tweet: Json, includes: Includes) -> Iterator[str]:
    kinds = {text(includes.media.get(key, {}), "type") for key in media_keys(tweet)}
    if kinds & {"video", "animated_gif"}:
        yield f"[video: https://x.com/i/status/{own_id(tweet)}]"
    where = words(table(tweet, "withheld"), "country_codes")
    if where:
        yield f"[ditahan X di: {', '.join(where)[:100]}]"
    if includes.users.get(text(tweet, "author_id"), {}).get("protected") is True:
        yield "[akun ini dilindungi]"


def _last(lines: str) -> str:
    return lines if len(lines) <= LONGEST else "…" + lines[-LONGEST:]
