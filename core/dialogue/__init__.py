"""The guided dialogue: a pure function over what was said, the same on every network (README.md)."""

from core.dialogue.course import is_open, step
from core.dialogue.showing import label, write_out
from core.dialogue.vocabulary import begins, read_word

__all__ = ["begins", "is_open", "label", "read_word", "step", "write_out"]
