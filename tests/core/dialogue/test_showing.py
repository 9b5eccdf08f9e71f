"""What the dialogue looks like on an old telephone: one SMS a turn, in letters that every network carries."""

import pytest

from core.dialogue import label, write_out
from core.dialogue import questions as asked
from core.model.dialogue import Offer, Say
from core.model.message import Choice
from core.replies import CHOICES, IN_TALKS
from tests.core.dialogue.talk import SMS, Talk
from tests.core.test_replies import GSM, LONGEST, REPLIES, segments
from tests.core.test_replies import SMS as CARRIED

FACTS = {"nomor": "4821 093 756", "jumlah": "6", "jejak": "3171234567890123, siti.rahayu@contoh"}
TOGETHER: dict[str, tuple[Offer, ...]] = {
    "talk_send": (asked.SEND, asked.HIDE_NAME, asked.HIDE_REPORT, asked.AGENCY, asked.NAME),
    "talk_seen_anonymous": (asked.SEND, asked.SHOW, asked.AGENCY),
    "talk_seen_secret": (asked.SEND, asked.SHOW, asked.AGENCY, asked.NAME),
    "talk_traces": (asked.SEND, asked.SHOW, asked.AGENCY),
    "talk_resumed": (asked.SEND, asked.HIDE_NAME, asked.HIDE_REPORT, asked.AGENCY, asked.NAME),
    "talk_resume": asked.RESUME,
    "talk_addition": asked.ADDITION,
    "talk_start_over": asked.START_OVER,
    "talk_language": asked.LANGUAGES,
    "talk_ask_agency": (*(Offer(label="Kementerian Pendayagunaan Aparatur Negara"),) * 3, asked.UNKNOWN),
}


@pytest.mark.parametrize("event", sorted(IN_TALKS))
def test_every_turn_is_one_sms_with_its_choices(event: str) -> None:
    text = REPLIES.compose(event, {**LONGEST, **FACTS}, channel="sms", capabilities=CARRIED)

    written = write_out(text, TOGETHER.get(event, ()), REPLIES)

    assert set(written) <= GSM
    assert segments(written) == 1, len(written)


def test_every_choice_has_a_label_and_fits_a_button() -> None:
    assert all(0 < len(REPLIES.choice(key)) <= 24 for key in CHOICES)


def test_choices_are_numbered_where_there_are_no_buttons() -> None:
    assert write_out("Kirim?", (asked.SEND, asked.SKIP, asked.HIDE_NAME), REPLIES) == (
        "Kirim?\n1 Kirim\n2 Rahasiakan nama saya"
    )


def test_a_button_says_what_the_bot_understands_in_every_language() -> None:
    assert label((asked.SEND, Offer(label="Kota Bekasi")), REPLIES) == (Choice("Kirim", "KIRIM"), Choice("Kota Bekasi"))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_number_on_the_sms_is_the_number_that_is_understood(number: int) -> None:
    talk = Talk(SMS)
    talk.says("pungli di kantor imigrasi Nganjuk kemarin")
    said = [offer for offer in talk.state.offered if not offer.aside][number - 1].says
    by_word = Talk(SMS)
    by_word.says("pungli di kantor imigrasi Nganjuk kemarin")

    assert [e.event for e in talk.hears(str(number)) if isinstance(e, Say)] == [
        e.event for e in by_word.hears(said) if isinstance(e, Say)
    ]
