"""The language that somebody asks for: of every reply from now on, and of the news about the reports they have."""

from dataclasses import replace

from core.model.work import Contact
from core.ports import Tx

REPORTS = 50


def speak(tx: Tx, contact: Contact, language: str) -> Contact:
    """Remember the language of a locked contact, and tell their newest reports in it; the contact as it is then."""
    if contact.language == language:
        return contact
    changed = replace(contact, language=language)
    tx.contacts.save(changed)
    for report in tx.reports.of_reporter(contact.digest, limit=REPORTS):
        locked = tx.reports.lock(report.id)
        if locked.language != language:
            tx.reports.save(replace(locked, language=language))
    return changed
