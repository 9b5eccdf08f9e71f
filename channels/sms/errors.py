"""What an SMSC's status means for a reply: a table from SMPP 3.4 §5.1.3 to the errors of the channel contract."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from channels.sms.wire.codec import STATUSES, status_name
from core.channel import Misconfigured, SendError, Throttled, Unreachable, Unsupported, Unwelcome

ERRORS: Final[Mapping[str, type[SendError]]] = {
    "ESME_RTHROTTLED": Throttled,
    "ESME_RMSGQFUL": Throttled,
    "ESME_RSYSERR": Throttled,
    "ESME_RX_T_APPN": Throttled,
    "ESME_RSUBMITFAIL": Throttled,
    "ESME_RINVBNDSTS": Unreachable,  # the SMSC forgot our bind
    "ESME_RINVDSTADR": Unwelcome,
    "ESME_RX_P_APPN": Unwelcome,
    "ESME_RX_R_APPN": Unwelcome,
    "ESME_RINVSRCADR": Misconfigured,
    "ESME_RINVSRCTON": Misconfigured,
    "ESME_RINVSRCNPI": Misconfigured,
    "ESME_RINVDSTTON": Misconfigured,
    "ESME_RINVDSTNPI": Misconfigured,
    "ESME_RINVSERTYP": Misconfigured,
    "ESME_RINVSYSTYP": Misconfigured,
    "ESME_RINVPASWD": Misconfigured,
    "ESME_RINVSYSID": Misconfigured,
    "ESME_RINVREGDLVFLG": Misconfigured,
    "ESME_RINVMSGLEN": Unsupported,
    "ESME_RINVCMDLEN": Unsupported,
    "ESME_RINVCMDID": Unsupported,
    "ESME_RINVESMCLASS": Unsupported,
    "ESME_RINVPRTFLG": Unsupported,
    "ESME_RINVEXPIRY": Unsupported,
    "ESME_RINVSCHED": Unsupported,
    "ESME_RINVREPFLAG": Unsupported,
    "ESME_RINVOPTPARSTREAM": Unsupported,
    "ESME_ROPTPARNOTALLWD": Unsupported,
    "ESME_RINVPARLEN": Unsupported,
    "ESME_RINVOPTPARAMVAL": Unsupported,
}
PAUSING: Final = frozenset({STATUSES["ESME_RTHROTTLED"], STATUSES["ESME_RMSGQFUL"]})
"""Statuses that speak of the connection, not of one reply: the whole connection waits."""

WRONG_CREDENTIALS: Final = frozenset(STATUSES[n] for n in ("ESME_RINVPASWD", "ESME_RINVSYSID", "ESME_RINVSYSTYP"))
"""Refusals of a bind that no repetition mends."""


def send_error(status: int, *, retry_after: timedelta) -> SendError:
    """The error for a submit_sm that was refused with ``status``.

    A status of the operator's own (0x400 and up) says that the reply was not taken and no more: it is tried again.
    """
    name = status_name(status)
    kind = ERRORS.get(name, Throttled)
    if kind is Throttled:
        return Throttled(f"the operator answered {name}", retry_after=retry_after)
    return kind(f"the operator answered {name}")
