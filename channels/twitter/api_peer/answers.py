"""What the scripted X API answers to each request. Pure, but for what is posted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from channels.twitter.api_peer import problems
from channels.twitter.api_peer.world import Sent, Tweet, World, media_keys, show_media, show_tweet, show_user

Answer = tuple[int, dict[str, Any]]
Query = Mapping[str, str]
LONGEST: Final = 280


def user(world: World, user_id: str) -> Answer:
    """One user."""
    return 200, {"data": show_user(world.users[user_id])}


def user_by_name(world: World, name: str) -> Answer:
    """One user; 200 with ``errors`` and no ``data`` for a handle that nobody has."""
    found = [one for one in world.users.values() if one.username.lower() == name.lower()]
    return (200, {"data": show_user(found[0])}) if found else (200, {"errors": [problems.no_such_user(name)]})


def mentions(world: World, query: Query, *, injected: Sequence[tuple[int, Any]]) -> Answer:
    """A page of the mentions timeline, the newest first; no ``data`` where there are none.

    ``injected``: what is shown beside it on the first page, each with its place among the ids.
    """
    most = query.get("max_results", "10")
    if not (most.isdigit() and 5 <= int(most) <= 100):
        message = f"The `max_results` query parameter value [{most}] is not between 5 and 100"
        return problems.invalid("max_results", most, message)
    since, until = int(query.get("since_id", 0)), int(query.get("until_id", 0)) or 1 << 63
    before = int(query["pagination_token"][1:], 36) if "pagination_token" in query else until
    found = [one for one in world.mentions() if since < int(one.id) < min(until, before)]
    page = found[: int(most)]
    answer = _tweets(world, page, query)
    placed = list(zip((int(one.id) for one in page), answer.get("data", ()), strict=False))
    placed += [(place, one) for place, one in injected if since < place < min(until, before)]
    placed.sort(key=lambda pair: -pair[0])
    answer |= {"data": [one for _, one in placed]} if placed else {}
    answer["meta"] = {"result_count": len(placed)}
    if placed:
        answer["meta"] |= {"newest_id": str(placed[0][0]), "oldest_id": str(placed[-1][0])}
    if len(found) > len(page):
        answer["meta"]["next_token"] = f"t{_base36(int(page[-1].id))}"
    return 200, answer


def posted(world: World, query: Query) -> Answer:
    """What the account wrote, the newest first."""
    own = sorted((one for one in world.tweets.values() if one.author == world.own), key=lambda one: -int(one.id))
    page = own[: int(query.get("max_results", "10"))]
    return 200, _tweets(world, page, query) | {"meta": {"result_count": len(page)}}


def lookup(world: World, query: Query) -> Answer:
    """Tweets by id; those that are gone are named under ``errors``."""
    ids = query.get("ids", "").split(",")
    if not 0 < len(ids) <= 100:
        return problems.invalid("ids", query.get("ids", ""), "size must be between 1 and 100")
    page = [world.tweets[one] for one in ids if one in world.tweets and not world.is_hidden(world.tweets[one])]
    errors = [problem for one in ids if (problem := _absence(world, one))]
    answer = _tweets(world, page, query)
    return 200, answer | {"errors": [*answer.get("errors", ()), *errors]} if errors else answer


def post(world: World, body: Mapping[str, Any], posts: list[Sent], *, access: str) -> Answer:
    """A tweet of the account in reply to another."""
    text, above = body.get("text", ""), body.get("reply", {}).get("in_reply_to_tweet_id", "")
    if any(one.text == text for one in posts):
        return problems.DUPLICATE
    target = world.tweets.get(above)
    if above and (target is None or world.is_hidden(target)):
        return problems.GONE
    if target is not None and (refusal := _may_not(world, target, access)):
        return refusal
    new = world.write(world.users[world.own].username, text, reply_to=above)
    posts.append(Sent(new, above, text))
    return 201, {"data": {"edit_history_tweet_ids": [new], "id": new, "text": text}}


def _may_not(world: World, target: Tweet, access: str) -> Answer | None:
    own = world.users[world.own].username.lower()
    quoted = world.tweets.get(target.quotes)
    engaged = own in world.names(target) or (quoted is not None and quoted.author == world.own)
    if access == "self_serve" and not engaged:
        return problems.NOT_MENTIONED
    if target.reply_settings == "following":
        return problems.RESTRICTED
    return None


def message(world: World, user_id: str, body: Mapping[str, Any], messages: list[Sent]) -> Answer:
    """A direct message."""
    receiver = world.users.get(user_id)
    if receiver is None:
        return problems.NO_SUCH_USER
    if not receiver.takes_messages:
        return problems.NO_MESSAGES
    new = str(1_900_000_000_000_000_000 + len(messages))
    messages.append(Sent(new, user_id, body["text"]))
    return 201, {"data": {"dm_conversation_id": f"{world.own}-{user_id}", "dm_event_id": new}}


def events(user_id: str, messages: Sequence[Sent], query: Query) -> Answer:
    """Direct messages with somebody, the newest first."""
    found = [one for one in reversed(messages) if one.to == user_id][: int(query.get("max_results", "100"))]
    data = [{"event_type": "MessageCreate", "id": one.id, "text": one.text} for one in found]
    return 200, ({"data": data} if data else {}) | {"meta": {"result_count": len(data)}}


def _tweets(world: World, page: Sequence[Tweet], query: Query) -> dict[str, Any]:
    """``data`` with the fields asked for, ``includes`` with the expansions, ``errors`` for what they cannot show."""
    fields, wanted = query.get("tweet.fields", "").split(","), query.get("expansions", "").split(",")
    if not page:
        return {}
    answer: dict[str, Any] = {"data": [show_tweet(world, one, fields) for one in page]}
    references = [ref for one in page for ref in (one.reply_to, one.quotes, one.retweets) if ref]
    near = _known(world, references) if "referenced_tweets.id" in wanted else []
    keys = {key: name for one in page for key, name in media_keys(one).items()}
    includes = {
        "users": [show_user(world.users[one]) for one in _authors(page, near, wanted)],
        "tweets": [show_tweet(world, one, fields) for one in near],
        "media": [show_media(*pair) for pair in keys.items()] if "attachments.media_keys" in wanted else [],
    }
    errors = [problem for one in references if (problem := _absence(world, one, parameter="referenced_tweets.id"))]
    answer |= {"includes": kept} if (kept := {kind: found for kind, found in includes.items() if found}) else {}
    return answer | ({"errors": errors} if errors else {})


def _authors(page: Iterable[Tweet], near: Iterable[Tweet], wanted: Sequence[str]) -> Sequence[str]:
    own = [one.author for one in page] if "author_id" in wanted else []
    return list(dict.fromkeys([*own, *(one.author for one in near if "referenced_tweets.id.author_id" in wanted)]))


def _known(world: World, ids: Iterable[str]) -> list[Tweet]:
    found = (world.tweets[one] for one in dict.fromkeys(ids) if one in world.tweets)
    return [one for one in found if not world.is_hidden(one)]


def _absence(world: World, tweet: str, *, parameter: str = "ids") -> dict[str, Any] | None:
    if tweet not in world.tweets:
        return problems.not_found(tweet, parameter=parameter)
    return problems.not_authorized(tweet, parameter=parameter) if world.is_hidden(world.tweets[tweet]) else None


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
