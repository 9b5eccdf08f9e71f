"""What is met on the way through a mail's parts, and how much more may be."""

from dataclasses import dataclass, field
from typing import Final

from channels.email.letter.bodies.files import make_file
from channels.spec import FoundFile

MOST_FILES: Final = 100


@dataclass(slots=True)
class Allowance:
    """What one mail may still cost, however many parts it has.

    Attributes:
        letters: of text that are still kept.
        markup: letters of HTML that are still read.
        guesses: how often a charset may still be guessed; each takes milliseconds.
        wraps: how many signed wrappings are still opened.
        files: how many files there have been: the next one's number names it where nothing else does.
    """

    letters: int = 1_000_000
    markup: int = 2 * 1024 * 1024
    guesses: int = 5
    files: int = 0
    wraps: int = 3


@dataclass(slots=True)
class Found:
    """What was met.

    Attributes:
        told: HTML says nothing more that is not already known.
        spare_texts: the words of texts that are files.
    """

    allowance: Allowance = field(default_factory=Allowance)
    told: bool = False
    texts: list[str] = field(default_factory=list, repr=False)
    spare_texts: list[str] = field(default_factory=list, repr=False)
    files: list[FoundFile] = field(default_factory=list)
    files_left_out: int = 0
    kinds: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list, repr=False)
    returned: str = field(default="", repr=False)
    encrypted: bool = False

    @property
    def says_something(self) -> bool:
        """There are words."""
        return any(text.strip() for text in self.texts)

    def add_text(self, text: str) -> None:
        """As much of it as is still kept."""
        kept = text[: self.allowance.letters]
        self.allowance.letters -= len(kept)
        self.texts.append(kept)

    def add_file(self, content: bytes, *, name: str, declared: str) -> None:
        """One more file; past the hundredth they are counted."""
        self.allowance.files += 1
        if len(self.files) == MOST_FILES:
            self.files_left_out += 1
        else:
            self.files.append(make_file(content, name=name, declared=declared, number=self.allowance.files))

    def take_files(self, other: "Found") -> None:
        """Those of a part that was looked into on its own."""
        room = MOST_FILES - len(self.files)
        self.files += other.files[:room]
        self.files_left_out += len(other.files[room:]) + other.files_left_out

    def take_facts(self, other: "Found") -> None:
        """What it was, whatever its words are."""
        self.kinds += other.kinds
        self.spare_texts += other.spare_texts
        self.statuses += other.statuses
        self.returned = self.returned or other.returned
        self.encrypted |= other.encrypted
