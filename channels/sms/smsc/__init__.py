"""A scripted SMSC on loopback, for demonstrations, benchmarks and tests."""

from channels.sms.smsc.connection import Posted
from channels.sms.smsc.messages import Submitted
from channels.sms.smsc.peer import Smsc, SubmitAnswer

__all__ = ["Posted", "Smsc", "SubmitAnswer", "Submitted"]
