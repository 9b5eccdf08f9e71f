"""What of a mail's text is new, and what it quotes."""

from typing import Final

ABOVE_LINE: Final = "Tulis balasan Anda di atas baris ini"
"""Begins a line of its own over what we write in a conversation: below it nothing is new."""
