"""The console as a browser meets it: the real application on a database of the test's own."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Session, Staff
from core.passwords import hash_password
from core.testing.clocks import SettableClock
from gateway.bootstrap import Parts, make_access, open_parts
from gateway.console.access import ACCESS, visit
from gateway.console.app import console_routes, make_console
from gateway.console.guard import CONSOLE
from gateway.console.people import people_routes
from gateway.registry import find_channels
from gateway.settings import load_settings
from gateway.web import make_app
from tests.flow.rig import write_config
from tests.gateway.console.desk import Desk, fill, open_desk

PASSWORD = "kebun-raya-bogor-2026"
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Of ``PASSWORD``."""
    return hash_password(PASSWORD)


class Browser:
    """Somebody's browser: it keeps cookies, fills forms in, and follows nothing by itself."""

    def __init__(self, client: "TestClient[Any, Any]") -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> tuple[aiohttp.ClientResponse, str]:
        answer = await self.client.get(path, allow_redirects=False, headers=headers)
        return answer, await answer.text()

    async def get_bytes(self, path: str) -> bytes:
        """A file that must be there."""
        answer = await self.client.get(path, allow_redirects=False)
        assert answer.status == 200
        return await answer.read()

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> tuple[aiohttp.ClientResponse, str]:
        answer = await self.client.post(path, data=fields, allow_redirects=False, headers=headers)
        return answer, await answer.text()

    async def send(self, path: str, fields: dict[str, str], *, page: str = "") -> tuple[aiohttp.ClientResponse, str]:
        """Fill in the form of ``page`` (the same path where none is named)."""
        _, text = await self.get(page or path)
        found = CSRF.search(text)
        assert found is not None, "the page has no form"
        return await self.post(path, {"csrf": found[1], **fields})

    async def log_in(
        self, username: str, password: str = PASSWORD, *, next_path: str = ""
    ) -> tuple[aiohttp.ClientResponse, str]:
        return await self.send("/console/login", {"username": username, "password": password, "next": next_path})

    def cookie(self, name: str) -> str:
        """The value the browser keeps, or empty."""
        return next((each.value for each in self.client.session.cookie_jar if each.key == name), "")

    def set_cookie(self, name: str, value: str) -> None:
        """As an attacker does who reaches the browser's store."""
        self.client.session.cookie_jar.update_cookies({name: value}, self.client.make_url("/console/"))


class House:
    """The console, its parts and its clock; browsers come from the addresses that they are given."""

    def __init__(self, parts: Parts, clock: SettableClock, stack: AsyncExitStack, password_hash: str) -> None:
        self.parts, self.clock = parts, clock
        self.access = make_access(parts)
        self._stack = stack
        self._password_hash = password_hash

    async def browser(self, address: str = "203.0.113.9") -> Browser:
        """A fresh one behind the trusted proxy."""
        routes = [*people_routes(), web.get("/console/uji", show_name), web.post("/console/uji", show_name)]
        routes += console_routes(self.access.pages)
        app = make_app(
            self.parts.settings.http, routes, values={ACCESS: self.access, CONSOLE: make_console(self.parts)}
        )
        client = TestClient(
            TestServer(app), headers={"X-Forwarded-For": address}, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        await self._stack.enter_async_context(client)
        return Browser(client)

    async def entered(
        self, username: str = "dewi.lestari", role: Role = Role.AGENCY_ADMIN, **given: Any
    ) -> tuple[Browser, Staff]:
        """Somebody's browser with a session, without the work on the password."""
        browser, person, now = await self.browser(), await self.hire(username, role, **given), self.clock.now()
        session, token = Session(new_id(), person.id, now, now, now + timedelta(hours=8)), f"token-{username}"
        await self.parts.store.write(lambda tx: tx.sessions.add(session, token))
        browser.set_cookie("lapor_session", token)
        return browser, person

    async def hire(self, username: str = "dewi.lestari", role: Role = Role.AGENCY_ADMIN, **given: Any) -> Staff:
        """A member of staff whose password is ``PASSWORD``."""
        person = Staff(
            id=new_id(),
            username=username,
            role=role,
            agency=given.pop("agency", "kab-tangerang" if role is not Role.NATIONAL_ADMIN else ""),
            created_at=self.clock.now(),
            name=given.pop("name", "Dewi Lestari"),
            password_hash=self._password_hash,
        )
        person = replace(person, **given)
        await self.parts.store.write(lambda tx: tx.people.add(person))
        return person


async def show_name(request: web.Request) -> web.Response:
    """A page of the console: whose browser it is."""
    found = await visit(request)
    return web.Response(text=f'{found.staff.username} <input name="csrf" value="{found.csrf}">')


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, password_hash: str) -> AsyncIterator[House]:
    """On SQLite."""
    changed = {"http": {"trusted_proxies": ["127.0.0.1"], "port": 0}}
    config, specs = write_config(tmp_path, database_url=sqlite_url, changed=changed), find_channels()
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(load_settings(config, environ={}, channels=specs), specs))
        clock = SettableClock()
        yield House(replace(parts, clock=clock), clock, stack, password_hash)


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path, password_hash: str) -> AsyncIterator[Desk]:
    """The whole console, its people hired and nothing reported yet."""
    async with open_desk(tmp_path, sqlite_url, password_hash) as opened:
        yield opened


@pytest.fixture
async def filled(desk: Desk) -> Desk:
    """The same on an ordinary morning."""
    desk.numbers = await fill(desk)
    return desk
