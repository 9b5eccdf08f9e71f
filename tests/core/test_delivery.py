"""What an attempt to send comes to."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.channel import Misconfigured, OutcomeUnknown, SendError, Throttled, Unreachable, Unsupported, Unwelcome
from core.delivery import Attempt, Patience, in_doubt, judge
from core.model.work import OutboxState, Reply
from core.testing.builders import a_reply
from core.testing.clocks import MONDAY_MORNING

NOW = MONDAY_MORNING
PATIENCE = Patience()

reasons = st.sampled_from(["ESME_RTHROTTLED", "connection lost", "no answer in time"])
pieces = st.lists(st.sampled_from(["", "1f3a", "7994"]), max_size=3).map(tuple)
waits = st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=6))
throttled = st.builds(lambda r, w, a: Throttled(r, retry_after=w, accepted=a), reasons, waits, pieces)
plain = st.sampled_from([Unreachable, OutcomeUnknown, Unsupported, Unwelcome, Misconfigured, SendError])
errors = throttled | st.builds(lambda kind, r, a: kind(r, accepted=a), plain, reasons, pieces)
sent = st.lists(st.sampled_from(["1f3a", "7994"]), min_size=1, max_size=3).map(tuple)
results = errors | sent
jitters = st.floats(0, 1)
claimed = st.builds(
    lambda attempts, doubtful, age: replace(
        a_reply(at=NOW - age), state=OutboxState.SENDING, attempts=attempts, doubtful=doubtful
    ),
    st.integers(1, 40),
    st.booleans(),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=6)),
)


def judged(reply: Reply, result: tuple[str, ...] | SendError, *, jitter: float = 0.5) -> Reply:
    return judge(Attempt(reply, result), patience=PATIENCE, now=NOW, jitter=jitter)


@given(claimed, results, jitters)
def test_no_reply_is_left_as_being_sent(reply: Reply, result: tuple[str, ...] | SendError, jitter: float) -> None:
    decided = judged(reply, result, jitter=jitter)

    assert decided.state is not OutboxState.SENDING
    assert (decided.id, decided.cause, decided.outbound.text) == (reply.id, reply.cause, reply.outbound.text)


@given(claimed, sent)
def test_what_the_network_took_is_sent(reply: Reply, ids: tuple[str, ...]) -> None:
    decided = judged(reply, ids)

    assert (decided.state, decided.outbound.accepted, decided.reason) == (OutboxState.SENT, ids, "")


@given(claimed, st.lists(results, min_size=2, max_size=12), jitters)
def test_a_reply_is_repeated_once_after_an_unknown_outcome(
    reply: Reply, course: list[tuple[str, ...] | SendError], jitter: float
) -> None:
    unknown = 1 if reply.doubtful else 0
    for result in course:
        unknown += isinstance(result, OutcomeUnknown)
        reply = judged(reply, result, jitter=jitter)
        assert unknown < 2 or reply.state is not OutboxState.PENDING
        if reply.state is not OutboxState.PENDING:
            return
        reply = replace(reply, state=OutboxState.SENDING, attempts=reply.attempts + 1)


def test_the_one_repetition_is_marked_and_waits() -> None:
    first = judged(replace(a_reply(), attempts=1), OutcomeUnknown("no answer in time"))
    second = judged(first, OutcomeUnknown("no answer in time"))

    assert (first.state, first.doubtful, first.not_before) == (OutboxState.PENDING, True, NOW + PATIENCE.doubt_wait)
    assert (second.state, second.doubtful) == (OutboxState.UNKNOWN, True)


@given(claimed, throttled, jitters)
def test_a_throttled_reply_waits_at_least_as_long_as_it_was_asked(
    reply: Reply, error: Throttled, jitter: float
) -> None:
    decided = judged(reply, error, jitter=jitter)

    if decided.state is OutboxState.PENDING:
        assert decided.not_before is not None
        assert decided.not_before >= NOW + error.retry_after
    else:
        assert decided.state is OutboxState.FAILED


@given(claimed, errors)
def test_pieces_that_the_network_took_are_never_forgotten(reply: Reply, error: SendError) -> None:
    taken = replace(reply, outbound=replace(reply.outbound, accepted=("0001", "")))

    decided = judged(taken, error)

    assert decided.outbound.accepted == (error.accepted or ("0001", ""))


@given(st.integers(1, 40), jitters)
def test_waits_double_up_to_the_longest(attempts: int, jitter: float) -> None:
    decided = judged(replace(a_reply(at=NOW), attempts=attempts), Unreachable("connection lost"), jitter=jitter)

    whole = min(PATIENCE.first_wait * 2 ** (attempts - 1), PATIENCE.longest_wait)
    assert decided.not_before is not None
    assert whole / 2 <= decided.not_before - NOW <= whole


def test_time_without_a_connection_does_not_count_as_attempts() -> None:
    reply = replace(a_reply(at=NOW), attempts=500)

    assert judged(reply, Unreachable("connection lost")).state is OutboxState.PENDING
    assert judged(reply, Misconfigured("bind refused")).state is OutboxState.FAILED


def test_an_old_reply_is_given_up() -> None:
    late = NOW - PATIENCE.give_up_after
    for at, state in ((late, OutboxState.PENDING), (late - timedelta(seconds=1), OutboxState.FAILED)):
        for error in (Unreachable("connection lost"), Throttled("busy", retry_after=timedelta(seconds=1))):
            assert judged(replace(a_reply(at=at), attempts=1), error).state is state


def test_what_is_no_use_to_repeat_ends_at_once() -> None:
    reply = replace(a_reply(at=NOW), attempts=1)

    ends = [judged(reply, error("why")) for error in (Unwelcome, Unsupported, SendError)]

    assert [end.state for end in ends] == [OutboxState.UNWANTED, OutboxState.FAILED, OutboxState.FAILED]
    assert {end.reason for end in ends} == {"why"}


@given(claimed)
def test_a_vanished_sender_leaves_a_doubt(reply: Reply) -> None:
    decided = in_doubt(reply, patience=PATIENCE, now=NOW, reason="the sender vanished while sending")

    assert decided.doubtful or decided.state is OutboxState.UNKNOWN
    assert (decided.state is OutboxState.PENDING) == (not reply.doubtful)
