"""What the mail server in front of us found out about a sender (``Authentication-Results``, RFC 8601)."""

from collections.abc import Iterator
from typing import Final

from channels.email.letter.headers.addresses import read_mailboxes
from channels.email.letter.model import Letter
from core.model.message import Mark

LONGEST: Final = 8192
MOST_RESULTS: Final = 50

MARKS: Final = {"pass": Mark.SENDER_PROVEN, "fail": Mark.SENDER_DOUBTFUL}


def read_proof(letter: Letter, *, server: str) -> Mark | None:
    """What ``server`` says of DMARC; None where it says nothing that counts.

    Anybody can write this header, so only the topmost counts, and only with the name of the server that we know to put
    one on every mail (RFC 8601 §5). ``server`` is ``email.trusted_authserv``; empty trusts none.
    """
    written = next((value for name, value in letter.headers if name == "authentication-results"), "")
    named, *results = list(_pieces(written[:LONGEST]))[:MOST_RESULTS] or [""]
    if not server or _first_word(named).rstrip(".") != server.casefold().rstrip("."):
        return None
    found = {result for result in (_dmarc(piece, letter) for piece in results) if result}
    return MARKS.get(found.pop()) if len(found) == 1 else None


def _first_word(piece: str) -> str:
    return next(iter(piece.split()), "")


def _dmarc(piece: str, letter: Letter) -> str:
    """The result for DMARC that one piece holds for the address in From; empty where it is another one's."""
    words = " ".join(piece.split()).replace(" =", "=").replace("= ", "=").split()
    method, _, result = (words or [""])[0].partition("=")
    if method.partition("/")[0] != "dmarc":
        return ""
    properties = dict(word.partition("=")[::2] for word in words[1:])
    domain = from_domain(letter)
    return result if domain and properties.get("header.from", domain).rpartition("@")[2] == domain else "unknown"


def from_domain(letter: Letter) -> str:
    """The domain of the one address in From, in lower case; empty where there is none, or more than one domain: a
    checker may look at another one than whoever reads the mail (RFC 7489 §6.6.1).
    """
    written = [value for name, value in letter.headers if name == "from"]
    if len(written) != 1:
        return ""
    domain = _domain(letter.sender.address)
    named = {_domain(one.address) for one in read_mailboxes(written[0].encode()) if one.address}
    return domain if named <= {domain} else ""


def _domain(address: str) -> str:
    return address.rpartition("@")[2].casefold()


def _pieces(written: str) -> Iterator[str]:
    """The header cut at its semicolons, in lower case, without comments; what is quoted is a word (RFC 8601 §2.2)."""
    piece: list[str] = []
    depth, quoted, escaped = 0, False, False
    for mark in written.casefold():
        if escaped:
            escaped = False
        elif mark == "\\":
            escaped = True
        elif quoted or (mark == '"' and not depth):
            quoted = quoted ^ (mark == '"')
            piece += mark if mark.isalnum() or mark in ".-@_" else ""
        elif mark in "()":
            depth = max(0, depth + (1 if mark == "(" else -1))
        elif mark == ";" and not depth:
            yield "".join(piece)
            piece.clear()
        elif not depth:
            piece.append(mark)
    yield "".join(piece)
