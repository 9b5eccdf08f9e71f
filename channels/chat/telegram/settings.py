"""Settings of Telegram: which bot, how its updates come, how fast it may write."""

import re
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from core.model.secret import Secret

TELEGRAM: Final = "https://api.telegram.org"
TOKEN: Final = re.compile(r"([0-9]{1,20}):[A-Za-z0-9_-]{20,100}", re.ASCII)
SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,256}", re.ASCII)
NAME: Final = re.compile(r"@?([A-Za-z0-9_]{3,32})", re.ASCII)
HOOK: Final = "/webhooks/telegram"
MEGABYTE: Final = 1_048_576


class TelegramSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[telegram]``."""

    token: Annotated[
        Secret, Meta(description="The bot's token, as @BotFather gave it; empty: Telegram is not used.")
    ] = Secret("")
    base_url: Annotated[
        str, Meta(description="Where the Bot API answers; empty: Telegram itself. Files come from there too.")
    ] = ""
    mode: Annotated[
        Literal["poll", "webhook"],
        Meta(
            description="How updates come: poll asks for them and works everywhere; with webhook Telegram brings them "
            "to /webhooks/telegram, which it must reach by https."
        ),
    ] = "poll"
    webhook_url: Annotated[
        str,
        Meta(
            description="The beginning of our address as Telegram reaches it, for webhook; empty: http.public_url.",
            examples=["https://lapor.example.go.id/"],
        ),
    ] = ""
    webhook_secret: Annotated[
        Secret,
        Meta(
            description="Telegram shows it with each update it brings (16 to 256 letters, digits, _ and -); empty: one "
            "is derived from the key of privacy.key_file."
        ),
    ] = Secret("")
    id_key: Annotated[
        Secret,
        Meta(description="Hides chats in the ids of messages; empty: derived from the key of privacy.key_file."),
    ] = Secret("")

    pause_seconds: Annotated[
        float,
        Meta(ge=0, le=300, description="The silence after which a draft is asked about: messages in a row are one."),
    ] = 4.0
    remind_minutes: Annotated[
        float, Meta(ge=0, le=1440, description="The silence after which a draft is called to mind, once; 0: never.")
    ] = 10.0

    poll_seconds: Annotated[
        int, Meta(ge=0, le=50, description="How long Telegram may wait for an update before it answers, in seconds.")
    ] = 25
    check_seconds: Annotated[
        float, Meta(gt=0, le=3600, description="With webhook: how often Telegram is asked how it stands, in seconds.")
    ] = 20.0
    back_off_max_seconds: Annotated[
        float, Meta(gt=0, le=3600, description="The longest wait between two attempts while Telegram does not answer.")
    ] = 60.0
    request_seconds: Annotated[
        float, Meta(gt=0, le=11, description="How long Telegram may take to answer one request, in seconds.")
    ] = 10.0

    per_second: Annotated[float, Meta(gt=0, le=1000, description="Messages a second to everybody together.")] = 30.0
    per_chat_second: Annotated[float, Meta(gt=0, le=30, description="Messages a second to one person.")] = 1.0
    per_group_minute: Annotated[float, Meta(gt=0, le=600, description="Messages a minute to one group.")] = 20.0

    max_file_bytes: Annotated[
        int,
        Meta(ge=0, le=2_147_483_648, description="The largest file that is fetched; Telegram gives bots up to 20 MiB."),
    ] = 20 * MEGABYTE
    file_seconds: Annotated[
        float, Meta(gt=0, le=3600, description="How long fetching one file may take, in seconds.")
    ] = 120.0
    file_hours: Annotated[
        float, Meta(gt=0, le=720, description="How long a file that cannot be fetched is tried again, in hours.")
    ] = 24.0

    group_taken: Annotated[
        str,
        Meta(
            max_length=400,
            description="What a group is told where a member's message was taken; empty: the text of config/replies.",
        ),
    ] = ""
    group_in_private: Annotated[
        str,
        Meta(
            max_length=400,
            description="What a group is told where nobody is seen behind a message; empty: that of config/replies.",
        ),
    ] = ""

    def __post_init__(self) -> None:
        if self.token and not TOKEN.fullmatch(self.token.reveal()):
            raise ValueError("token: looks like 123456789:AAE…, as @BotFather shows it")
        if self.webhook_secret and not SECRET.fullmatch(self.webhook_secret.reveal()):
            raise ValueError("webhook_secret: 16 to 256 letters, digits, _ and -; Telegram takes no others")
        _check_url("base_url", self.base_url)
        _check_url("webhook_url", self.webhook_url)

    @property
    def bot_id(self) -> str:
        """The bot's own id: the number before the colon of its token. Empty without a token."""
        found = TOKEN.fullmatch(self.token.reveal())
        return found[1] if found else ""

    @property
    def hook(self) -> str:
        """Where Telegram brings updates."""
        return self.webhook_url.rstrip("/") + HOOK


def _check_url(key: str, url: str) -> None:
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{key}: must look like https://lapor.example.go.id")
