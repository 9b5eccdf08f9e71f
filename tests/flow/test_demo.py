"""``make demo`` beside ``make run``: every story ends well."""

import re
from pathlib import Path

from tests.flow.postfix import free_port
from tests.flow.rig import FILES, ROOT, GatewayProcess, until

PORTS = ("27751", "27752", "27753", "27725", "27780", "27790", "8025")


def development(folder: Path) -> Path:
    """Its settings, on ports of this test's own, kept in ``folder``."""
    written = (ROOT / "config" / "development.toml").read_text(encoding="utf-8")
    for port in PORTS:
        assert port in written
        written = re.sub(rf"\b{port}\b", str(free_port()), written)
    files = "\n".join(f'{n} = "{ROOT / "config" / (n if n == "replies" else f"{n}.toml")}"' for n in FILES)
    place = (
        f'database.url = "sqlite:///{folder}/lapor.db"\nprivacy.key_file = "{folder}/key"\nhttp.port = {free_port()}\n'
    )
    path = folder / "development.toml"
    path.write_text(f'{place}blobs.folder = "{folder}/blobs"\n{written}\n[files]\n{files}\n', encoding="utf-8")
    return path


async def test_everybody_is_answered(tmp_path: Path) -> None:
    config = development(tmp_path)
    async with GatewayProcess(config, "serve") as gateway:
        await gateway.address(limit=60)
        async with GatewayProcess(config, "demo") as demo:

            async def told() -> bool:
                assert demo.process is not None
                return demo.process.returncode is not None

            await until(told, limit=100)
            assert demo.process is not None
            assert demo.process.returncode == 0, demo.said
        assert await gateway.stop() == 0

    assert "[X] pesan langsung ke @budi_" in demo.said
    assert "Keterangan Anda sudah kami tambahkan" in demo.said
    assert "[Telegram] bot -> grup: " in demo.said
    assert re.search(r"sambungan putus, lalu pulih\)\n\[situs\] bot: ", demo.said)
    assert re.search(r"STATUS (\d{4} \d{3} \d{3})\n\[situs\] bot: Nomor laporan \1\. Status: Belum", demo.said)
    assert "Traceback" not in gateway.said
