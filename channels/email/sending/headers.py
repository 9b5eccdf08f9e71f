"""The headers of a mail: which conversation it belongs to, where answers and bounces go, what robots are told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.policy import EmailPolicy
from email.utils import formataddr
from typing import Final
from urllib.parse import quote

from channels.email.sending.tokens import Kind, address_for, is_reply_id
from channels.email.settings import LONGEST_OWN, NotAnAddress, make_address
from core.model.message import Lane, Outbound
from core.text import clean

LONGEST_LINE: Final = 78
LONGEST_ANSWERED: Final = 250
"""Characters of a citizen's subject that come back: mail programs that sort by it compare all of it."""

MOST_REFERENCES: Final = 20
MESSAGE_ID: Final = re.compile(r"[!-;=?-~]{3,250}")
NO_ID: Final = re.compile(r"[^A-Za-z0-9-]")
ANSWER_MARKS: Final = re.compile(r"\A(?:\s*(?:re|bls|balas)(?:\[\d{1,3}\])?\s*:)+", re.IGNORECASE)
MARK: Final = "X-Lapor-Loop"
"""On every mail of ours, with the address it is from."""

STOP: Final = "BERHENTI"
WHOLE: Final = frozenset({"Message-ID", "In-Reply-To", "References", "Reply-To", "List-Unsubscribe", MARK})


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who mails are from.

    Attributes:
        sender: stands in From.
        own: the addresses that letters to us are sent to, in lower case.
        home: the one of them that answers and bounces come to where no other was written to; empty: that of ``sender``.
        key: signs the addresses that answers and bounces come to; empty where no mail is received.
        signed_return_path: bounces go to an address of their own, too.
        links: what the addresses begin with that become links.
    """

    sender: Address
    own: frozenset[str] = field(default=frozenset(), repr=False)
    home: str = field(default="", repr=False)
    key: bytes = field(default=b"", repr=False)
    signed_return_path: bool = True
    links: str = ""

    def is_own(self, address: str) -> bool:
        """Whether it is one of ours, with a sign on it or without."""
        local, _, domain = address.lower().rpartition("@")
        known = self.own | {self.sender.addr_spec.lower()}
        return not known.isdisjoint({f"{local}@{domain}", f"{local.rpartition('+')[0]}@{domain}"})


class WholeWords(EmailPolicy):
    """Lines end with CR LF and break between words; ids and addresses of ours are never encoded, however long."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header. The standard library would write a long id as an encoded word, which no program knows again."""
        if name not in WHOLE:
            return super().fold_binary(name, value)
        lines = [f"{name}:"]
        for word in value.split(" "):
            if len(lines[-1]) + 1 + len(word) > LONGEST_LINE and lines != [f"{name}:"]:
                lines.append("")
            lines[-1] += f" {word}"
        return "\r\n".join([*lines, ""]).encode("ascii")


def headers_of(message: Outbound, head: Letterhead) -> dict[str, str]:
    """All that say what kind of mail it is; From, To, Subject and Date aside."""
    return {
        "Message-ID": message_id(message.id, head.sender),
        **_thread(message.route),
        **_ways_back(message, head),
        **_marks(message, head),
    }


def message_id(reply_id: str, sender: Address) -> str:
    """The same for every attempt: a relay, a reader's program and a later answer know the reply by it."""
    return f"<{NO_ID.sub('-', reply_id)}@{sender.domain}>"


def return_path(reply_id: str, head: Letterhead) -> str:
    """Where the mail goes back to when nobody takes it (VERP)."""
    plain = head.sender.addr_spec
    signed = _signed(reply_id, "bounce", head.home or plain, head)
    return signed or plain if head.signed_return_path else plain


def answer_to(subject: str) -> str:
    """The subject of an answer (RFC 5322 §3.6.5); empty where there is none to answer."""
    line = ANSWER_MARKS.sub("", " ".join(clean(subject).split())).strip()[:LONGEST_ANSWERED].strip()
    return f"Re: {line}" if line else ""


def _thread(route: Mapping[str, str]) -> dict[str, str]:
    """RFC 5322 §3.6.4. Without the id of the mail that is answered there is no thread."""
    parent = _ids(route.get("message_id", ""))[:1]
    if not parent:
        return {}
    earlier = [known for known in _ids(route.get("references", "")) if known not in parent]
    return {"In-Reply-To": parent[0], "References": " ".join(_bounded([*dict.fromkeys(earlier), *parent]))}


def _bounded(ids: Sequence[str]) -> list[str]:
    """The first, which began the thread, and the newest: programs join what shares any of them (RFC 5537 §3.4.4)."""
    kept = list(ids)
    return kept if len(kept) <= MOST_REFERENCES else [kept[0], *kept[1 - MOST_REFERENCES :]]


def _ids(written: str) -> list[str]:
    """Message-IDs with their brackets, given with them or without."""
    return [f"<{one}>" for one in written.replace("<", " ").replace(">", " ").split() if MESSAGE_ID.fullmatch(one)]


def _ways_back(message: Outbound, head: Letterhead) -> dict[str, str]:
    """Answers come to an address that says what they answer. News somebody may be tired of carry a way to end it, by
    mail alone: the word is a command that everybody can write by hand as well (RFC 2369 §3.2).
    """
    to = _signed(message.id, "answer", _own_address(message.route, head), head)
    if not to:
        return {}
    ways = {"Reply-To": formataddr((head.sender.display_name, to), "utf-8")}
    if message.route and message.lane is not Lane.FIRST:
        ways["List-Unsubscribe"] = f"<mailto:{quote(to, safe='@+')}?subject={STOP}&body={STOP}>"
    return ways


def _own_address(route: Mapping[str, str], head: Letterhead) -> str:
    """The one the citizen wrote to, where it is ours and a sign fits on it."""
    home = head.home or head.sender.addr_spec
    try:
        to = make_address(route.get("to", ""))
    except NotAnAddress:
        return home
    return to.addr_spec if to.addr_spec.lower() in head.own and len(to.username) <= LONGEST_OWN else home


def _signed(reply_id: str, kind: Kind, own: str, head: Letterhead) -> str:
    """Empty where no mail is received, and for ids that the core did not give."""
    return address_for(reply_id, kind=kind, own=own, key=head.key) if head.key and is_reply_id(reply_id) else ""


def _marks(message: Outbound, head: Letterhead) -> dict[str, str]:
    """What keeps robots from answering (RFC 3834 §5; Exchange reads the second), and mails of ours from coming back as
    reports. In the first lane somebody waits for an answer.
    """
    kind = "auto-replied" if message.route and message.lane is Lane.FIRST else "auto-generated"
    return {"Auto-Submitted": kind, "X-Auto-Response-Suppress": "All", MARK: head.sender.addr_spec.lower()}
