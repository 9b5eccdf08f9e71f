"""How the connections to the networks are, for those who look after all of them."""

from pathlib import Path

from core.model.lifecycle import Role
from tests.flow.rig import open_town, until
from tests.gateway.console.test_forms import House


async def test_a_national_admin_sees_how_each_connection_is(
    sqlite_url: str, tmp_path: Path, password_hash: str
) -> None:
    async with open_town(tmp_path, sqlite_url) as town:
        house = House(town, password_hash)
        pusat, dewi = await house.browser("pusat", Role.NATIONAL_ADMIN, agency=""), await house.browser()

        bound = (await pusat.get("/console/")).text
        other = (await dewi.get("/console/")).text
        await town.smsc.stop()

        async def says_so() -> bool:
            return "Terputus" in (await pusat.get("/console/")).text

        await until(says_so, limit=60)
        await house.close()

    assert "Sambungan kanal" in bound
    assert "Tersambung" in bound
    assert "Terputus" not in bound
    assert "Sambungan kanal" not in other
