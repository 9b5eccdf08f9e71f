"""What citizens read: templates from ``config/replies/``, filled with facts and made to fit the channel."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.channel import Capabilities
from core.model.clock import ClockKind
from core.model.notice import NoticeKind
from core.model.report import Event

REPORT = frozenset({"nomor", "status", "instansi", "tanggal"})
EVENTS: dict[str, frozenset[str]] = {
    "received": REPORT | {"pin"},
    "incomplete_parts": REPORT | {"pin", "bagian"},
    "repeated": REPORT,
    "addition": REPORT,
    "addition_done": REPORT,
    "noted": frozenset(),
    "choice": frozenset({"nomor", "nomor_lama"}),
    "question": REPORT | {"teks"},
    "answered": REPORT,
    "status": REPORT,
    "status_done": REPORT,
    "status_asked": REPORT,
    "status_list": frozenset({"daftar"}),
    "which": frozenset({"daftar", "perintah"}),
    "not_found": frozenset({"nomor"}),
    "verified": REPORT,
    "held_unconnected": REPORT | {"alasan"},
    "archived": REPORT | {"alasan"},
    "linked": REPORT | {"jumlah"},
    "unlinked": REPORT,
    "follow_up": REPORT | {"teks"},
    "closed": REPORT,
    "reopened": REPORT,
    "satisfied": REPORT,
    "withdrawn": REPORT,
    "withdraw_too_late": REPORT,
    "rejected": REPORT,
    "help": frozenset(),
    "stopped": frozenset(),
    "started": frozenset(),
    "unreadable": frozenset(),
    "read_back": REPORT | {"judul", "tempat"},
    "forwarded": REPORT,
    "closed_by_admin": REPORT | {"alasan"},
    "reopened_by_admin": REPORT | {"alasan"},
    "resumed": REPORT,
    "chat_called": frozenset(),
    "chat_left": frozenset(),
    "chat_called_later": frozenset({"jam"}),
    "chat_taken": frozenset({"nama"}),
    "chat_returned": frozenset(),
    "chat_moved": frozenset(),
    "chat_closed": frozenset(),
    "chat_nobody": frozenset(),
    "chat_rated": frozenset(),
    "dm_closed": REPORT,
    "link": REPORT | {"tautan"},
    "no_message": REPORT,
    "notices": frozenset({"jumlah", "daftar"}),
    "notices_line": REPORT | {"tautan"},
    "notices_done": REPORT | {"tautan"},
    **dict.fromkeys(
        (
            *("talk_welcome", "talk_ask_what", "talk_ask_where", "talk_ask_when", "talk_ask_agency"),
            *("talk_ask_evidence", "talk_ask_name", "talk_send", "talk_seen_anonymous", "talk_seen_secret"),
            *("talk_remind", "talk_continue", "talk_resume", "talk_resumed", "talk_start_over", "talk_restarted"),
            *("talk_cancelled", "talk_nothing", "talk_nothing_open", "talk_no_files", "talk_privacy", "talk_thanks"),
            *("talk_language", "talk_language_set", "talk_unreadable", "talk_file_lost"),
        ),
        frozenset[str](),
    ),
    **dict.fromkeys(("talk_moved", "talk_moved_draft", "talk_moved_away", "talk_no_code"), frozenset[str]()),
    **dict.fromkeys(("talk_addition", "talk_sent"), frozenset({"nomor"})),
    "talk_wrong_number": frozenset({"jumlah"}),
    "talk_transcript": frozenset({"tautan", "tanggal"}),
    "talk_traces": frozenset({"jejak"}),
}
UNKNOWN_AGENCY = "no_agency"
UNKNOWN_PLACE = "no_place"
CHOICES = (
    *("send", "photo", "hide_name", "hide_report", "show", "agency", "name", "skip", "unknown", "cancel"),
    *("resume", "new", "addition", "throw_away", "keep", "indonesian", "english"),
)
"""What can be chosen in a dialogue (``core.model.dialogue.Offer.key``)."""
NOTES: dict[str, frozenset[str]] = {
    **{f"clock_{kind}": frozenset() for kind in ClockKind},
    "clock_reminded": frozenset({"tenggat", "tanggal"}),
    "clock_escalated": frozenset({"tenggat", "tanggal", "instansi"}),
    "clock_rescheduled": frozenset({"tenggat", "tanggal", "semula"}),
    "clock_closed": frozenset({"hari"}),
    "unreadable_original": frozenset(),
    "telegram_group_taken": frozenset(),
    "telegram_group_in_private": frozenset(),
}
TO_STAFF = frozenset({"notices", "notices_line", "notices_done"})
"""What is mailed to staff; all others a citizen may read on any channel."""
IN_TALKS = frozenset(event for event in EVENTS if event.startswith(("talk_", "chat_")))
"""Said by the bot in a dialogue and around a chat with a person; there is neither where everyone reads along."""
FREE_TEXT = ("teks", "alasan", "daftar", "judul", "tempat", "instansi")
SENTENCES = frozenset({"teks", "alasan"})
FALLBACK = "default"
CUT = "[...]"
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
OWN_LANGUAGE = "id"


class ReplyImpossible(Exception):
    """No reply can be written: an unknown event, a missing fact, or a template that never fits the channel."""


@dataclass(frozen=True, slots=True)
class Replies:
    """The templates of one language: by event, then by kind of channel (``default`` for those not named)."""

    templates: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, str]
    shortened: Mapping[str, str] = field(default_factory=lambda: {FALLBACK: CUT})
    events: Mapping[str, str] = field(default_factory=dict)
    months: Sequence[str] = MONTHS
    language: str = OWN_LANGUAGE
    choices: Mapping[str, str] = field(default_factory=dict)

    def compose(self, event: str, facts: Mapping[str, str], *, channel: str, capabilities: Capabilities) -> str:
        """The reply, within ``capabilities.max_length``.

        Words of staff that are too long for the channel are cut between words, marked ``[...]`` and followed by where
        to read all of them. Raises ReplyImpossible.
        """
        template = self._for(event, channel)
        missing = set(PLACEHOLDER.findall(template)) - facts.keys()
        if missing:
            raise ReplyImpossible(f"reply '{event}' needs the fact '{min(missing)}', which was not given")
        text = _fill(template, facts)
        if _fits(text, capabilities):
            return text
        return self._shorten(event, template, facts, channel=channel, capabilities=capabilities)

    def label(self, value: str) -> str:
        """The words for a State, an ArchiveReason, ``notice_<kind>`` and the like. Raises ReplyImpossible."""
        try:
            return self.labels[value]
        except KeyError:
            raise ReplyImpossible(f"there is no label for '{value}': add it under [labels]") from None

    def event_label(self, event: Event) -> str:
        """The words for a line of history. Raises ReplyImpossible."""
        try:
            return self.events[event.value]
        except KeyError:
            raise ReplyImpossible(f"there is no label for the event '{event}': add it under [events]") from None

    def date(self, day: date) -> str:
        """As ``show_date``, in this language."""
        return show_date(day, self.months)

    def choice(self, key: str) -> str:
        """The words on what can be chosen. Raises ReplyImpossible."""
        try:
            return self.choices[key]
        except KeyError:
            raise ReplyImpossible(f"there is no label for the choice '{key}': add it under [choices]") from None

    def notice(self, kind: NoticeKind) -> str:
        """What a member of staff is told, in a few words."""
        return self.label(f"notice_{kind.value}")

    def note(self, name: str, facts: Mapping[str, str]) -> str:
        """A line that the gateway itself writes into a history; ``name`` is one of NOTES."""
        return _fill(self.label(name), facts)

    def _for(self, event: str, channel: str) -> str:
        try:
            by_channel = self.templates[event]
        except KeyError:
            raise ReplyImpossible(f"there is no reply for the event '{event}': add [reply.{event}]") from None
        return by_channel.get(channel, by_channel[FALLBACK])

    def _shorten(
        self, event: str, template: str, facts: Mapping[str, str], *, channel: str, capabilities: Capabilities
    ) -> str:
        """Cut one free text after another until the whole fits; the last one cut keeps as much as there is room for."""
        template = f"{template} {self.shortened.get(channel, self.shortened[FALLBACK])}"
        facts = dict(facts)
        for name in FREE_TEXT:
            if f"{{{name}}}" in template:
                whole, facts[name] = facts[name], CUT
                if _fits(_fill(template, facts), capabilities):
                    return _longest_fitting(whole, name, template=template, facts=facts, capabilities=capabilities)
        raise ReplyImpossible(f"reply '{event}' never fits {capabilities.max_length} units of '{channel}': shorten it")


def _fits(text: str, capabilities: Capabilities) -> bool:
    return capabilities.measure(text) <= capabilities.max_length


def _fill(template: str, facts: Mapping[str, str]) -> str:
    """Facts are put in as they are: braces in a citizen's or officer's words mean nothing. Sentences get their
    full stop.
    """
    return PLACEHOLDER.sub(lambda match: _ended(match.group(1), facts), template).strip()


def _ended(name: str, facts: Mapping[str, str]) -> str:
    value = facts[name].strip()
    return f"{value}." if name in SENTENCES and value[-1:].isalnum() else value


def _longest_fitting(
    whole: str, name: str, *, template: str, facts: Mapping[str, str], capabilities: Capabilities
) -> str:
    """The reply with as many words of ``whole`` as fit; of a single endless word as many characters."""
    best = _fill(template, facts)
    for ends in (_word_ends(whole), _character_ends(whole)):
        low, high = 0, len(ends)
        while low < high:
            middle = (low + high + 1) // 2
            text = _fill(template, {**facts, name: f"{whole[: ends[middle - 1]]} {CUT}"})
            if _fits(text, capabilities):
                low, best = middle, text
            else:
                high = middle - 1
        if low:
            return best
    return best


def _word_ends(text: str) -> list[int]:
    return [match.end() for match in re.finditer(r"\S+", text)]


def _character_ends(text: str) -> list[int]:
    """Where a text may be cut without breaking what people see as one character (an accent, a joined emoji)."""
    joined = {"\u200d", "\ufe0f"}
    return [
        at
        for at in range(1, len(text))
        if text[at] not in joined
        and text[at - 1] != "\u200d"
        and not unicodedata.combining(text[at])
        and not 0x1F3FB <= ord(text[at]) <= 0x1F3FF
    ]


def show_date(day: date, months: Sequence[str] = MONTHS) -> str:
    """``26 Nov 2026``. A datetime must already be in the citizen's zone."""
    return f"{day.day} {months[day.month - 1]} {day.year}"
