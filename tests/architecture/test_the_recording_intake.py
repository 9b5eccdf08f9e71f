"""The kit's intake keeps the core's rules, so that what passes with it passes with the core."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.channel import Busy, Refused
from core.model.message import Address, Attachment, Form, Inbound
from core.testing.fakes import RecordingIntake

AT = datetime(2026, 11, 20, 3, 15, tzinfo=UTC)
LATER = AT + timedelta(seconds=1)
SMS = Inbound("sms", "m1", Address("tel", "6281234567801"), AT, text="Jalan rusak.", fingerprint=b"a")


async def test_a_known_id_is_a_repeat() -> None:
    intake = RecordingIntake()
    first = await intake.accept(SMS)

    again = await intake.accept(SMS)

    assert (first.repeated, again.repeated) == (False, True)
    assert again.message_id == first.message_id
    assert intake.committed == [SMS]


async def test_a_known_id_with_another_fingerprint_is_refused() -> None:
    intake = RecordingIntake()
    await intake.accept(SMS)

    with pytest.raises(Refused):
        await intake.accept(replace(SMS, fingerprint=b"b"))


@pytest.mark.parametrize(
    ("since", "until", "is_repeat"),
    [
        (AT, AT + timedelta(seconds=1), True),
        (AT + timedelta(seconds=1), None, False),
        (AT, AT, False),
        (None, None, False),
    ],
)
async def test_without_ids_the_redelivery_window_decides(
    since: datetime | None, until: datetime | None, *, is_repeat: bool
) -> None:
    intake = RecordingIntake()
    await intake.accept(SMS)

    again = await intake.accept(replace(SMS, external_id="m2", redelivered_since=since, redelivered_until=until))

    assert again.repeated is is_repeat


async def test_a_repeated_form_gets_the_same_number_and_pin() -> None:
    intake = RecordingIntake()
    form = replace(SMS, form=Form())
    first = await intake.accept(form)

    again = await intake.accept(form)

    assert first.report is not None
    assert again.report == first.report


async def test_it_fails_when_told_to_and_keeps_nothing() -> None:
    intake = RecordingIntake(cursor="4")
    intake.fail(Busy("away"), at=2)
    await intake.accept(SMS, cursor="5")

    with pytest.raises(Busy):
        await intake.accept(replace(SMS, external_id="m2"), cursor="6")

    assert await intake.cursor() == "5"
    assert intake.committed == [SMS]


async def test_a_message_with_a_file_nobody_stored_is_refused() -> None:
    intake = RecordingIntake()

    with pytest.raises(Refused):
        await intake.accept(replace(SMS, attachments=(Attachment("f1", "image/jpeg", 3),)))
