"""Asking for mentions: where we are, what it cost, what was deleted since."""
