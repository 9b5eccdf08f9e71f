"""SMS 1708 over SMPP 3.4: one connection for each operator. See README.md."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from channels.sms.adapter import CAPABILITIES, SmsChannel
from channels.sms.content import read_text
from channels.sms.mapping import KIND
from channels.sms.settings import SmsSettings
from channels.spec import ChannelSpec
from core.channel import Channel


def connections(settings: SmsSettings) -> Mapping[str, Callable[[], Channel]]:
    """One for each operator, by its name."""
    return {operator.name: partial(SmsChannel, operator) for operator in settings.operators}


def endpoints(settings: SmsSettings) -> Mapping[str, tuple[str, int]]:
    """Host and port of each operator's SMSC, by the operator's name."""
    return {operator.name: (operator.host, operator.port) for operator in settings.operators}


CHANNEL: Final = ChannelSpec(
    kind=KIND,
    settings=SmsSettings,
    capabilities=CAPABILITIES,
    read=read_text,
    connections=connections,
    endpoints=endpoints,
)
