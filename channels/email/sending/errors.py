"""What a relay's answer means for a mail: tables from RFC 5321 §4.2 and RFC 3463 to the errors of the contract."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Final

from core.channel import Misconfigured, OutcomeUnknown, SendError, Throttled, Unreachable, Unsupported, Unwelcome

ENHANCED: Final = re.compile(r"\A[245]\.\d{1,3}\.\d{1,3}(?=\s|\Z)")


class Stage(Enum):
    """How far a mail had come. Nothing was handed over before ``ANSWER``."""

    CONNECT = "connecting"
    LOG_IN = "the log-in"
    SENDER = "the sender"
    RECIPIENT = "the recipient"
    TEXT = "the wish to send"
    ANSWER = "the text"


ANYWHERE: Final[Mapping[int, type[SendError]]] = {
    421: Throttled,  # closing, mostly for being asked too much
    432: Unreachable,  # a password must be changed first (RFC 4954)
    450: Throttled,  # also greylisting
    451: Throttled,
    452: Throttled,
    454: Unreachable,  # no TLS or no log-in for the moment
    500: Unsupported,
    501: Unsupported,
    502: Unsupported,
    503: Unsupported,
    504: Unsupported,
    530: Misconfigured,
    534: Misconfigured,
    535: Misconfigured,
    538: Misconfigured,
    552: Unsupported,  # larger than it takes
    555: Unsupported,
}
USUALLY: Final[Mapping[Stage, type[SendError]]] = {
    Stage.CONNECT: Misconfigured,
    Stage.LOG_IN: Misconfigured,
    Stage.SENDER: Misconfigured,
    Stage.RECIPIENT: Unwelcome,
    Stage.TEXT: Unwelcome,
    Stage.ANSWER: Unsupported,
}
"""What another 5xx means. To the recipient: nobody there. To the text: it was read and is not wanted as it is."""

SPECIAL: Final[Mapping[tuple[Stage, int], type[SendError]]] = {
    (Stage.CONNECT, 421): Unreachable,
    (Stage.RECIPIENT, 501): Unwelcome,  # an address no mailbox has
    (Stage.RECIPIENT, 552): Unwelcome,  # a full mailbox, in old words
    (Stage.ANSWER, 550): Unwelcome,  # said only now by those who ask the mailbox with the text in hand
    (Stage.ANSWER, 551): Unwelcome,
    (Stage.ANSWER, 553): Unwelcome,
}
GONE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""No such mailbox or domain, no address at all, moved, a domain that takes no mail (RFC 7505), a mailbox that was
closed (RFC 3463 §3.2, §3.3). A full mailbox (5.2.2) and a policy (5.7.x) pass; a 550 without a status says too little.
"""

WAITS: Final[Mapping[int, timedelta]] = {450: timedelta(minutes=5), 452: timedelta(minutes=5)}
USUAL_WAIT: Final = timedelta(minutes=1)


def refusal(code: int, words: str, *, stage: Stage) -> SendError:
    """The error for an answer that is not the wished one. Of the relay's words only the status code is kept: they
    often repeat the address.
    """
    status = found.group() if (found := ENHANCED.match(words)) else ""
    reason = f"the relay answered {f'{code} {status}'.strip()} to {stage.value}"
    kind = _kind(code, status, stage)
    if kind is Throttled:
        return Throttled(reason, retry_after=WAITS.get(code, USUAL_WAIT))
    return Unwelcome(reason, gone=status in GONE) if kind is Unwelcome else kind(reason)


def _kind(code: int, status: str, stage: Stage) -> type[SendError]:
    """An answer outside SMTP says nothing: before the text nothing was sent, after it nobody knows."""
    if not 400 <= code <= 599:
        return lost(stage)
    if stage is Stage.RECIPIENT and status.startswith("5.7."):
        return Misconfigured  # our own relay does not relay for us
    return SPECIAL.get((stage, code)) or ANYWHERE.get(code) or (Throttled if code < 500 else USUALLY[stage])


def lost(stage: Stage) -> type[SendError]:
    """What a connection lost, or an answer that does not come, means at ``stage``."""
    return OutcomeUnknown if stage is Stage.ANSWER else Unreachable
