"""Sealing, digests, rotation and the key file."""

import base64
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vault import KeyFileError, Unsealable, Vault, load_vault, make_vault

OLD, NEW = b"\x01" * 32, b"\x02" * 32
LOAD = """
import sys
from pathlib import Path
from core.vault import load_vault
print(load_vault(Path(sys.argv[1])).digest("tel", "6281234567890").hex())
"""

vault = make_vault([OLD])


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens(value: bytes) -> None:
    sealed = vault.seal(value)

    assert vault.open(sealed) == value
    assert value not in sealed or len(value) < 3


@given(st.binary(max_size=200), st.data())
def test_any_changed_bit_is_found(value: bytes, data: st.DataObject) -> None:
    sealed = bytearray(vault.seal(value))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(Unsealable):
        vault.open(bytes(sealed))


@given(st.binary(max_size=100), st.integers(1, 200))
def test_a_shortened_value_does_not_open(value: bytes, by: int) -> None:
    with pytest.raises(Unsealable):
        vault.open(vault.seal(value)[:-by])


@given(st.binary(max_size=60))
def test_garbage_does_not_open(value: bytes) -> None:
    with pytest.raises(Unsealable):
        vault.open(value)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert len({vault.seal(b"tolong") for _ in range(50)}) == 50


def test_after_a_rotation_old_values_open_and_new_ones_need_the_new_key() -> None:
    rotated = make_vault([OLD, NEW])

    assert rotated.open(vault.seal(b"lama")) == b"lama"
    with pytest.raises(Unsealable):
        vault.open(rotated.seal(b"baru"))


def test_after_a_rotation_people_are_still_found() -> None:
    assert make_vault([OLD, NEW]).digest("tel", "6281234567890") == vault.digest("tel", "6281234567890")


def test_another_key_opens_nothing_and_gives_other_digests() -> None:
    other = make_vault([NEW])

    with pytest.raises(Unsealable):
        other.open(vault.seal(b"tolong"))
    assert other.digest("tel", "6281234567890") != vault.digest("tel", "6281234567890")


def test_equal_values_of_another_kind_have_another_digest() -> None:
    assert vault.digest("tel", "482913") != vault.digest("pin", "482913")


def test_a_digest_agrees_with_its_value_alone() -> None:
    digest = vault.digest("pin", "r1482913")

    assert vault.agrees("pin", "r1482913", digest)
    assert not vault.agrees("pin", "r1482914", digest)


def test_a_vault_does_not_show_its_keys() -> None:
    shown = repr(vault)

    assert "AESGCM" not in shown
    assert "\\x01" not in shown


def test_a_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "lapor.key"

    first, second = load_vault(path), load_vault(path)

    assert second.open(first.seal(b"tolong")) == b"tolong"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["lapor.key"]


def test_processes_that_start_at_once_use_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "lapor.key"
    started = [
        subprocess.Popen([sys.executable, "-c", LOAD, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]

    digests = {process.communicate(timeout=60)[0] for process in started}

    assert len(digests) == 1
    assert digests != {""}


def test_a_draft_that_a_crash_left_is_no_obstacle(tmp_path: Path) -> None:
    """In a container each start has the same process id, so a draft named by it would stand in the way for ever."""
    import os

    (tmp_path / f"lapor.key.{os.getpid()}").write_bytes(b"half a k")

    assert isinstance(load_vault(tmp_path / "lapor.key"), Vault)


def test_a_key_file_may_hold_several_keys(tmp_path: Path) -> None:
    path = tmp_path / "lapor.key"
    path.write_bytes(base64.b64encode(OLD) + b"\n" + base64.b64encode(NEW) + b"\n")

    assert load_vault(path).open(make_vault([OLD, NEW]).seal(b"tolong")) == b"tolong"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds 0 keys"),
        (b"\n\n", "holds 0 keys"),
        (b"not base64!\n", "not base64"),
        (base64.b64encode(b"short") + b"\n", "5 bytes, not 32"),
        (b"\xff\xfe\x00", "is not a key file"),
        ((base64.b64encode(OLD) + b"\n") * 256, "holds 256 keys"),
    ],
    ids=["empty", "blank", "no base64", "short", "binary", "too many"],
)
def test_a_bad_key_file_is_refused_with_its_name_and_the_remedy(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "lapor.key"
    path.write_bytes(content)

    with pytest.raises(KeyFileError, match=said) as refused:
        load_vault(path)

    assert str(path) in str(refused.value)
    assert "backup" in str(refused.value)
    assert path.read_bytes() == content


def test_a_key_file_that_cannot_be_read_or_made_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    for path in (tmp_path, tmp_path / "file" / "lapor.key"):
        with pytest.raises(KeyFileError, match="right to read it"):
            load_vault(path)


def test_a_new_key_is_on_disk_with_its_name(tmp_path: Path, flushed: list[Path]) -> None:
    """Values sealed with a key that a power cut takes away could never be read again."""
    load_vault(tmp_path / "lapor.key")

    assert tmp_path in flushed
    assert len(flushed) == 2
