"""My account: password, second factor, where I am logged in, language."""

import math
from typing import Any

import segno
from aiohttp import web

from core import people, totp
from core.attempts import TooManyTries
from core.channel import Busy
from core.passwords import LONGEST, Unsuitable, check_suitable
from core.people import WrongCredentials
from core.vault import Unsealable
from gateway.console.access import HOME, NEW_PASSWORD, Visit, access_of, fields_of, visit
from gateway.console.words import LANGUAGES

ACCOUNT, ENROL = "/console/akun", "/console/akun/kode"


def account_routes() -> list[web.RouteDef]:
    """For an application that has ``ACCESS``."""
    return [
        web.get(ACCOUNT, show_account),
        web.get(NEW_PASSWORD, show_password),
        web.post(NEW_PASSWORD, change_password),
        web.get(ENROL, show_enrolment),
        web.post(ENROL, enrol),
        web.post(f"{ENROL}/lepas", leave),
        web.post(f"{ACCOUNT}/sesi", end_session),
        web.post(f"{ACCOUNT}/bahasa", speak),
    ]


async def show_account(request: web.Request) -> web.Response:
    """Everything about oneself."""
    return await _account_page(request, await visit(request))


async def _account_page(request: web.Request, mine: Visit, *, problem: str = "", status: int = 200) -> web.Response:
    access = access_of(request)
    now, staff = access.clock.now(), mine.staff
    sessions = await access.store.read(lambda tx: people.sessions_of(tx, staff, now=now))
    agency = access.office.directory.agency(staff.agency)
    facts = {"sessions": sessions, "agency": agency.name if agency else "", "languages": LANGUAGES}
    return show(request, mine, "account", facts, problem=problem, status=status)


async def show_password(request: web.Request) -> web.Response:
    """The form for a new password."""
    return show(request, await visit(request, unfinished=True), "password", {})


async def change_password(request: web.Request) -> web.Response:
    """A new password; whoever is logged in elsewhere is not any more."""
    mine = await visit(request, unfinished=True)
    fields, access = await fields_of(request), access_of(request)
    password = fields.get("password", "")
    try:
        _check_new(password, fields.get("repeated", ""), mine)
        await confirm(request, mine, fields.get("current", ""))
        hashed = await access.hashing.hash(password)
        await access.store.write(lambda tx: people.change_password(tx, mine.staff, hashed, session=mine.session))
    except Unsuitable as error:
        return show(request, mine, "password", {}, problem=f"people.password_{error}", status=422)
    except (WrongCredentials, TooManyTries, Busy) as error:
        return _refuse(request, mine, "password", {}, error)
    raise web.HTTPSeeOther(HOME if mine.staff.must_change_password else ACCOUNT)


def _check_new(password: str, repeated: str, mine: Visit) -> None:
    """Raises Unsuitable."""
    check_suitable(password, username=mine.staff.username)
    if password != repeated:
        raise Unsuitable("differs")


async def confirm(request: web.Request, mine: Visit, password: str) -> None:
    """Whoever asks knows the password: a session alone is not enough for this.

    Raises WrongCredentials, TooManyTries, core.channel.Busy.
    """
    access = access_of(request)
    rules, now, staff = access.rules, access.clock.now(), mine.staff
    await access.store.write(lambda tx: people.count_own(tx, staff, rules=rules, now=now))
    if not await access.hashing.agrees(password[:LONGEST], staff.password_hash, known=True):
        raise WrongCredentials


async def show_enrolment(request: web.Request) -> web.Response:
    """A QR code for the phone, and the form that proves that it was read."""
    mine = await visit(request)
    return show(request, mine, "enrol", _enrolment(request, mine, totp.new_secret()))


def _enrolment(request: web.Request, mine: Visit, secret: str) -> dict[str, Any]:
    """The secret comes back with the form, sealed for this session: nobody chooses one for somebody else."""
    uri = totp.enrolment_uri(secret, mine.staff.username)
    sealed = access_of(request).vault.seal(f"{mine.session.id} {secret}".encode()).hex()
    picture = segno.make(uri, error="m").svg_inline(scale=5, border=2, title="QR", svgclass=None, lineclass=None)
    return {"picture": picture, "secret": secret, "sealed": sealed}


def _secret_of(request: web.Request, mine: Visit, sealed: str) -> str:
    """Raises HTTPBadRequest where this session was not given it."""
    try:
        opened = access_of(request).vault.open(bytes.fromhex(sealed)).decode()
    except (ValueError, Unsealable) as error:
        raise web.HTTPBadRequest from error
    session, _, secret = opened.partition(" ")
    if session != mine.session.id:
        raise web.HTTPBadRequest
    return secret


async def enrol(request: web.Request) -> web.Response:
    """From the next log-in on the second factor is asked for."""
    mine = await visit(request)
    fields, access = await fields_of(request), access_of(request)
    secret, code, now = _secret_of(request, mine, fields.get("sealed", "")), fields.get("code", ""), access.clock.now()
    try:
        await confirm(request, mine, fields.get("current", ""))
        await access.store.write(
            lambda tx: people.enable_code(tx, mine.staff, secret, code, session=mine.session, now=now)
        )
    except (WrongCredentials, TooManyTries, Busy) as error:
        return _refuse(request, mine, "enrol", _enrolment(request, mine, secret), error, wrong="people.wrong_either")
    raise web.HTTPSeeOther(ACCOUNT)


async def leave(request: web.Request) -> web.Response:
    """Without the second factor again."""
    mine = await visit(request)
    fields = await fields_of(request)
    try:
        await confirm(request, mine, fields.get("current", ""))
    except WrongCredentials:
        return await _account_page(request, mine, problem="people.wrong_password", status=401)
    except (TooManyTries, Busy):
        return await _account_page(request, mine, problem="people.busy", status=429)
    await access_of(request).store.write(lambda tx: people.disable_code(tx, mine.staff))
    raise web.HTTPSeeOther(ACCOUNT)


async def end_session(request: web.Request) -> web.Response:
    """Log out another browser of one's own."""
    mine = await visit(request)
    session_id = (await fields_of(request)).get("session", "")
    await access_of(request).store.write(lambda tx: people.end_session(tx, mine.staff, session_id))
    raise web.HTTPSeeOther(ACCOUNT)


async def speak(request: web.Request) -> web.Response:
    """Another language from the next page on."""
    mine = await visit(request)
    language = (await fields_of(request)).get("language", "")
    if language in LANGUAGES:
        await access_of(request).store.write(lambda tx: people.speak(tx, mine.staff, language))
    raise web.HTTPSeeOther(ACCOUNT)


def show(
    request: web.Request, mine: Visit, page: str, facts: dict[str, Any], *, problem: str = "", status: int = 200
) -> web.Response:
    """A page of the person who asks."""
    office = access_of(request).office
    zone = office.zone(mine.staff.agency)
    common = {"visit": mine, "csrf": mine.csrf, "problem": problem, "minutes": 0, "zone": zone}
    return access_of(request).pages.show(page, common | facts, language=mine.staff.language, status=status)


def _refuse(
    request: web.Request,
    mine: Visit,
    page: str,
    facts: dict[str, Any],
    error: WrongCredentials | TooManyTries | Busy,
    *,
    wrong: str = "people.wrong_password",
) -> web.Response:
    if isinstance(error, WrongCredentials):
        return show(request, mine, page, facts, problem=wrong, status=401)
    status, problem = (503, "people.busy") if isinstance(error, Busy) else (429, "people.wait")
    minutes = math.ceil(error.retry_after.total_seconds() / 60)
    answer = show(request, mine, page, facts | {"minutes": minutes}, problem=problem, status=status)
    answer.headers["Retry-After"] = str(int(error.retry_after.total_seconds()))
    return answer
