"""The command line as an operator uses it: what it prints, how it fails, with which code."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from core.intake import accept_all
from core.ports import Tx
from gateway.bootstrap import Parts
from tests.flow.rig import write_config
from tests.gateway.conftest import Lapor, offer

LAMP = "Lampu jalan mati di Jl. Kenanga RT 03 RW 05 Kota Bekasi sudah 3 minggu"
SITI = "6281234567801"


class TestCodes:
    """0 done; 1 failed, said why; 2 usage or configuration."""

    def test_a_word_that_is_no_command(self, lapor: Lapor) -> None:
        assert lapor("lapor").code == 2

    def test_help_names_every_command(self, lapor: Lapor) -> None:
        said = lapor("--help")

        assert said.code == 0
        for command in ("serve", "worker", "beat", "migrate", "doctor", "staff", "queue", "outbox", "replay", "demo"):
            assert command in said.out

    def test_a_configuration_that_is_not_there(self, lapor: Lapor, tmp_path: Path) -> None:
        lapor.config = tmp_path / "nowhere.toml"

        said = lapor("staff", "list")

        assert (said.code, said.out) == (2, "")
        assert "nowhere.toml" in said.err
        assert "Remedy" in said.err

    def test_an_unknown_key_names_file_key_and_remedy(self, lapor: Lapor) -> None:
        with lapor.config.open("a", encoding="utf-8") as file:
            file.write("\n[conversation]\nguess_per_hour = 3\n")

        said = lapor("staff", "list")

        assert said.code == 2
        assert f"{lapor.config}: conversation.guess_per_hour" in said.err
        assert "did you mean 'guesses_per_hour'" in said.err

    def test_a_setting_in_the_environment_stands_above_the_file(
        self, lapor: Lapor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LAPOR__HTTP__PORT", "many")

        said = lapor("staff", "list")

        assert said.code == 2
        assert "LAPOR__HTTP__PORT" in said.err

    def test_an_unreadable_data_file(self, lapor: Lapor, tmp_path: Path) -> None:
        broken = tmp_path / "agencies.toml"
        broken.write_text("[[agency]]\nid = 3\n", encoding="utf-8")
        config = re.sub(r"agencies = .*", f"agencies = {json.dumps(str(broken))}", lapor.config.read_text("utf-8"))
        lapor.config.write_text(config, encoding="utf-8")

        said = lapor("staff", "list")

        assert said.code == 2
        assert str(broken) in said.err

    def test_a_key_file_that_is_none(self, lapor: Lapor, tmp_path: Path) -> None:
        (tmp_path / "privacy.key").write_text("not a key\n", encoding="ascii")

        said = lapor("staff", "list")

        assert said.code == 2
        assert "privacy.key" in said.err
        assert "not a key\n" not in said.err.replace("not a key file", "")

    def test_a_database_that_does_not_answer(self, lapor: Lapor, closed_port: int) -> None:
        lapor.config = write_config(
            lapor.config.parent, database_url=f"postgresql://lapor:geheim@127.0.0.1:{closed_port}/lapor"
        )

        said = lapor("queue", "list")

        assert said.code == 1
        assert "database" in said.err
        assert "geheim" not in said.err

    def test_a_database_without_tables(self, lapor: Lapor, tmp_path: Path) -> None:
        lapor.config = write_config(tmp_path, database_url=f"sqlite:///{tmp_path / 'new.db'}")

        said = lapor("queue", "list")

        assert said.code == 1
        assert "lapor migrate" in said.err


class TestMigrate:
    """Tables come, and coming again changes nothing."""

    def test_a_new_database_is_made_and_then_left_alone(
        self, lapor: Lapor, tmp_path: Path, empty_database_url: str
    ) -> None:
        lapor.config = write_config(tmp_path, database_url=empty_database_url)

        first, second = lapor("migrate"), lapor("migrate")

        assert (first.code, second.code) == (0, 0)
        assert first.out.startswith("empty -> ")
        newest = first.out.split(" -> ")[1].strip()
        assert second.out == f"{newest} -> {newest}\n"
        assert lapor("staff", "list").out == "(kosong)\n"


class TestDoctor:
    """What is wrong and what to do about it."""

    def test_a_sound_deployment(self, lapor: Lapor) -> None:
        lapor.receive((SITI, LAMP))

        said = lapor("doctor")

        assert said.code == 0, said.out
        assert "every message is accounted for" in said.out

    def test_a_closed_database_port(self, lapor: Lapor, closed_port: int) -> None:
        lapor.config = write_config(
            lapor.config.parent, database_url=f"postgresql://lapor:geheim@127.0.0.1:{closed_port}/lapor"
        )

        said = lapor("doctor")

        assert said.code == 1
        assert re.search(r"^X +database: .* -> check database.url", said.out, re.MULTILINE)
        assert "geheim" not in said.out + said.err

    def test_missing_tables(self, lapor: Lapor, tmp_path: Path) -> None:
        lapor.config = write_config(tmp_path, database_url=f"sqlite:///{tmp_path / 'new.db'}")

        said = lapor("doctor")

        assert said.code == 1
        assert re.search(r"^X +database: revision 'none' -> lapor migrate", said.out, re.MULTILINE)

    def test_an_operator_that_cannot_be_reached(self, lapor: Lapor, sqlite_url: str, closed_port: int) -> None:
        lapor.config = write_config(lapor.config.parent, database_url=sqlite_url, smsc_port=closed_port)

        said = lapor("doctor")

        assert said.code == 1
        assert re.search(rf"^X +sms/telkomsel: 127.0.0.1:{closed_port} cannot be reached", said.out, re.MULTILINE)

    def test_a_broker_that_does_not_answer(self, lapor: Lapor, sqlite_url: str, closed_port: int) -> None:
        lapor.config = write_config(
            lapor.config.parent,
            database_url=sqlite_url,
            changed={"jobs": {"broker_url": f"redis://:geheim@127.0.0.1:{closed_port}/0"}},
        )

        said = lapor("doctor")

        assert said.code == 1
        assert re.search(r"^X +broker: .* -> check jobs.broker_url", said.out, re.MULTILINE)
        assert "geheim" not in said.out + said.err

    def test_a_key_that_belongs_to_another_database(self, lapor: Lapor, tmp_path: Path) -> None:
        lapor.receive((SITI, LAMP))
        (tmp_path / "privacy.key").unlink()

        said = lapor("doctor")

        assert said.code == 1
        assert re.search(r"^X +privacy key: .* -> put back the key file", said.out, re.MULTILINE)

    def test_office_hours_that_nobody_can_read(self, lapor: Lapor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LAPOR__WEBCHAT__OFFICE_HOURS", "tiap hari")

        said = lapor("doctor")

        assert said.code == 2
        assert "webchat.office_hours: 'tiap hari' cannot be read; write" in said.err

    @pytest.mark.parametrize(
        ("url", "origins", "found"),
        [
            ("https://lapor.go.id", '["https://*.go.id"]', [r"^ok +webchat: .*https://\*\.go\.id$", "^ok .*by https$"]),
            ("https://lapor.go.id", "[]", ["^! +webchat: our own pages alone .* -> name the sites"]),
            ("http://lapor.go.id", "[]", ["^! +webchat: pages by https cannot .* -> set http.public_url"]),
            ("http://127.0.0.1:8080", "[]", ["^ok +webchat: opens in browsers on this machine"]),
        ],
    )
    def test_a_web_chat_that_no_site_can_open(
        self, lapor: Lapor, monkeypatch: pytest.MonkeyPatch, url: str, origins: str, found: list[str]
    ) -> None:
        monkeypatch.setenv("LAPOR__HTTP__PUBLIC_URL", url)
        monkeypatch.setenv("LAPOR__WEBCHAT__ALLOWED_ORIGINS", origins)

        said = lapor("doctor")

        assert said.code == 0
        assert all(re.search(line, said.out, re.MULTILINE) for line in found), said.out

    def test_a_message_that_is_accounted_for_nowhere(self, lapor: Lapor) -> None:
        async def lose_its_job(parts: Parts) -> None:
            lost, now, office = offer(0, SITI, LAMP, parts), parts.clock.now(), parts.office

            def work(tx: Tx) -> None:
                accept_all(tx, [lost], office=office, now=now)
                (job,) = tx.jobs.claim(owner="x", now=now, lease=timedelta(seconds=9), limit=1)
                tx.jobs.finish(job.id, owner="x")

            await parts.store.write(work)

        lapor.within(lose_its_job)

        said = lapor("doctor")

        assert said.code == 1
        assert "not accounted for: {'sms': 1}" in said.out


class TestStaff:
    """People who work on reports."""

    def test_somebody_is_added_listed_and_gets_a_new_password(self, lapor: Lapor) -> None:
        added = lapor("staff", "add", "budi", "--role", "agency_admin", "--agency", "kota-bekasi", "--name", "Budi S.")
        reset = lapor("staff", "reset", "budi")

        passwords = [said.out.removeprefix("budi: ").strip() for said in (added, reset)]
        assert (added.code, reset.code) == (0, 0)
        assert len(set(passwords)) == 2
        assert min(map(len, passwords)) >= 10
        assert {row["username"]: row for row in lapor("staff", "list", "--json").rows}["budi"] == {
            "username": "budi",
            "name": "Budi S.",
            "role": "agency_admin",
            "agency": "kota-bekasi",
            "active": True,
            "email": "",
            "second_factor": False,
            "last_login_at": None,
        }
        assert "Budi S." in lapor("staff", "list").out

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (("add", "admin", "--role", "national_admin"), 1, "'admin' is taken"),
            (("add", "ani", "--role", "agency_admin"), 1, "no agency"),
            (("add", "ani", "--role", "agency_admin", "--agency", "atlantis"), 1, "'atlantis' is no agency"),
            (("add", "", "--role", "supervisor"), 1, "user name"),
            (("add", "a\nb", "--role", "supervisor"), 1, "user name"),
            (("add", "ani", "--role", "reporter"), 2, "invalid choice"),
            (("reset", "ani"), 1, "no member of staff 'ani'"),
        ],
    )
    def test_what_is_wrong_is_said(self, lapor: Lapor, arguments: tuple[str, ...], code: int, said: str) -> None:
        found = lapor("staff", *arguments)

        assert found.code == code
        assert said in found.err
        assert [person["username"] for person in lapor("staff", "list", "--json").rows] == ["admin"]
