"""Asking for updates: their order, what a restart repeats, files that come later, and Telegram being away."""

import asyncio
from datetime import timedelta

import pytest

from channels.chat.telegram.api_peer import BotApi, problems
from core.channel import Busy, Refused
from core.testing.channel_rig import eventually, never
from core.testing.fakes import RecordingIntake
from tests.channels.chat.telegram.conftest import JPEG, Run, make_reply


async def test_those_of_a_chat_are_taken_in_their_order_and_others_beside_them(api: BotApi, run: Run) -> None:
    intake = RecordingIntake()
    intake.hold()
    ratna, budi = api.world.citizen("Ratna"), api.world.citizen("Budi")
    for text in ("satu", "dua", "tiga"):
        api.world.say(ratna, text)
    api.world.say(budi, "empat")
    api.world.say(budi, "lima")
    run(intake)

    await eventually(lambda: len(intake.offered) == 2, "the first of each chat is offered")
    intake.release()

    await eventually(lambda: len(intake.committed) == 5, "all are taken")
    assert [one.text for one in intake.committed if one.sender.value == str(ratna)] == ["satu", "dua", "tiga"]
    assert intake.committed[-1].text == "lima", "the one with the cursor comes last"


async def test_what_was_busy_is_offered_again_and_nothing_is_asked_meanwhile(api: BotApi, run: Run) -> None:
    intake = RecordingIntake()
    ratna = api.world.citizen("Ratna")
    for text in ("satu", "dua", "tiga"):
        api.world.say(ratna, text)
    intake.fail(Busy("away", retry_after=timedelta(milliseconds=10)), at=2)
    run(intake)

    await eventually(lambda: len(intake.committed) == 3, "all are taken")

    assert [one.text for one in intake.offered] == ["satu", "dua", "dua", "tiga"]
    asked = [int(fields["offset"]) for method, fields in api.calls if method == "getupdates"]
    assert asked.count(0) == 1


async def test_what_is_never_taken_moves_on(api: BotApi, run: Run) -> None:
    intake = RecordingIntake()
    intake.fail(Refused("not taken"))
    ratna = api.world.citizen("Ratna")
    api.world.say(ratna, "satu")
    run(intake)
    await eventually(lambda: not api.world.updates, "it is told to be done")

    api.world.say(ratna, "dua")

    await eventually(lambda: [one.text for one in intake.committed] == ["dua"], "the next one is taken")


async def test_the_talk_of_a_group_is_told_to_be_done_and_not_kept(api: BotApi, run: Run) -> None:
    api.world.privacy = False
    group, ratna = api.world.group("RT 5"), api.world.citizen("Ratna")
    running = run()
    await running.up()

    for text in ("Selamat pagi", "/lapor@lapor_bot Banjir", "Wah"):
        api.world.say(ratna, text, chat=group)

    await eventually(lambda: not api.world.updates, "all is told to be done")
    assert [one.text for one in running.intake.offered] == ["Banjir"]
    await eventually(lambda: len(api.world.sent) == 1, "the group hears where it goes on")
    assert api.world.sent[0].chat == group


async def test_a_group_is_not_flooded_with_the_same_sentence(api: BotApi, run: Run) -> None:
    group, ratna = api.world.group("RT 5"), api.world.citizen("Ratna")
    running = run()
    await running.up()

    for n in range(10):
        api.world.say(ratna, f"/lapor@lapor_bot Banjir {n}", chat=group)

    await running.taken(10)
    await eventually(lambda: len(api.world.sent) >= 3, "the first ones are answered")
    await never(lambda: len(api.world.sent) > 3, "and no more within the same seconds")


async def test_it_starts_while_telegram_is_down_and_is_there_when_it_comes(api: BotApi, run: Run) -> None:
    api.world.say(api.world.citizen("Ratna"), "Banjir")
    await api.stop()
    running = run()
    await running.says("does not answer")
    assert not (await running.channel.health()).up

    await api.start()

    await running.taken(1)


async def test_a_webhook_that_is_still_set_is_taken_back(api: BotApi, run: Run) -> None:
    api.hook.url = "http://127.0.0.1:1/"
    api.world.say(api.world.citizen("Ratna"), "Banjir")

    await run().taken(1)

    assert api.hook.url == ""


@pytest.mark.parametrize(
    ("answer", "words"),
    [(problems.UNAUTHORIZED, "telegram.token"), (problems.OTHER_POLLER, "another program")],
    ids=["token", "other"],
)
async def test_a_refusal_is_told_with_its_remedy_and_ends_by_itself(
    api: BotApi, run: Run, answer: problems.Answer, words: str
) -> None:
    api.refuse(answer)
    running = run()
    await running.says(words)

    api.recover()

    await running.up()


async def test_a_file_is_tried_again_until_it_is_given(api: BotApi, run: Run) -> None:
    api.refuse(
        problems.refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
        method="getFile",
        times=1,
    )
    api.world.photo(api.world.citizen("Ratna"), JPEG, caption="Jembatan")
    running = run()
    await running.taken(1)
    await eventually(lambda: any(one.attempts == 1 for one in running.intake.wishes.values()), "it is put off")
    (wish,) = running.intake.wishes.values()
    assert wish.not_before is not None

    await running.intake.postpone(type(wish)(**{**_fields(wish), "not_before": None}))

    await eventually(lambda: bool(running.intake.late), "it is fetched")
    assert list(running.intake.files.values()) == [JPEG]


SOUNDS = {
    "voice": (b"OggS\x00\x02" + bytes(100), "audio/ogg"),
    "mp3": (b"ID3\x04" + bytes(100), "audio/mpeg"),
    "mp3 without a head": (b"\xff\xfb\x90\x64" + bytes(100), "audio/mpeg"),
    "iPhone": (b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00" + bytes(100), "audio/mp4"),
}


@pytest.mark.parametrize(("content", "kind"), SOUNDS.values(), ids=SOUNDS)
async def test_what_was_spoken_is_kept(api: BotApi, run: Run, content: bytes, kind: str) -> None:
    api.world.voice(api.world.citizen("Ratna"), content)

    running = run()

    await eventually(lambda: bool(running.intake.late), "it is fetched")
    ((file,),) = running.intake.late.values()
    assert (file.media_type, running.intake.files[file.id]) == (kind, content)


def _fields(wish: object) -> dict[str, object]:
    return {name: getattr(wish, name) for name in wish.__slots__}  # type: ignore[attr-defined]


async def test_a_file_that_is_too_large_or_of_no_known_kind_is_lost_and_the_message_is_not(
    api: BotApi, run: Run
) -> None:
    ratna = api.world.citizen("Ratna")
    api.world.document(ratna, b"x", name="film.mp4", kind="video/mp4", file_size=30 << 20, caption="Film")
    api.world.document(ratna, b"\x7fELF\x00\x01", name="a.jpg", kind="image/jpeg", caption="Program")

    running = run()

    await eventually(lambda: len(running.intake.gone) == 2, "both are given up")
    assert [one.text for one in running.intake.committed] == ["Film", "Program"]
    assert not [method for method, fields in api.calls if method == "getfile"][1:], "the large one is not asked for"


async def test_files_that_take_long_keep_no_others_waiting(api: BotApi, run: Run) -> None:
    ratna = api.world.citizen("Ratna")
    slow = [api.world.photo(ratna, JPEG + bytes([n]))["photo"][-1]["file_id"] for n in range(3)]
    api.hang_files(*slow)
    running = run(request_seconds=11.0)
    await eventually(lambda: sum(method == "getfile" for method, _ in api.calls) == 3, "the slow ones are under way")

    api.world.photo(ratna, JPEG)

    await eventually(lambda: list(running.intake.files.values()) == [JPEG], "the quick one is there")
    assert len(running.intake.wishes) == 3


async def test_a_file_that_hangs_keeps_nobody_waiting(api: BotApi, run: Run) -> None:
    api.go_silent(method="getFile")
    ratna = api.world.citizen("Ratna")
    api.world.photo(ratna, JPEG)
    running = run()
    await running.taken(1)

    api.world.say(ratna, "Ini fotonya")

    await running.taken(2)
    await asyncio.wait_for(running.channel.send(make_reply(ratna)), 5)
    await never(lambda: bool(running.intake.gone), "and it is not given up")
