"""What the dialogue looks like on an old telephone: one SMS a turn, in letters that every network carries."""

import pytest

from core.dialogue import label
from core.dialogue import questions as asked
from core.dialogue.vocabulary import Word, read_word
from core.model.dialogue import Offer, Say
from core.model.message import Choice
from core.offering import write_with_choices
from core.replies import CHOICES, IN_TALKS, Replies
from tests.core.dialogue.talk import SMS, Talk
from tests.core.test_replies import GSM, IN_EVERY_LANGUAGE, LONGEST, REPLIES, segments
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
    "talk_wrong_number": (*(Offer(label="Kementerian Pendayagunaan Aparatur Negara"),) * 3, asked.UNKNOWN),
    "talk_ask_agency": (*(Offer(label="Kementerian Pendayagunaan Aparatur Negara"),) * 3, asked.UNKNOWN),
}
BY_MAIL = {"talk_transcript"}
ALIKE = {Word.NEW: {Word.BEGIN}}
"""Whoever is offered the one may say the other."""


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize("event", sorted(IN_TALKS - BY_MAIL))
def test_every_turn_is_one_sms_with_its_choices(replies: Replies, event: str) -> None:
    offers = TOGETHER.get(event, ())

    written, _ = write_with_choices(
        replies, event, {**LONGEST, **FACTS}, channel="sms", capabilities=CARRIED, offers=offers
    )

    assert set(written.text) <= GSM
    assert segments(written.text) == 1, len(written.text)
    assert all(choice.label in written.text for choice in label(offers, replies, beside=False))


@IN_EVERY_LANGUAGE
def test_every_choice_has_a_label_and_fits_a_button(replies: Replies) -> None:
    assert all(0 < len(replies.choice(key)) <= 24 for key in CHOICES)


@IN_EVERY_LANGUAGE
def test_what_stands_on_a_button_is_understood_when_it_is_written(replies: Replies) -> None:
    aside = {asked.SKIP, asked.CANCEL, asked.PHOTO}
    offered = {offer for offers in TOGETHER.values() for offer in offers if offer.key} | aside
    said = {offer.key: (read_word(replies.choice(offer.key)), read_word(offer.says)) for offer in offered}

    assert {key for key, (written, meant) in said.items() if written not in {meant, *ALIKE.get(meant, ())}} == set()


def test_where_choices_are_numbered_the_text_itself_tells_of_those_aside() -> None:
    offers = (asked.SEND, asked.SKIP, Offer(label="Direktorat Jenderal Pemasyarakatan dan Imigrasi"))

    assert label(offers, REPLIES, beside=False) == (
        Choice("Kirim", "KIRIM"),
        Choice("Direktorat Jenderal Pemasyarak..."),
    )
    assert [choice.label for choice in label(offers, REPLIES, beside=True)][1] == "Lewati"


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
