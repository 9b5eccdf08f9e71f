"""The one place where concrete classes meet."""

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from channels.spec import ChannelSpec
from core.attempts import AccessRules
from core.blobs import FileBlobs
from core.calendar import Calendar, load_calendar
from core.delivery import Patience
from core.directory import load_directory
from core.hours import Hours, read_hours
from core.ids import new_id
from core.model.network import Manner, Postbox
from core.model.secret import Secret
from core.office import Office, Rules, Terms
from core.phrasebook import load_languages, reply_file
from core.publicity import check_public
from core.replies import OWN_LANGUAGE, Replies
from core.storage.engine import Database, open_database
from core.storage.news import News, open_news
from core.storage.store import SqlStore
from core.vault import Vault, load_vault
from gateway.console.access import Access
from gateway.console.hashing import make_hashing
from gateway.console.pages import Pages
from gateway.metrics import Metrics, make_metrics
from gateway.ownership import new_owner
from gateway.runner import Workbench
from gateway.settings_sections import SettingsError
from gateway.settings_tree import Http, Settings


class SystemClock:
    """``core.ports.Clock``: the machine's."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a process is made of; opened by ``open_parts``."""

    settings: Settings
    specs: Mapping[str, ChannelSpec]
    database: Database
    store: SqlStore
    news: News
    vault: Vault
    blobs: FileBlobs
    office: Office
    clock: SystemClock
    metrics: Metrics
    owner: str

    @property
    def bench(self) -> Workbench:
        """What running jobs needs."""
        jobs = self.settings.jobs
        return Workbench(
            store=self.store,
            office=self.office,
            clock=self.clock,
            owner=self.owner,
            lease=timedelta(seconds=jobs.lease_seconds),
            attempts=jobs.attempts,
            together=jobs.together,
        )

    @property
    def patience(self) -> Patience:
        """How long replies are tried."""
        delivery = self.settings.delivery
        return Patience(
            attempts=delivery.attempts,
            first_wait=timedelta(seconds=delivery.backoff_seconds),
            longest_wait=timedelta(seconds=delivery.backoff_max_seconds),
            doubt_wait=timedelta(seconds=delivery.doubt_seconds),
            give_up_after=timedelta(hours=delivery.give_up_hours),
        )


@asynccontextmanager
async def open_parts(settings: Settings, specs: Mapping[str, ChannelSpec]) -> AsyncIterator[Parts]:
    """Load the files, open the database (no connection yet) and close it at the end.

    Raises:
        DataFileInvalid, KeyFileError, ValueError: a file or the database's URL cannot be used; the message says why.
    """
    vault = load_vault(settings.privacy.key_file)
    settings = with_what_is_left_out(settings, specs, vault)
    office = make_office(settings, specs)
    settings = with_words(settings, specs, office.replies)
    database = open_database(settings.database.url.reveal(), pool_size=settings.database.pool_size)
    try:
        yield Parts(
            settings=settings,
            specs=specs,
            database=database,
            store=SqlStore(database, vault),
            news=open_news(database),
            vault=vault,
            blobs=FileBlobs(settings.blobs.folder, vault, max_size=settings.limits.max_attachment_bytes),
            office=office,
            clock=SystemClock(),
            metrics=make_metrics(),
            owner=new_owner(),
        )
    finally:
        await database.close()


def with_what_is_left_out(settings: Settings, specs: Mapping[str, ChannelSpec], vault: Vault) -> Settings:
    """The settings with what channels leave to the gateway where nothing was given: keys derived from the vault's
    (``ChannelSpec.derives``), where our pages are (``ChannelSpec.links``).
    """
    channels = dict(settings.channels)
    for kind, spec in specs.items():
        section = channels[kind]
        keys = {name: Secret(vault.derive(p).hex()) for name, p in spec.derives.items() if not getattr(section, name)}
        pages = {spec.links: f"{public_url(settings.http)}/"} if spec.links and not getattr(section, spec.links) else {}
        channels[kind] = msgspec.structs.replace(section, **keys, **pages)
    return msgspec.structs.replace(settings, channels=channels)


def with_words(settings: Settings, specs: Mapping[str, ChannelSpec], replies: Replies) -> Settings:
    """The settings with what channels say by themselves (``ChannelSpec.says``). Raises ReplyImpossible."""
    channels = dict(settings.channels)
    for kind, spec in specs.items():
        words = {name: replies.label(label) for name, label in spec.says.items() if not getattr(channels[kind], name)}
        channels[kind] = msgspec.structs.replace(channels[kind], **words)
    return msgspec.structs.replace(settings, channels=channels)


def make_office(settings: Settings, specs: Mapping[str, ChannelSpec]) -> Office:
    """The rules and words of this deployment."""
    files, deadlines, conversation = settings.files, settings.deadlines, settings.conversation
    languages, calendar = _load_languages(files.replies, specs), load_calendar(files.holidays)
    return Office(
        calendar=calendar,
        directory=load_directory(files.agencies, categories_path=files.categories, keywords_path=files.keywords),
        replies=languages[OWN_LANGUAGE],
        languages=languages,
        capabilities={kind: spec.capabilities for kind, spec in specs.items()},
        readers={kind: partial(_read, spec, settings) for kind, spec in specs.items()},
        postal=_postal(settings, specs),
        public_url=public_url(settings.http),
        manners=_manners(settings, specs),
        hours=_hours(settings, specs, calendar),
        new_id=new_id,
        random_below=secrets.randbelow,
        terms=Terms(
            verify_days=deadlines.verify_days,
            follow_up_days=deadlines.follow_up_days,
            close_days=deadlines.close_days,
            timezone=deadlines.timezone,
            finish_days=msgspec.structs.asdict(deadlines.finish_days),
            remind_days=deadlines.remind_days,
            escalate_days=deadlines.escalate_days,
            opening_hour=deadlines.opening_hour,
        ),
        rules=Rules(
            parts_timeout=timedelta(seconds=conversation.parts_timeout_seconds),
            claim_lease=timedelta(minutes=conversation.claim_minutes),
            same_message_within=timedelta(hours=conversation.repeat_hours),
            repeat_within=timedelta(days=conversation.addition_days),
            event_within=timedelta(days=conversation.event_days),
            guesses_per_hour=conversation.guesses_per_hour,
            chat_lease=timedelta(seconds=conversation.chat_lease_seconds),
            chat_patience=timedelta(minutes=conversation.chat_patience_minutes),
        ),
    )


def _manners(settings: Settings, specs: Mapping[str, ChannelSpec]) -> Mapping[str, Manner]:
    found = {kind: spec.manner(settings.channels[kind]) for kind, spec in specs.items()}
    return {kind: manner for kind, manner in found.items() if manner is not None}


def _hours(settings: Settings, specs: Mapping[str, ChannelSpec], calendar: Calendar) -> Hours:
    """As the first channel says that has people. Raises SettingsError."""
    written = {kind: spec.hours(settings.channels[kind]) for kind, spec in specs.items()}
    kind, words = next(((kind, words) for kind, words in written.items() if words), ("", ""))
    try:
        return read_hours(words, timezone=settings.deadlines.timezone, calendar=calendar)
    except ValueError as error:
        raise SettingsError(f"{kind}.office_hours: {error}") from None


def _load_languages(folder: Path, specs: Mapping[str, ChannelSpec]) -> Mapping[str, Replies]:
    languages = load_languages(folder)
    public = [kind for kind, spec in specs.items() if spec.capabilities.public]
    for name, replies in languages.items():
        check_public(reply_file(folder, language=name), replies.templates, channels=public)
    return languages


def public_url(http: Http) -> str:
    """Where links lead: what the settings name, else where the web server listens."""
    return (http.public_url or f"http://{http.host}:{http.port}").rstrip("/")


def _postal(settings: Settings, specs: Mapping[str, ChannelSpec]) -> Mapping[str, Sequence[Postbox]]:
    """By kind of address, every configured connection that can write to one."""
    found: dict[str, tuple[Postbox, ...]] = {}
    for kind, spec in specs.items():
        for scheme, postboxes in spec.postboxes(settings.channels[kind]).items():
            found[scheme] = (*found.get(scheme, ()), *postboxes)
    return found


def _read(spec: ChannelSpec, settings: Settings, raws: Sequence[bytes | None]) -> str:
    return spec.read(raws, settings.channels[spec.kind])


def make_access(parts: Parts) -> Access:
    """Who may come in to the console, and how."""
    given = parts.settings.access
    return Access(
        store=parts.store,
        vault=parts.vault,
        clock=parts.clock,
        office=parts.office,
        rules=AccessRules(
            idle=timedelta(hours=given.idle_hours),
            absolute=timedelta(days=given.absolute_days),
            tries_by_name=given.tries_by_name,
            tries_by_source=given.tries_by_source,
            tries_by_device=given.tries_by_device,
            codes_by_account=given.codes_by_account,
        ),
        hashing=make_hashing(places=given.hashing_at_once, waiting=given.hashing_waiting),
        pages=Pages(),
        public_url=parts.settings.http.public_url,
    )
