"""Whom a message is for: the bot or the person in its talk, or the core, which reads it as one of its own."""

import re
from datetime import datetime

from core import chatting
from core.belonging import is_doubtful
from core.commands import is_courtesy
from core.dialogue import begins, is_open, read_word
from core.dialogue.vocabulary import OPENING
from core.hearing import Heard
from core.model.message import Command, Inbound, Verb
from core.model.talk import Owner, Talk
from core.office import Office
from core.ports import Tx

RATING = re.compile("[1-5]")
IN_A_DRAFT = frozenset({Verb.WITHDRAW})
"""Commands that mean what is being said in the talk, where anything is."""


def is_to_be_heard(tx: Tx, heard: Heard, *, office: Office, now: datetime) -> Talk | None:
    """The talk in which the bot or a person hears whatever its visitor says now; None where a message is read as one
    of its own: the bot has to be asked for there, or has not asked anything. A mail that begins with a subject of its
    own, or passes another one on, answers nothing.
    """
    inbound, manner = heard.stored.inbound, office.manner(heard.stored.inbound.channel)
    if manner is None or not heard.contact.talk or _is_ambiguous(heard):
        return None
    if not manner.is_chat and _says_more(inbound) and not inbound.belongs_to:
        return None
    talk = tx.talks.get(heard.contact.talk)
    if talk is None:
        return None
    return talk if _listens(talk) or is_rating(tx, talk, heard, office=office, now=now) else None


def _listens(talk: Talk) -> bool:
    return talk.owner is not Owner.BOT or talk.dialogue.silent or is_open(talk.dialogue)


def is_rating(tx: Tx, talk: Talk, heard: Heard, *, office: Office, now: datetime) -> bool:
    """A number of stars for the chat that just ended; where choices stand numbered in the text it may mean one."""
    if not RATING.fullmatch(heard.text.strip()):
        return False
    if talk.dialogue.offered and not office.capabilities[talk.channel].choices:
        return False
    return chatting.find_unrated(tx, talk, now=now) is not None


def is_asked_for(heard: Heard, *, office: Office) -> bool:
    """Whether a message that is neither command nor answer begins or continues a dialogue: on chats each does.

    A greeting above a mail that is passed on tells what stands in that mail.
    """
    inbound = heard.stored.inbound
    manner = office.manner(inbound.channel)
    if manner is None or _is_ambiguous(heard):
        return False
    if manner.is_chat:
        return True
    return begins(heard.text) and not inbound.attachments and not _says_more(inbound)


def _says_more(inbound: Inbound) -> bool:
    """Beside its words, as a mail does: in its subject, or in the mail that it passes on."""
    return bool(inbound.context) or not is_courtesy(inbound.title)


def calls_the_bot(heard: Heard, *, office: Office) -> bool:
    """Whether nothing but a word for the bot is said (LAPOR, PETUGAS): no answer to a question, whoever asked it."""
    if office.manner(heard.stored.inbound.channel) is None or _is_ambiguous(heard):
        return False
    return read_word(heard.text, slips=False) in OPENING and not heard.stored.inbound.attachments


def _is_ambiguous(heard: Heard) -> bool:
    """Anybody may write in a doubtful sender's name; who only names us may mean others."""
    inbound = heard.stored.inbound
    return is_doubtful(inbound) or inbound.mention or bool(heard.missing)


def obeys(talk: Talk | None, command: Command, heard: Heard, *, office: Office) -> bool:
    """Whether a command is carried out as it is, and no word for the bot or the person. ``talk``: where it is heard."""
    if command.tracking_id or command.verb is Verb.STOP:
        return True
    if talk is not None and talk.owner is Owner.PERSON:
        return False
    if command.verb in IN_A_DRAFT:
        return talk is None
    manner = office.manner(heard.stored.inbound.channel)
    if command.verb is Verb.CONTINUE:
        return manner is not None
    is_chat = manner is not None and manner.is_chat
    return command.verb is not Verb.START or not is_chat or heard.contact.opted_out
