"""What an attempt to send a reply comes to: sent, tried again later, doubtful, or given up and said so."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core import undelivered
from core.channel import Misconfigured, OutcomeUnknown, SendError, Throttled, Unreachable, Unsupported, Unwelcome
from core.model.message import Outbound
from core.model.work import OutboxState, Reply
from core.office import Office
from core.ports import Tx


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a reply is tried.

    Attributes:
        attempts: after so many it is given up; time without a connection does not count as attempts.
        first_wait: the wait after the first failure, doubled each time up to ``longest_wait``.
        doubt_wait: the wait before the one repetition of a reply whose outcome is unknown.
        give_up_after: a reply older than this is given up: nobody needs it any more.
    """

    attempts: int = 12
    first_wait: timedelta = timedelta(seconds=5)
    longest_wait: timedelta = timedelta(hours=1)
    doubt_wait: timedelta = timedelta(minutes=5)
    give_up_after: timedelta = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: the reply as it was claimed, and the network's ids or what went wrong."""

    reply: Reply
    result: tuple[str, ...] | SendError


def judge(attempt: Attempt, *, patience: Patience, now: datetime, jitter: float) -> Reply:
    """The reply as it is to be written back. ``jitter`` in 0..1 spreads retries over half to the whole of the wait."""
    reply = attempt.reply
    match attempt.result:
        case tuple(ids):
            return replace(reply, state=OutboxState.SENT, outbound=_with(reply.outbound, ids), reason="")
        case Throttled() as error:
            return _later(reply, error, error.retry_after, patience=patience, now=now)
        case Unreachable() | Misconfigured() as error:
            return _later(reply, error, _wait(reply, patience, jitter), patience=patience, now=now)
        case OutcomeUnknown() as error:
            return in_doubt(_keeping(reply, error), patience=patience, now=now, reason=str(error))
        case Unwelcome() as error:
            return replace(_keeping(reply, error), state=OutboxState.UNWANTED, reason=str(error))
        case Unsupported() | SendError() as error:
            return replace(_keeping(reply, error), state=OutboxState.FAILED, reason=str(error))


def in_doubt(reply: Reply, *, patience: Patience, now: datetime, reason: str) -> Reply:
    """It may have been sent: repeated once, marked; the second time it is left to a person."""
    if reply.doubtful:
        return replace(reply, state=OutboxState.UNKNOWN, reason=reason)
    later = now + patience.doubt_wait
    return replace(reply, state=OutboxState.PENDING, doubtful=True, not_before=later, reason=reason)


def _later(reply: Reply, error: SendError, wait: timedelta, *, patience: Patience, now: datetime) -> Reply:
    kept = _keeping(reply, error)
    too_old = reply.created_at is not None and now - reply.created_at > patience.give_up_after
    if too_old or (reply.attempts >= patience.attempts and not isinstance(error, Unreachable | Throttled)):
        return replace(kept, state=OutboxState.FAILED, reason=str(error))
    return replace(kept, state=OutboxState.PENDING, not_before=now + wait, reason=str(error))


def _wait(reply: Reply, patience: Patience, jitter: float) -> timedelta:
    doublings: int = 2 ** min(max(reply.attempts - 1, 0), 20)
    doubled = patience.first_wait * doublings
    return min(doubled, patience.longest_wait) * (0.5 + jitter / 2)


def _keeping(reply: Reply, error: SendError) -> Reply:
    return replace(reply, outbound=_with(reply.outbound, error.accepted)) if error.accepted else reply


def _with(outbound: Outbound, accepted: tuple[str, ...]) -> Outbound:
    return replace(outbound, accepted=accepted)


GIVEN_UP = frozenset({OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.UNWANTED})


@dataclass(frozen=True, slots=True)
class Decided:
    """What an attempt came to. ``gone``: the network said that the address takes nothing any more."""

    reply: Reply
    gone: bool = False


def decide(attempt: Attempt, *, patience: Patience, now: datetime, jitter: float) -> Decided:
    """``judge``, and whether the address is to blame: a private way that is closed is not the address."""
    reply, error = judge(attempt, patience=patience, now=now, jitter=jitter), attempt.result
    gone = isinstance(error, Unwelcome) and error.gone and not undelivered.is_closed(reply.outbound)
    return Decided(reply, gone=gone)


def record(tx: Tx, decided: Sequence[Decided], *, owner: str, office: Office, now: datetime) -> None:
    """Write what attempts came to; what is given up is said in the report's history, and another way is tried where
    there is one.
    """
    for each in decided:
        if tx.outbox.save(each.reply, owner=owner):
            _see_to(tx, each, office=office, now=now)


def _see_to(tx: Tx, decided: Decided, *, office: Office, now: datetime) -> None:
    reply = decided.reply
    if decided.gone:
        undelivered.note_gone(tx, reply, office=office, now=now)
    elif reply.state is OutboxState.UNWANTED and undelivered.is_closed(reply.outbound):
        undelivered.note_closed(tx, reply, office=office, now=now)
    elif reply.state in GIVEN_UP:
        undelivered.note_given_up(tx, reply, now=now)


def take_over_abandoned(tx: Tx, *, patience: Patience, now: datetime, limit: int = 200) -> int:
    """Replies whose sender vanished in mid-sending: nobody knows whether they went out."""
    abandoned = tx.outbox.abandoned(now=now, limit=limit)
    for reply in abandoned:
        decided = in_doubt(reply, patience=patience, now=now, reason="the sender vanished while sending")
        tx.outbox.settle_abandoned(decided)
        if decided.state in GIVEN_UP:
            undelivered.note_given_up(tx, decided, now=now)
    return len(abandoned)
