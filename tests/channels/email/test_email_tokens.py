"""Addresses that answers and bounces come to: read whatever mail systems do to them, and never forged."""

import string
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.sending.tokens import Kind, Ticket, address_for, read_address
from channels.email.settings import LONGEST_OWN, TOKEN_LENGTH, EmailSettings, NotAnAddress
from core.ids import new_id
from core.model.secret import Secret

KEY = b"kunci-rahasia-untuk-uji"
OWN = ("lapor@lapor.go.id", "persuratan@setda.bekasikab.go.id")
IDS = st.binary(min_size=16, max_size=16).map(bytes.hex)
KINDS = st.sampled_from(("answer", "bounce"))
REPLY = "0193f1a2b3c47d5e8f90a1b2c3d4e5f6"


def settings(sender: str, **changes: Any) -> EmailSettings:
    return EmailSettings(relay_url=Secret("smtp://relay.contoh.id"), sender=sender, **changes)


def local_of(address: str) -> str:
    return address.rpartition("@")[0]


@given(IDS, KINDS, st.sampled_from(OWN))
def test_what_is_written_is_read_again(reply_id: str, kind: Kind, own: str) -> None:
    address = address_for(reply_id, kind=kind, own=own, key=KEY)

    assert read_address(address, own=OWN, key=KEY) == Ticket(kind, reply_id)
    assert len(local_of(address)) <= 64
    assert set(local_of(address)) <= set(string.ascii_lowercase + "234567+")


@given(IDS, KINDS, st.randoms(use_true_random=False))
def test_case_does_not_matter(reply_id: str, kind: Kind, random: Random) -> None:
    address = address_for(reply_id, kind=kind, own=OWN[0], key=KEY)

    mangled = "".join(random.choice((letter.upper(), letter.lower())) for letter in address)

    assert read_address(mangled, own=OWN, key=KEY) == Ticket(kind, reply_id)


@given(IDS)
def test_letters_that_look_like_digits_may_be_copied_as_such(reply_id: str) -> None:
    name, _, token = address_for(reply_id, kind="bounce", own=OWN[0], key=KEY).partition("+")
    sign, _, domain = token.partition("@")

    copied = sign.translate(str.maketrans("olb", "018"))

    assert read_address(f"{name}+{copied}@{domain}", own=OWN, key=KEY) == Ticket("bounce", reply_id)


@given(IDS, KINDS, st.integers(0, TOKEN_LENGTH - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_one_changed_letter_is_refused(reply_id: str, kind: Kind, place: int, letter: str) -> None:
    name, _, rest = address_for(reply_id, kind=kind, own=OWN[0], key=KEY).partition("+")
    if rest[place] == letter:
        return

    changed = rest[:place] + letter + rest[place + 1 :]

    assert read_address(f"{name}+{changed}", own=OWN, key=KEY) is None


@given(IDS, KINDS, st.binary(min_size=16, max_size=32))
def test_another_key_is_refused(reply_id: str, kind: Kind, other: bytes) -> None:
    assert read_address(address_for(reply_id, kind=kind, own=OWN[0], key=other), own=OWN, key=KEY) is None


@given(st.text(max_size=80) | st.text("ab234567+@LAPOR.goid", max_size=80).map(lambda text: f"lapor+{text}"))
def test_anything_else_is_no_ticket(recipient: str) -> None:
    assert read_address(recipient, own=OWN, key=KEY) is None
    assert read_address(f"lapor+{recipient}@lapor.go.id", own=OWN, key=KEY) is None


def test_an_address_of_somebody_else_is_no_ticket() -> None:
    address = address_for(REPLY, kind="answer", own="lapor@contoh.id", key=KEY)

    assert read_address(address, own=OWN, key=KEY) is None
    assert read_address(address, own=[*OWN, "Lapor@Contoh.ID"], key=KEY) == Ticket("answer", REPLY)


def test_an_answer_is_never_taken_for_a_bounce() -> None:
    answer = address_for(REPLY, kind="answer", own=OWN[0], key=KEY)

    assert read_address(answer.replace("+a", "+b"), own=OWN, key=KEY) is None


def test_an_address_may_hold_a_plus_of_its_own() -> None:
    own = "lapor+pusat@lapor.go.id"

    address = address_for(REPLY, kind="answer", own=own, key=KEY)

    assert read_address(address, own=[own], key=KEY) == Ticket("answer", REPLY)


def test_ids_are_those_the_core_gives() -> None:
    reply_id = new_id()

    assert read_address(address_for(reply_id, kind="answer", own=OWN[0], key=KEY), own=OWN, key=KEY) == Ticket(
        "answer", reply_id
    )


@pytest.mark.parametrize("reply_id", ["", "r1", REPLY[:-2], REPLY.upper(), f"{REPLY}00", REPLY[:-1] + " "])
def test_what_is_no_id_is_refused(reply_id: str) -> None:
    with pytest.raises(ValueError, match=r"id of a reply|hexadecimal"):
        address_for(reply_id, kind="answer", own=OWN[0], key=KEY)


def test_an_address_without_room_is_refused_here_and_in_the_settings() -> None:
    longest, longer = "p" * LONGEST_OWN, "p" * (LONGEST_OWN + 1)

    assert len(local_of(address_for(REPLY, kind="answer", own=f"{longest}@lapor.go.id", key=KEY))) == 64
    with pytest.raises(NotAnAddress):
        address_for(REPLY, kind="answer", own=f"{longer}@lapor.go.id", key=KEY)
    assert settings(f"{longest}@lapor.go.id")
    assert settings(f"{longer}@lapor.go.id", listen_port=0)
    with pytest.raises(ValueError, match=r"^addresses: write one with 20 letters or fewer"):
        settings(f"{longer}@lapor.go.id")


@pytest.mark.parametrize(
    ("sender", "addresses", "home"),
    [
        ("lapor@lapor.go.id", (), "lapor@lapor.go.id"),
        ("Lapor@lapor.go.id", ("persuratan@lapor.go.id", "lapor@lapor.go.id"), "Lapor@lapor.go.id"),
        ("noreply@contoh.id", ("pengaduan.masyarakat.kota@lapor.go.id", "kota@lapor.go.id"), "kota@lapor.go.id"),
    ],
)
def test_signs_are_added_to_an_address_that_mail_is_taken_for(
    sender: str, addresses: tuple[str, ...], home: str
) -> None:
    assert settings(sender, addresses=addresses).home_address == home


def test_a_short_key_is_named_with_its_remedy() -> None:
    with pytest.raises(ValueError, match=r"^token_key: write 16 characters or more"):
        EmailSettings(token_key=Secret("pendek"))
