"""Delivery receipts: told by esm_class alone, read from TLVs and from the text of SMPP 3.4 appendix B."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from channels.sms.content import read_content
from channels.sms.mapping import KIND
from channels.sms.settings import OperatorSettings
from channels.sms.wire.pdu import ShortMessage, Tlv
from core.model.message import Delivery, Receipt

RECEIPT_BITS: Final = 0x04 | 0x08 | 0x20
"""Receipt, acknowledgement by the phone, intermediate notification (SMPP 3.4 §5.2.12)."""

FIELD: Final = re.compile(r"(?:^|(?<=\s))(id|sub|dlvrd|submit date|done date|stat|err|text):", re.IGNORECASE)
DATE_FORMATS: Final = {10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S", 14: "%Y%m%d%H%M%S"}
STATES: Final[Mapping[int, Delivery]] = {
    2: Delivery.DELIVERED,
    3: Delivery.FAILED,
    4: Delivery.FAILED,
    5: Delivery.FAILED,
    8: Delivery.FAILED,
}
WORDS: Final[Mapping[str, Delivery]] = {
    "DELIVRD": Delivery.DELIVERED,
    "DELIVERED": Delivery.DELIVERED,
    "EXPIRED": Delivery.FAILED,
    "DELETED": Delivery.FAILED,
    "UNDELIV": Delivery.FAILED,
    "UNDELIVERABLE": Delivery.FAILED,
    "REJECTD": Delivery.FAILED,
    "REJECTED": Delivery.FAILED,
    "FAILED": Delivery.FAILED,
}
REMEMBERED: Final = 50_000


class SentIds:
    """The ids an SMSC returned lately, and what its receipts make of them.

    Many SMSCs answer a submit_sm with a hexadecimal id and name it in decimal in the receipt, some the other way round.
    A receipt whose id is recognised in one way alone tells which; a ``base`` other than ``auto`` says it at once.
    """

    def __init__(self, base: str) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._order = {"hex": ("to_dec", "same"), "dec": ("to_hex", "same")}.get(base)
        self._learned = ""

    def note(self, external_id: str) -> None:
        """Remember an id in its canonical form; the oldest are forgotten."""
        self._ids[external_id] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)

    def forms(self, given: str) -> tuple[str, ...]:
        """The forms in which ``given`` may have been returned, most likely first."""
        ways = {"same": canonical(given), "to_hex": _to_hex(given), "to_dec": _to_dec(given)}
        hits = [way for way, form in ways.items() if form in self._ids]
        if len(hits) == 1 and self._order is None:
            self._learned = hits[0]
        hits.sort(key=lambda way: way != self._learned)
        order = self._order or (*hits, self._learned, "same", "to_hex", "to_dec")
        return tuple(dict.fromkeys(ways[way] for way in order if ways.get(way)))


def canonical(external_id: str) -> str:
    """Lower case without leading zeros, as no two SMSCs agree on either."""
    folded = external_id.strip().lower()
    return folded.lstrip("0") or folded


def _to_hex(value: str) -> str:
    return f"{int(value):x}" if value.isascii() and value.isdigit() and len(value) <= 20 else ""


def _to_dec(value: str) -> str:
    return str(int(value, 16)) if re.fullmatch(r"[0-9A-Fa-f]{1,16}", value) else ""


def is_receipt(message: ShortMessage) -> bool:
    """Whether the SMSC says so. Words never do: citizens write ``id:`` and ``stat:`` too."""
    return bool(message.esm_class & RECEIPT_BITS)


def read_receipt(
    message: ShortMessage, *, operator: OperatorSettings, sent: SentIds, received_at: datetime
) -> Receipt | None:
    """The receipt in a message that ``is_receipt``; None where it names no id: phones' acknowledgements carry words."""
    fields = read_fields(read_content(message, operator=operator).text)
    ids = [_text(message.tlvs.get(Tlv.RECEIPTED_MESSAGE_ID, b"")), fields.get("id", "")]
    forms = tuple(dict.fromkeys(form for given in ids if given for form in sent.forms(given)))
    if not forms:
        return None
    return Receipt(
        channel=KIND,
        connection=operator.name,
        external_ids=forms,
        delivery=_delivery(message, fields),
        at=_date(fields.get("done date", ""), operator, received_at),
        reason=_reason(fields),
    )


def read_fields(text: str) -> dict[str, str]:
    """A receipt's fields, in any order and letter case; the first of a name counts, ``text`` is left out."""
    found: dict[str, str] = {}
    marks = list(FIELD.finditer(text))
    for mark, following in zip(marks, [*marks[1:], None], strict=False):
        name = mark[1].lower()
        value = text[mark.end() : following.start() if following else len(text)].strip()
        if name != "text":
            found.setdefault(name, value.split(" ", 1)[0])
    return found


def _delivery(message: ShortMessage, fields: Mapping[str, str]) -> Delivery:
    """A state that is not known to be an end is none."""
    state = message.tlvs.get(Tlv.MESSAGE_STATE)
    if state:
        return STATES.get(int.from_bytes(state, "big"), Delivery.PENDING)
    return WORDS.get(fields.get("stat", "").upper(), Delivery.PENDING)


def _date(value: str, operator: OperatorSettings, received_at: datetime) -> datetime:
    """The date in the receipt where it can be one; SMSCs write their local time, wrong zones and zeros."""
    form = DATE_FORMATS.get(len(value))
    try:
        local = datetime.strptime(value, form or "")  # noqa: DTZ007 (the zone is the operator's, set below)
        at = local.replace(tzinfo=ZoneInfo(operator.receipt_timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return received_at
    return at if received_at - timedelta(days=7) <= at <= received_at + timedelta(minutes=5) else received_at


def _reason(fields: Mapping[str, str]) -> str:
    words = [fields.get("stat", "").upper(), f"err {fields['err']}" if fields.get("err") else ""]
    return " ".join(word[:20] for word in words if word)


def _text(octets: bytes) -> str:
    """A C-string TLV; some SMSCs leave out the NUL."""
    return octets.split(b"\0", 1)[0].decode("latin-1").strip()
