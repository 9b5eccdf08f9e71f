"""Every setting of the gateway itself: its type, its default and one sentence. Channels bring their own sections."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, field

from core.model.secret import Secret

MOST_DAYS_PAST = 100


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the file: frozen, and every key it does not know is refused."""


class Database(Section, frozen=True, kw_only=True):
    """``[database]``."""

    url: Annotated[
        Secret,
        Meta(description="Where everything is kept: sqlite:///path or postgresql://user:password@host/name."),
    ] = Secret("sqlite:///var/lapor.db")
    pool_size: Annotated[
        int,
        Meta(
            ge=1, le=200, description="The most connections one process opens; SQLite uses one writer and ignores it."
        ),
    ] = 10

    def __post_init__(self) -> None:
        _check_scheme("url", self.url, ("sqlite:///", "postgresql://"))


class Jobs(Section, frozen=True, kw_only=True):
    """``[jobs]``."""

    broker_url: Annotated[
        Secret,
        Meta(description="Empty: jobs run inside the gateway; amqp://… or redis://…: Celery workers run them."),
    ] = Secret("")
    together: Annotated[
        int, Meta(ge=1, le=256, description="How many jobs that wait at the same time may share one transaction.")
    ] = 16
    sweep_seconds: Annotated[
        float, Meta(gt=0, description="How often due work that a crash left behind is looked for, in seconds.")
    ] = 5.0
    lease_seconds: Annotated[
        float, Meta(gt=0, description="After how many seconds the job of a dead process is taken up by another.")
    ] = 60.0
    attempts: Annotated[
        int, Meta(ge=1, description="How often a job is tried before it is parked for a person to look at.")
    ] = 3

    queue: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_.-]{1,64}$",
            description="The broker's queue; two deployments on one broker need two names.",
        ),
    ] = "lapor"
    stale_seconds: Annotated[
        float,
        Meta(
            gt=0, description="After how many seconds a job that the broker was told of and nobody took is told again."
        ),
    ] = 30.0

    def __post_init__(self) -> None:
        if self.broker_url:
            _check_scheme("broker_url", self.broker_url, ("amqp://", "amqps://", "redis://", "rediss://"))


class Http(Section, frozen=True, kw_only=True):
    """``[http]``."""

    host: Annotated[str, Meta(min_length=1, description="The address the web server listens on.")] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65535, description="The port the web server listens on; 0 takes any free one.")
    ] = 8080
    public_url: Annotated[
        str, Meta(description="How citizens reach the web server, for links in replies; empty: http://host:port.")
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks of the proxies in front, whose X-Forwarded-For is believed.",
            examples=[["10.0.0.0/8"]],
        ),
    ] = ()

    def __post_init__(self) -> None:
        try:
            for proxy in self.trusted_proxies:
                ip_network(proxy, strict=False)
        except ValueError as error:
            raise ValueError('trusted_proxies: write addresses or networks, such as "10.0.0.0/8"') from error


class Privacy(Section, frozen=True, kw_only=True):
    """``[privacy]``."""

    key_file: Annotated[
        Path,
        Meta(description="The key that seals what citizens wrote, made on the first start. Back it up on its own."),
    ] = Path("var/privacy.key")


class FinishDays(Section, frozen=True, kw_only=True):
    """``[deadlines.finish_days]``."""

    information_request: Annotated[int, Meta(ge=1, le=1000, description="A request for information.")] = 5
    aspiration: Annotated[int, Meta(ge=1, le=1000, description="An aspiration.")] = 5
    complaint: Annotated[int, Meta(ge=1, le=1000, description="A complaint, also what nobody classified.")] = 14
    supervised: Annotated[int, Meta(ge=1, le=1000, description="A complaint that calls for an inspection.")] = 60


class Deadlines(Section, frozen=True, kw_only=True):
    """``[deadlines]``."""

    verify_days: Annotated[int, Meta(ge=1, description="Working days until a new report is verified.")] = 3
    follow_up_days: Annotated[int, Meta(ge=1, description="Working days until a verified report is followed up.")] = 5
    close_days: Annotated[
        int,
        Meta(ge=1, description="Working days after the last substantive follow-up until a report is closed by itself."),
    ] = 10
    timezone: Annotated[
        str, Meta(description="Where working days begin and end for agencies that name no zone of their own.")
    ] = "Asia/Jakarta"
    remind_days: Annotated[
        int, Meta(ge=0, le=30, description="Working days before a deadline on which its agency is reminded; 0: never.")
    ] = 1
    escalate_days: Annotated[
        tuple[int, int],
        Meta(description="Working days past a deadline on which the agency above is told, then the national one."),
    ] = (1, 3)
    opening_hour: Annotated[
        int,
        Meta(ge=5, le=20, description="The local hour of a working day at which reminders and closings happen."),
    ] = 8
    finish_days: Annotated[
        FinishDays, Meta(description="Working days from verification until a report is finished, by what it is.")
    ] = field(default_factory=FinishDays)

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("timezone: no such zone; use Asia/Jakarta, Asia/Makassar or Asia/Jayapura") from error
        if not 1 <= self.escalate_days[0] <= self.escalate_days[1] <= MOST_DAYS_PAST:
            raise ValueError(f"escalate_days: two numbers from 1 to {MOST_DAYS_PAST}, the smaller one first")


class Files(Section, frozen=True, kw_only=True):
    """``[files]``: the starting data an operator edits."""

    holidays: Annotated[Path, Meta(description="Public holidays and cuti bersama, by year.")] = Path(
        "config/holidays.toml"
    )
    replies: Annotated[Path, Meta(description="The folder of what citizens read, one file for each language.")] = Path(
        "config/replies"
    )
    agencies: Annotated[Path, Meta(description="The tree of agencies.")] = Path("config/agencies.toml")
    categories: Annotated[Path, Meta(description="The subjects a report can be filed under.")] = Path(
        "config/categories.toml"
    )
    keywords: Annotated[Path, Meta(description="First words of an SMS that name an agency or a campaign.")] = Path(
        "config/keywords.toml"
    )


class Blobs(Section, frozen=True, kw_only=True):
    """``[blobs]``."""

    folder: Annotated[Path, Meta(description="Where attachments and large raw messages are kept, sealed.")] = Path(
        "var/blobs"
    )


class Limits(Section, frozen=True, kw_only=True):
    """``[limits]``: what admission allows before it answers *busy* or *refused*."""

    max_text: Annotated[int, Meta(ge=160, description="The longest text of one message, in characters.")] = 20_000
    max_attachment_bytes: Annotated[int, Meta(ge=1, description="The largest attachment, in bytes.")] = 10_485_760
    max_attachments: Annotated[int, Meta(ge=0, description="How many attachments one message may bring.")] = 10
    in_flight: Annotated[
        int,
        Meta(
            ge=1, description="How many messages of one channel may wait for their commit; more are told to come again."
        ),
    ] = 2000
    per_source_per_minute: Annotated[
        int,
        Meta(
            ge=1, description="How many messages one sender may hand in within a minute; more are told to come again."
        ),
    ] = 60
    accept_seconds: Annotated[
        float,
        Meta(gt=0, description="How long a message waits for its commit before its network is told to come again."),
    ] = 10.0


class Conversation(Section, frozen=True, kw_only=True):
    """``[conversation]``."""

    parts_timeout_seconds: Annotated[
        float, Meta(gt=0, description="How long the missing pieces of a long SMS are waited for, in seconds.")
    ] = 600.0
    claim_minutes: Annotated[
        float, Meta(gt=0, description="How long a report stays with the verifier who took it from the queue.")
    ] = 15.0
    repeat_hours: Annotated[
        float,
        Meta(gt=0, description="Within how many hours the same words of the same person are the same message again."),
    ] = 24.0
    addition_days: Annotated[
        float, Meta(gt=0, description="How old a person's earlier report may be, in days, to be repeated or added to.")
    ] = 90.0
    event_days: Annotated[
        float, Meta(gt=0, description="How old another person's report may be, in days, to be about the same event.")
    ] = 30.0
    guesses_per_hour: Annotated[
        int, Meta(ge=1, description="How many wrong numbers or PINs one source may try within an hour.")
    ] = 10
    chat_lease_seconds: Annotated[
        float, Meta(ge=30, description="How long a chat stays with an operator of whose page nothing is heard.")
    ] = 45.0
    chat_patience_minutes: Annotated[
        float, Meta(gt=0, description="How long a visitor waits for a person before the bot answers again.")
    ] = 10.0


class Delivery(Section, frozen=True, kw_only=True):
    """``[delivery]``: replies on their way."""

    attempts: Annotated[
        int, Meta(ge=1, description="How often a reply is tried before it is given up and shown to a person.")
    ] = 12
    lease_seconds: Annotated[
        float,
        Meta(gt=0, description="After how many seconds a reply being sent by a dead process has an unknown outcome."),
    ] = 60.0
    doubt_seconds: Annotated[
        float,
        Meta(gt=0, description="The wait before the one repetition of a reply whose outcome is unknown, in seconds."),
    ] = 300.0
    backoff_seconds: Annotated[
        float, Meta(gt=0, description="The wait after the first failed attempt; it doubles each time.")
    ] = 5.0
    backoff_max_seconds: Annotated[
        float, Meta(gt=0, description="The longest wait between two attempts, in seconds.")
    ] = 3600.0
    give_up_hours: Annotated[
        float, Meta(gt=0, description="How old a reply may become, in hours, before nobody needs it any more.")
    ] = 72.0


class Access(Section, frozen=True, kw_only=True):
    """``[access]``: logging in to the console."""

    idle_hours: Annotated[
        float, Meta(gt=0, description="After how many hours without a click a session of the console ends.")
    ] = 8.0
    absolute_days: Annotated[
        float, Meta(gt=0, description="After how many days a session of the console ends in any case.")
    ] = 7.0
    tries_by_name: Annotated[
        int, Meta(ge=1, description="Wrong log-ins with one user name that one network may try within an hour.")
    ] = 10
    tries_by_source: Annotated[
        int, Meta(ge=1, description="Wrong log-ins with any user name that one network may try within an hour.")
    ] = 100
    tries_by_device: Annotated[
        int, Meta(ge=1, description="Wrong log-ins within an hour from a browser that logged in with the name before.")
    ] = 10
    codes_by_account: Annotated[
        int, Meta(ge=1, description="Wrong second factors of one account within an hour from browsers new to it.")
    ] = 20
    hashing_at_once: Annotated[
        int, Meta(ge=1, le=64, description="How many passwords are looked at side by side; each takes 64 MiB.")
    ] = 2
    hashing_waiting: Annotated[
        int, Meta(ge=0, description="How many log-ins may wait for their turn; more are told to come again.")
    ] = 16


class Push(Section, frozen=True, kw_only=True):
    """``[push]``."""

    contact: Annotated[
        str,
        Meta(
            pattern=r"^(mailto:.+@.+|https://.+)$",
            description="Whom a push service may write to when our notices trouble it: mailto:… or https://….",
        ),
    ] = "mailto:gateway@lapor.go.id"
    hosts: Annotated[
        tuple[str, ...],
        Meta(description="The push services a browser may name; nothing is sent to any other host."),
    ] = ("fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com")
    seconds: Annotated[float, Meta(gt=0, description="How often due notices are sent, in seconds.")] = 5.0


class Logging(Section, frozen=True, kw_only=True):
    """``[logging]``."""

    level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Meta(description="The least important events that are written.")
    ] = "INFO"
    format: Annotated[
        Literal["auto", "json", "text"],
        Meta(description="json: one object a line; text: for a person; auto: text on a terminal, else json."),
    ] = "auto"


class Settings(Section, frozen=True, kw_only=True):
    """The whole tree. ``channels`` holds one section for each kind of channel, built by the class the channel names."""

    database: Database = field(default_factory=Database)
    jobs: Jobs = field(default_factory=Jobs)
    http: Http = field(default_factory=Http)
    privacy: Privacy = field(default_factory=Privacy)
    deadlines: Deadlines = field(default_factory=Deadlines)
    files: Files = field(default_factory=Files)
    blobs: Blobs = field(default_factory=Blobs)
    limits: Limits = field(default_factory=Limits)
    conversation: Conversation = field(default_factory=Conversation)
    delivery: Delivery = field(default_factory=Delivery)
    access: Access = field(default_factory=Access)

    push: Push = field(default_factory=Push)
    logging: Logging = field(default_factory=Logging)
    channels: Mapping[str, msgspec.Struct] = field(default_factory=dict)


def own_sections() -> dict[str, type[Section]]:
    """The class of each section that belongs to the gateway itself, in the order of the file."""
    return {info.name: info.type for info in msgspec.structs.fields(Settings) if info.name != "channels"}


def _check_scheme(key: str, url: Secret, schemes: tuple[str, ...]) -> None:
    if not url.reveal().startswith(schemes):
        raise ValueError(f"{key}: must begin with {' or '.join(schemes)}")
