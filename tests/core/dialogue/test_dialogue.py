"""The dialogue as a script: what is said, and which reply comes."""

from datetime import timedelta

import msgspec
import pytest

from core.model.dialogue import (
    AddTo,
    CallPerson,
    Dialogue,
    Draft,
    Question,
    Say,
    Settle,
    SpeakLanguage,
    Submit,
    Visibility,
)
from tests.core.dialogue.talk import CHAT, PHOTO, SMS, START, Talk

COMPLETE = "Lampu jalan mati di depan pasar Serpong sejak kemarin"
WHAT, WHERE, WHEN, SEND = "talk_ask_what", "talk_ask_where", "talk_ask_when", "talk_send"
SCRIPTS: dict[str, list[tuple[str, str]]] = {
    "a complete text is asked nothing but whether to send it": [(COMPLETE, SEND), ("kirim", "submit")],
    "only what is missing is asked": [
        ("lampu jalan mati", WHERE),
        ("Jl Melati 5", WHEN),
        ("kemarin", SEND),
        ("1", "submit"),
    ],
    "each question can be passed over": [
        ("lampu jalan mati", WHERE),
        ("tidak tahu", WHEN),
        ("-", SEND),
        ("ya", "submit"),
    ],
    "nothing is asked twice": [("lampu jalan mati", WHERE), ("yang besar itu", WHEN), ("entahlah ya gimana", SEND)],
    "a time where a place was asked is a time": [("lampu mati", WHERE), ("kemarin malam", WHERE), ("lupa", SEND)],
    "a place where a time was asked is a place": [
        ("lampu mati", WHERE),
        ("lewati", WHEN),
        ("Jl Melati", WHEN),
        ("Jl Mawar", SEND),
    ],
    "KIRIM sends what there is": [("lampu jalan mati", WHERE), ("KIRIM", "submit")],
    "KIRIM with nothing there says so": [("KIRIM", "talk_nothing"), ("lampu mati di Serpong", WHEN)],
    "LAPOR begins": [("LAPOR", "talk_welcome"), (COMPLETE, SEND)],
    "a greeting is greeted once": [("Assalamualaikum", "talk_welcome"), ("halo", ""), (COMPLETE, SEND)],
    "KEMBALI asks again": [("lampu jalan mati", WHERE), ("Jl Melati 5", WHEN), ("kembali", WHERE), ("Jl Mawar", WHEN)],
    "KEMBALI leaves what was only offered": [(COMPLETE, SEND), ("foto", "talk_ask_evidence"), ("kembali", SEND)],
    "ULANG asks first": [("lampu mati", WHERE), ("ulang", "talk_start_over"), ("tidak", WHERE)],
    "ULANG throws away when told to": [("lampu mati", WHERE), ("ulang", "talk_start_over"), ("ya", "talk_restarted")],
    "BATAL throws away": [("lampu mati", WHERE), ("BATAL", "talk_cancelled"), ("batal", "talk_nothing_open")],
    "TIDAK waits": [(COMPLETE, SEND), ("tidak", "talk_continue"), ("kirim", "submit")],
    "more words are asked about again": [(COMPLETE, SEND), ("dan sudah dua tiang yang mati", SEND)],
    "SELESAI sends": [(COMPLETE, SEND), ("selesai", "submit")],
    "a wrong number is told once": [(COMPLETE, SEND), ("9", "talk_wrong_number"), ("9", SEND)],
    "the name is hidden": [(COMPLETE, SEND), ("rahasiakan nama saya", "talk_seen_anonymous"), ("kirim", "submit")],
    "the report is hidden": [(COMPLETE, SEND), ("rahasia", "talk_seen_secret"), ("terbuka", SEND)],
    "hidden early is shown before it is sent": [("anonim", WHAT), (COMPLETE, "talk_seen_anonymous")],
    "traces are told once": [
        (f"{COMPLETE}, hubungi 081234567890", SEND),
        ("anonim", "talk_seen_anonymous"),
        ("kirim", "talk_traces"),
        ("kirim", "submit"),
    ],
    "a name is asked for on request": [(COMPLETE, SEND), ("tulis nama saya", "talk_ask_name"), ("Siti Rahayu", SEND)],
    "an agency is suggested": [
        ("pungli di kantor imigrasi Nganjuk kemarin", SEND),
        ("instansi", "talk_ask_agency"),
        ("1", SEND),
    ],
    "privacy is explained": [("privasi", "talk_privacy")],
    "whoever does not understand the question asks for English": [
        ("what is this", WHERE),
        ("english", f"talk_language_set {WHERE}"),
    ],
    "a new visitor of another language is welcomed": [("english", "talk_language_set talk_welcome")],
    "Telegram's first word": [("/start", "talk_welcome"), (COMPLETE, SEND), ("/start", "talk_resume")],
    "a stray number is no report": [("5", "talk_nothing_open")],
    "language": [("lampu mati", WHERE), ("bahasa", "talk_language"), ("2", "talk_language_set talk_ask_where")],
    "a person is called": [("petugas", "callperson"), ("lampu mati", "")],
    "words of the bot in a sentence are words of a report": [
        ("petugas kelurahan minta uang", WHERE),
        ("kirim sampah ke sungai", WHEN),
    ],
    "Batam is no BATAL": [("lampu jalan mati", WHERE), ("Batam", WHEN)],
    "baru is a time": [("lampu mati di Serpong", WHEN), ("baru", SEND)],
    "pagi is a time": [("lampu mati di Serpong", WHEN), ("pagi", SEND)],
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_what_is_said_and_what_is_replied(script: list[tuple[str, str]]) -> None:
    talk = Talk()

    assert [(said, talk.says(said)) for said, _ in script] == script


def test_several_messages_in_a_row_become_one_report() -> None:
    talk = Talk()

    assert talk.hears("Lampu jalan mati") == talk.hears("di depan pasar Serpong") == talk.hears("sejak kemarin") == ()
    assert [effect.event for effect in talk.waits() if isinstance(effect, Say)] == [SEND]
    talk.says("kirim")
    assert [piece.text for piece in talk.submitted[0].draft.pieces] == [
        "Lampu jalan mati",
        "di depan pasar Serpong",
        "sejak kemarin",
    ]


def test_without_a_pause_the_question_comes_at_once() -> None:
    talk = Talk(SMS)

    assert [effect.event for effect in talk.hears("lampu mati") if isinstance(effect, Say)] == [WHERE]


def test_answers_are_kept_apart_and_in_the_text() -> None:
    talk = Talk()
    for said in ("lampu jalan mati", "Jl Melati 5", "kemarin", "tulis nama saya", "nama saya Siti Rahayu", "kirim"):
        talk.says(said)

    draft = talk.submitted[0].draft

    assert (draft.place, draft.time, draft.name) == ("Jl Melati 5", "kemarin", "Siti Rahayu")
    assert [piece.text for piece in draft.pieces] == ["lampu jalan mati", "Jl Melati 5", "kemarin"]


def test_an_anonymous_report_has_no_name() -> None:
    talk = Talk()
    for said in (COMPLETE, "tulis nama saya", "Siti Rahayu", "anonim", "kirim"):
        talk.says(said)

    assert talk.submitted[0].draft.visibility is Visibility.ANONYMOUS
    assert talk.submitted[0].draft.name == ""


def test_a_chosen_agency_goes_with_the_report() -> None:
    talk = Talk()
    for said in ("pungli di kantor imigrasi Nganjuk kemarin", "instansi"):
        talk.says(said)
    offered = talk.state.offered
    talk.says("1")
    talk.says("kirim")

    chosen = talk.directory.agency(talk.submitted[0].draft.agency)

    assert chosen is not None
    assert chosen.name == offered[0].label
    assert offered[-1].key == "unknown"


def test_an_agency_that_is_named_in_other_words_goes_with_the_report_and_its_words_too() -> None:
    talk = Talk()
    for said in ("petugas minta uang di Cipayung kemarin", "instansi", "kantor imigrasi", "kirim"):
        talk.says(said)

    draft = talk.submitted[0].draft

    assert draft.agency == "kemenkumham-imigrasi"
    assert draft.pieces[-1].text == "kantor imigrasi"


def test_their_own_name_in_the_words_of_an_anonymous_report_is_told() -> None:
    talk = Talk()
    for said in ("Sumiyati dipukul di Pasar Cipayung kemarin", "nama", "Sumiyati", "anonim"):
        talk.says(said)

    assert talk.hears("kirim")[-1] == Say("talk_traces", {"jejak": "Sumiyati"}, talk.state.offered)


def test_photos_are_part_of_the_report() -> None:
    talk = Talk()
    talk.says(COMPLETE)
    talk.says("tambah foto")
    assert talk.state.asked is Question.EVIDENCE

    assert talk.says("", attachments=(PHOTO,), files=1) == SEND
    assert "photo" not in {offer.key for offer in talk.state.offered}
    talk.says("kirim")
    assert talk.submitted[0].draft.pieces[-1].attachments == (PHOTO,)


def test_a_place_on_the_map_answers_where() -> None:
    talk = Talk()
    talk.says("lampu jalan mati")

    assert talk.says("", place="-6.17539, 106.82715") == WHEN
    talk.says("kirim")
    assert talk.submitted[0].draft.place == "-6.17539, 106.82715"


def test_a_silent_draft_is_reminded_of_once_and_then_sent_as_it_is() -> None:
    talk = Talk()
    talk.hears("lampu jalan mati")

    effects = talk.passes(timedelta(hours=3))

    assert [e.event if isinstance(e, Say) else type(e) for e in effects] == [WHERE, "talk_remind", Submit]
    assert talk.state.due_at is None


def test_nobody_is_reminded_where_a_reminder_costs() -> None:
    talk = Talk(SMS)
    talk.hears("lampu jalan mati")

    assert [type(effect) for effect in talk.passes(timedelta(hours=3))] == [Submit]


def test_an_empty_draft_comes_to_nothing() -> None:
    talk = Talk(SMS)
    talk.hears("LAPOR")

    assert talk.passes(timedelta(hours=3)) == ()
    assert talk.state.draft is None


@pytest.mark.parametrize(
    ("answer", "texts", "left"),
    [
        ("YA", [], ["lampu jalan mati", "air juga mati"]),
        ("1", [], ["lampu jalan mati", "air juga mati"]),
        ("BARU", ["lampu jalan mati"], ["air juga mati"]),
        ("laporan baru", ["lampu jalan mati"], ["air juga mati"]),
        ("di Jalan Melati", [], ["lampu jalan mati", "air juga mati", "di Jalan Melati"]),
    ],
)
def test_after_a_long_silence_words_are_asked_about(answer: str, texts: list[str], left: list[str]) -> None:
    talk = Talk()
    talk.says("lampu jalan mati")

    assert talk.says("air juga mati", after=timedelta(minutes=40)) == "talk_resume"
    talk.says(answer)

    assert [piece.text for submit in talk.submitted for piece in submit.draft.pieces] == texts
    assert talk.state.draft is not None
    assert [piece.text for piece in talk.state.draft.pieces] == left


def sent(talk: Talk) -> Talk:
    talk.says(COMPLETE, group="album")
    talk.says("kirim")
    talk.is_reported()
    return talk


@pytest.mark.parametrize(
    ("answer", "is_added"), [("1", True), ("tambahan", True), ("ya", True), ("2", False), ("baru", False)]
)
def test_words_soon_after_a_report_are_asked_about(answer: str, is_added: bool) -> None:
    talk = sent(Talk())

    assert talk.says("dekat tiang listrik") == "talk_addition"
    talk.says(answer)

    assert [piece.text for added in talk.added for piece in added.pieces] == ["dekat tiang listrik"] * is_added
    assert (talk.state.draft is not None) is not is_added


def test_whoever_does_not_choose_is_asked_once_more_and_then_makes_a_new_report() -> None:
    talk = sent(Talk())

    assert [talk.says(text) for text in ("dekat tiang listrik", "yang besar", "itu lho")] == [
        "talk_addition",
        "talk_addition",
        WHERE,
    ]


def test_a_new_matter_is_no_addition() -> None:
    talk = sent(Talk())

    assert talk.says("Guru SDN 4 Cipayung memungut iuran dari semua murid") == WHEN


def test_the_rest_of_an_album_is_added_without_a_word() -> None:
    talk = sent(Talk())

    effects = talk.hears(attachments=(PHOTO,), files=1, group="album")

    assert [(type(e), getattr(e, "quiet", None)) for e in effects] == [(AddTo, True)]


def test_a_photo_alone_soon_after_a_report_is_added() -> None:
    talk = sent(Talk())

    assert talk.says("", attachments=(PHOTO,), files=1) == "addto"


def test_whoever_sends_twice_is_told_that_it_was_sent() -> None:
    talk = sent(Talk())

    assert [talk.says("KIRIM"), talk.says("kirim")] == ["talk_sent", "talk_sent"]
    assert talk.state.draft is None
    talk.now += timedelta(hours=1)
    assert talk.says("KIRIM") == "talk_nothing"


def test_thanks_after_a_report_begin_nothing() -> None:
    talk = sent(Talk())

    assert [talk.says("terima kasih pak"), talk.says("ok"), talk.says("👍")] == ["talk_thanks", "", ""]
    assert talk.state.draft is None


def test_an_edit_changes_the_draft() -> None:
    talk = Talk()
    talk.says("lampu jalan mati")
    talk.says("Jl Melati 5")
    talk.edits("m2", "Jl Mawar 7")
    talk.says("kirim")

    assert talk.submitted[0].draft.place == "Jl Mawar 7"
    assert [piece.text for piece in talk.submitted[0].draft.pieces] == ["lampu jalan mati", "Jl Mawar 7"]


def test_the_bot_is_silent_while_a_person_is_there_and_the_draft_stays() -> None:
    talk = Talk()
    talk.says("lampu jalan mati")

    assert CallPerson() in talk.hears("bicara dengan petugas")
    assert talk.state.due_at is None
    assert talk.hears("di Jalan Melati") == ()
    assert talk.is_taken() == ()
    assert [effect.event for effect in talk.is_left() if isinstance(effect, Say)] == ["talk_resumed"]
    talk.says("kirim")
    assert [piece.text for piece in talk.submitted[0].draft.pieces] == ["lampu jalan mati", "di Jalan Melati"]


def test_what_a_person_has_answered_is_not_sent_afterwards() -> None:
    talk = Talk()
    talk.says("lampu jalan mati")
    talk.hears("petugas")
    talk.hears("kapan loket KTP buka?")
    talk.is_taken()

    assert Settle(("m3",)) in talk.is_left(came=True)
    assert talk.state.draft is not None
    assert [piece.text for piece in talk.state.draft.pieces] == ["lampu jalan mati"]


def test_whoever_waits_for_a_person_can_send_what_there_is() -> None:
    talk = Talk()
    talk.says("lampu jalan mati")
    talk.hears("petugas")
    talk.hears("di Jalan Melati")

    assert talk.says("kirim") == "submit"
    assert talk.state.silent


def test_halo_after_a_long_silence_is_told_what_waits() -> None:
    talk = Talk()
    talk.says("lampu jalan mati")

    assert talk.says("halo", after=timedelta(minutes=40)) == "talk_resumed"
    assert talk.says("di Jalan Melati kemarin") == SEND


def test_words_behind_a_greeting_after_a_long_silence_are_asked_about_too() -> None:
    talk = Talk()
    talk.says("lampu jalan mati")
    talk.says("terima kasih", after=timedelta(minutes=40))

    assert talk.says("air juga mati") == "talk_resume"


def test_who_comes_back_another_day_is_welcomed_again() -> None:
    talk = sent(Talk())

    assert talk.says("halo", after=timedelta(days=2)) == "talk_welcome"


def test_words_where_a_name_was_asked_stay_words_of_the_report() -> None:
    talk = Talk()
    for said in (COMPLETE, "tulis nama saya", "jalan juga rusak", "kirim"):
        talk.says(said)

    assert [piece.text for piece in talk.submitted[0].draft.pieces] == [COMPLETE, "jalan juga rusak"]


def test_rows_of_an_older_version_can_still_be_read() -> None:
    row = msgspec.msgpack.encode({"draft": {"begun_at": START, "what": "x", "passed_over": ["where"]}, "tries": 1})

    assert msgspec.msgpack.decode(row, type=Dialogue) == Dialogue(draft=Draft(begun_at=START), tries=1)


def test_the_language_is_changed() -> None:
    talk = Talk()

    assert SpeakLanguage("en") in talk.hears("English please")


def test_a_thrown_away_draft_is_settled_as_cancelled() -> None:
    talk = Talk()
    talk.says("lampu jalan mati")

    assert Settle(("m1",), cancelled=True) in talk.hears("batal")


def test_too_much_for_one_draft_is_sent_and_another_one_begun() -> None:
    talk = Talk(CHAT)
    for number in range(120):
        talk.hears(f"kata nomor {number}")

    assert [len(submit.draft.pieces) for submit in talk.submitted] == [100]
    assert talk.state.draft is not None
    assert len(talk.state.draft.pieces) == 20
