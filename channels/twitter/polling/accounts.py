"""Which account we are."""

from typing import Final

from channels.twitter.client import Client, Problem
from channels.twitter.reading.mapping import Account
from channels.twitter.reading.shapes import table, text
from channels.twitter.settings import TwitterSettings

NOT_WITH_THESE_KEYS: Final = frozenset({400, 403, 404})


class WrongAccount(Exception):
    """The settings name an account that X does not know, or that the keys do not belong to. Says the remedy."""


async def find_account(client: Client, settings: TwitterSettings) -> Account:
    """As the settings say, else as X says, once a start. Raises WrongAccount, and as the client does."""
    user_id = settings.user_id or await _ask_by_keys(client, settings) or await _ask_by_name(client, settings)
    return Account(id=user_id, handle=settings.name, tags=settings.tags)


async def _ask_by_keys(client: Client, settings: TwitterSettings) -> str:
    """The id of the account of the keys; empty where there are none or X does not tell."""
    if not settings.has_keys:
        return ""
    try:
        me = table(await client.me(), "data")
    except Problem as problem:
        if problem.status in NOT_WITH_THESE_KEYS:
            return ""
        raise
    name = text(me, "username").lower()
    if name and name != settings.name:
        raise WrongAccount("twitter.access_token belongs to another account than twitter.handle")
    return text(me, "id")


async def _ask_by_name(client: Client, settings: TwitterSettings) -> str:
    found = text(table(await client.user(settings.name), "data"), "id")
    if not found:
        raise WrongAccount("X knows no account with this twitter.handle")
    return found
