"""A dialogue in a test: people speak, time passes, and what the bot does is gathered."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.dialogue import step
from core.directory import Directory, load_directory
from core.model.dialogue import (
    AddTo,
    CallPerson,
    Dialogue,
    Edited,
    Effect,
    Event,
    PersonLeft,
    PersonTook,
    Piece,
    Reported,
    Say,
    Settle,
    Spoke,
    Submit,
    TimePassed,
)
from core.model.message import Attachment
from core.model.network import Manner

CONFIG = Path(__file__).parents[3] / "config"
START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CHAT = Manner(is_chat=True, pause=timedelta(seconds=8), remind_after=timedelta(minutes=10), files=True)
SMS = Manner()
PHOTO = Attachment("photo", "image/jpeg", 1000)


def read_directory() -> Directory:
    """The agencies that come with the product."""
    return load_directory(
        CONFIG / "agencies.toml",
        categories_path=CONFIG / "categories.toml",
        keywords_path=CONFIG / "keywords.toml",
    )


@dataclass
class Talk:
    """One person and the bot. Each message comes ten seconds after whatever happened before."""

    manner: Manner = CHAT
    directory: Directory = field(default_factory=read_directory)
    state: Dialogue = field(default_factory=Dialogue)
    now: datetime = START
    effects: list[Effect] = field(default_factory=list)
    said: int = 0

    def happens(self, event: Event) -> tuple[Effect, ...]:
        self.state, effects = step(self.state, event, manner=self.manner, directory=self.directory)
        self.effects += effects
        return effects

    def hears(self, text: str = "", *, after: timedelta = timedelta(seconds=2), **more: object) -> tuple[Effect, ...]:
        """What comes of a message at once."""
        self.now += after
        self.said += 1
        return self.happens(Spoke(Piece(f"m{self.said}", self.now, text=text, **more)))  # type: ignore[arg-type]

    def waits(self) -> tuple[Effect, ...]:
        """What comes when the time is there that the bot waits for."""
        if self.state.due_at is None:
            return ()
        self.now = max(self.now, self.state.due_at)
        return self.happens(TimePassed(self.now))

    def passes(self, time: timedelta) -> tuple[Effect, ...]:
        """Everything that comes while nobody says a word."""
        end, effects = self.now + time, []
        while self.state.due_at is not None and self.state.due_at <= end:
            effects += self.waits()
        self.now = end
        return tuple(effects)

    def says(self, text: str, **more: object) -> str:
        """The reply to a message, after the pause where there is one: its event; empty for none."""
        effects = self.hears(text, **more)  # type: ignore[arg-type]
        if (
            not any(isinstance(effect, Say | Submit | AddTo | CallPerson) for effect in effects)
            and self.state.asked is None
        ):
            effects = self.waits()
        return " ".join(effect.event for effect in effects if isinstance(effect, Say)) or " ".join(
            type(effect).__name__.lower() for effect in effects if not isinstance(effect, Settle)
        )

    def is_reported(self) -> None:
        """The report that the last ``Submit`` became."""
        self.happens(Reported(self.now, "r1", "4821093756"))

    def is_taken(self) -> tuple[Effect, ...]:
        return self.happens(PersonTook(self.now))

    def is_left(self, *, came: bool = False) -> tuple[Effect, ...]:
        self.now += timedelta(minutes=1)
        return self.happens(PersonLeft(self.now, came=came))

    def edits(self, message_id: str, text: str) -> tuple[Effect, ...]:
        return self.happens(Edited(message_id, self.now, text))

    @property
    def submitted(self) -> list[Submit]:
        return [effect for effect in self.effects if isinstance(effect, Submit)]

    @property
    def added(self) -> list[AddTo]:
        return [effect for effect in self.effects if isinstance(effect, AddTo)]
