"""Replies: in public under the tweet, in private as a message; each of X's refusals under its name."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.twitter.api_peer import XApi, problems
from core.channel import (
    Misconfigured,
    OutcomeUnknown,
    SendError,
    Throttled,
    Unreachable,
    Unsupported,
    Unwelcome,
)
from core.model.message import Address, Attachment, Outbound
from tests.channels.twitter.conftest import Run, Running, make_reply

PUBLIC = "4821 093 756: laporan Anda kami terima."
PRIVATE = "PIN Anda 123456. Jangan diberikan kepada siapa pun."


@pytest.fixture
async def running(x: XApi, run: Run) -> Running:
    running = run(request_seconds=1.5)
    await running.up()
    return running


def reply_to(x: XApi, tweet: str = "", **changes: object) -> Outbound:
    """To ratna_w, who mentioned the account."""
    tweet = tweet or x.world.write("ratna_w", "#lapor lampu jalan mati @lapor1708")
    author = x.world.user("ratna_w")
    route = {"tweet": tweet, "author": author, "mentions_us": "1", "handle": "ratna_w"}
    return make_reply(**({"text": PUBLIC, "to": Address("x", author), "route": route} | changes))


async def error_of(running: Running, reply: Outbound) -> SendError:
    with pytest.raises(SendError) as caught:
        await running.channel.send(reply)
    return caught.value


async def test_both_pieces_go_their_ways(x: XApi, running: Running) -> None:
    reply = reply_to(x, private=PRIVATE)

    ids = await running.channel.send(reply)

    assert [(post.to, post.text) for post in x.posts] == [(reply.route["tweet"], PUBLIC)]
    assert [(sent.to, sent.text) for sent in x.messages] == [(reply.to.value, PRIVATE)]
    assert ids == (x.posts[0].id, x.messages[0].id)


async def test_an_empty_piece_has_no_id(x: XApi, running: Running) -> None:
    ids = await running.channel.send(reply_to(x, text="", private=PRIVATE))

    assert ids == (x.messages[0].id,)
    assert not x.posts


async def test_a_later_attempt_sends_what_is_missing(x: XApi, running: Running) -> None:
    ids = await running.channel.send(reply_to(x, private=PRIVATE, accepted=("1900", "")))

    assert ids == ("1900", x.messages[0].id)
    assert not x.posts


async def test_without_a_tweet_to_answer_all_goes_in_private(x: XApi, running: Running) -> None:
    ids = await running.channel.send(reply_to(x, private=PRIVATE, route={}))

    assert [sent.text for sent in x.messages] == [PUBLIC, PRIVATE]
    assert len(ids) == 2


async def test_closed_messages_are_said_once_the_public_part_is_out(x: XApi, running: Running) -> None:
    x.change_user("ratna_w", takes_messages=False)

    error = await error_of(running, reply_to(x, private=PRIVATE))

    assert isinstance(error, Unwelcome)
    assert not error.gone
    assert error.accepted == (x.posts[0].id, "")


async def test_who_deleted_their_tweet_is_still_told_in_private(x: XApi, running: Running) -> None:
    reply = reply_to(x, private=PRIVATE)
    x.delete(reply.route["tweet"])

    error = await error_of(running, reply)

    assert isinstance(error, Unwelcome)
    assert not error.gone
    assert error.accepted == ("", x.messages[0].id)


async def test_messages_that_are_switched_off_are_not_sent(x: XApi, run: Run) -> None:
    running = run(direct_messages=False)
    await running.up()

    error = await error_of(running, reply_to(x, private=PRIVATE))

    assert isinstance(error, Unwelcome)
    assert error.accepted == (x.posts[0].id, "")
    assert not x.messages


async def test_a_self_serve_app_knows_whom_it_may_answer(x: XApi, running: Running) -> None:
    reply = reply_to(x)
    requests = len([path for method, path in x.requests if method == "POST"])

    error = await error_of(running, replace(reply, route={**reply.route, "mentions_us": "0"}))

    assert isinstance(error, Unsupported)
    assert "only those who mention it" in str(error)
    assert len([path for method, path in x.requests if method == "POST"]) == requests


async def test_a_public_utility_may_answer_everyone() -> None:
    async with XApi(access="public_utility") as x:
        tweet = x.world.write("ratna_w", "#lapor tanpa sebut nama")
        running = Run(x)(access="public_utility")
        await running.up()
        reply = reply_to(x, tweet)

        await running.channel.send(replace(reply, route={**reply.route, "mentions_us": "0"}))

        assert x.posts[0].to == tweet
        await running.stop()


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "a" * 281},
        {"text": "😀" * 141},
        {"private": "a" * 10_001},
        {"text": "", "private": ""},
        {"to": Address("tel", "62811")},
        {"to": Address("x", "ratna_w")},
        {"attachments": (Attachment("f1", "image/jpeg", 3),)},
        {"accepted": ("1", "2", "3")},
    ],
)
async def test_what_x_cannot_carry_never_reaches_it(x: XApi, running: Running, changes: dict[str, object]) -> None:
    error = await error_of(running, reply_to(x, **changes))

    assert isinstance(error, Unsupported)
    assert not x.posts
    assert not x.messages


@pytest.mark.parametrize(
    ("answer", "kind", "gone"),
    [
        (problems.UNAUTHORIZED, Misconfigured, None),
        (problems.READ_ONLY, Misconfigured, None),
        (problems.APP_ONLY, Misconfigured, None),
        (problems.NO_CREDIT, Throttled, None),
        (problems.CAPPED, Throttled, None),
        (problems.TOO_MANY, Throttled, None),
        (problems.GONE, Unwelcome, False),
        ((400, problems.GONE[1]), Unwelcome, False),
        (problems.NOT_MENTIONED, Unwelcome, False),
        (problems.RESTRICTED, Unwelcome, False),
        (problems.NO_MESSAGES, Unwelcome, False),
        (problems.forbidden("You are not permitted to perform this action."), Unwelcome, False),
        (problems.NO_SUCH_USER, Unwelcome, True),
        (problems.invalid("text", "", "is too long"), Unsupported, None),
        ((403, {"errors": [{"code": 385, "message": problems.GONE[1]["detail"]}]}), Unwelcome, False),
    ],
)
async def test_each_refusal_has_its_name(
    x: XApi, running: Running, answer: problems.Refusal, kind: type[SendError], gone: bool | None
) -> None:
    x.refuse(answer, method="POST")

    error = await error_of(running, reply_to(x))

    assert type(error) is kind
    assert getattr(error, "gone", None) is gone


async def test_the_reset_says_how_long_to_wait(x: XApi, running: Running) -> None:
    x.throttle(120.0, method="POST")

    error = await error_of(running, reply_to(x))

    assert isinstance(error, Throttled)
    assert abs(error.retry_after - timedelta(seconds=120)) <= timedelta(seconds=2)


async def test_without_the_right_to_write_nothing_else_is_tried(x: XApi, running: Running) -> None:
    x.refuse(problems.READ_ONLY, method="POST")

    await error_of(running, reply_to(x))

    health = await running.channel.health()
    assert not health.up
    assert "what they permit" in health.detail


@pytest.mark.parametrize("fault", ["overload", "go_silent"])
async def test_an_answer_that_is_lost_is_an_unknown_outcome(x: XApi, running: Running, fault: str) -> None:
    getattr(x, fault)(method="POST")

    assert isinstance(await error_of(running, reply_to(x)), OutcomeUnknown)


async def test_a_page_in_front_of_x_means_that_nothing_was_sent(x: XApi, running: Running) -> None:
    x.show_page("<html>Attention Required! | Cloudflare</html>", status=403, method="POST")

    assert isinstance(await error_of(running, reply_to(x)), Unreachable)


async def test_an_answer_that_cannot_be_read_may_mean_that_it_was_sent(x: XApi, running: Running) -> None:
    x.show_page("{", status=201, method="POST")

    assert isinstance(await error_of(running, reply_to(x)), OutcomeUnknown)


async def test_a_page_that_is_not_there_says_nothing_of_the_person(x: XApi, running: Running) -> None:
    x.show_page("<html>Not Found</html>", status=404, method="POST")

    assert isinstance(await error_of(running, reply_to(x)), Misconfigured)


async def test_a_closed_door_means_that_nothing_was_sent(x: XApi, running: Running) -> None:
    reply = reply_to(x)
    await x.stop()

    assert isinstance(await error_of(running, reply), Unreachable)
    assert not (await running.channel.health()).up


async def test_what_was_posted_without_an_answer_is_found_and_not_posted_again(x: XApi, running: Running) -> None:
    reply = reply_to(x)
    x.cut_after_posting()
    assert isinstance(await error_of(running, reply), OutcomeUnknown)

    ids = await running.channel.send(reply)

    assert [post.id for post in x.posts] == list(ids)


async def test_after_a_crash_xs_own_memory_finds_it(x: XApi, run: Run, running: Running) -> None:
    reply = reply_to(x)
    x.cut_after_posting()
    await error_of(running, reply)
    await running.stop()
    another = run()
    await another.up()

    ids = await another.channel.send(reply)

    assert [post.id for post in x.posts] == list(ids)
    assert [path for _, path in x.requests].count(f"/2/users/{x.world.own}/tweets") == 1


async def test_what_may_be_out_waits_until_the_account_is_known(x: XApi, run: Run, running: Running) -> None:
    reply = reply_to(x)
    x.cut_after_posting()
    await error_of(running, reply)
    await running.stop()
    x.refuse(problems.UNAUTHORIZED, method="GET")
    another = run()
    await another.says("401")

    for _ in range(2):
        assert isinstance(await error_of(another, reply), Unreachable)
    x.recover()
    await another.up()
    ids = await another.channel.send(reply)

    assert [post.id for post in x.posts] == list(ids)


@pytest.mark.parametrize("crashed", [False, True])
async def test_a_message_that_was_sent_without_an_answer_is_found(
    x: XApi, run: Run, running: Running, crashed: bool
) -> None:
    reply = reply_to(x, private=PRIVATE)
    x.cut_after_posting(spare=1)
    assert isinstance(await error_of(running, reply), OutcomeUnknown)
    another = run()
    await another.up()

    ids = await (another if crashed else running).channel.send(reply)

    assert ids == (x.posts[0].id, x.messages[0].id)
    assert (len(x.posts), len(x.messages)) == (1, 1)


async def test_a_message_in_doubt_is_sent_where_none_may_be_read(x: XApi, running: Running) -> None:
    reply = reply_to(x, text="", private=PRIVATE)
    x.go_silent(method="POST")
    await error_of(running, reply)
    x.recover()
    x.refuse(problems.READ_ONLY, method="GET", path=f"/2/dm_conversations/with/{reply.to.value}/dm_events")

    assert await running.channel.send(reply) == (x.messages[0].id,)


async def test_the_same_words_for_somebody_else_go_with_the_time_of_day(x: XApi, running: Running) -> None:
    await running.channel.send(reply_to(x))

    ids = await running.channel.send(reply_to(x, id="another"))

    assert re.fullmatch(re.escape(PUBLIC) + r" \(\d\d/\d\d \d\d\.\d\d\.\d\d WIB\)", x.posts[1].text)
    assert ids == (x.posts[1].id,)


async def test_words_that_x_remembers_longer_than_we_do_go_with_the_time_of_day(
    x: XApi, run: Run, running: Running
) -> None:
    await running.channel.send(reply_to(x))
    await running.stop()
    another = run()
    await another.up()

    ids = await another.channel.send(reply_to(x, id="another"))

    assert ids == (x.posts[1].id,)
    assert x.posts[1].text.startswith(PUBLIC)


async def test_the_same_words_without_room_for_more_are_given_up(x: XApi, running: Running) -> None:
    full = ("Lapor " * 60)[:279] + "."
    await running.channel.send(reply_to(x, text=full))

    error = await error_of(running, reply_to(x, id="another", text=full))

    assert isinstance(error, Unsupported)
    assert "same words" in str(error)


async def test_posts_and_links_are_counted(x: XApi, running: Running) -> None:
    await running.channel.send(reply_to(x, private=PRIVATE))
    await running.channel.send(reply_to(x, id="2", text="Jawab di https://lapor.go.id/jawab/AbCdEf sekali saja."))
    x.world.write("siti", "#lapor banjir @lapor1708")
    await running.says("3 posted")

    await running.taken(3)

    assert '"posts":3,"links":1' in running.intake.cursors[-1]


async def test_nothing_is_sent_before_the_channel_runs(x: XApi, run: Run) -> None:
    running = run()
    await running.up()
    await running.stop()

    assert isinstance(await error_of(running, reply_to(x)), Unreachable)
