"""``/jawab``: answer by a link that was given where everyone reads. It takes something and shows next to nothing.

The link opens by a button, so that a program that looks at links for a preview does not use it up.
"""

import time
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import msgspec
from aiohttp import web

from channels.api.mapping import Arrival, command_message
from channels.api.wire.bodies import LONGEST_TEXT, MessageBody
from core.asides import PASS
from core.channel import Refused
from core.model.message import Address, Attachment, Command, Inbound, Mark, Verb
from core.text import clean
from core.vault import Unsealable
from gateway.public.front import Front
from gateway.uploads import files_in, read_form, store_files

OPEN_FOR = 3_600
LONGEST_TOKEN = 64
PAGE = "answer.html"


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """What the opened page carries, sealed: which link it was, for which report, what was asked and until when."""

    digest: bytes
    tracking_id: str
    question: str
    until: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote, with the reason why it cannot be taken."""

    text: str = field(repr=False)
    files: tuple[Attachment, ...] = ()
    problem: str = ""


async def show_door(front: Front, request: web.Request) -> web.StreamResponse:
    """The same for every link, good or not: nothing is looked up."""
    return front.pages.show(PAGE, step="door", token=request.match_info["token"][:LONGEST_TOKEN])


async def enter(front: Front, request: web.Request) -> web.StreamResponse:
    """Use the link up and show what is asked. A wrong link, a used one and an old one look alike."""
    token = request.match_info["token"]
    opened = await front.open_pass(token, request.remote or "") if len(token) <= LONGEST_TOKEN else None
    if opened is None:
        return _invalid(front)
    ticket = Ticket(opened.digest, opened.tracking_id, opened.question, int(time.time()) + OPEN_FOR)
    return _form(front, ticket)


async def take(front: Front, request: web.Request) -> web.StreamResponse:
    """Hand the answer in: one for each link, however often it is sent."""
    front.visitors.count(request.remote or "")
    given = await read_form(request)
    ticket = _read(front, str(given.get("ticket", "")))
    if ticket is None:
        return _invalid(front)
    uploaded = await store_files(
        front.intake, files_in(given, "files"), most=front.most_files, limit=front.largest_file
    )
    text = clean(str(given.get("text", ""))).strip()[:LONGEST_TEXT]
    problem = " ".join(uploaded.problems) or ("" if text or uploaded.attachments else "Tulis jawaban Anda dulu.")
    if problem:
        return _form(front, ticket, Answer(text, problem=problem), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return await _hand_in(front, ticket, Answer(text, uploaded.attachments))


async def _hand_in(front: Front, ticket: Ticket, answer: Answer) -> web.Response:
    try:
        accepted = await front.intake.accept(_message(front, ticket, answer))
    except Refused:
        return _invalid(front)  # Another answer came by this link before.
    settled = await front.desk.settle(accepted, limit=front.patience)
    if settled is not None and not settled.done:
        refused = Answer(answer.text, problem=settled.reason)
        return _form(front, ticket, refused, status=HTTPStatus.CONFLICT)
    return front.pages.show(PAGE, step="done", ticket=ticket)


def _message(front: Front, ticket: Ticket, answer: Answer) -> Inbound:
    command = Command(Verb.ANSWER, ticket.tracking_id, text=answer.text)
    arrival = Arrival(received_at=front.now(), fresh_id="")
    body = MessageBody(text=answer.text or Verb.ANSWER.value, attachments=tuple(file.id for file in answer.files))
    message = command_message(body, arrival, command=command, files=answer.files)
    proof = ticket.digest.hex()
    return replace(message, sender=Address(PASS, proof), external_id=f"{PASS}:{proof}", marks=(Mark.OTHER_ADDRESS,))


def _read(front: Front, sealed: str) -> Ticket | None:
    try:
        ticket = msgspec.msgpack.decode(front.vault.open(bytes.fromhex(sealed)), type=Ticket)
    except (Unsealable, ValueError, msgspec.DecodeError):
        return None
    return ticket if ticket.until > time.time() else None


def _form(
    front: Front, ticket: Ticket, answer: Answer | None = None, *, status: HTTPStatus = HTTPStatus.OK
) -> web.Response:
    sealed = front.vault.seal(msgspec.msgpack.encode(ticket)).hex()
    shown = answer or Answer("")
    facts = {"most": front.most_files, "megabytes": front.largest_file // 1_048_576}
    return front.pages.show(PAGE, status=status, step="form", ticket=ticket, sealed=sealed, answer=shown, **facts)


def _invalid(front: Front) -> web.Response:
    return front.pages.show(PAGE, status=HTTPStatus.NOT_FOUND, step="invalid")
