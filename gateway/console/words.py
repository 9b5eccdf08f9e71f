"""What staff read in the console, by key and language: ``words("id")("queue.claim")``."""

import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("id", "en")
FOLDER = Path(__file__).parent / "words"

Words = Callable[..., str]


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> Words:
    """The words of a language as a function of their key, and of the facts that stand in braces in them.

    Raises KeyError for a key that is not there, or a fact that is missing.
    """
    flat = all_words(language if language in LANGUAGES else LANGUAGES[0])

    def say(key: str, **facts: object) -> str:
        return flat[key].format(**facts) if facts else flat[key]

    return say


def all_words(language: str) -> dict[str, str]:
    """Every text by its key: ``section.name``."""
    sections = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{name}.{key}": text for name, section in sections.items() for key, text in section.items()}
