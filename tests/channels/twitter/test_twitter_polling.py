"""Asking for mentions: order, pages, cursor, limits, outages; nothing is lost and nothing is paid twice."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from channels.twitter.api_peer import XApi, problems
from channels.twitter.polling.backlog import Backlog
from channels.twitter.reading.shapes import Includes, Page
from core.channel import Busy, Refused
from core.model.message import Mark, Origin
from core.testing.channel_rig import eventually, never
from core.testing.fakes import RecordingIntake
from tests.channels.twitter.conftest import JPEG, Run


def write_many(x: XApi, count: int) -> list[str]:
    return [x.world.write(f"warga{n % 40}", f"#lapor keluhan nomor {n} @lapor1708") for n in range(count)]


def cursor(intake: RecordingIntake) -> dict[str, object]:
    found = json.loads(intake.cursors[-1])
    assert isinstance(found, dict)
    return found


async def test_mentions_are_taken_the_oldest_first(x: XApi, run: Run) -> None:
    tweets = write_many(x, 5)

    running = run()
    await running.taken(5)

    assert [message.external_id for message in running.intake.committed] == tweets


async def test_every_page_is_read_and_the_cursor_moves_once(x: XApi, run: Run) -> None:
    tweets = write_many(x, 250)

    running = run()
    await running.taken(250)

    assert [message.external_id for message in running.intake.committed] == tweets
    await eventually(lambda: len(running.intake.cursors) == 1, "the cursor moves with the last")
    assert cursor(running.intake)["since_id"] == tweets[-1]
    assert [len(set(query) & {"pagination_token"}) for query in list(x.asked)[:3]] == [0, 1, 1]


async def test_the_cursor_counts_what_was_read(x: XApi, run: Run) -> None:
    write_many(x, 3)

    running = run()
    await running.taken(3)
    await eventually(lambda: bool(running.intake.cursors), "the cursor is committed")

    assert cursor(running.intake) | {"since_id": ""} == {
        "since_id": "",
        "month": f"{datetime.now(UTC):%Y-%m}",
        "reads": 3,
        "posts": 0,
        "links": 0,
    }


async def test_an_empty_page_changes_nothing(x: XApi, run: Run) -> None:
    running = run()
    await eventually(lambda: len(x.asked) > 3, "X is asked again and again")

    assert not running.intake.offered
    assert not running.intake.cursors


async def test_the_cursor_waits_for_every_commit(x: XApi, run: Run) -> None:
    write_many(x, 4)
    intake = RecordingIntake()
    intake.fail(Busy("the database is away", retry_after=timedelta(milliseconds=20)), at=2)

    running = run(intake)
    await running.taken(4)

    assert len(intake.offered) == 5
    assert len(intake.cursors) == 1
    assert len([query for query in x.asked if "since_id" not in query]) == 1


async def test_a_busy_core_is_not_given_what_it_has_again(x: XApi, run: Run) -> None:
    tweets = write_many(x, 3)
    intake = RecordingIntake()
    intake.fail(Busy("full", retry_after=timedelta(milliseconds=20)), at=3)

    await run(intake).taken(3)

    assert [message.external_id for message in intake.offered] == [*tweets, tweets[-1]]


async def test_refused_tweets_do_not_hold_up_the_others(x: XApi, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    tweets = write_many(x, 3)
    intake = RecordingIntake()
    intake.fail(Refused("too long", field="text"), at=3)

    running = run(intake)
    await running.taken(2)
    await eventually(lambda: x.asked[-1].get("since_id") == tweets[-1], "it is read past")
    x.world.write("siti", "#lapor berikutnya @lapor1708")
    await running.taken(3)

    assert any(getattr(record, "tweet", "") == tweets[-1] for record in caplog.records)


async def test_an_interrupted_backlog_goes_on_where_it_stopped(x: XApi, run: Run) -> None:
    tweets = write_many(x, 150)
    intake = RecordingIntake()
    running = run(intake, poll_seconds=60.0)
    await running.taken(150)
    await running.stop()
    intake.cursors.clear()
    intake.committed.clear()
    x.asked.clear()
    x.overload_after(1)

    again = run(intake)
    await again.taken(150)

    assert [message.external_id for message in intake.committed] == tweets
    first, second = list(x.asked)[:2]
    assert ("until_id" in first, second.get("until_id")) == (False, tweets[50])


async def test_a_whole_backlog_is_asked_for_once_however_often_the_core_is_busy() -> None:
    asked: list[str] = []

    async def ask(until: str, _token: str) -> Page:
        asked.append(until)
        return Page(tweets=({"id": "5", "text": "rahasia"},), includes=Includes(), newest_id="5")

    backlog = Backlog()
    for _ in range(30):
        await backlog.fetch(ask)

    assert asked == [""]
    assert not backlog.has_gap
    assert "rahasia" not in repr(backlog)


async def test_more_than_x_shows_is_said(x: XApi, run: Run) -> None:
    first = write_many(x, 1)[0]
    intake = RecordingIntake()
    running = run(intake)
    await running.taken(1)
    await running.stop()
    write_many(x, 801)

    again = run(intake)
    await again.taken(801)

    await again.says(f"some between tweets {first}")


async def test_the_first_start_may_leave_old_mentions_alone(x: XApi, run: Run) -> None:
    tweets = write_many(x, 3)

    running = run(start_after_id=tweets[1])
    await running.taken(1)

    assert [message.external_id for message in running.intake.committed] == tweets[2:]


async def test_our_own_tweets_carry_the_cursor_too(x: XApi, run: Run) -> None:
    own = x.world.write("lapor1708", "Sebut @lapor1708 dan #lapor")

    running = run()
    await eventually(lambda: bool(running.intake.cursors), "the cursor moves")

    assert cursor(running.intake)["since_id"] == own
    assert running.intake.committed[0].origin is Origin.ROBOT


async def test_what_cannot_be_read_is_kept_and_read_past(x: XApi, run: Run) -> None:
    x.inject({"id": 5}, None, "tweet", {"id": "19914", "text": ["x"]})
    after = x.world.write("siti", "#lapor banjir @lapor1708")

    running = run()
    await running.taken(5)
    await eventually(lambda: x.asked[-1].get("since_id") == after, "it is read past")

    assert [message.unreadable for message in running.intake.committed].count(True) == 4
    assert running.intake.committed[-1].text == "banjir"


async def test_the_thread_above_is_read(x: XApi, run: Run) -> None:
    first = x.world.write("budi", "Jalan depan pasar berlubang")
    second = x.world.write("siti", "Gang sebelah juga", reply_to=first)
    x.world.write("agus", "@lapor1708 #lapor tolong", reply_to=second)

    running = run()
    await running.taken(1)

    assert running.intake.committed[0].context == "@budi: Jalan depan pasar berlubang\n@siti: Gang sebelah juga"
    assert running.intake.committed[0].belongs_to == (second, first)


async def test_a_thread_that_cannot_be_read_does_not_hold_up_the_report(x: XApi, run: Run) -> None:
    first = x.world.write("budi", "Jalan depan pasar berlubang")
    second = x.world.write("siti", "Gang sebelah juga", reply_to=first)
    x.world.write("agus", "@lapor1708 #lapor tolong", reply_to=second)
    x.refuse(problems.TOO_MANY, path="/2/tweets")

    running = run()
    await running.taken(1)

    assert running.intake.committed[0].text == "tolong"


async def test_pictures_are_stored_before_the_tweet_is_offered(x: XApi, run: Run) -> None:
    x.world.write("budi", "#lapor jembatan putus @lapor1708", photos=(x.world.keep(JPEG),))

    running = run()
    await running.taken(1)

    message = running.intake.committed[0]
    assert [running.intake.files[one.id] for one in message.attachments] == [JPEG]
    assert [one.media_type for one in message.attachments] == ["image/jpeg"]
    assert not message.marks


@pytest.mark.parametrize("content", [b"<html>bukan gambar</html>\x00", b"", JPEG + b"x" * 20_000])
async def test_a_picture_that_cannot_be_kept_is_left_out_and_said(x: XApi, run: Run, content: bytes) -> None:
    x.world.write("budi", "#lapor jembatan putus @lapor1708", photos=(x.world.keep(content), x.world.keep(JPEG)))

    running = run(max_media_bytes=20_000)
    await running.taken(1)

    message = running.intake.committed[0]
    assert message.marks == (Mark.FILES_LEFT_OUT,)
    assert len(message.attachments) == 1


async def test_of_a_film_the_first_frame_is_kept(x: XApi, run: Run) -> None:
    x.world.write("budi", "#lapor tawuran @lapor1708", films=(x.world.keep(JPEG),))

    running = run()
    await running.taken(1)

    message = running.intake.committed[0]
    assert (len(message.attachments), message.marks) == (1, (Mark.FILES_LEFT_OUT,))
    assert "[video: https://x.com/i/status/" in message.context


async def test_pictures_are_fetched_from_x_alone(x: XApi, run: Run) -> None:
    x.inject(
        {
            "id": x.world.new_id(),
            "author_id": "77",
            "text": "#lapor @lapor1708 foto",
            "attachments": {"media_keys": ["3_1"]},
        }
    )
    async with XApi() as elsewhere:
        url = f"{elsewhere.url}/media/{elsewhere.world.keep(JPEG)}"
        x.include({"media": [{"media_key": "3_1", "type": "photo", "url": url}]})

        running = run()
        await running.taken(1)

    assert running.intake.committed[0].marks == (Mark.FILES_LEFT_OUT,)
    assert not elsewhere.requests


async def test_a_large_original_is_kept_as_a_file(x: XApi, run: Run) -> None:
    x.world.write("budi", "#lapor @lapor1708 " + "😭" * 20_000)

    running = run()
    await running.taken(1)

    message = running.intake.committed[0]
    assert message.raw == b""
    assert json.loads(running.intake.files[message.raw_blob])["data"]["author_id"] == message.sender.value


async def test_an_original_is_kept_however_small_files_must_be(x: XApi, run: Run) -> None:
    x.world.write("budi", "#lapor @lapor1708 " + "😭" * 20_000)
    intake = RecordingIntake()
    intake.largest = 1000

    await run(intake).taken(1)


async def test_a_picture_without_words_that_is_taken_back_is_heard(x: XApi, run: Run) -> None:
    gone = x.world.write("budi", "#lapor @lapor1708", photos=(x.world.keep(JPEG),))
    running = run(recheck_minutes=0.001)
    await running.taken(1)

    x.delete(gone)
    await running.taken(2)

    assert running.intake.committed[-1].replaces == gone


async def test_what_was_taken_before_the_core_was_busy_is_looked_at_again(x: XApi, run: Run) -> None:
    gone, *_ = write_many(x, 3)
    intake = RecordingIntake()
    intake.fail(Busy("full", retry_after=timedelta(milliseconds=20)), at=2)
    running = run(intake, recheck_minutes=0.001)
    await running.taken(3)

    x.delete(gone)
    await running.taken(4)

    assert running.intake.committed[-1].replaces == gone


async def test_who_takes_a_tweet_back_is_heard(x: XApi, run: Run) -> None:
    kept, gone, hidden = (x.world.write(name, "#lapor rahasia @lapor1708") for name in ("budi", "siti", "agus"))
    running = run(recheck_minutes=0.001)
    await running.taken(3)

    x.delete(gone)
    x.change_user("agus", protected=True)
    await running.taken(4)

    await never(lambda: len(running.intake.committed) > 4, "a protected tweet is not a deleted one")
    message = running.intake.committed[-1]
    assert (message.external_id, message.replaces, message.marks) == (f"{gone}:deleted", gone, (Mark.DELETED,))
    assert {kept, hidden}.isdisjoint({message.replaces})


async def test_reading_stops_when_the_months_quota_is_used(x: XApi, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    write_many(x, 5)
    running = run(monthly_read_quota=5)
    await running.taken(5)
    asked = len(x.asked)
    write_many(x, 1)

    await running.says("raise twitter.monthly_read_quota")

    assert len(x.asked) <= asked + 1
    assert len(running.intake.committed) == 5
    assert (await running.channel.health()).up
    assert any(record.levelno == logging.ERROR for record in caplog.records)


async def test_a_backlog_that_is_begun_is_finished_beyond_the_quota(x: XApi, run: Run) -> None:
    write_many(x, 150)
    x.overload_after(1)

    await run(monthly_read_quota=100).taken(150)


async def test_the_quota_counts_on_after_a_restart(x: XApi, run: Run) -> None:
    write_many(x, 5)
    intake = RecordingIntake()
    running = run(intake, monthly_read_quota=5)
    await running.taken(5)
    await eventually(lambda: bool(intake.cursors), "the cursor is committed")
    await running.stop()
    x.asked.clear()

    again = run(intake, monthly_read_quota=5)
    await again.says("not read until next month")

    assert not x.asked


async def test_a_new_month_begins_with_nothing(x: XApi, run: Run) -> None:
    last_month = {"since_id": "", "month": "2026-01", "reads": 9999, "posts": 1, "links": 0}
    write_many(x, 2)

    running = run(RecordingIntake(cursor=json.dumps(last_month)), monthly_read_quota=100)
    await running.taken(2)

    await running.says("2 of 100 posts read")


async def test_at_four_fifths_threads_wait_and_it_is_said(x: XApi, run: Run) -> None:
    write_many(x, 8)
    running = run(monthly_read_quota=10)
    await running.taken(8)
    await running.says("80 %")
    above = x.world.write("budi", "Di atas")
    second = x.world.write("budi", "Di tengah", reply_to=above)
    looked = [path for _, path in x.requests].count("/2/tweets")

    x.world.write("siti", "@lapor1708 #lapor tolong", reply_to=second)
    await running.taken(9)

    assert [path for _, path in x.requests].count("/2/tweets") == looked


async def test_a_limit_is_waited_for_until_its_reset(x: XApi, run: Run) -> None:
    x.throttle(2.0, method="GET", times=1)
    x.world.write("budi", "#lapor banjir @lapor1708")

    running = run(user_id=x.world.own)
    await running.says("X asks to wait")
    asked = len(x.requests)
    await never(lambda: len(x.requests) > asked, "X is left alone until the reset", within=0.5)
    assert (await running.channel.health()).up

    await running.taken(1)


async def test_xs_own_monthly_cap_is_not_asked_against(x: XApi, run: Run) -> None:
    x.cap_usage()

    running = run(user_id=x.world.own)
    await running.says("monthly cap")

    asked = len(x.requests)
    await never(lambda: len(x.requests) > asked, "a used-up month is not asked again", within=0.3)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (problems.UNAUTHORIZED, "check twitter.bearer_token"),
        (problems.NO_CREDIT, "top it up"),
        (problems.forbidden("Forbidden"), "project and permissions"),
        (problems.NO_SUCH_USER, "twitter.user_id"),
    ],
)
async def test_what_an_operator_must_mend_is_said(x: XApi, run: Run, answer: problems.Refusal, words: str) -> None:
    x.world.write("budi", "#lapor banjir @lapor1708")
    x.refuse(answer)
    running = run(user_id=x.world.own)

    await running.says(words)
    assert not (await running.channel.health()).up
    x.recover()

    await running.taken(1)


async def test_an_outage_ends_by_itself(x: XApi, run: Run) -> None:
    running = run()
    await running.up()
    for fault in (x.overload, x.go_silent):
        fault()
        await running.says("does not answer")
        x.recover()
        await running.up()
    await x.stop()
    await running.says("does not answer")
    tweet = x.world.write("budi", "#lapor banjir @lapor1708")
    await x.start()

    await running.taken(1)

    assert running.intake.committed[0].external_id == tweet


async def test_an_hours_outage_is_not_knocked_at_too_often(x: XApi, run: Run) -> None:
    x.overload()
    run(back_off_max_seconds=3600.0)

    await asyncio.sleep(1.2)

    assert len(x.requests) <= 3


async def test_a_connection_that_is_cut_leaves_no_message_behind(x: XApi, run: Run) -> None:
    write_many(x, 30)
    intake = RecordingIntake()
    intake.hold()
    running = run(intake)
    await eventually(lambda: len(intake.offered) == 29, "all but the last are offered")
    await running.stop()
    intake.release()

    await run(intake).taken(30)

    assert len(intake.cursors) == 1


async def test_the_account_is_found_by_its_keys_or_its_name(x: XApi, run: Run) -> None:
    by_keys, by_name = run(), run(consumer_key="", consumer_secret="", access_token="", access_token_secret="")

    await by_keys.up()
    await by_name.up()

    paths = {path for _, path in x.requests}
    assert {"/2/users/me", "/2/users/by/username/lapor1708"} <= paths


async def test_keys_of_another_account_are_said(x: XApi, run: Run) -> None:
    await run(handle="lapor1709").says("belongs to another account")


async def test_an_unknown_handle_is_said(x: XApi, run: Run) -> None:
    none = {"consumer_key": "", "consumer_secret": "", "access_token": "", "access_token_secret": ""}

    await run(handle="tidak_ada", **none).says("knows no account")
