"""The guided dialogue: a pure function over what was said, the same on every network (README.md)."""

from core.dialogue.course import step
from core.dialogue.showing import label
from core.dialogue.turn import is_open
from core.dialogue.vocabulary import begins, read_word

__all__ = ["begins", "is_open", "label", "read_word", "step"]
