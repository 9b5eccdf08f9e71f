"""Settings of X: which account is mentioned, how it is reached, and what reading may cost."""

import re
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from core.model.secret import Secret

HANDLE: Final = re.compile(r"@?([A-Za-z0-9_]{1,15})", re.ASCII)
KEYS: Final = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


class TwitterSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[twitter]``."""

    base_url: Annotated[
        str,
        Meta(description="Where the X API answers; empty: X itself. Another server (in tests) gives the pictures too."),
    ] = ""
    handle: Annotated[
        str,
        Meta(description="The account that citizens mention, without @; empty: X is not used.", examples=["lapor1708"]),
    ] = ""
    user_id: Annotated[
        str,
        Meta(pattern=r"^[0-9]{0,19}$", description="The account's id; empty: X is asked for it at each start."),
    ] = ""
    bearer_token: Annotated[
        Secret, Meta(description="The app's bearer token, for reading; empty: the four keys are used for reading too.")
    ] = Secret("")
    consumer_key: Annotated[Secret, Meta(description="The app's key; it and the next three go together.")] = Secret("")
    consumer_secret: Annotated[Secret, Meta(description="The app's secret.")] = Secret("")
    access_token: Annotated[Secret, Meta(description="The account's token, with the right to write.")] = Secret("")
    access_token_secret: Annotated[Secret, Meta(description="The secret of the account's token.")] = Secret("")

    access: Annotated[
        Literal["self_serve", "public_utility", "enterprise"],
        Meta(
            description="What X granted the app: with self_serve only those may be answered who mention or quote the "
            "account."
        ),
    ] = "self_serve"
    report_tags: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^#?\w{1,50}$")], ...],
        Meta(
            min_length=1,
            description="A mention with one of these hashtags is a report; other mentions wait for a person.",
        ),
    ] = ("lapor",)
    direct_messages: Annotated[
        bool,
        Meta(description="Whether what only the reporter may read is sent as a direct message."),
    ] = True

    poll_seconds: Annotated[
        float, Meta(gt=0, le=3600, description="How often new mentions are asked for, in seconds.")
    ] = 45.0
    back_off_max_seconds: Annotated[
        float, Meta(gt=0, le=3600, description="The longest wait between two attempts while X does not answer.")
    ] = 300.0
    request_seconds: Annotated[
        float, Meta(gt=0, le=11, description="How long X may take to answer one request, in seconds.")
    ] = 10.0
    start_after_id: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{0,19}$",
            description="At the very first start mentions up to this tweet are left alone; empty: all that X still "
            "shows (at most 800) are taken.",
        ),
    ] = ""

    monthly_read_quota: Annotated[
        int, Meta(ge=0, description="How many posts may be read in a month (UTC); 0: no limit of ours.")
    ] = 10_000
    context_levels: Annotated[
        int,
        Meta(ge=0, le=10, description="How many tweets above a reply are read as its context; each is paid for."),
    ] = 3
    recheck_minutes: Annotated[
        float,
        Meta(ge=0, description="How often the tweets of the last 24 hours are looked at for deletion; 0: never."),
    ] = 180.0
    max_media_bytes: Annotated[
        int, Meta(ge=0, description="The largest picture that is kept, in bytes; 0: none is fetched.")
    ] = 8_388_608

    def __post_init__(self) -> None:
        if self.handle and not HANDLE.fullmatch(self.handle):
            raise ValueError("handle: 1 to 15 letters, digits and _, for example lapor1708")
        _check_url(self.base_url)
        given = [key for key in KEYS if getattr(self, key)]
        if given and len(given) < len(KEYS):
            raise ValueError(f"{given[0]}: the four keys belong together; give all of {', '.join(KEYS)} or none")
        if self.handle and not given and not self.bearer_token:
            raise ValueError("bearer_token: X needs it, or the four keys, to read mentions")

    @property
    def name(self) -> str:
        """The handle without @, in lower case: X does not tell cases apart."""
        return self.handle.removeprefix("@").lower()

    @property
    def tags(self) -> frozenset[str]:
        """The hashtags of reports without #, folded."""
        return frozenset(tag.removeprefix("#").casefold() for tag in self.report_tags)

    @property
    def has_keys(self) -> bool:
        """Whether the app may act as the account."""
        return bool(self.consumer_key)


def _check_url(url: str) -> None:
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("base_url: must look like https://api.x.com")
