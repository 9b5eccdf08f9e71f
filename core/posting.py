"""The door to the outbox: who wants no messages, addresses that take none, and robots that answer robots.

Whatever goes to a chat from here becomes a line of its talk in the same commit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from core.filing import reply_by, reply_with
from core.model.message import Address, Inbound, Reachable
from core.model.report import Report
from core.model.talk import Author, Line, Talk
from core.model.work import OutboxState, Reply
from core.office import Office
from core.ports import Tx
from core.publicity import Written
from core.replies import TO_STAFF

SILENCE = "the recipient asked for no messages"
GONE = "the address takes nothing any more"
BRAKE = "loop brake"
STATUS = "status"


def answer(tx: Tx, reply: Reply, *, office: Office, now: datetime, talk: str = "") -> None:
    """Write a reply to a message. Beyond what the network's brake allows one address it stays unsent, and seen.

    Two robots that answer each other end here, and so does who is written to in somebody else's name. The address's
    contact is locked by whoever works on its message. ``talk``: as for ``put``.
    """
    to, brake = reply.outbound.to, office.capabilities[reply.outbound.channel].brake
    if any(tx.answered.count(to, span=span, at=now) >= most for span, most in brake):
        reply = _unsent(reply, BRAKE)
    else:
        for span, _ in brake:
            tx.answered.add(to, span=span, at=now)
    put(tx, [reply], office=office, now=now, talk=talk)


def tell(tx: Tx, replies: Iterable[Reply], *, office: Office, now: datetime, talk: str = "") -> None:
    """Write replies that nobody is waiting for: about a report's progress.

    Who asked for no messages is noted, not written to. Where an address takes nothing any more the same goes to
    another one from which somebody proved to be the reporter, if there is one.
    """
    wanted = [each for reply in replies for each in _on_its_way(tx, reply, office=office, now=now)]
    put(tx, wanted, office=office, now=now, talk=talk)


def way_of(talk: Talk) -> Reachable:
    """The way to the visitor."""
    return Reachable(talk.address, talk.channel, talk.connection, talk.route)


def put(tx: Tx, replies: Sequence[Reply], *, office: Office, now: datetime, talk: str = "") -> None:
    """Into the outbox; what really went in and is wanted becomes a line. The same cause gives neither again.

    ``talk``: the id of the talk that shows it, whatever its network; where it is empty only chats show it.
    """
    added = tx.outbox.add(replies) if replies else ()
    for reply in replies:
        if reply.id in added and reply.state is not OutboxState.UNWANTED:
            _show(tx, reply, talk, office=office, now=now)


def _show(tx: Tx, reply: Reply, talk: str, *, office: Office, now: datetime) -> None:
    outbound = reply.outbound
    talk_id = talk or (_talk_with(tx, reply, office=office, now=now) if _is_chat(reply, office) else "")
    if not talk_id:
        return
    line = Line(
        talk=talk_id,
        seq=0,
        author=Author.BOT,
        at=now,
        text=outbound.text,
        attachments=outbound.attachments,
        choices=outbound.choices,
        event=reply.event,
        reply_id=reply.id,
    )
    tx.talks.append(talk_id, [line])


def _is_chat(reply: Reply, office: Office) -> bool:
    manner = office.manner(reply.outbound.channel)
    return manner is not None and manner.is_chat


def _talk_with(tx: Tx, reply: Reply, *, office: Office, now: datetime) -> str:
    """Its id; the talk is made where nobody wrote from there yet."""
    outbound = reply.outbound
    known = tx.talks.find(outbound.to)
    if known is not None:
        return known.id
    first = Inbound(
        channel=outbound.channel,
        external_id="",
        sender=outbound.to,
        received_at=now,
        connection=outbound.connection,
        route=outbound.route,
    )
    return tx.talks.meet(first, new_id=office.new_id, now=now).id


def _on_its_way(tx: Tx, reply: Reply, *, office: Office, now: datetime) -> list[Reply]:
    to = reply.outbound.to
    if reply.state is not OutboxState.PENDING and not _is_chat(reply, office):
        return [reply]
    if tx.contacts.is_opted_out(to.scheme, to.value):
        return [_unsent(reply, SILENCE)]
    if tx.contacts.is_gone(to.scheme, to.value):
        other = elsewhere(tx, reply, office=office, now=now)
        return [_unsent(reply, GONE), *([other] if other else [])]
    return [reply]


def _unsent(reply: Reply, reason: str) -> Reply:
    return replace(reply, state=OutboxState.UNWANTED, reason=reason)


def elsewhere(tx: Tx, reply: Reply, *, office: Office, now: datetime) -> Reply | None:
    """The same news for another address, in the same words where its network carries them, else as the report's state.

    None where nobody proved another address that can be written to: one that only a form named is never used. It has
    one cause for each reply, so that it is written once.
    """
    report = tx.reports.get(reply.report_id) if reply.report_id and reply.event not in TO_STAFF else None
    way = _other_way(tx, report, reply.outbound.to, office) if report else None
    if report is None or way is None:
        return None
    cause = f"elsewhere:{reply.id}"
    said = reply.outbound.private or reply.outbound.text
    capabilities = office.capabilities[way.channel]
    if capabilities.public or capabilities.measure(said) > capabilities.max_length:
        return replace(reply_by(way, report, STATUS, office=office, cause=cause, now=now), cause=cause)
    return reply_with(Written(said), way, reply.event, office=office, cause=cause, report_id=report.id, now=now)


def _other_way(tx: Tx, report: Report, taken: Address, office: Office) -> Reachable | None:
    """The one heard from last whose network sends, whose owner wants messages, and which takes them."""
    for way in tx.reachable.of(report.id):
        to, capabilities = way.address, office.capabilities.get(way.channel)
        if to == taken or capabilities is None or not capabilities.sends:
            continue
        if not (tx.contacts.is_opted_out(to.scheme, to.value) or tx.contacts.is_gone(to.scheme, to.value)):
            return way
    return None
