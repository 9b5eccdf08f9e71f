"""Who is on the scripted X, what they wrote, and how X would show it. No network."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Json = dict[str, Any]
EPOCH: Final = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
LINK: Final = re.compile(r"https?://\S+")
NAME: Final = re.compile(r"(?<!\w)@(\w{1,15})", re.ASCII)
TAG: Final = re.compile(r"(?<!\w)#(\w+)")
SHORT: Final = 280


@dataclass(frozen=True, slots=True)
class User:
    """Somebody on X."""

    id: str
    username: str
    protected: bool = False
    takes_messages: bool = True


@dataclass(frozen=True, slots=True)
class Tweet:
    """As it was written. ``versions``: its ids, the newest last."""

    id: str
    author: str
    text: str = field(repr=False)
    at: datetime
    reply_to: str = ""
    quotes: str = ""
    retweets: str = ""
    photos: Sequence[str] = ()
    films: Sequence[str] = ()
    sensitive: bool = False
    withheld: Sequence[str] = ()
    reply_settings: str = "everyone"
    versions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What the account posted or sent: ``to`` is the tweet answered, or the user."""

    id: str
    to: str
    text: str = field(repr=False)


class World:
    """Users and tweets; ids as X gives them, by time."""

    def __init__(self, handle: str) -> None:
        self.users: dict[str, User] = {}
        self.tweets: dict[str, Tweet] = {}
        self.files: dict[str, bytes] = {}
        self._last = 0
        self.own = self.user(handle)

    def user(self, username: str) -> str:
        """The id of somebody, made at their first word."""
        known = next((user.id for user in self.users.values() if user.username.lower() == username.lower()), None)
        if known:
            return known
        number = int.from_bytes(hashlib.sha256(username.encode()).digest()[:7], "big")
        self.users[str(number)] = User(str(number), username)
        return str(number)

    def write(self, author: str, text: str, *, at: datetime | None = None, **more: Any) -> str:
        """A tweet; its id."""
        at = at or datetime.now(UTC)
        new = self.new_id(at)
        self.tweets[new] = Tweet(new, self.user(author), text, at, versions=(new,), **more)
        return new

    def edit(self, tweet: str, text: str, *, between: tuple[str, ...] = ()) -> str:
        """Another version under a new id; the old one is not shown any more, and those ``between`` never were."""
        old = self.tweets.pop(tweet)
        new = self.new_id()
        self.tweets[new] = replace(old, id=new, text=text, versions=(*old.versions, *between, new))
        return new

    def keep(self, content: bytes, ending: str = "jpg") -> str:
        """A file on the media server; its name."""
        name = f"{hashlib.sha256(content).hexdigest()[:15]}.{ending}"
        self.files[name] = content
        return name

    def conversation(self, tweet: Tweet) -> str:
        """The first tweet of its thread."""
        seen = tweet
        while seen.reply_to and seen.reply_to in self.tweets:
            seen = self.tweets[seen.reply_to]
        return seen.reply_to or seen.id

    def names(self, tweet: Tweet) -> set[str]:
        """Who is named, those included whom X names before an answer."""
        named = {name.lower() for name in NAME.findall(tweet.text)}
        above = self.tweets.get(tweet.reply_to)
        return named | ({self.users[above.author].username.lower()} if above else set())

    def mentions(self) -> list[Tweet]:
        """Tweets that name the account, the newest first, no more than 800."""
        handle = self.users[self.own].username.lower()
        found = [one for one in self.tweets.values() if handle in self.names(one) and not self.is_hidden(one)]
        return sorted(found, key=lambda one: -int(one.id))[:800]

    def is_hidden(self, tweet: Tweet) -> bool:
        """Of somebody who protects theirs."""
        return self.users[tweet.author].protected

    def new_id(self, at: datetime | None = None) -> str:
        """The next one, of now unless another time is given."""
        at = at or datetime.now(UTC)
        self._last = max(self._last + 1, int((at - EPOCH) / timedelta(milliseconds=1)) << 22)
        return str(self._last)


def show_user(user: User) -> Json:
    """With ``user.fields=username,name,protected``."""
    return {"id": user.id, "username": user.username, "name": user.username.title(), "protected": user.protected}


def show_media(key: str, name: str) -> Json:
    """A photo has an address, a film only its first frame's."""
    address = f"https://pbs.twimg.com/media/{name}"
    if key.startswith("3_"):
        return {"media_key": key, "type": "photo", "url": address}
    return {"media_key": key, "type": "video", "preview_image_url": address}


def media_keys(tweet: Tweet) -> Mapping[str, str]:
    """The file of each of a tweet's media."""
    photos = {f"3_{tweet.id}{n}": name for n, name in enumerate(tweet.photos)}
    return photos | {f"7_{tweet.id}{n}": name for n, name in enumerate(tweet.films)}


def show_tweet(world: World, tweet: Tweet, fields: Sequence[str]) -> Json:
    """With these ``tweet.fields``; id, text and versions are always there. Absent fields are left out, never null."""
    written = _written(world, tweet)
    whole = {
        "author_id": tweet.author,
        "conversation_id": world.conversation(tweet),
        "created_at": f"{tweet.at:%Y-%m-%dT%H:%M:%S}.{tweet.at.microsecond // 1000:03}Z",
        "entities": _entities(world, tweet, written),
        "lang": "in",
        "possibly_sensitive": tweet.sensitive,
        "reply_settings": tweet.reply_settings,
        "attachments": {"media_keys": list(media_keys(tweet))} if media_keys(tweet) else None,
        "in_reply_to_user_id": world.tweets[tweet.reply_to].author if tweet.reply_to in world.tweets else None,
        "note_tweet": {"text": written, "entities": _entities(world, tweet, written)} if _is_long(written) else None,
        "referenced_tweets": [*_references(tweet)] or None,
        "withheld": {"copyright": False, "country_codes": list(tweet.withheld)} if tweet.withheld else None,
    }
    short = written[: SHORT - 26] + "… https://t.co/" + _code(tweet.id) if _is_long(written) else written
    base: Json = {"edit_history_tweet_ids": list(tweet.versions), "id": tweet.id, "text": short}
    return base | {name: value for name, value in whole.items() if name in fields and value is not None}


def _references(tweet: Tweet) -> list[Json]:
    kinds = {"replied_to": tweet.reply_to, "quoted": tweet.quotes, "retweeted": tweet.retweets}
    return [{"type": kind, "id": one} for kind, one in kinds.items() if one]


def _is_long(written: str) -> bool:
    return len(written) > SHORT


def _code(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:10]


def _links(world: World, tweet: Tweet) -> dict[str, Json]:
    """By short link: what was written, then the quoted tweet, then the media, as X appends them."""
    author = world.users[tweet.author].username
    found = [{"expanded_url": link, "display_url": link.split("//")[1][:28]} for link in LINK.findall(tweet.text)]
    if tweet.quotes:
        quoted = world.tweets.get(tweet.quotes)
        name = world.users[quoted.author].username if quoted else "i"
        found.append({"expanded_url": f"https://twitter.com/{name}/status/{tweet.quotes}"})
    found += [
        {"expanded_url": f"https://twitter.com/{author}/status/{tweet.id}/photo/1", "media_key": key}
        for key in media_keys(tweet)
    ]
    return {f"https://t.co/{_code(f'{tweet.id}{n}')}": link for n, link in enumerate(found)}


def _written(world: World, tweet: Tweet) -> str:
    """Escaped, links shortened, and those that X appends."""
    short = list(_links(world, tweet))
    count = len(LINK.findall(tweet.text))
    said = tweet.text
    for link, code in zip(LINK.findall(tweet.text), short, strict=False):
        said = said.replace(link, code, 1)
    escaped = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return " ".join([escaped, *dict.fromkeys(short[count:])]) if short[count:] else escaped


def _entities(world: World, tweet: Tweet, written: str) -> Json:
    names = [
        {"start": m.start(), "end": m.end(), "username": m[1], "id": world.user(m[1])} for m in NAME.finditer(written)
    ]
    tags = [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in TAG.finditer(written)]
    urls = [
        {"start": written.find(code), "end": written.find(code) + len(code), "url": code, **link}
        for code, link in _links(world, tweet).items()
    ]
    return {kind: found for kind, found in (("mentions", names), ("hashtags", tags), ("urls", urls)) if found}
