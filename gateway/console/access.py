"""Who is asking: the session's cookie, the proof that a form is ours, and the browsers that are known.

``visit`` is what every route of the console calls first.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from core import people, watching
from core.attempts import AccessRules, Visitor
from core.model.people import Session, Staff
from core.office import Office
from core.permissions import may_triage
from core.ports import Clock, Store, Tx
from core.vault import Vault
from gateway.console.hashing import Hashing
from gateway.console.pages import Pages
from gateway.console.phrases import MOST_UNSEEN
from gateway.console.words import LANGUAGES
from gateway.uploads import read_form, text_fields

SESSION, DEVICE, FORM, PUSHED = "lapor_session", "lapor_device", "lapor_form", "lapor_push"
HOME, LOGIN, CODE, NEW_PASSWORD = "/console/", "/console/login", "/console/login/kode", "/console/akun/sandi"
LANGUAGE = "lapor_bahasa"
DEVICE_KEPT = timedelta(days=400)
MOST_DEVICES = 5
LARGEST_FORM = 16_384
LONGEST_COOKIE = 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOCAL = re.compile(r"/console(?:[/?][!-\[\]-~]*)?")  # Visible ASCII without the backslash.


@dataclass(frozen=True, slots=True)
class Access:
    """What finding out who is asking needs."""

    store: Store
    vault: Vault
    clock: Clock
    office: Office
    rules: AccessRules
    hashing: Hashing
    pages: Pages
    public_url: str = ""

    @property
    def is_secure(self) -> bool:
        """Whether cookies may go over TLS alone."""
        return self.public_url.startswith("https://")

    def csrf(self, token: str) -> str:
        """What a form of the session (or of the visitor, before there is one) carries to show that it is ours."""
        return self.vault.digest("csrf", token).hex()


ACCESS: web.AppKey[Access] = web.AppKey("access", Access)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is logged in, and what their forms carry in the field ``csrf`` or the header ``X-CSRF-Token``.

    ``unseen``: how many notices wait for them. ``waiting``: how many messages wait for a person's decision; None for
    whom it is not to decide. ``chats``: how many visitors wait for a person; None for whoever takes no chats.
    """

    staff: Staff
    session: Session
    csrf: str = field(repr=False)
    unseen: int = 0
    waiting: int | None = None
    chats: int | None = None


VISIT: web.RequestKey[Visit] = web.RequestKey("visit", Visit)


class NotForThisRole(web.HTTPForbidden):
    """A page for those of another role."""


def access_of(request: web.Request) -> Access:
    """As the application was given it."""
    return request.config_dict[ACCESS]


async def visit(request: web.Request, *, unfinished: bool = False) -> Visit:
    """Who is asking; a request that changes something is proved to come from a page of this session.

    ``unfinished``: also somebody who has to choose a new password first.

    Raises:
        HTTPSeeOther: to the log-in, the second factor or the new password.
        HTTPForbidden: the request was not sent by a page of this session.
    """
    found = await find_visit(request)
    if found is None or not found.session.complete:
        raise web.HTTPSeeOther(_way_in(request, CODE if found else LOGIN))
    request[VISIT] = found
    if request.method not in SAFE:
        await check_sent_by_us(request, found.csrf)
    if found.staff.must_change_password and not unfinished:
        raise web.HTTPSeeOther(NEW_PASSWORD)
    await _note_seen(access_of(request), found.session)
    return found


async def find_visit(request: web.Request) -> Visit | None:
    """As ``visit``, also where the second factor is still missing; None where nobody is logged in."""
    access, token = access_of(request), request.cookies.get(SESSION, "")
    if not token or len(token) > LONGEST_COOKIE:
        return None
    now = access.clock.now()
    return await access.store.read(lambda tx: _look_up(tx, access, token, now))


def _look_up(tx: Tx, access: Access, token: str, now: datetime) -> Visit | None:
    found = people.session_of(tx, token, now=now)
    if found is None:
        return None
    staff, session = found
    decides = may_triage(staff, directory=access.office.directory)
    waiting = tx.messages.count_parked(most=MOST_UNSEEN + 1) if decides else None
    unseen, chats = tx.notices.unseen(staff.id), watching.count(tx, staff, office=access.office, now=now)
    return Visit(staff, session, csrf=access.csrf(token), unseen=unseen, waiting=waiting, chats=chats)


def _way_in(request: web.Request, path: str) -> str:
    """What was asked for is shown after the log-in; what was sent is not sent again."""
    wanted = local_path(request.path_qs) if request.method == "GET" else HOME
    return path if wanted == HOME else f"{path}?{urlencode({'next': wanted})}"


def local_path(given: str) -> str:
    """``given`` where it is a path of the console, else the console's first page: nobody is sent elsewhere."""
    return given if len(given) <= LONGEST_COOKIE and LOCAL.fullmatch(given) else HOME


async def _note_seen(access: Access, session: Session) -> None:
    now = access.clock.now()
    if people.is_worth_noting(session, now=now):
        await access.store.write(lambda tx: people.seen(tx, session, rules=access.rules, now=now))


async def check_sent_by_us(request: web.Request, csrf: str) -> None:
    """Raises HTTPForbidden: from another site's page, or without the proof that only our page has."""
    sent = request.headers.get("X-CSRF-Token") or (await fields_of(request)).get("csrf", "")
    if not _is_of_this_site(request) or not hmac.compare_digest(sent.encode(), csrf.encode()):
        raise web.HTTPForbidden


def _is_of_this_site(request: web.Request) -> bool:
    """By what the browser says of the sending page; one that says nothing has the token to show."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    ours = {request.host, urlsplit(access_of(request).public_url).netloc} - {""}
    return urlsplit(origin).netloc in ours


async def fields_of(request: web.Request) -> Mapping[str, str]:
    """The text fields of a form, NUL left out. Raises as ``read_form``."""
    return text_fields(await read_form(request))


def language_of(request: web.Request) -> str:
    """Before it is known who asks: as chosen on the log-in page."""
    chosen = request.query.get("bahasa") or request.cookies.get(LANGUAGE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def refuse_large(request: web.Request) -> web.Request:
    """The request, whose body may have no more than ``LARGEST_FORM`` bytes."""
    return request.clone(client_max_size=LARGEST_FORM, remote=request.remote or "")  # A clone forgets who asks.


def visitor_of(request: web.Request, username: str) -> Visitor:
    """Where a try to log in comes from."""
    device = _device(access_of(request), request.cookies.get(DEVICE, ""), username)
    return Visitor(request.remote or "", agent=request.headers.get("User-Agent", ""), device=device)


def _device(access: Access, cookie: str, username: str) -> str:
    """The browser's name, if it proves that it logged in with this user name before; else empty."""
    if len(cookie) > LONGEST_COOKIE:
        return ""
    pairs = (each.partition(".") for each in cookie.split("~"))
    return next(
        (name for name, _, mark in pairs if hmac.compare_digest(_mark(access, name, username), mark.encode())), ""
    )


def _mark(access: Access, name: str, username: str) -> bytes:
    return access.vault.digest("device", f"{name} {username.casefold()}").hex().encode()


def set_session(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """The session's cookie: for the server alone, to the console alone."""
    _set(request, response, SESSION, token)


def end_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """Make the browser forget."""
    response.del_cookie(name, path="/console", secure=access_of(request).is_secure, httponly=True, samesite="Lax")


def set_device(request: web.Request, response: web.StreamResponse, username: str) -> None:
    """From now on this browser is known to have logged in with this user name."""
    access, cookie = access_of(request), request.cookies.get(DEVICE, "")
    if _device(access, cookie, username):
        return
    name = secrets.token_hex(16)
    fresh = f"{name}.{_mark(access, name, username).decode()}"
    others = [each for each in cookie.split("~") if each] if len(cookie) <= LONGEST_COOKIE else []
    _set(request, response, DEVICE, "~".join([fresh, *others][:MOST_DEVICES]), kept=DEVICE_KEPT)


def set_form(request: web.Request, response: web.StreamResponse, nonce: str) -> None:
    """What binds the log-in form to this browser, before there is a session."""
    _set(request, response, FORM, nonce)


def set_pushed(request: web.Request, response: web.StreamResponse, browser_id: str) -> None:
    """Which of the browsers that are pushed to this one is."""
    _set(request, response, PUSHED, browser_id, kept=DEVICE_KEPT)


def _set(
    request: web.Request, response: web.StreamResponse, name: str, value: str, *, kept: timedelta | None = None
) -> None:
    response.set_cookie(
        name,
        value,
        path="/console",
        httponly=True,
        samesite="Lax",
        secure=access_of(request).is_secure,
        max_age=int(kept.total_seconds()) if kept else None,
    )


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)
