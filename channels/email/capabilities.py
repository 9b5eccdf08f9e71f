"""What e-mail carries."""

from typing import Final

from channels.email.sending.message import LONGEST_TEXT
from core.channel import Capabilities

CAPABILITIES: Final = Capabilities(measure=len, max_length=LONGEST_TEXT, threading=True)
