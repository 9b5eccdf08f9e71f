"""The two files of settings that are shipped."""

import tomllib
from pathlib import Path

import pytest

from gateway.registry import find_channels
from gateway.settings import load_settings
from gateway.settings_file import write_defaults
from gateway.settings_sections import Place, build_section
from gateway.settings_tree import own_sections

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config" / "gateway.toml"
SECRETS = {
    "relay": "smtps://lapor:rahasia@relay.contoh.id",
    "database_url": "postgresql://lapor@db/lapor",
    "broker_url": "amqp://lapor@queue/",
}
PRODUCTION = ROOT / "config" / "production.toml"


def test_the_shipped_file_is_the_generated_one() -> None:
    generated = write_defaults(find_channels())

    assert SHIPPED.read_text(encoding="utf-8") == generated, "a setting changed: run `make config` and commit the file"


def test_the_shipped_file_sets_nothing_but_defaults() -> None:
    found = find_channels()

    assert load_settings(SHIPPED, environ={}, channels=found) == load_settings(None, environ={}, channels=found)


def uncomment(text: str) -> str:
    lines = (
        line[1:] if line.startswith("#") and not line.startswith(("# ", "##")) else line for line in text.splitlines()
    )
    return "\n".join(lines)


def test_every_commented_example_can_be_used_as_it_stands(tmp_path: Path) -> None:
    found = find_channels()
    text = uncomment(write_defaults(found)).replace("/run/secrets", str(tmp_path))
    for name in named_secrets(tomllib.loads(text), str(tmp_path)):
        Path(name).write_text("rahasia")

    file = tmp_path / "gateway.toml"
    file.write_text(text, encoding="utf-8")

    assert load_settings(file, environ={}, channels=found).channels.keys() == found.keys()


def named_secrets(value: object, place: str) -> list[str]:
    """The files of secrets that a document names, all in one place."""
    if isinstance(value, list | dict):
        return [
            name
            for item in (value.values() if isinstance(value, dict) else value)
            for name in named_secrets(item, place)
        ]
    return [value] if isinstance(value, str) and value.startswith(place) else []


def test_the_shape_of_a_real_deployment_loads(tmp_path: Path) -> None:
    text = PRODUCTION.read_text(encoding="utf-8").replace("/run/secrets/lapor", str(tmp_path))
    for name in named_secrets(tomllib.loads(text), str(tmp_path)):
        Path(name).write_text(SECRETS.get(Path(name).name, "rahasia"))
    file = tmp_path / "production.toml"
    file.write_text(text, encoding="utf-8")

    settings = load_settings(file, environ={}, channels=find_channels())

    assert settings.database.url.reveal().startswith("postgresql://")
    assert settings.jobs.broker_url.reveal().startswith("amqp://")
    assert len(settings.channels["sms"].operators) == 3  # type: ignore[attr-defined]


def test_the_shape_of_a_real_deployment_holds_no_secret() -> None:
    document = tomllib.loads(PRODUCTION.read_text(encoding="utf-8"))

    assert len(named_secrets(document, "/run/secrets/lapor/")) >= 5
    assert not {"password", "url", "broker_url", "relay_url", "token"} & set(keys(document))


def keys(value: object) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in keys(item)]
    return [*value, *(name for item in value.values() for name in keys(item))] if isinstance(value, dict) else []


@pytest.mark.parametrize("name", [*own_sections(), *find_channels()])
def test_every_section_stands_without_a_line_in_the_file(name: str) -> None:
    sections = own_sections() | {kind: spec.settings for kind, spec in find_channels().items()}

    assert build_section(sections[name], raw={}, place=Place("defaults", name)) is not None
