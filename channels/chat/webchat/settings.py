"""Settings of the web chat: who may open it, when people are there, and what one visitor may take."""

from typing import Annotated

import msgspec
from msgspec import Meta

from channels.chat.webchat.wire.origins import read_origin
from core.model.secret import Secret


class WebchatSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[webchat]``."""

    allowed_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="The sites whose pages may open the chat, such as https://www.lapor.go.id; https://*.go.id is "
            "every site below go.id. Our own pages always may; empty: they alone.",
            examples=[["https://www.lapor.go.id", "https://*.menpan.go.id"]],
        ),
    ] = ()
    office_hours: Annotated[
        str,
        Meta(
            description="When people are there to talk with, in the zone of deadlines.timezone, without the days of "
            "files.holidays; empty: always.",
            examples=["Senin-Kamis 08:00-16:00, Jumat 08:00-15:30"],
        ),
    ] = ""
    pages: Annotated[
        str,
        Meta(description="Where our own pages are, with a slash at the end; empty: at http.public_url."),
    ] = ""
    token_key: Annotated[
        Secret,
        Meta(description="Signs the tokens of visitors; empty: a key derived from that of privacy.key_file."),
    ] = Secret("")
    token_days: Annotated[
        float,
        Meta(gt=0, le=3650, description="How many days after the last visit a browser can come back to its talk."),
    ] = 90.0
    sockets: Annotated[
        int, Meta(ge=1, description="Open chats that one process takes; more are told to come again.")
    ] = 20_000
    sockets_per_talk: Annotated[int, Meta(ge=1, description="Pages that may have the same talk open at once.")] = 6
    sockets_per_source: Annotated[
        int,
        Meta(
            ge=0,
            description="Open chats from one IP address (of IPv6: one /64 network); 0: no limit. "
            "Loopback is never limited: it is this machine, or a proxy that http.trusted_proxies does not name.",
        ),
    ] = 300
    new_per_minute: Annotated[
        int,
        Meta(ge=0, description="Visitors without a token from one IP address within a minute; 0: no limit."),
    ] = 60
    uploads_per_minute: Annotated[
        int, Meta(ge=0, description="Files from one IP address within a minute; 0: no limit.")
    ] = 30
    frames_per_second: Annotated[
        float,
        Meta(gt=0, description="Frames that one page may send a second, on average over some seconds."),
    ] = 10.0
    queue: Annotated[
        int,
        Meta(ge=16, description="Frames that may wait for one page that reads slowly; then it has to come back."),
    ] = 256
    write_seconds: Annotated[
        float, Meta(gt=0, description="How long a page may take nothing before it is cut off, in seconds.")
    ] = 20.0
    hello_seconds: Annotated[
        float, Meta(gt=0, description="How long the first frame of a page may take, in seconds.")
    ] = 10.0
    heartbeat_seconds: Annotated[
        float,
        Meta(gt=0, description="How often a page is asked whether it is there; keep it below the proxies' time-out."),
    ] = 25.0
    sms_number: Annotated[
        str,
        Meta(
            pattern=r"^[+]?[0-9]{0,20}$",
            description="The number by which a visitor goes on by SMS; it is offered where an operator is connected.",
        ),
    ] = "1708"
    telegram_bot: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_]{0,32}$",
            description="The user name of our bot, without @, to go on with in Telegram; empty: not offered.",
        ),
    ] = ""
    max_file: Annotated[
        int, Meta(ge=1, description="The largest file, in bytes; limits.max_attachment_bytes applies as well.")
    ] = 10_485_760
    max_files: Annotated[int, Meta(ge=0, le=10, description="How many files one message may bring.")] = 5
    upload_seconds: Annotated[float, Meta(gt=0, description="How long a file may take to arrive, in seconds.")] = 300.0
    pause_seconds: Annotated[
        float,
        Meta(ge=0, description="After how much silence the bot asks on; what is said before becomes one report."),
    ] = 3.0
    remind_minutes: Annotated[
        float, Meta(gt=0, description="After how many minutes of silence the bot reminds of a report not sent yet.")
    ] = 10.0

    def __post_init__(self) -> None:
        for origin in self.allowed_origins:
            read_origin(origin)
