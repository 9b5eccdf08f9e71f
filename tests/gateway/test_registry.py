"""Adding a channel is adding a folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import channels
from gateway.registry import ChannelClash, find_channels
from gateway.settings import load_settings
from gateway.settings_file import write_defaults

FOLDER = """
from typing import Annotated
import msgspec
from channels.spec import ChannelSpec
from core.channel import Capabilities

class PigeonSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    loft: Annotated[str, msgspec.Meta(description="Where the pigeons come home.")] = "Monas"

CHANNEL = ChannelSpec(
    kind="{kind}",
    settings=PigeonSettings,
    capabilities=Capabilities(measure=len, max_length=40),
    read=lambda pieces, settings: "",
)
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A second place where channel folders are looked for."""
    known = set(sys.modules)
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


def add_folder(place: Path, name: str, content: str) -> None:
    (place / name).mkdir()
    (place / name / "__init__.py").write_text(content)


def test_a_new_folder_is_a_new_channel_with_its_section(elsewhere: Path) -> None:
    add_folder(elsewhere, "pigeon", FOLDER.replace("{kind}", "pigeon"))

    found = find_channels()

    settings = load_settings(None, environ={"LAPOR__PIGEON__LOFT": "Ragunan"}, channels=found)
    assert settings.channels["pigeon"] == found["pigeon"].settings(loft="Ragunan")
    assert '[pigeon]\n# Where the pigeons come home.\nloft = "Monas"\n' in write_defaults(found)


def test_a_folder_that_exports_no_channel_adds_none(elsewhere: Path) -> None:
    before = find_channels().keys()
    add_folder(elsewhere, "telex", '"""Not yet."""\n')

    assert find_channels().keys() == before


def test_a_folder_may_group_channels(elsewhere: Path) -> None:
    add_folder(elsewhere, "birds", '"""Two kinds of birds."""\n')
    add_folder(elsewhere / "birds", "raven", FOLDER.replace("{kind}", "raven"))

    assert "raven" in find_channels()


def test_two_folders_of_one_kind_are_named(elsewhere: Path) -> None:
    add_folder(elsewhere, "pigeon", FOLDER.replace("{kind}", "pigeon"))
    add_folder(elsewhere, "pigeon2", FOLDER.replace("{kind}", "pigeon"))

    with pytest.raises(
        ChannelClash, match=r"channels\.pigeon2 and channels\.pigeon are both of kind 'pigeon'; rename one"
    ):
        find_channels()


def test_a_kind_named_like_a_section_of_the_gateway_is_refused(elsewhere: Path) -> None:
    add_folder(elsewhere, "pigeon", FOLDER.replace("{kind}", "database"))

    with pytest.raises(ChannelClash, match=r"channels\.pigeon: 'database' is a section"):
        find_channels()


def test_something_else_under_the_name_of_a_channel_is_refused(elsewhere: Path) -> None:
    add_folder(elsewhere, "pigeon", "CHANNEL = 'pigeon'\n")

    with pytest.raises(ChannelClash, match="CHANNEL is not a ChannelSpec"):
        find_channels()
