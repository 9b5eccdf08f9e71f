"""Every mail of the public corpora is read: none raises, none takes long, none loses its words."""

import time
from email import message_from_bytes, policy
from email.message import Message

import pytest

from channels.email.letter.model import Letter
from channels.email.letter.reading import read_letter
from tests.channels.email.corpora import FOLDERS, mails

SLOWEST = 2.0


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_mail_of_a_corpus_is_read(folder: str) -> None:
    letters = {path: read_letter(path.read_bytes()) for path in mails(folder)}

    assert len(letters) > 40
    assert not [path.name for path, letter in letters.items() if not isinstance(letter, Letter)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_mail_of_a_corpus_takes_long(folder: str) -> None:
    slow = []
    for path in mails(folder):
        raw = path.read_bytes()
        before = time.process_time()
        read_letter(raw)
        if time.process_time() - before > SLOWEST:
            slow.append(path.name)

    assert not slow


# What each of these says is nowhere but in its headers, or in a mail inside it.
WORDLESS = {
    "cpython": {
        "msg_06.txt", "msg_08.txt", "msg_09.txt", "msg_11.txt", "msg_12.txt", "msg_12a.txt", "msg_18.txt", "msg_24.txt",
        "msg_28.txt", "msg_46.txt",
    },
    "mikel-mail": {
        "attachment_message_rfc822_inline_image.eml", "attachment_only_email.eml",
        "attachment_with_quoted_filename.eml",
        "bad_date_header.eml", "bad_date_header2.eml", "empty_in_reply_to.eml", "missing_body.eml",
        "missing_content_disposition.eml", "multipart_report_multiple_status.eml", "must_supply_encoding.eml",
        "raw_email_with_binary_encoded.eml",
    },
    "zbateson": {"m0012.txt", "m0013.txt", "m0024.txt", "m1013.txt", "m3003.txt", "m4006.txt", "m4007.txt"},
    "sisimai": {"arf-22.eml", "arf-23.eml", "arf-24.eml", "rfc3464-66.eml"},
    "mail-parser-reply": set(),
}  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_mails_without_words_have_none(folder: str) -> None:
    wordless = {path.name for path in mails(folder) if not read_letter(path.read_bytes()).text}

    assert wordless == WORDLESS[folder]


# Where the standard library gives up: an inner multipart that repeats the outer boundary, a boundary followed by other
# words or told with none of its parts in it, a header folded wrongly, parts behind a closing boundary.
OTHER_STRUCTURE: dict[str, set[str]] = {
    "cpython": {"msg_15.txt", "msg_25.txt", "msg_30.txt", "msg_31.txt", "msg_37.txt", "msg_39.txt"},
    "zbateson": {"m0021.txt"},
    "sisimai": {
        "lhost-apachejames-01.eml", "lhost-office365-09.eml", "lhost-office365-10.eml", "lhost-office365-11.eml",
        "lhost-office365-12.eml", "lhost-verizon-02.eml", "lhost-x1-02.eml", "rhost-cox-01.eml",
        "rhost-franceptt-07.eml", "rhost-google-02.eml",
    },
}  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_parts_are_those_that_the_standard_library_finds(folder: str) -> None:
    different = set()
    for path in mails(folder):
        parsed = message_from_bytes(path.read_bytes(), policy=policy.compat32)
        if tuple(kinds_of(parsed)) != read_letter(path.read_bytes()).kinds:
            different.add(path.name)

    assert different == OTHER_STRUCTURE.get(folder, set())


def kinds_of(message: Message) -> list[str]:
    """Content types as a walk meets them; a mail inside a mail is one part."""
    kind = message.get_content_type()
    if not message.is_multipart() or message.get_content_maintype() != "multipart":
        return [kind]
    parts = message.get_payload()
    assert isinstance(parts, list)
    return [kind, *(one for part in parts if isinstance(part, Message) for one in kinds_of(part))]
