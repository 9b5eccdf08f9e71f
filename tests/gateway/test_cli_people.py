"""``lapor staff`` and ``lapor agency``, and how other processes learn of a change."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core import agencies
from core.agencies import AgencyTaken, AgencyUnfit, UnknownAgency
from core.model.lifecycle import Role
from core.model.people import Agency, Session, Staff
from core.stewardship import NotYours
from gateway.agencies import learn_agencies, take_over_agencies
from gateway.bootstrap import Parts
from gateway.chores import Chores
from gateway.commands.serve import _make_first_admin
from tests.gateway.conftest import Lapor

SHEET = "id;name;parent;keywords\r\nkab-tangerang-damkar;Dinas Pemadam Kebakaran;kab-tangerang;DAMKAR\r\n"


def find(lapor: Lapor, username: str) -> Staff:
    async def finding(parts: Parts) -> Staff | None:
        return await parts.store.read(lambda tx: tx.people.find(username))

    found = lapor.within(finding)
    assert found is not None
    return found


class TestStaff:
    """Adding, listing, deactivating."""

    def test_a_new_member_is_listed_and_changes_the_first_password(self, lapor: Lapor) -> None:
        said = lapor(
            "staff", "add", "dewi.lestari", "--role", "agency_admin", "--agency", "kab-tangerang",
            "--name", "Dewi Lestari", "--email", "dewi.lestari@tangerangkab.example.go.id",
        )  # fmt: skip
        listed = {row["username"]: row for row in lapor("staff", "list", "--json").rows}

        assert said.code == 0
        assert listed["dewi.lestari"]["email"] == "dewi.lestari@tangerangkab.example.go.id"
        assert find(lapor, "dewi.lestari").must_change_password

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["a\nb", "--role", "national_admin"], "1 to 64 printable"),
            (["dewi", "--role", "agency_admin"], "this role needs one"),
            (["dewi", "--role", "agency_admin", "--agency", "antah"], "'antah' is no agency"),
            (["dewi", "--role", "national_admin", "--email", "dewi"], "dewi.lestari@example.go.id"),
            (["admin", "--role", "national_admin"], "'admin' is taken"),
        ],
    )
    def test_what_cannot_be_is_said_with_its_remedy(self, lapor: Lapor, arguments: list[str], told: str) -> None:
        said = lapor("staff", "add", *arguments)

        assert (said.code, said.out) == (1, "")
        assert told in said.err

    def test_deactivating_ends_every_session(self, lapor: Lapor) -> None:
        async def log_in(parts: Parts) -> None:
            now = parts.clock.now()
            admin = await parts.store.read(lambda tx: tx.people.find("admin"))
            assert admin is not None
            session = Session("s" * 32, admin.id, now, now, now + timedelta(hours=8))
            await parts.store.write(lambda tx: tx.sessions.add(session, "token"))

        async def logged_in(parts: Parts) -> bool:
            return await parts.store.read(lambda tx: tx.sessions.find("token") is not None)

        lapor.within(log_in)
        before = lapor.within(logged_in)

        off = lapor("staff", "deactivate", "admin")

        assert (off.out, before, lapor.within(logged_in)) == ("admin: inactive\n", True, False)
        assert not find(lapor, "admin").active
        assert lapor("staff", "activate", "admin").out == "admin: active\n"
        assert find(lapor, "admin").active

    def test_a_reset_takes_the_second_factor_off(self, lapor: Lapor) -> None:
        before = find(lapor, "admin").password_hash

        said = lapor("staff", "reset", "admin")

        assert said.code == 0
        assert find(lapor, "admin").password_hash not in {before, ""}
        assert lapor("staff", "reset", "nobody").code == 1

    def test_the_first_admin_is_made_once(self, lapor: Lapor, capsys: pytest.CaptureFixture[str]) -> None:
        lapor.within(_make_first_admin)

        assert capsys.readouterr().out == "", "there is one already"


class TestAgency:
    """Importing as a whole or not at all."""

    def test_an_import_is_shown_done_and_not_done_twice(self, lapor: Lapor, tmp_path: Path) -> None:
        lapor("migrate")
        file = tmp_path / "unit.csv"
        file.write_bytes(SHEET.encode("utf-8-sig"))

        shown, before = lapor("agency", "import", str(file), "--dry-run"), lapor("agency", "list", "--json").rows
        done, again = lapor("agency", "import", str(file)), lapor("agency", "import", str(file))
        after = {row["id"]: row for row in lapor("agency", "list", "--json").rows}

        assert shown.out == "+ kab-tangerang-damkar  Dinas Pemadam Kebakaran\n1 would be added, 0 changed (--dry-run)\n"
        assert "kab-tangerang-damkar" not in {row["id"] for row in before}
        assert (done.out.splitlines()[-1], again.out) == ("1 added, 0 changed", "0 added, 0 changed\n")
        assert after["kab-tangerang-damkar"] == {
            "id": "kab-tangerang-damkar",
            "name": "Dinas Pemadam Kebakaran",
            "parent": "kab-tangerang",
            "timezone": "Asia/Jakarta",
            "keywords": "DAMKAR",
            "connected": True,
        }
        assert len(after) == len(before) + 1

    def test_a_change_is_shown_field_by_field(self, lapor: Lapor, tmp_path: Path) -> None:
        lapor("migrate")
        file = tmp_path / "unit.csv"
        file.write_text("id,name,parent,connected\nkab-nganjuk,Kabupaten Nganjuk,prov-jawa-timur,tidak\n")

        said = lapor("agency", "import", str(file))

        assert "~ kab-nganjuk  connected: True -> False" in said.out
        assert said.out.endswith("0 added, 1 changed\n")

    def test_one_mistake_and_nothing_is_imported(self, lapor: Lapor, tmp_path: Path) -> None:
        lapor("migrate")
        file = tmp_path / "unit.csv"
        file.write_bytes((SHEET + "kab-x;Kabupaten X;tidak-ada;\r\n").encode())

        said = lapor("agency", "import", str(file))

        assert (said.code, said.out) == (1, "")
        assert "line 3, parent: 'tidak-ada'" in said.err
        assert "kab-tangerang-damkar" not in lapor("agency", "list").out

    def test_a_file_that_is_not_there(self, lapor: Lapor, tmp_path: Path) -> None:
        said = lapor("agency", "import", str(tmp_path / "tidak-ada.csv"))

        assert said.code == 1
        assert "tidak-ada.csv" in said.err


NATIONAL = Role.NATIONAL_ADMIN


class TestLearning:
    """A unit made in one process is known to the others without a restart."""

    def test_another_process_knows_a_new_unit_after_its_next_sweep(self, lapor: Lapor, tmp_path: Path) -> None:
        lapor("migrate")
        file = tmp_path / "unit.csv"
        file.write_bytes(SHEET.encode())

        async def working(parts: Parts) -> tuple[bool, bool, str]:
            chores = Chores(parts.store, parts.clock, parts.owner, parts.patience, parts.office)
            await chores.once()
            before = parts.office.directory.agency("kab-tangerang-damkar") is not None
            admin = Staff("a", "admin", NATIONAL, "", parts.clock.now())
            unit = Agency("kab-tangerang-damkar", "Dinas Damkar", "kab-tangerang", ("DAMKAR",))
            await parts.store.write(lambda tx: agencies.add(tx, unit, admin, office=parts.office))
            await chores.once()
            found = parts.office.directory.find("damkar")
            return (
                before,
                parts.office.directory.is_within("kab-tangerang-damkar", "nasional"),
                found.id if found else "",
            )

        assert lapor.within(working) == (False, True, "kab-tangerang-damkar")

    def test_what_the_file_gains_is_taken_over_and_what_people_changed_stays(self, lapor: Lapor) -> None:
        lapor("migrate")

        async def working(parts: Parts) -> tuple[str, bool]:
            admin = Staff("a", "admin", NATIONAL, "", parts.clock.now())
            await learn_agencies(parts.store, parts.office)
            renamed = Agency("kab-nganjuk", "Pemkab Nganjuk", "prov-jawa-timur")
            await parts.store.write(lambda tx: agencies.change(tx, renamed, admin, office=parts.office))
            written = [*parts.office.directory.agencies.values(), Agency("baru", "Badan Baru", "nasional")]
            parts.office.directory.learn(written, version="")
            await take_over_agencies(parts.store, parts.office)
            found = parts.office.directory.agency("kab-nganjuk")
            return (found.name if found else ""), parts.office.directory.agency("baru") is not None

        assert lapor.within(working) == ("Pemkab Nganjuk", True)

    def test_a_file_with_another_national_agency_is_left_out(self, lapor: Lapor) -> None:
        lapor("migrate")

        async def working(parts: Parts) -> tuple[bool, str]:
            parts.office.directory.learn([Agency("lain", "Admin Lain"), Agency("x", "X", "lain")], version="")
            await take_over_agencies(parts.store, parts.office)
            return parts.office.directory.agency("lain") is None, parts.office.directory.root

        assert lapor.within(working) == (True, "nasional")

    @pytest.mark.parametrize(
        ("role", "agency", "after", "refused"),
        [
            (Role.AGENCY_ADMIN, "prov-jawa-timur", Agency("kab-nganjuk", "N", "prov-jawa-timur"), None),
            (Role.AGENCY_ADMIN, "kab-nganjuk", Agency("kab-nganjuk", "N", "prov-jawa-timur"), NotYours),
            (Role.AGENCY_ADMIN, "prov-jawa-timur", Agency("kab-nganjuk", "N", "nasional"), NotYours),
            (Role.LIAISON_OFFICER, "prov-jawa-timur", Agency("kab-nganjuk", "N", "prov-jawa-timur"), NotYours),
            (NATIONAL, "", Agency("prov-jawa-timur", "J", "kab-nganjuk"), AgencyUnfit),
            (NATIONAL, "", Agency("antah", "J", "nasional"), UnknownAgency),
        ],
    )
    def test_agencies_are_changed_from_above_and_never_put_below_themselves(
        self, lapor: Lapor, role: Role, agency: str, after: Agency, refused: type[Exception] | None
    ) -> None:
        lapor("migrate")

        async def working(parts: Parts) -> type[Exception] | None:
            await learn_agencies(parts.store, parts.office)
            actor = Staff("a", "a", role, agency, parts.clock.now())
            try:
                await parts.store.write(lambda tx: agencies.change(tx, after, actor, office=parts.office))
            except (NotYours, UnknownAgency, AgencyTaken, AgencyUnfit) as error:
                return type(error)
            return None

        assert lapor.within(working) is refused

    def test_serve_and_migrate_take_the_file_over(self, lapor: Lapor) -> None:
        lapor("migrate")

        async def stored(parts: Parts) -> set[str]:
            return {agency.id for agency in await parts.store.read(lambda tx: tx.agencies.all())}

        assert lapor.within(stored) == {row["id"] for row in json.loads(lapor("agency", "list", "--json").out)}
