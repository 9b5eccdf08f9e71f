"""The import rules of pyproject.toml hold, and each of them can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    # Run by this interpreter from `root`, so that the packages of `root` are read and not the installed ones.
    script = "from importlinter.cli import lint_imports_command as run; run(['--no-logo', '--no-cache'])"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_import_rules_hold() -> None:
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    for package in ("core", "channels", "gateway"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("core/intake.py", "import gateway.logs", "the core knows neither"),
        ("channels/spec.py", "import gateway.logs", "the channels know the core"),
        ("core/intake.py", "import core.matching", "use cases do not know one another"),
        ("core/model/message.py", "import core.office", "every file has its place"),
        ("core/misplaced.py", "", "every file has its place"),
        ("channels/sms/__init__.py", "import channels.api", "Channels do not know one another"),
        ("channels/sms/__init__.py", "import core.ports", "Of the core a channel sees"),
        ("core/ports.py", "import aiohttp", "no network, broker or web package"),
        ("core/intake.py", "from sqlalchemy import select", "SQL is written in core.storage alone"),
        ("gateway/logs.py", "import smpplib.gsm", "each SDK stays behind its door"),
        ("gateway/logs.py", "import core.testing", "The test kit stays out of production"),
    ],
)
def test_a_forbidden_import_breaks_its_rule(copy: Path, file: str, line: str, broken: str) -> None:
    path = copy / file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")

    try:
        done = lint(copy)
    finally:
        path.unlink() if before is None else path.write_text(before, encoding="utf-8")

    said = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert any(broken in part and "BROKEN" in part for part in _verdicts(said))


def _verdicts(said: str) -> list[str]:
    """What was said, cut behind each verdict."""
    return said.replace("KEPT", "KEPT\n").replace("BROKEN", "BROKEN\n").splitlines()
