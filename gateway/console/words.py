"""What staff read in the console, by key and language: ``words("id")("people.login")``."""

import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("id", "en")
FOLDER = Path(__file__).parent / "words"


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> Callable[[str], str]:
    """The words of a language as a function of their key. Raises KeyError for a key that is not there."""
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    sections = tomllib.loads((FOLDER / f"{chosen}.toml").read_text(encoding="utf-8"))
    flat = {f"{name}.{key}": text for name, section in sections.items() for key, text in section.items()}
    return flat.__getitem__
