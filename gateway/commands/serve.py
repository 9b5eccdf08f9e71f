"""``lapor serve``."""

import argparse
import asyncio
import os
import resource
import signal
from functools import partial

from core.ids import new_id
from core.model.lifecycle import Role
from core.model.people import Staff
from core.passwords import hash_password, new_password
from core.rosters import UsernameTaken
from core.storage.migrate import migrate
from gateway.agencies import take_over_agencies
from gateway.bootstrap import Parts
from gateway.commands.context import Command, CommandFailed, Invocation, with_parts
from gateway.serving import Gateway

FIRST_ADMIN = "admin"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``serve`` takes."""
    parser.add_argument("--only", nargs="+", default=[], metavar="CHANNEL", help="host these kinds of channel only")


def serve(invocation: Invocation) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    unknown = set(invocation.arguments.only) - set(invocation.specs)
    if unknown:
        raise CommandFailed(f"no channel '{unknown.pop()}'; there are {', '.join(invocation.specs)}")
    _raise_limit_of_files()
    try:
        with_parts(invocation, lambda parts: _serve(parts, invocation.arguments.only), migrated=False)
    except* OSError as group:
        http = invocation.settings.http
        raise CommandFailed(
            f"http://{http.host}:{http.port}: {group.exceptions[0]}; set http.port to a free one"
        ) from None
    return 0


def _raise_limit_of_files() -> None:
    """Each open chat is an open file; many systems let a process begin with 1,024 and raise it by itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(parts: Parts, only: list[str]) -> None:
    await migrate(parts.database)
    await take_over_agencies(parts.store, parts.office)
    await _make_first_admin(parts)
    serving = asyncio.ensure_future(Gateway(parts, only=only).run(listening=partial(_greet, parts, only)))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        print("lapor: selesai", flush=True)


async def _greet(parts: Parts, only: list[str], address: str) -> None:
    places = [
        f"  {kind} {host}:{port}"
        for kind, spec in parts.specs.items()
        if not only or kind in only
        for host, port in spec.listens(parts.settings.channels[kind]).values()
    ]
    print(
        f"lapor: {address} (proses {os.getpid()})  konsol {address}/console/  API {address}/docs"
        f"  metrik {address}/metrics{_chat(parts, only, address)}{''.join(places)}",
        flush=True,
    )


def _chat(parts: Parts, only: list[str], address: str) -> str:
    """Where the web chat is shown on a page, where it is hosted."""
    return f"  chat {address}/widget-demo" if "webchat" in (only or parts.specs) else ""


async def _make_first_admin(parts: Parts) -> None:
    password, now = new_password(), parts.clock.now()
    if await parts.store.read(lambda tx: bool(tx.people.all())):
        return
    hashed = await asyncio.to_thread(hash_password, password)
    admin = Staff(
        id=new_id(),
        username=FIRST_ADMIN,
        role=Role.NATIONAL_ADMIN,
        agency="",
        created_at=now,
        password_hash=hashed,
        must_change_password=True,
    )
    try:
        await parts.store.write(lambda tx: tx.people.add(admin))
    except UsernameTaken:
        return  # Another gateway that started at this moment was faster: its password counts.
    print(
        f"lapor: admin pertama: nama pengguna '{FIRST_ADMIN}', kata sandi '{password}' (tampil sekali ini)", flush=True
    )


COMMAND = Command("start the gateway: web, channels and, without a broker, the jobs", arguments, serve)
