"""The scripted X API keeps what X documents."""

import aiohttp
import pytest
from tweepy.asynchronous import AsyncClient
from tweepy.errors import Forbidden, Unauthorized

from channels.twitter.api_peer import Keys, XApi, problems
from channels.twitter.api_peer.signature import is_signed
from channels.twitter.client import Client, NoAnswer, Problem, Wire
from channels.twitter.reading.shapes import read_page
from tests.channels.twitter.conftest import JPEG, make_settings

Json = dict[str, object]


async def get(x: XApi, path: str, *, token: str = "", **query: str) -> tuple[int, Json]:
    headers = {"Authorization": f"Bearer {token or x.keys.bearer_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(x.url + path, params=query, headers=headers) as response,
    ):
        return response.status, await response.json()


def mentions(x: XApi) -> str:
    return f"/2/users/{x.world.own}/mentions"


async def test_mentions_come_the_newest_first_with_a_token_for_the_rest(x: XApi) -> None:
    tweets = [x.world.write("budi", f"@lapor1708 {n}") for n in range(7)]

    _, first = await get(x, mentions(x), max_results="5")
    meta = first["meta"]
    assert isinstance(meta, dict)
    _, second = await get(x, mentions(x), max_results="5", pagination_token=meta["next_token"])

    shown = [one["id"] for answer in (first, second) for one in answer["data"]]  # type: ignore[attr-defined]
    assert shown == tweets[::-1]
    assert second["meta"] == {"result_count": 2, "newest_id": tweets[1], "oldest_id": tweets[0]}


async def test_nobody_else_is_shown(x: XApi) -> None:
    x.world.write("budi", "@lapor17081 bukan")
    x.world.write("budi", "email@lapor1708 bukan")

    assert await get(x, mentions(x)) == (200, {"meta": {"result_count": 0}})


async def test_an_answer_to_the_account_mentions_it(x: XApi) -> None:
    ours = x.world.write("lapor1708", "Pengumuman")
    answer = x.world.write("budi", "terima kasih", reply_to=ours)

    _, shown = await get(x, mentions(x), **{"tweet.fields": "conversation_id,in_reply_to_user_id"})

    (tweet,) = shown["data"]  # type: ignore[misc]
    assert tweet == {
        "edit_history_tweet_ids": [answer],
        "id": answer,
        "text": "terima kasih",
        "conversation_id": ours,
        "in_reply_to_user_id": x.world.own,
    }


@pytest.mark.parametrize("most", ["4", "101", "x"])
async def test_a_page_has_five_to_a_hundred(x: XApi, most: str) -> None:
    status, answer = await get(x, mentions(x), max_results=most)

    assert (status, answer["title"]) == (400, "Invalid Request")


async def test_links_are_short_and_signs_escaped(x: XApi) -> None:
    x.world.write("budi", "@lapor1708 A & B https://kompas.id/x?a=1&b=2", photos=(x.world.keep(JPEG),))

    _, shown = await get(x, mentions(x), **{"tweet.fields": "entities"})

    (tweet,) = shown["data"]  # type: ignore[misc]
    assert tweet["text"].startswith("@lapor1708 A &amp; B https://t.co/")
    assert next(url["expanded_url"] for url in tweet["entities"]["urls"]) == "https://kompas.id/x?a=1&b=2"
    assert len(tweet["entities"]["urls"]) == 2


async def test_pictures_are_given(x: XApi) -> None:
    name = x.world.keep(JPEG)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{x.url}/media/{name}?name=orig") as response:
            assert await response.read() == JPEG
        async with session.get(f"{x.url}/media/lain.jpg") as response:
            assert response.status == 404


async def test_tokens_and_signatures_are_checked(x: XApi) -> None:
    assert (await get(x, mentions(x), token="lain"))[0] == 401
    assert await get(x, "/2/users/me") == problems.APP_ONLY
    async with aiohttp.ClientSession() as session:
        wrong = make_settings(XApiKeys(x, access_token_secret="salah"))  # type: ignore[arg-type]
        with pytest.raises(Problem) as caught:
            await Client(wrong, session).me()
        right = await Client(make_settings(x), session).me()

    assert caught.value.status == 401
    assert right["data"]["username"] == "lapor1708"


class XApiKeys:
    """The same server with other keys in the settings."""

    def __init__(self, x: XApi, **keys: str) -> None:
        self.url = x.url
        self.keys = Keys(**keys)


async def test_a_signed_query_is_checked_with_its_parameters(x: XApi) -> None:
    x.world.write("budi", "@lapor1708 halo")
    settings = make_settings(x, bearer_token=make_settings().consumer_key)
    async with aiohttp.ClientSession() as session:
        client = Client(settings, session)
        page = read_page(await client.mentions(x.world.own, since_id="", until_id="", token="", most=100))

    assert len(page.tweets) == 1


def test_the_signature_is_that_of_the_example_x_gives() -> None:
    """ "Creating a signature", developer.x.com: the worked example."""
    header = (
        'OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", '
        'oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", '
        'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D", oauth_signature_method="HMAC-SHA1", '
        'oauth_timestamp="1318622958", oauth_token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", '
        'oauth_version="1.0"'
    )
    query = "include_entities=true&status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20OAuth%20request%21"
    secrets = {
        "consumer_secret": "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "token_secret": "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    }
    urls = ("https://api.twitter.com/1.1/statuses/update.json",)

    assert is_signed(header, method="POST", urls=urls, query=query, **secrets)
    assert not is_signed(header, method="GET", urls=urls, query=query, **secrets)


async def test_rules_of_answering(x: XApi) -> None:
    async with aiohttp.ClientSession() as session:
        client = Client(make_settings(x), session)
        mention = x.world.write("budi", "@lapor1708 halo")
        stranger = x.world.write("siti", "tanpa sebut")
        await client.reply("Halo.", tweet_id=mention)
        for tweet, text in ((stranger, "Halo Siti."), (mention, "Halo."), ("19", "Halo juga.")):
            with pytest.raises(Problem) as caught:
                await client.reply(text, tweet_id=tweet)
            assert caught.value.status == 403

    assert [post.text for post in x.posts] == ["Halo."]


async def test_what_is_edited_is_shown_under_its_new_id(x: XApi) -> None:
    first = x.world.write("budi", "@lapor1708 jalan rsak")
    second = x.world.edit(first, "@lapor1708 jalan rusak")

    _, shown = await get(x, mentions(x))

    (tweet,) = shown["data"]  # type: ignore[misc]
    assert (tweet["id"], tweet["edit_history_tweet_ids"]) == (second, [first, second])


async def test_what_is_gone_or_protected_stands_beside_the_data(x: XApi) -> None:
    kept, gone, hidden = (x.world.write(name, "halo") for name in ("budi", "siti", "agus"))
    x.delete(gone)
    x.change_user("agus", protected=True)

    _, shown = await get(x, "/2/tweets", ids=f"{kept},{gone},{hidden}")

    assert [one["id"] for one in shown["data"]] == [kept]  # type: ignore[attr-defined]
    assert shown["errors"] == [problems.not_found(gone), problems.not_authorized(hidden)]


async def test_a_limit_names_its_reset(x: XApi) -> None:
    x.throttle(60.0, times=1)
    async with aiohttp.ClientSession() as session, session.get(x.url + mentions(x)) as response:
        assert (response.status, response.headers["x-rate-limit-remaining"]) == (429, "0")
        assert "Retry-After" not in response.headers


async def test_tweepy_itself_understands_it(x: XApi) -> None:
    """Its own client, over our wire: what is scripted is what the library expects."""
    tweet = x.world.write("budi", "@lapor1708 halo")
    keys = x.keys
    client = AsyncClient(
        keys.bearer_token, keys.consumer_key, keys.consumer_secret, keys.access_token, keys.access_token_secret
    )
    async with aiohttp.ClientSession() as session:
        client.session = Wire(session, base_url=x.url, seconds=2.0)
        page = await client.get_users_mentions(x.world.own, tweet_fields=["created_at"], expansions=["author_id"])
        posted = await client.create_tweet(text="Halo.", in_reply_to_tweet_id=tweet)

    assert page.data[0].id == int(tweet)
    assert page.includes["users"][0].username == "budi"
    assert posted.data["text"] == "Halo."


async def test_without_our_wire_tweepy_trips_over_a_page_of_html(x: XApi) -> None:
    """Why the wire judges answers before tweepy does: seen with tweepy 4.17."""
    x.overload()
    client = AsyncClient("t")
    async with aiohttp.ClientSession() as session:
        client.session = Redirected(session, x.url)  # type: ignore[assignment]
        with pytest.raises(aiohttp.ContentTypeError):
            await client.get_users_mentions("1")
        client.session = Wire(session, base_url=x.url, seconds=2.0)
        with pytest.raises(NoAnswer):
            await client.get_users_mentions("1")


class Redirected:
    """Another host and nothing else."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    def request(self, method: str, url: object, **given: object) -> object:
        return self._session.request(method, str(url).replace("https://api.twitter.com", self._url), **given)  # type: ignore[arg-type]


def test_tweepys_errors_are_not_ours() -> None:
    assert not issubclass(Problem, Unauthorized | Forbidden)
