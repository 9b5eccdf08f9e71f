"""Settings of the SMS channel: one table for each operator, as no two SMSCs behave alike."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from core.model.secret import Secret

Octet = Annotated[int, Meta(ge=0, le=255)]


class OperatorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[sms.operators]]``: how to reach an operator's SMSC and what is peculiar to it."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_.-]{1,32}$",
            description="The operator's name in rows, metrics and commands; keep it once messages have come in.",
        ),
    ]
    host: Annotated[str, Meta(min_length=1, description="Host name or address of the operator's SMSC.")]
    port: Annotated[int, Meta(ge=1, le=65535, description="Port of the operator's SMSC.")] = 2775
    system_id: Annotated[
        str, Meta(min_length=1, max_length=15, description="The log-in the operator gave; at most 15 characters.")
    ]
    password: Annotated[Secret, Meta(description="The password the operator gave; SMPP carries at most 8 characters.")]
    system_type: Annotated[
        str, Meta(max_length=12, description="The system type the operator asks for; mostly empty.")
    ] = ""
    bind: Annotated[
        Literal["transceiver", "transmitter+receiver"],
        Meta(description="One connection for both ways, or one for each way where the SMSC knows no transceiver."),
    ] = "transceiver"
    short_code: Annotated[
        str, Meta(min_length=1, max_length=20, description="The number replies come from where a message names none.")
    ] = "1708"
    prefixes: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^(0|[+]?62)8[0-9]{1,6}$")], ...],
        Meta(
            description="How this operator's mobile numbers begin. A citizen known by telephone alone is written to by "
            "the operator whose prefix fits best, else by the first one.",
            examples=[["0811", "0812", "0813"]],
        ),
    ] = ()
    tls: Annotated[bool, Meta(description="Whether the connection is made over TLS; certificates are verified.")] = (
        False
    )
    tls_ca_file: Annotated[
        str, Meta(description="Certificates the operator's is checked against; empty: those of the system.")
    ] = ""
    tls_cert_file: Annotated[
        str, Meta(description="Our own certificate with its key, where the operator asks for one (PEM).")
    ] = ""

    window: Annotated[
        int, Meta(ge=1, le=1000, description="How many replies may wait for the operator's answer at the same time.")
    ] = 10
    per_second: Annotated[
        float, Meta(ge=0, description="How many segments a second the contract allows; 0: no limit of ours.")
    ] = 0.0
    max_segments: Annotated[
        int, Meta(ge=1, le=10, description="The most segments one reply may take; a longer one is refused, never cut.")
    ] = 10
    in_flight: Annotated[
        int,
        Meta(ge=1, description="How many messages may wait for their commit; more get the temporary error at once."),
    ] = 1000
    temporary_status: Annotated[
        Literal["ESME_RSYSERR", "ESME_RTHROTTLED", "ESME_RMSGQFUL"],
        Meta(description="The answer that makes this SMSC bring a message again later; ask the operator."),
    ] = "ESME_RSYSERR"
    redelivery_seconds: Annotated[
        float, Meta(gt=0, description="For how long this SMSC brings an unanswered message again, in seconds.")
    ] = 600.0
    late_seconds: Annotated[
        float, Meta(gt=0, description="An answer later than this may have come too late: an equal message is a repeat.")
    ] = 5.0

    dlr_id_base: Annotated[
        Literal["auto", "hex", "dec"],
        Meta(description="The base of message ids in this SMSC's receipts; auto learns it from the first ones."),
    ] = "auto"
    receipt_timezone: Annotated[str, Meta(description="The time zone of the dates in this SMSC's receipts.")] = (
        "Asia/Jakarta"
    )
    registered_delivery: Annotated[bool, Meta(description="Whether delivery receipts are asked for.")] = True
    validity_hours: Annotated[
        int, Meta(ge=0, le=720, description="For how many hours the SMSC tries to deliver a reply; 0: its own default.")
    ] = 0

    data_coding_0: Annotated[
        Literal["gsm", "ascii", "latin1", "utf8", "ucs2"],
        Meta(description="The alphabet this SMSC means by data_coding 0, its default alphabet."),
    ] = "gsm"
    data_coding_1: Annotated[
        Literal["auto", "ascii", "gsm"],
        Meta(description="The alphabet this SMSC means by data_coding 1; auto: GSM where the octets show it."),
    ] = "auto"
    masked_senders: Annotated[
        bool, Meta(description="Whether this operator masks senders: they are then kept as they come, digits or not.")
    ] = False
    source_ton: Annotated[Octet, Meta(description="Type of number of the short code; 3 is network specific.")] = 3
    source_npi: Annotated[Octet, Meta(description="Numbering plan of the short code.")] = 0
    dest_ton: Annotated[Octet, Meta(description="Type of number of a citizen's number; 1 is international.")] = 1
    dest_npi: Annotated[Octet, Meta(description="Numbering plan of a citizen's number; 1 is ISDN (E.164).")] = 1

    enquire_link_seconds: Annotated[
        float, Meta(gt=0, description="After this long without a word from the SMSC it is asked whether it is there.")
    ] = 30.0
    response_seconds: Annotated[
        float, Meta(gt=0, description="How long the SMSC may take to answer a bind, a reply or a question.")
    ] = 15.0
    pdu_seconds: Annotated[
        float, Meta(gt=0, description="How long the SMSC may take to finish a PDU it began before it is hung up on.")
    ] = 10.0
    reconnect_min_seconds: Annotated[
        float, Meta(gt=0, description="The wait before the first new attempt to connect; it doubles each time.")
    ] = 1.0
    reconnect_max_seconds: Annotated[
        float, Meta(gt=0, description="The longest wait between two attempts to connect.")
    ] = 60.0
    stable_seconds: Annotated[
        float, Meta(ge=0, description="How long a bind must hold before the wait starts from its beginning again.")
    ] = 10.0
    leave_seconds: Annotated[
        float, Meta(gt=0, description="How long a stop waits for commits and answers under way before it closes.")
    ] = 5.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.password.reveal()) <= 8:
            raise ValueError("password: SMPP 3.4 carries 1 to 8 characters; ask the operator for one that fits")
        if self.reconnect_max_seconds < self.reconnect_min_seconds:
            raise ValueError("reconnect_max_seconds: must not be less than reconnect_min_seconds")
        _check_zone(self.receipt_timezone)


class SmsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[sms]``."""

    operators: Annotated[
        tuple[OperatorSettings, ...], Meta(description="The operators whose SMSCs the gateway binds to.")
    ] = ()

    def __post_init__(self) -> None:
        names = [operator.name for operator in self.operators]
        if len(set(names)) < len(names):
            raise ValueError("operators: two of them have the same name; give each its own")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("receipt_timezone: no such zone; use for example Asia/Jakarta or UTC") from error
