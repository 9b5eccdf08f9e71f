"""SMS 1708 over SMPP 3.4: one connection for each operator. See README.md."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from channels.sms.adapter import CAPABILITIES, SmsChannel
from channels.sms.content import read_text
from channels.sms.mapping import KIND
from channels.sms.numbers import INDONESIA
from channels.sms.settings import OperatorSettings, SmsSettings
from channels.spec import ChannelSpec
from core.channel import Channel
from core.model.network import Postbox

MOBILE: Final = "628"


def connections(settings: SmsSettings) -> Mapping[str, Callable[[], Channel]]:
    """One for each operator, by its name."""
    return {operator.name: partial(SmsChannel, operator) for operator in settings.operators}


def endpoints(settings: SmsSettings) -> Mapping[str, tuple[str, int]]:
    """Host and port of each operator's SMSC, by the operator's name."""
    return {operator.name: (operator.host, operator.port) for operator in settings.operators}


def postboxes(settings: SmsSettings) -> Mapping[str, Sequence[Postbox]]:
    """Every operator reaches mobile numbers; those it calls its own it reaches first. No SMS goes to a landline."""
    boxes = (Postbox(KIND, operator.name, (*_own(operator), MOBILE)) for operator in settings.operators)
    return {"tel": tuple(boxes)}


def _own(operator: OperatorSettings) -> tuple[str, ...]:
    return tuple(re.sub(r"^(0|[+]?62)", INDONESIA, prefix) for prefix in operator.prefixes)


CHANNEL: Final = ChannelSpec(
    kind=KIND,
    settings=SmsSettings,
    capabilities=CAPABILITIES,
    read=read_text,
    connections=connections,
    endpoints=endpoints,
    postboxes=postboxes,
)
