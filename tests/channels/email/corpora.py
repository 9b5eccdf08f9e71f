"""Difficult public mails, where they are at hand: ``LAPOR_TEST_CORPORA``, or ``shared/data/mail`` beside us.

They are read from there and never copied in: their licences and their authors' names stay with them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDERS = ("cpython", "mikel-mail", "zbateson", "sisimai", "mail-parser-reply")
ENDINGS = {".eml", ".txt"}
# Of cpython's and zbateson's folders: what its tests attach, and headers without a mail.
NO_MAILS = {"files", "headers"}


def place() -> Path | None:
    """The folder that holds the corpora. A worktree lies one folder deeper than the repository."""
    told = os.environ.get("LAPOR_TEST_CORPORA")
    if told:
        return Path(told)
    beside = (root / "shared" / "data" / "mail" for root in Path(__file__).resolve().parents[4:6])
    return next((folder for folder in beside if folder.is_dir()), None)


def mails(folder: str) -> list[Path]:
    """Every mail of one of FOLDERS, in order; the test is skipped where there are none."""
    root = place()
    if root is None or not (root / folder).is_dir():
        pytest.skip(f"no corpus of mails at hand ({folder}): set LAPOR_TEST_CORPORA")
    return sorted(_in(root / folder))


def _in(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix in ENDINGS and path.is_file() and not NO_MAILS & set(path.parts):
            yield path
