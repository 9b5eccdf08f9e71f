"""A secret is shown to nobody who did not ask for it by name."""

import pytest

from core.model.secret import Secret


def test_a_secret_is_shown_as_stars() -> None:
    secret = Secret("hunter2")

    assert f"{secret} {secret!r} {[secret]}" == "*** *** [***]"
    assert secret.reveal() == "hunter2"


def test_equal_secrets_are_equal_and_no_text_is() -> None:
    assert Secret("sandi") == Secret("sandi")
    assert Secret("sandi") != Secret("Sandi")
    assert Secret("sandi") != "sandi"
    assert len({Secret("sandi"), Secret("sandi")}) == 1


def test_an_empty_secret_counts_as_none() -> None:
    assert not Secret("")
    assert Secret("0")


def test_a_secret_does_not_change() -> None:
    secret = Secret("sandi")

    with pytest.raises(AttributeError, match="does not change"):
        secret._value = "lain"
