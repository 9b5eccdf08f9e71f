"""What a person who sets up the gateway relies on: the file, the environment above it, and clear refusals."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from channels.spec import ChannelSpec
from core.channel import Capabilities
from core.model.secret import Secret
from gateway.settings import SettingsError, load_settings
from gateway.settings_tree import Settings


class Operator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(description="The operator's name.", examples=["telkomsel"])]
    password: Annotated[Secret, msgspec.Meta(description="What the operator gave us.")]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535, description="Its port.")] = 2775
    per_second: Annotated[float | None, msgspec.Meta(description="Its limit.")] = None


class PostSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sender: Annotated[str, msgspec.Meta(description="Who we write as.")] = msgspec.field(name="from", default="lapor")
    operators: Annotated[tuple[Operator, ...], msgspec.Meta(description="Whom we are connected to.")] = ()


CHANNELS = {
    "post": ChannelSpec(
        kind="post",
        settings=PostSettings,
        capabilities=Capabilities(measure=len, max_length=160),
        read=lambda _pieces, _settings: "",
    )
}


def load(tmp_path: Path, text: str = "", **environ: str) -> Settings:
    file = tmp_path / "gateway.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, environ=environ, channels=CHANNELS)


def refusal(tmp_path: Path, text: str = "", **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, **environ)
    return str(caught.value)


def post(settings: Settings) -> PostSettings:
    section = settings.channels["post"]
    assert isinstance(section, PostSettings)
    return section


def test_without_a_file_every_setting_has_its_default() -> None:
    settings = load_settings(None, environ={}, channels=CHANNELS)

    assert settings.database.url.reveal() == "sqlite:///var/lapor.db"
    assert settings.http.port == 8080
    assert (settings.deadlines.verify_days, settings.deadlines.follow_up_days, settings.deadlines.close_days) == (
        3,
        5,
        10,
    )
    assert settings.privacy.key_file == Path("var/privacy.key")
    assert post(settings) == PostSettings()


def test_the_file_stands_above_the_defaults_and_the_environment_above_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, '[http]\nhost = "0.0.0.0"\nport = 8081\n', LAPOR__HTTP__PORT="9000")

    assert (settings.http.host, settings.http.port) == ("0.0.0.0", 9000)


def test_a_channel_s_section_is_read_with_the_channel_s_own_class(tmp_path: Path) -> None:
    settings = load(tmp_path, '[post]\nfrom = "1708"\n[[post.operators]]\nname = "indosat"\npassword = "rahasia"\n')

    assert post(settings).sender == "1708"
    assert post(settings).operators == (Operator(name="indosat", password=Secret("rahasia")),)


@pytest.mark.parametrize(
    "text",
    [
        '[{name="telkomsel", password="r", port=2776}]',
        '[{"name": "telkomsel", "password": "r", "port": 2776}]',
    ],
    ids=["TOML", "JSON"],
)
def test_lists_of_tables_are_given_in_the_environment_as_toml_or_json(tmp_path: Path, text: str) -> None:
    settings = load(tmp_path, LAPOR__POST__OPERATORS=text)

    assert [(operator.name, operator.port) for operator in post(settings).operators] == [("telkomsel", 2776)]


def test_lists_of_values_and_whole_tables_are_given_in_the_environment_too(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        LAPOR__HTTP__TRUSTED_PROXIES='["10.0.0.0/8"]',
        LAPOR__DEADLINES='{verify_days = 4, timezone = "Asia/Makassar"}',
    )

    assert settings.http.trusted_proxies == ("10.0.0.0/8",)
    assert (settings.deadlines.verify_days, settings.deadlines.timezone) == (4, "Asia/Makassar")


def test_a_text_of_digits_in_the_environment_stays_text(tmp_path: Path) -> None:
    assert post(load(tmp_path, LAPOR__POST__FROM="1708")).sender == "1708"


def test_other_variables_are_left_alone(tmp_path: Path) -> None:
    assert load(tmp_path, LAPOR_TEST_POSTGRES="postgresql://x", PATH="/bin") == load(tmp_path)


def test_a_secret_is_read_from_the_file_it_names_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("kata sandi\n")
    text = f'[[post.operators]]\nname = "tri"\npassword_file = "{tmp_path}/password"\n'

    assert post(load(tmp_path, text)).operators[0].password.reveal() == "kata sandi"


def test_a_secret_s_file_named_by_the_environment_replaces_the_value_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://lapor@db/lapor\n")

    settings = load(tmp_path, '[database]\nurl = "sqlite:///x.db"\n', LAPOR__DATABASE__URL_FILE=str(tmp_path / "url"))

    assert settings.database.url.reveal() == "postgresql://lapor@db/lapor"


def test_a_secret_is_shown_nowhere(tmp_path: Path) -> None:
    settings = load(tmp_path, LAPOR__DATABASE__URL="postgresql://lapor:hunter2@db/lapor")

    assert "hunter2" not in f"{settings} {settings!r}"


def test_a_misspelt_key_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[http]\nprot = 8080\n")

    assert message == f"{tmp_path}/gateway.toml: http.prot: no such setting. Remedy: did you mean 'port'."


def test_a_misspelt_section_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    assert "databse: no such setting. Remedy: did you mean 'database'" in refusal(tmp_path, "[databse]\n")


def test_a_key_like_no_other_is_answered_with_those_that_are_known(tmp_path: Path) -> None:
    assert "known here are verify_days, follow_up_days" in refusal(tmp_path, "[deadlines]\nwarna = 1\n")


def test_a_misspelt_variable_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path, LAPOR__HTTP__PROT="1")

    assert message.startswith("environment variable LAPOR__HTTP__PROT: http.prot: no such setting")


def test_a_wrong_type_names_file_key_value_and_what_to_write(tmp_path: Path) -> None:
    message = refusal(tmp_path, '[http]\nport = "delapan"\n')

    assert message == (
        f"{tmp_path}/gateway.toml: http.port = 'delapan': expected `int`, got `str`. "
        "Remedy: write a value like 8080: The port the web server listens on; 0 takes any free one."
    )


def test_a_value_out_of_its_limits_names_the_variable(tmp_path: Path) -> None:
    message = refusal(tmp_path, LAPOR__HTTP__PORT="99999")

    assert "environment variable LAPOR__HTTP__PORT: http.port = '99999': expected `int` <= 65535" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[database]\nurl = "mysql://lapor:hunter2@db"\n', "url: must begin with sqlite:/// or postgresql://"),
        ("[database]\nurl = 2\n", "database.url: not text. Remedy: write it between quotes"),
        ('[[post.operators]]\nname = "tri"\npasword = "hunter2"\n', "post.operators.0.pasword: no such setting"),
        ('[[post.operators]]\nname = "tri"\n', "post.operators.0.password: missing"),
        ('[post]\noperators = "hunter2"\n', "post.operators: not tables. Remedy: write each as [[post.operators]]"),
        ("post = 1\n", "post: not a table"),
        ('[deadlines]\ntimezone = "Asia/Bandung"\n', "timezone: no such zone; use Asia/Jakarta"),
        ("[deadlines]\nescalate_days = [3, 1]\n", "escalate_days: two numbers from 1 to 100, the smaller one first"),
        ("[deadlines]\nescalate_days = [1]\n", "deadlines.escalate_days"),
        ("[deadlines.finish_days]\ncomplaint = 0\n", "deadlines.finish_days.complaint = 0"),
        ("[http\n", "not TOML"),
    ],
)
def test_every_mistake_has_its_answer_and_shows_no_secret(tmp_path: Path, text: str, said: str) -> None:
    message = refusal(tmp_path, text)

    assert said in message
    assert "hunter2" not in message


def test_a_structure_that_is_neither_toml_nor_json_is_not_repeated(tmp_path: Path) -> None:
    message = refusal(tmp_path, LAPOR__POST__OPERATORS='[{name="tri", password=hunter2}]')

    assert "LAPOR__POST__OPERATORS: post.operators: neither a TOML nor a JSON value" in message
    assert "hunter2" not in message


def test_a_table_and_a_key_of_it_cannot_both_come_from_the_environment(tmp_path: Path) -> None:
    message = refusal(tmp_path, LAPOR__HTTP="{port = 1}", LAPOR__HTTP__HOST="::1")

    assert "LAPOR__HTTP__HOST: http.host: http is given as one value" in message


@pytest.mark.parametrize(("content", "said"), [(None, "No such file"), (" \n", "the file is empty")])
def test_a_secret_s_file_that_holds_nothing_is_named(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "url"
    if content is not None:
        file.write_text(content)

    message = refusal(tmp_path, f'[database]\nurl_file = "{file}"\n')

    assert f"database.url_file = '{file}': {said}" in message


def test_a_secret_and_its_file_cannot_both_be_given(tmp_path: Path) -> None:
    assert "url is given as well" in refusal(tmp_path, '[database]\nurl = "sqlite:///x"\nurl_file = "y"\n')


def test_a_missing_file_is_answered_with_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml: No such file or directory\. Remedy: name a readable file"):
        load_settings(tmp_path / "absent.toml", environ={}, channels={})
