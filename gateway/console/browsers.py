"""The browsers that somebody's notices are pushed to: this one begins, any of them stops."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from msgspec import Meta

from core import bulletin
from gateway.console.access import PUSHED, end_cookie, refuse_large, set_pushed
from gateway.console.guard import Call
from gateway.push import LONGEST_ENDPOINT, UnknownPushService, UnusableKeys, check_endpoint, check_keys

BROWSERS = "/console/pemberitahuan/langganan"
BROWSER = BROWSERS + r"/{browser:[0-9a-f]{32}}"
BACK = "/console/pemberitahuan/pilihan#perangkat"
NAMES = {
    "fcm.googleapis.com": "Chrome / Android",
    "push.services.mozilla.com": "Firefox",
    "notify.windows.com": "Edge",
    "push.apple.com": "Safari / iPhone",
}

Key = Annotated[str, Meta(max_length=100, pattern="^[A-Za-z0-9_-]+$")]


class Keys(msgspec.Struct, frozen=True):
    """Of one browser (RFC 8291)."""

    p256dh: Key
    auth: Key


class Asked(msgspec.Struct, frozen=True):
    """``PushSubscription.toJSON()``; what else stands in it is not needed."""

    endpoint: Annotated[str, Meta(max_length=LONGEST_ENDPOINT, pattern="^https?://[!-~]+$")]
    keys: Keys


async def subscribe(call: Call) -> web.Response:
    """Push to the browser that asks, in JSON. Only services that the settings name are taken."""
    if call.request.content_type != "application/json":
        raise web.HTTPBadRequest
    staff, office, now = call.staff, call.console.office, call.now
    try:
        asked = msgspec.json.decode(await refuse_large(call.request).read(), type=Asked)
        check_endpoint(asked.endpoint, hosts=call.console.push_hosts)
        check_keys(asked.keys.p256dh, asked.keys.auth)
    except UnknownPushService:
        return _said(call.t("notices.unknown_service"), HTTPStatus.UNPROCESSABLE_ENTITY)
    except (msgspec.DecodeError, UnusableKeys):
        return _said(call.t("notices.unusable"), HTTPStatus.UNPROCESSABLE_ENTITY)
    p256dh, auth = asked.keys.p256dh, asked.keys.auth
    browser = await call.console.store.write(
        lambda tx: bulletin.subscribe(tx, staff, asked.endpoint, p256dh=p256dh, auth=auth, office=office, now=now)
    )
    answer = _said(call.t("notices.begun"), HTTPStatus.CREATED)
    set_pushed(call.request, answer, browser.id)
    return answer


def _said(words: str, status: HTTPStatus) -> web.Response:
    return web.json_response({"said": words}, status=status, headers={"Cache-Control": "no-store"})


async def stop(call: Call) -> web.Response:
    """Push to one of one's own browsers no more; another person's is left alone."""
    await _stop(call)
    answer = web.Response(status=HTTPStatus.NO_CONTENT)
    _forget(call, answer)
    return answer


async def stop_by_form(call: Call) -> web.StreamResponse:
    """The same without script."""
    await _stop(call)
    answer = web.HTTPSeeOther(BACK)
    _forget(call, answer)
    raise answer


async def _stop(call: Call) -> None:
    staff, browser_id = call.staff, call.request.match_info["browser"]
    await call.console.store.write(lambda tx: bulletin.stop(tx, staff, browser_id))


def _forget(call: Call, answer: web.StreamResponse) -> None:
    if call.request.cookies.get(PUSHED) == call.request.match_info["browser"]:
        end_cookie(call.request, answer, PUSHED)


def service_of(endpoint: str) -> str:
    """What people call the browsers of a push service; its host where it is not known."""
    host = urlsplit(endpoint).hostname or ""
    return next((name for known, name in NAMES.items() if host == known or host.endswith(f".{known}")), host)
