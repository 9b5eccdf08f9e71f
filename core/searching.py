"""By which words a report is found again. They are stored as keyed digests only (``core.storage.listing``)."""

import re

from core.model.report import Report
from core.text import search_words
from core.tracking import digits_of

TELEPHONE = re.compile(r"\+?[0-9][0-9 ().-]{6,22}")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
COUNTRY = "62"


def search_keys(report: Report) -> tuple[str, ...]:
    """Words of the title, the corrected and the original text, the place and the tags, and how to reach the reporter.

    Of an anonymous or secret report the reporter's address is left out: nobody finds it by asking for a person.
    """
    said = "\n".join((report.title, report.place, *report.tags, report.text))
    words = dict.fromkeys((*search_words(said), *search_words(report.original_text)))
    if report.anonymous or report.secret:
        return tuple(words)
    contacts = (report.reporter.value, report.reporter_phone, report.reporter_email)
    return (*words, *dict.fromkeys(key for key in map(contact_key, contacts) if key))


def contact_key(written: str) -> str:
    """A telephone number or e-mail address in one spelling, marked as such; empty for anything else."""
    written = written.strip()
    if EMAIL.fullmatch(written):
        return f"mailto:{written.casefold()}"
    if not TELEPHONE.fullmatch(written):
        return ""
    digits = digits_of(written).removeprefix("00" if written.startswith("00") else "")
    national = digits.removeprefix(COUNTRY).lstrip("0") if digits.startswith(("0", COUNTRY)) else digits
    return f"tel:{COUNTRY}{national}" if digits.startswith(("0", COUNTRY)) else f"tel:{digits}"
