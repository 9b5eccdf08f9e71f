"""From a deliver_sm to the message the core sees. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from channels.sms.content import Content, read_content, wrap_raw
from channels.sms.numbers import ALPHANUMERIC, normalise_number
from channels.sms.settings import OperatorSettings
from channels.sms.text.header import Concatenation
from channels.sms.wire.pdu import ShortMessage, Tlv
from core.model.message import Address, Inbound, Part

KIND: Final = "sms"
NOWHERE: Final = Address("none", "")
SAR: Final = (Tlv.SAR_MSG_REF_NUM, Tlv.SAR_TOTAL_SEGMENTS, Tlv.SAR_SEGMENT_SEQNUM)


@dataclass(frozen=True, slots=True)
class Reception:
    """When a PDU came (nanoseconds since 1970). An equal one that came before ``repeat_until`` is the same one."""

    time_ns: int
    repeat_until: datetime | None = None

    @property
    def at(self) -> datetime:
        """Aware, UTC."""
        return datetime.fromtimestamp(self.time_ns / 1e9, UTC)


def fingerprint(message: ShortMessage, *, operator: str) -> bytes:
    """16 octets that are equal when, and only when, the operator sent the same user data between the same numbers."""
    front = f"{operator}\0{message.source}\0{message.destination}\0{message.esm_class}\0{message.data_coding}\0"
    digest = blake2b(front.encode(), digest_size=16)
    if Tlv.SAR_MSG_REF_NUM in message.tlvs:
        for tag in SAR:
            digest.update(message.tlvs.get(tag, b"") + b"\0")
    digest.update(message.octets)
    return digest.digest()


def map_message(
    message: ShortMessage, *, pdu: bytes, mark: bytes, operator: OperatorSettings, reception: Reception
) -> Inbound:
    """The message of a citizen. ``mark`` is its fingerprint; ``pdu`` is kept so that it can be read again."""
    content = read_content(message, operator=operator)
    sender = _sender(message, operator)
    at = reception.at
    return Inbound(
        channel=KIND,
        connection=operator.name,
        external_id=f"{mark.hex()}:{reception.time_ns}",
        sender=Address("tel", sender) if sender else NOWHERE,
        received_at=at,
        text=content.text,
        fingerprint=mark,
        redelivered_since=_since(at, reception, operator),
        redelivered_until=reception.repeat_until,
        route=_route(message, content, operator, sender),
        part=_part(content.concatenation, message, sender=sender, operator=operator.name),
        raw=wrap_raw(operator.name, pdu),
    )


def mark_unreadable(pdu: bytes, *, operator: str) -> bytes:
    """The fingerprint of a PDU that cannot be decoded: of all but its header, whose number changes."""
    return blake2b(operator.encode() + b"\0" + pdu[16:], digest_size=16).digest()


def map_unreadable(pdu: bytes, *, mark: bytes, operator: OperatorSettings, reception: Reception) -> Inbound:
    """A PDU that announces what it does not hold: kept as it came, for a person to look at."""
    at = reception.at
    return Inbound(
        channel=KIND,
        connection=operator.name,
        external_id=f"{mark.hex()}:{reception.time_ns}",
        sender=NOWHERE,
        received_at=at,
        fingerprint=mark,
        redelivered_since=_since(at, reception, operator),
        redelivered_until=reception.repeat_until,
        raw=wrap_raw(operator.name, pdu),
        unreadable=True,
    )


def _since(at: datetime, reception: Reception, operator: OperatorSettings) -> datetime | None:
    return None if reception.repeat_until is None else at - timedelta(seconds=operator.redelivery_seconds)


def _sender(message: ShortMessage, operator: OperatorSettings) -> str:
    return message.source if operator.masked_senders else normalise_number(message.source, ton=message.source_ton)


def _route(message: ShortMessage, content: Content, operator: OperatorSettings, sender: str) -> Mapping[str, str]:
    """How to answer: from the number written to, and to a name or masked number with the types it came with."""
    route = {"short_code": message.destination}
    if operator.masked_senders or message.source_ton == ALPHANUMERIC or not sender.isdigit():
        route |= {"ton": str(message.source_ton), "npi": str(message.source_npi)}
    if content.is_national:
        route["alphabet"] = "national"
    return route


def _part(piece: Concatenation | None, message: ShortMessage, *, sender: str, operator: str) -> Part | None:
    """The group holds the sender and the width of the reference: two citizens' pieces are never stitched together."""
    if piece is None:
        return None
    key = f"{operator}\0{sender}\0{message.destination}\0{piece.kind}\0{piece.reference}\0{piece.total}"
    group = blake2b(key.encode(), digest_size=16).hexdigest()
    return Part(group, piece.number, piece.total)
