"""``/lacak``: a report by number and PIN; answer, add, rate, withdraw."""

import time
from http import HTTPStatus

import msgspec
from aiohttp import web

from channels.api.mapping import Arrival, command_message, read_number
from channels.api.wire.bodies import LONGEST_TEXT, MessageBody
from core.desk import NotFound
from core.model.lifecycle import ARCHIVED, CLOSED, IN_PROCESS, NEW, PENDING, State
from core.model.message import Command, Verb
from core.model.report import ReportView
from core.text import clean
from core.vault import Unsealable
from gateway.public.front import Front
from gateway.uploads import files_in, read_form, store_files

COOKIE = "lapor_lacak"
OPEN_FOR = 1_800
HERE = "/lacak/laporan"
VERBS = {
    "jawab": Verb.ANSWER,
    "belum": Verb.UNSATISFIED,
    "puas": Verb.SATISFIED,
    "batal": Verb.WITHDRAW,
}
NEEDS_WORDS = frozenset({Verb.ANSWER, Verb.UNSATISFIED})
Proof = tuple[str, str]


async def show_entry(front: Front, request: web.Request) -> web.StreamResponse:
    """Where number and PIN are asked for; a slip's QR fills the number in."""
    return front.pages.show("track.html", number=request.query.get("nomor", "")[:20], wrong=False)


async def enter(front: Front, request: web.Request) -> web.StreamResponse:
    """A wrong number and a wrong PIN look alike."""
    given = await read_form(request)
    number, pin = str(given.get("nomor", ""))[:40], str(given.get("pin", "")).strip()[:10]
    digits = read_number(number) or ""
    try:
        await front.desk.find(digits, pin, source=request.remote or "")
    except NotFound:
        return front.pages.show("track.html", status=HTTPStatus.NOT_FOUND, number=number[:20], wrong=True)
    response = web.HTTPSeeOther(HERE)
    _remember(front, response, (digits, pin))
    raise response


def _remember(front: Front, response: web.StreamResponse, proof: Proof) -> None:
    sealed = front.vault.seal(msgspec.msgpack.encode((*proof, int(time.time()) + OPEN_FOR)))
    response.set_cookie(
        COOKIE, sealed.hex(), max_age=OPEN_FOR, path="/lacak", httponly=True, samesite="Strict", secure=front.secure
    )


def _proof(front: Front, request: web.Request) -> Proof:
    """Number and PIN that were right a while ago. Raises HTTPSeeOther to where they are asked for."""
    try:
        opened = front.vault.open(bytes.fromhex(request.cookies.get(COOKIE, "")))
        number, pin, until = msgspec.msgpack.decode(opened, type=tuple[str, str, int])
    except (Unsealable, ValueError):
        raise web.HTTPSeeOther("/lacak") from None
    if until < time.time():
        raise web.HTTPSeeOther("/lacak")
    return number, pin


async def show_report(front: Front, request: web.Request) -> web.StreamResponse:
    """The report as its reporter sees it, with what can be done now."""
    return await _report(front, request, said=request.query.get("kabar", ""))


async def _report(
    front: Front, request: web.Request, *, said: str = "", words: str = "", status: HTTPStatus = HTTPStatus.OK
) -> web.Response:
    number, pin = _proof(front, request)
    view = await front.desk.find(number, pin, source=request.remote or "")
    return front.pages.show("tracked.html", status=status, view=view, may=open_to(view), said=said, words=words)


def open_to(view: ReportView) -> frozenset[str]:
    """What the reporter can do in this state; the core decides again when it is done."""
    state = State(view.state)
    if state in IN_PROCESS:
        return frozenset({"jawab", "puas", "belum"})
    if state in NEW | PENDING:
        return frozenset({"jawab", "batal"})
    return frozenset({"puas", "belum"}) if state in CLOSED else frozenset({"jawab"} if state not in ARCHIVED else ())


async def act(front: Front, request: web.Request) -> web.StreamResponse:
    """Hand the reporter's word in and say what became of it."""
    number, pin = _proof(front, request)
    front.visitors.count(request.remote or "")
    verb = VERBS[request.match_info["act"]]
    given = await read_form(request)
    words = clean(str(given.get("text", ""))).strip()[:LONGEST_TEXT]
    uploaded = await store_files(
        front.intake, files_in(given, "files"), most=front.most_files, limit=front.largest_file
    )
    if (verb in NEEDS_WORDS and not (words or uploaded.attachments)) or uploaded.problems:
        problem = " ".join(uploaded.problems) or "Tulis jawaban atau keterangan Anda dulu."
        return await _report(front, request, said=problem, words=words, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    command = Command(verb, number, text=words, pin=pin, rating=_rating(given.get("rating")))
    arrival = Arrival(received_at=front.now(), fresh_id=front.new_id(), key=_key(given.get("token")))
    message = command_message(
        MessageBody(text=words or verb.value), arrival, command=command, files=uploaded.attachments
    )
    settled = await front.desk.settle(await front.intake.accept(message), limit=front.patience)
    if settled is not None and not settled.done:
        return await _report(front, request, said=settled.reason, words=words, status=HTTPStatus.CONFLICT)
    raise web.HTTPSeeOther(f"{HERE}?kabar=terkirim#kabar")


def _rating(written: object) -> int | None:
    return int(written) if isinstance(written, str) and written in {"1", "2", "3", "4", "5"} else None


def _key(token: object) -> str:
    return f"web-{token}" if isinstance(token, str) and token.isalnum() and len(token) == 32 else ""


async def leave(_front: Front, _request: web.Request) -> web.StreamResponse:
    """Forget number and PIN: the computer may be shared."""
    response = web.HTTPSeeOther("/lacak")
    response.del_cookie(COOKIE, path="/lacak")
    raise response
