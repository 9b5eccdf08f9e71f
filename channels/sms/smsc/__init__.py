"""A scripted SMSC on loopback, for demonstrations, benchmarks and tests."""

from channels.sms.smsc.connection import Posted, SubmitAnswer
from channels.sms.smsc.messages import Submitted
from channels.sms.smsc.peer import Smsc

__all__ = ["Posted", "Smsc", "SubmitAnswer", "Submitted"]
