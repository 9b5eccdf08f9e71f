"""The log-in, the second factor and the log-out."""

import math
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from core import bulletin, people
from core.attempts import TooManyTries, Visitor
from core.channel import Busy
from core.model.people import Session
from core.passwords import LONGEST
from core.people import Knock, WrongCredentials
from core.ports import Tx
from gateway.console.access import (
    CODE,
    FORM,
    HOME,
    LANGUAGE,
    LOGIN,
    PUSHED,
    SESSION,
    Visit,
    access_of,
    check_sent_by_us,
    end_cookie,
    fields_of,
    find_visit,
    language_of,
    local_path,
    new_token,
    refuse_large,
    set_device,
    set_form,
    set_session,
    visit,
    visitor_of,
)


def login_routes() -> list[web.RouteDef]:
    """For an application that has ``ACCESS``."""
    return [
        web.get(LOGIN, show_login),
        web.post(LOGIN, log_in),
        web.get(CODE, show_code),
        web.post(CODE, check_code),
        web.post("/console/logout", log_out),
    ]


async def show_login(request: web.Request) -> web.Response:
    """The form; whoever is logged in already goes on."""
    found = await find_visit(request)
    if found is not None and found.session.complete:
        raise web.HTTPSeeOther(local_path(request.query.get("next", "")))
    return _login_page(request, next_path=request.query.get("next", ""))


async def log_in(request: web.Request) -> web.Response:
    """User name and password. Wrong ones are all answered alike, after the same work."""
    request = refuse_large(request)
    await check_sent_by_us(request, access_of(request).csrf(request.cookies.get(FORM, "")))
    fields = await fields_of(request)
    username, next_path = fields.get("username", "").strip(), local_path(fields.get("next", ""))
    token, visitor = new_token(), visitor_of(request, username)
    try:
        knocked = await _knock(request, username, visitor)
        session = await _enter(request, knocked, fields.get("password", ""), token, visitor)
    except WrongCredentials:
        return _login_page(request, next_path=next_path, username=username, problem="people.wrong", status=401)
    except (TooManyTries, Busy) as error:
        return _come_again(request, error, next_path=next_path, username=username)
    await _end_old(request)
    answer = _go_on(request, session, token, next_path)
    if session.complete:
        set_device(request, answer, username)
    return answer


async def _knock(request: web.Request, username: str, visitor: Visitor) -> Knock:
    access = access_of(request)
    rules, now = access.rules, access.clock.now()
    return await access.store.write(lambda tx: people.knock(tx, username, visitor, rules=rules, now=now))


async def _enter(request: web.Request, knocked: Knock, password: str, token: str, visitor: Visitor) -> Session:
    """No transaction is open while the password is looked at."""
    access = access_of(request)
    try:
        agreed = await access.hashing.agrees(password[:LONGEST], knocked.password_hash, known=bool(visitor.device))
    except Busy:
        await access.store.write(lambda tx: people.withdraw(tx, knocked))
        raise
    agreed, now, rules, office = agreed and len(password) <= LONGEST, access.clock.now(), access.rules, access.office
    return await access.store.write(
        lambda tx: people.enter(tx, knocked, token, visitor, agreed=agreed, rules=rules, office=office, now=now)
    )


async def _end_old(request: web.Request) -> None:
    """Whoever logs in anew leaves the session this browser had."""
    found = await find_visit(request)
    if found is not None:
        await access_of(request).store.write(lambda tx: people.log_out(tx, found.session))


def _leave(tx: Tx, leaving: Visit, browser_id: str) -> None:
    """Out, and what is told to this person is shown here no more."""
    people.log_out(tx, leaving.session)
    bulletin.stop(tx, leaving.staff, browser_id)


def _go_on(request: web.Request, session: Session, token: str, next_path: str) -> web.Response:
    target = next_path if session.complete else f"{CODE}?{urlencode({'next': next_path})}"
    answer = web.Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})
    set_session(request, answer, token)
    return answer


async def show_code(request: web.Request) -> web.Response:
    """The form for the second factor."""
    found = await _half_way(request)
    return _code_page(request, found, next_path=request.query.get("next", ""))


async def check_code(request: web.Request) -> web.Response:
    """The second factor; the session gets a new token with it."""
    request = refuse_large(request)
    found, access, token = await _half_way(request), access_of(request), new_token()
    await check_sent_by_us(request, found.csrf)
    fields = await fields_of(request)
    code, next_path = fields.get("code", ""), local_path(fields.get("next", ""))
    visitor, rules, now = visitor_of(request, found.staff.username), access.rules, access.clock.now()
    try:
        await access.store.write(lambda tx: people.count_code(tx, found.staff, visitor, rules=rules, now=now))
        session = await access.store.write(
            lambda tx: people.show_code(
                tx, found.session, code, token, visitor, rules=rules, office=access.office, now=now
            )
        )
    except WrongCredentials:
        return _code_page(request, found, next_path=next_path, problem="people.wrong_code", status=401)
    except TooManyTries as error:
        return _code_page(
            request, found, next_path=next_path, problem="people.wait", status=429, wait=error.retry_after
        )
    answer = _go_on(request, session, token, next_path)
    set_device(request, answer, found.staff.username)
    return answer


async def _half_way(request: web.Request) -> Visit:
    """Somebody whose password was right and whose second factor is missing."""
    found = await find_visit(request)
    if found is None:
        raise web.HTTPSeeOther(LOGIN)
    if found.session.complete:
        raise web.HTTPSeeOther(HOME)
    return found


async def log_out(request: web.Request) -> web.Response:
    """End the session and the pushes here; the browser stays known."""
    leaving, browser_id = await visit(request, unfinished=True), request.cookies.get(PUSHED, "")
    await access_of(request).store.write(lambda tx: _leave(tx, leaving, browser_id))
    answer = web.Response(status=303, headers={"Location": LOGIN, "Clear-Site-Data": '"cache"'})
    for name in (SESSION, PUSHED):
        end_cookie(request, answer, name)
    return answer


def _login_page(
    request: web.Request,
    *,
    next_path: str,
    username: str = "",
    problem: str = "",
    status: int = 200,
    wait: timedelta | None = None,
) -> web.Response:
    nonce, language = request.cookies.get(FORM) or secrets.token_urlsafe(16), language_of(request)
    facts = _facts(problem, local_path(next_path), access_of(request).csrf(nonce), wait)
    headers = _retry(wait)
    page = access_of(request).pages.show(
        "login", facts | {"username": username[:64]}, language=language, status=status, headers=headers
    )
    if not request.cookies.get(FORM):
        set_form(request, page, nonce)
    if "bahasa" in request.query:
        page.set_cookie(LANGUAGE, language, path="/console", httponly=True, samesite="Lax")
    return page


def _come_again(request: web.Request, error: TooManyTries | Busy, *, next_path: str, username: str) -> web.Response:
    status, problem = (503, "people.busy") if isinstance(error, Busy) else (429, "people.wait")
    return _login_page(
        request, next_path=next_path, username=username, problem=problem, status=status, wait=error.retry_after
    )


def _code_page(
    request: web.Request,
    found: Visit,
    *,
    next_path: str,
    problem: str = "",
    status: int = 200,
    wait: timedelta | None = None,
) -> web.Response:
    facts = _facts(problem, local_path(next_path), found.csrf, wait)
    language = found.staff.language
    return access_of(request).pages.show("code", facts, language=language, status=status, headers=_retry(wait))


def _facts(problem: str, next_path: str, csrf: str, wait: timedelta | None) -> dict[str, Any]:
    return {
        "problem": problem,
        "next": next_path,
        "csrf": csrf,
        "minutes": math.ceil((wait or timedelta()).seconds / 60),
    }


def _retry(wait: timedelta | None) -> dict[str, str]:
    return {"Retry-After": str(int(wait.total_seconds()))} if wait else {}
