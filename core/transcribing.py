"""What was said in a talk, for its visitor to read later: a link by e-mail, and the page behind it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.commands import without_pin
from core.desk import NotNow
from core.filing import reply_with
from core.model.message import Address, Reachable
from core.model.network import Postbox
from core.model.talk import Line, Talk, Transcript
from core.office import Office
from core.ports import Tx
from core.publicity import Written
from core.tracking import new_token

EVENT = "talk_transcript"
PAGE = "{}/chat/transkrip/{}"
LASTS = timedelta(days=7)
DAY = timedelta(days=1)
MOST_LINES = 500
A_DAY = 3
"""For one talk, and to one address whoever asks: nobody is written to by us for somebody else."""

MAIL = re.compile(r"[^\s@<>(),;:\\\"]{1,64}@[^\s@<>(),;:\\\"]{1,180}\.[^\s@<>(),;:\\\".]{2,63}")
"""Of what can be seen: neither controls nor signs that turn the direction of writing."""


def send(tx: Tx, talk_id: str, to: str, *, language: str, office: Office, now: datetime) -> None:
    """Mail a link to all that was said so far. None of it stands in the mail.

    Raises NotNow: ``off`` where no connection writes mails, ``bad`` for what is no address, ``too_many``, and ``none``
    where nothing was said or whoever has the address wants nothing of us.
    """
    address = Address("mail", to.strip().lower())
    post = office.postbox(address)
    if post is None:
        raise NotNow("off")
    if not (MAIL.fullmatch(address.value) and address.value.isprintable()):
        raise NotNow("bad")
    talk = tx.talks.lock(talk_id)
    _check(tx, talk, address, now=now)
    tx.answered.add(address, span=DAY, at=now)
    token = new_token(office.random_below)
    first = max(1, talk.last_seq - MOST_LINES + 1)
    tx.transcripts.add(token, Transcript(talk.id, first, talk.last_seq, now, now + LASTS, language))
    _mail(tx, post, address, token, office=office.speaking(language), now=now)


def _check(tx: Tx, talk: Talk, address: Address, *, now: datetime) -> None:
    """Raises NotNow."""
    unwanted = tx.contacts.is_opted_out(address.scheme, address.value) or tx.contacts.is_gone(
        address.scheme, address.value
    )
    if not talk.last_seq or unwanted:
        raise NotNow("none")
    if tx.transcripts.count(talk.id, since=now - DAY) >= A_DAY or tx.answered.count(address, span=DAY, at=now) >= A_DAY:
        raise NotNow("too_many")


def _mail(tx: Tx, post: Postbox, address: Address, token: str, *, office: Office, now: datetime) -> None:
    until = (now + LASTS).astimezone(office.zone(""))
    facts = {"tautan": PAGE.format(office.public_url, token), "tanggal": office.replies.date(until)}
    text = office.replies.compose(EVENT, facts, channel=post.channel, capabilities=office.capabilities[post.channel])
    way = Reachable(address, post.channel, post.connection)
    cause = f"{EVENT}:{office.new_id()}"
    tx.outbox.add([reply_with(Written(text), way, EVENT, office=office, cause=cause, report_id="", now=now)])


def read(tx: Tx, token: str, *, now: datetime) -> tuple[Transcript, Sequence[Line]] | None:
    """What a link opens, PINs left out; None for one that is wrong or too old, and where the talk was taken back."""
    found = tx.transcripts.find(token, now=now)
    talk = tx.talks.get(found.talk) if found else None
    if found is None or talk is None or talk.revoked_at is not None:
        return None
    lines = tx.talks.lines(talk.id, after=found.first_seq - 1, limit=found.last_seq - found.first_seq + 1)
    return found, [replace(line, text=without_pin(line.text)) for line in lines]
