"""Our own check of a sender (``email.check_senders``): SPF by pyspf, DKIM by dkimpy, DMARC over both.

authheaders' own DMARC takes a domain to end at its first hyphen (``dinas-pu.go.id``), so only its list is used.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from channels.email.letter.model import Envelope, Letter
from channels.email.sorting.proofs.clients import is_outside, may_send
from channels.email.sorting.proofs.domains import Owners, Policy, read_policy
from channels.email.sorting.proofs.lookups import Lookup, Unanswered, ask_dns
from channels.email.sorting.proofs.told import from_domain
from core.model.message import Mark

logger = logging.getLogger(__name__)

LARGEST: Final = 2 * 1024 * 1024
"""Octets of a mail whose signature is checked: the check holds up everything else for 60 ms a MiB. For a larger one its
server has to speak: or else nobody would be doubted who sends enough."""

MOST_SIGNATURES: Final = 4
MOST_CHECKS: Final = 4


class SenderChecks:
    """Checks in threads of their own, a few at a time. ``ask`` makes the questions to the DNS for one mail."""

    def __init__(self, *, seconds: float, owners: Owners, ask: Callable[[float], Lookup] = ask_dns) -> None:
        self._seconds, self._owners, self._ask = seconds, owners, ask
        self._threads = ThreadPoolExecutor(MOST_CHECKS, thread_name_prefix="sender-check")

    async def check(self, raw: bytes, letter: Letter, envelope: Envelope) -> Mark | None:
        """Whether the address in From is proven or doubtful; None where nobody can say in time. Never raises."""
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._check, raw, letter, envelope
                )
        except TimeoutError:
            return None

    def _check(self, raw: bytes, letter: Letter, envelope: Envelope) -> Mark | None:
        try:
            return check_sender(raw, letter, envelope, ask=self._ask(self._seconds), owners=self._owners)
        except Unanswered:
            return None
        except Exception as error:  # noqa: BLE001 - both libraries raise what they like at a stranger's mail
            logger.warning("a sender could not be checked", extra={"reason": type(error).__name__})
            return None

    def close(self) -> None:
        """Nothing is checked any more; what is under way ends by itself within ``seconds``."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def check_sender(raw: bytes, letter: Letter, envelope: Envelope, *, ask: Lookup, owners: Owners) -> Mark | None:
    """DMARC (RFC 7489 §6.6.2) for the address in From; None where its domain has no policy.

    Raises:
        Unanswered: the DNS does not answer, so the sender is neither proven nor doubtful.
    """
    domain = from_domain(letter)
    policy = _policy_of(domain, ask=ask, owners=owners) if domain else None
    if policy is None:
        return None
    if _signed_by_owner(raw, domain, policy, ask=ask, owners=owners):
        return Mark.SENDER_PROVEN
    sent = _sent_by_owner(envelope, domain, policy, ask=ask, owners=owners)
    if sent:
        return Mark.SENDER_PROVEN
    return None if sent is None else Mark.SENDER_DOUBTFUL


def _policy_of(domain: str, *, ask: Lookup, owners: Owners) -> Policy | None:
    for name in dict.fromkeys((domain, owners.owner_of(domain))):
        records = [record.decode("utf-8", "replace") for record in ask(f"_dmarc.{name}", "TXT")]
        if policy := read_policy(records):
            return policy
    return None


def _signed_by_owner(raw: bytes, domain: str, policy: Policy, *, ask: Lookup, owners: Owners) -> bool:
    if len(raw) > LARGEST:
        return False
    missing: list[Unanswered] = []
    if _is_signed(
        raw, _txt(ask, missing), lambda signer: owners.are_aligned(signer, domain, strict=policy.strict_dkim)
    ):
        return True
    if missing:
        raise missing[0]
    return False


def _txt(ask: Lookup, missing: list[Unanswered]) -> Callable[..., bytes | None]:
    """Questions as dkimpy asks them: octets in, octets out. It takes an error of ours for a missing key."""

    def look_up(name: bytes, timeout: float = 0) -> bytes | None:  # noqa: ARG001 - dkimpy gives it; ``ask`` has its own
        try:
            return next(iter(ask(name.decode("ascii", "replace").rstrip("."), "TXT")), None)
        except Unanswered as unanswered:
            missing.append(unanswered)
            return None

    return look_up


def _is_signed(raw: bytes, look_up: Callable[..., bytes | None], counts: Callable[[str], bool]) -> bool:
    """Whether a signature of a domain that counts is right. For others nothing is asked: their DNS may be as slow as
    somebody wants it, until the time for the check is over. One over only a part of the text (``l=``) lets others add
    to it.
    """
    mail = dkim.DKIM(raw, timeout=1)
    written = [value for name, value in mail.headers if name.lower() == b"dkim-signature"]
    counting = [index for index, value in enumerate(written) if counts(_signer(value))]
    for index in counting[:MOST_SIGNATURES]:
        try:
            right = mail.verify(index, dnsfunc=look_up)
        except Exception:  # noqa: BLE001, S112 - whatever is wrong with a signature, it proves nothing; the next may
            continue
        if right and b"l" not in mail.signature_fields:
            return True
    return False


def _signer(signature: bytes) -> str:
    """The domain that a signature names; empty where it is not written as one."""
    try:
        return str(parse_tag_value(signature)[b"d"].decode("ascii", "replace"))
    except (InvalidTagValueList, LookupError):
        return ""


def _sent_by_owner(envelope: Envelope, domain: str, policy: Policy, *, ask: Lookup, owners: Owners) -> bool | None:
    """Whether the client may send for the domain; None where a server of our own stands in between."""
    if not is_outside(envelope.client):
        return None
    claimed = envelope.sender.rpartition("@")[2] or envelope.greeting
    return owners.are_aligned(claimed, domain, strict=policy.strict_spf) and may_send(envelope, ask=ask)
