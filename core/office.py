"""What every use case works with: rules, calendar, words, and where ids and chance come from. Values only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from core.calendar import Calendar, add_working_days
from core.channel import Capabilities
from core.directory import Directory
from core.hours import ALWAYS, Hours
from core.model.message import Address
from core.model.network import ON_REQUEST, Manner, Postbox, find_postbox
from core.model.report import Classification
from core.replies import OWN_LANGUAGE, Replies

Reader = Callable[[Sequence[bytes | None]], str]
SUPERVISED = "supervised"
FINISH_DAYS: Mapping[str, int] = MappingProxyType(
    {
        Classification.INFORMATION_REQUEST.value: 5,
        Classification.ASPIRATION.value: 5,
        Classification.COMPLAINT.value: 14,
        SUPERVISED: 60,
    }
)


@dataclass(frozen=True, slots=True)
class Terms:
    """Deadlines in working days (``domain.md`` §5), counted in ``timezone`` where an agency has none of its own.

    Attributes:
        finish_days: from verification to the end, by classification; ``supervised`` is a complaint that calls for an
            inspection. No regulation could be read that settles them (``features.md`` §4), so they are data.
        remind_days: how long before a deadline the agency is reminded; 0 for never.
        escalate_days: how long past it the agency above is told, then the national one.
        opening_hour: when reminders, escalations and automatic closings happen on a working day, local time.
    """

    verify_days: int = 3
    follow_up_days: int = 5
    close_days: int = 10
    timezone: str = "Asia/Jakarta"
    finish_days: Mapping[str, int] = field(default_factory=lambda: FINISH_DAYS)
    remind_days: int = 1
    escalate_days: tuple[int, int] = (1, 3)
    opening_hour: int = 8


@dataclass(frozen=True, slots=True)
class Rules:
    """How long things are remembered and waited for.

    Attributes:
        parts_timeout: how long a long message waits for its missing pieces.
        same_message_within: the same words of the same person within this time are the same message.
        repeat_within: how old a person's earlier report may be to be repeated or added to.
        event_within: how old another person's report may be to be the same event.
        claim_lease: how long a claimed report is kept from other admins.
        guesses_per_hour: wrong numbers or PINs one source may try.
        read_back_within: how long a citizen's next words answer what was read back to them.
        pass_lasts: how long a link that was asked for in public opens an answer.
        chat_lease: how long a chat stays with an operator of whose page nothing is heard.
        chat_kept: how long a chat that was handed to somebody waits for them alone.
        chat_patience: how long a visitor waits for a person before the bot answers again.
    """

    parts_timeout: timedelta = timedelta(minutes=10)
    same_message_within: timedelta = timedelta(hours=24)
    repeat_within: timedelta = timedelta(days=90)
    event_within: timedelta = timedelta(days=30)
    claim_lease: timedelta = timedelta(minutes=15)
    guesses_per_hour: int = 10
    read_back_within: timedelta = timedelta(days=3)
    pass_lasts: timedelta = timedelta(minutes=30)
    chat_lease: timedelta = timedelta(seconds=45)
    chat_kept: timedelta = timedelta(seconds=60)
    chat_patience: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Office:
    """One frozen tree, made once by the gateway's bootstrap.

    ``postal``: by kind of address, what can write to it. ``public_url``: where links lead, without a slash at its end.
    ``manners``: how the bot talks on channels that say so themselves. ``languages``: the words of each language by its
    name, that of ``replies`` included. ``hours``: when people are at the operators' desk. ``language``: that of staff,
    and of whoever asked for no other.
    """

    calendar: Calendar
    directory: Directory
    replies: Replies
    capabilities: Mapping[str, Capabilities]
    readers: Mapping[str, Reader]
    new_id: Callable[[], str]
    random_below: Callable[[int], int]
    terms: Terms = Terms()
    rules: Rules = Rules()
    postal: Mapping[str, Sequence[Postbox]] = field(default_factory=dict)
    public_url: str = ""
    manners: Mapping[str, Manner] = field(default_factory=dict)
    languages: Mapping[str, Replies] = field(default_factory=dict)
    hours: Hours = ALWAYS
    language: str = OWN_LANGUAGE

    def manner(self, channel: str) -> Manner | None:
        """How the bot talks on a channel; None where it only answers: in public, and where replies are fetched."""
        if channel in self.manners:
            return self.manners[channel]
        capabilities = self.capabilities[channel]
        return ON_REQUEST if capabilities.sends and not capabilities.public else None

    def speaking(self, language: str) -> "Office":
        """The same, with the words of another language; of its own where there are none in that one, or it is empty."""
        words = self.languages.get(language) or self.languages.get(self.language)
        return replace(self, replies=words) if words is not None and words is not self.replies else self

    def postbox(self, address: Address) -> Postbox | None:
        """The connection by which somebody who never wrote to us can be reached; None where there is none."""
        return find_postbox(self.postal.get(address.scheme, ()), address.value)

    def deadline(self, start: datetime, days: int, agency: str) -> datetime:
        """The end of the ``days``-th working day after ``start``, in the agency's zone and region."""
        timezone, region = self.place(agency)
        return add_working_days(start, days=days, timezone=timezone, calendar=self.calendar, region=region)

    def zone(self, agency: str) -> ZoneInfo:
        """Where an agency's days begin and end."""
        return ZoneInfo(self.place(agency)[0])

    def place(self, agency: str) -> tuple[str, str]:
        """The zone and the region whose days an agency works by; those of the country where there is no such agency."""
        known = self.directory.agency(agency) if agency else None
        return (known.timezone, known.region) if known else (self.terms.timezone, "")
