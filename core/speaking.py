"""What people and the gateway say in a talk beside the bot: the operators' words, and what happens at their desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from core.filing import reply_with
from core.model.message import Attachment, Choice, Lane, Reachable
from core.model.talk import Author, Line, Talk
from core.office import Office
from core.ports import Tx
from core.publicity import Written

NOTHING: Mapping[str, str] = MappingProxyType({})
SAID = "operator_said"


@dataclass(frozen=True, slots=True)
class Words:
    """What is said. ``event``: of ``config/replies``, or ``SAID`` for an operator's own words. ``cause`` makes it the
    only one of its kind; ``client_id``: by which its author's page knows it.
    """

    text: str = field(repr=False)
    author: Author
    event: str
    cause: str
    by: str = ""
    client_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    choices: tuple[Choice, ...] = ()


def say(tx: Tx, talk: Talk, words: Words, *, office: Office, now: datetime) -> Line | None:
    """Put words in a locked talk and on their way to its visitor, in one commit; None where they were said already."""
    way = Reachable(talk.address, talk.channel, talk.connection, talk.route)
    reply = reply_with(Written(words.text), way, words.event, office=office, cause=words.cause, report_id="", now=now)
    outbound = replace(
        reply.outbound, attachments=words.attachments, choices=words.choices, lane=Lane.FIRST, text=words.text
    )
    if not tx.outbox.add([replace(reply, outbound=outbound)]):
        return None
    line = Line(
        talk=talk.id,
        seq=0,
        author=words.author,
        at=now,
        text=words.text,
        attachments=words.attachments,
        choices=words.choices,
        event="" if words.author is Author.OPERATOR else words.event,
        by=words.by,
        client_id=words.client_id,
        reply_id=reply.id,
    )
    return tx.talks.append(talk.id, [line])[0]


def announce(
    tx: Tx,
    talk: Talk,
    event: str,
    *,
    cause: str,
    office: Office,
    now: datetime,
    facts: Mapping[str, str] = NOTHING,
    by: str = "",
    choices: tuple[Choice, ...] = (),
) -> Line | None:
    """Tell the visitor what happened at the desk, in the words of ``config/replies``."""
    capabilities = office.capabilities[talk.channel]
    speaking = office.speaking(tx.contacts.language(talk.address.scheme, talk.address.value))
    text = speaking.replies.compose(event, facts, channel=talk.channel, capabilities=capabilities)
    words = Words(text, Author.SYSTEM, event, cause=f"{event}:{cause}", by=by, choices=choices)
    return say(tx, talk, words, office=office, now=now)
