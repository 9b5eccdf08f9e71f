"""Whether a client may send in a domain's name (SPF, RFC 7208): the door to pyspf."""

import warnings
from ipaddress import ip_address
from typing import Any

from channels.email.letter.model import Envelope
from channels.email.sorting.proofs.lookups import Lookup, Unanswered

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyspf is of 2020: newer Pythons complain of its backslashes.
    import spf


def may_send(envelope: Envelope, *, ask: Lookup) -> bool:
    """Whether the domain of the envelope's sender, or of the greeting, names the client.

    Raises:
        Unanswered: the DNS does not answer.
    """
    result = _Query(envelope, ask).check()[0]
    if result == "temperror":
        raise Unanswered("SPF")
    return bool(result == "pass")


def is_outside(client: str) -> bool:
    """Whether a client is a stranger's; behind a mail server of our own every mail comes from that one."""
    address = ip_address(client) if client else None
    mapped = getattr(address, "ipv4_mapped", None)
    return address is not None and (mapped or address).is_global


class _Query(spf.query):  # type: ignore[misc]
    """pyspf with our questions; it follows at most ten mechanisms (RFC 7208 §4.6.4)."""

    def __init__(self, envelope: Envelope, ask: Lookup) -> None:
        super().__init__(i=envelope.client, s=envelope.sender, h=envelope.greeting, receiver="lapor")
        self._ask = ask

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:  # noqa: ARG002
        """Records as pyspf wants them."""
        if qtype == "SPF" or not name or len(name) > 253:
            return []
        try:
            return [_shape(record, qtype) for record in self._ask(str(name).rstrip("."), qtype)]
        except Unanswered as unanswered:
            raise spf.TempError("DNS") from unanswered


def _shape(record: bytes, kind: str) -> Any:
    if kind == "TXT":
        return (record,)
    written = record.decode("ascii", "replace").rstrip(".")
    if kind != "MX":
        return written
    preference, _, server = written.partition(" ")
    return int(preference), server.strip()
