"""What a mail server says of a mail of ours: by structure (RFC 3464) first, by the words of old servers next."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from channels.email.letter.model import Letter
from channels.email.sorting.phrases import CLASSES, POLICY, SAYS_BOUNCE, SAYS_DELAY
from core.model.message import Delivery

MOST_IDS: Final = 10
MOST_TEXT: Final = 64 * 1024
LONGEST_LINE: Final = 1000

STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
CODE: Final = re.compile(r"(?<![\d.:-])([45]\d\d)(?=[ -](?:[45]\.\d{1,3}\.\d|[^\W\d_<(#]|[<(#\"']))")
MESSAGE_ID: Final = re.compile(r"(?im)^[> \t]{0,8}message-id:\s{0,4}<([^<>\s]{1,250})>")

COPIED: Final = re.compile(
    r"(?im)^[> \t]{0,8}"
    r"(?:received|return-path|message-id|dkim-signature|mime-version|x-received|arc-seal|content-type):"
    r"|(?:below this line is|this is|included is) a copy of"
)
"""Where the copy of our mail begins: its words must not be taken for the server's."""

MOST_REPORTS: Final = 20

ACTIONS: Final[Mapping[str, Delivery]] = {
    "failed": Delivery.FAILED,
    "delayed": Delivery.PENDING,
    "delivered": Delivery.DELIVERED,
    "relayed": Delivery.DELIVERED,
    "expanded": Delivery.DELIVERED,
}
"""RFC 3464 §2.3.3. Of several recipients the one it went worst for counts."""

WORST_FIRST: Final = (Delivery.FAILED, Delivery.PENDING, Delivery.DELIVERED)

GONE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""The address itself takes nothing (RFC 3463 §3.2, §3.3, RFC 7505). 5.1.0 and 5.1.4 say too little, 5.1.7 and 5.1.8
speak of ours, 5.2.2 is a full mailbox, 5.7.x a policy."""

FULL: Final = "5.2.2"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report on a mail of ours. Whose mailbox it was and what the server wrote are not kept.

    Attributes:
        delivery: pending while the server keeps trying.
        hard: trying again is no use; otherwise a full mailbox, a limit, or nobody knows.
        status: ``5.1.1``; empty where neither code nor words tell.
        action: the word of RFC 3464; empty where there is none.
        diagnostic: the reply code alone: ``550 5.1.1``, ``550``; may be empty.
        gone: the address itself takes no mail.
        returned_ids: Message-IDs of the mail sent back, without angle brackets, the surest first.
    """

    delivery: Delivery
    hard: bool
    status: str = ""
    action: str = ""
    diagnostic: str = ""
    gone: bool = False
    returned_ids: tuple[str, ...] = field(default=(), repr=False)


def read_bounce(letter: Letter) -> Bounce | None:
    """What a bounce says; None where the mail does not look like one.

    Ask only of a mail that ``sort_letter`` calls a bounce: the words of old servers also stand in people's mails.
    """
    groups = [group for text in letter.statuses[:MOST_REPORTS] for group in _groups(text)]
    recipients = [group for group in groups if "action" in group or "status" in group]
    if recipients:
        return _reported(letter, min(recipients, key=_rank))
    if says_bounce(letter):
        return _told(letter)
    return None


def says_bounce(letter: Letter) -> bool:
    """Whether subject or first words are those of a server that returns a mail."""
    subject = letter.subject[:200].casefold()
    words = letter.text[:4000].casefold()
    return any(phrase in subject or phrase in words for phrase in SAYS_BOUNCE)


def _groups(text: str) -> Iterator[Mapping[str, str]]:
    """The fields of each recipient (RFC 3464 §2.3), folded lines joined; the first of equal fields counts."""
    fields: dict[str, str] = {}
    last = ""
    for line in text[:MOST_TEXT].splitlines():
        if not line.strip():
            yield fields
            fields, last = {}, ""
        elif line[0] in " \t" and last:
            fields[last] = (fields[last] + " " + line.strip())[: 4 * LONGEST_LINE]
        else:
            name, _, value = line.partition(":")
            last = name.strip().casefold()
            fields.setdefault(last, value.strip()[:LONGEST_LINE])
    yield fields


def _rank(group: Mapping[str, str]) -> int:
    return WORST_FIRST.index(_delivery(_action(group), _status_in(group.get("status", ""))))


def _action(group: Mapping[str, str]) -> str:
    word = group.get("action", "").split("(")[0].split(";")[0].strip().casefold()
    return word if word in ACTIONS else ""


def _delivery(action: str, status: str) -> Delivery:
    """Without an action the status decides; a server that gives neither has failed."""
    if action:
        return ACTIONS[action]
    return Delivery.DELIVERED if status.startswith("2") else Delivery.FAILED


def _status_in(words: str) -> str:
    found = STATUS.search(words[:LONGEST_LINE])
    return ".".join(str(int(number)) for number in found.groups()) if found else ""


def _reported(letter: Letter, group: Mapping[str, str]) -> Bounce:
    action, told = _action(group), _status_in(group.get("status", ""))
    delivery = _delivery(action, told)
    words = group.get("diagnostic-code", "")
    status = (
        told if delivery is Delivery.DELIVERED else _narrowed(told, _status_in(words), words or _server_words(letter))
    )
    return _bounce(letter, delivery, status=status, action=action, words=words)


def _narrowed(status: str, coded: str, words: str) -> str:
    """A status that says something: ``5.0.0`` and its kind give way to the one beside the code, that to the words."""
    if not _is_vague(status):
        return status
    if coded and not _is_vague(coded) and (not status or coded[0] == status[0]):
        return coded
    code = CODE.search(words[:MOST_TEXT])
    weight = (status or (code[1] if code else "5"))[0]
    told = _status_of_words(words)
    if told and weight in "45":
        return told if told[0] == "4" else weight + told[1:]
    return status or coded or (f"{weight}.0.0" if code else "")


def _is_vague(status: str) -> bool:
    return not status or status.endswith(".0.0") or status in {"5.3.0", "5.5.0", "5.1.0", "4.3.0", "5.4.0"}


def _status_of_words(words: str) -> str:
    folded = " ".join(words[:MOST_TEXT].casefold().split())
    return next((status for status, phrases in CLASSES.items() if any(phrase in folded for phrase in phrases)), "")


def _told(letter: Letter) -> Bounce:
    """A bounce without structure, as qmail, old Exim, Postfix and Exchange write it."""
    words = _server_words(letter)
    status = _narrowed("", _status_in_text(words), words)
    delayed = any(phrase in (letter.subject + " " + words[:4000]).casefold() for phrase in SAYS_DELAY)
    delivery = Delivery.PENDING if delayed and not status.startswith("5") else Delivery.FAILED
    return _bounce(letter, delivery, status=status, action="", words=words)


def _status_in_text(words: str) -> str:
    """A status in running words, only beside a reply code or a word that names it: versions look alike."""
    for line in words.splitlines():
        for found in STATUS.finditer(line[:LONGEST_LINE]):
            before = line[: found.start()].rstrip(" (#[\"'<:-").casefold()
            if found[1] != "2" and (
                before[-3:].isdigit() or before.endswith(("status", "code", "error")) or not before
            ):
                return _status_in(found[0])
    return ""


def _server_words(letter: Letter) -> str:
    """What the server wrote, without the copy of our mail below it."""
    text = letter.text[:MOST_TEXT]
    copied = COPIED.search(text)
    return (text[: copied.start()] if copied else text) + "\n" + letter.subject[:LONGEST_LINE]


def _bounce(letter: Letter, delivery: Delivery, *, status: str, action: str, words: str) -> Bounce:
    failed = delivery is Delivery.FAILED
    return Bounce(
        delivery=delivery,
        hard=failed and status.startswith("5") and status != FULL,
        status=status,
        action=action,
        diagnostic=_diagnostic(words),
        gone=failed and status in GONE and not _names_policy(words),
        returned_ids=_returned_ids(letter),
    )


def _diagnostic(words: str) -> str:
    code = CODE.search(words[: 4 * LONGEST_LINE])
    pieces = (code[1] if code else "", _status_in_text(words[: 4 * LONGEST_LINE]))
    return " ".join(piece for piece in pieces if piece)


def _names_policy(words: str) -> bool:
    """A server that distrusts us often says "no such user": what it says beside that counts."""
    folded = words[: 4 * LONGEST_LINE].casefold()
    return any(phrase in folded for phrase in POLICY)


def _returned_ids(letter: Letter) -> tuple[str, ...]:
    found: list[str] = MESSAGE_ID.findall(letter.returned)
    found += MESSAGE_ID.findall(letter.text[:MOST_TEXT])
    candidates: Sequence[str] = [*found, *letter.in_reply_to, *reversed(letter.references)]
    return tuple(dict.fromkeys(one for one in candidates if one != letter.message_id))[:MOST_IDS]
