"""Jasmin 0.11.1 with its router and HTTP thrower in one daemon, RabbitMQ and Redis of this machine."""

import re
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.broker import virtual_host
from benchmarks.peers.hosting import Peer, sink
from benchmarks.processes import WORK, NotMeasured, child, free_port, own_venv, wait_for_port

CONFIGURATION = """
[amqp-broker]
vhost = {vhost}
spec = {spec}
[jcli]
port = {jcli}
authentication = False
[router]
bind = 127.0.0.1
port = {router}
store_path = {folder}
[smpp-server]
bind = 127.0.0.1
port = {server}
[smpp-server-pb]
bind = 127.0.0.1
port = {pb}
[client-management]
bind = 127.0.0.1
port = {clients}
store_path = {folder}
"""
FLAGS = ("--enable-deliver-thrower", "--disable-http-api")
DIALOGUES = (
    ("httpccm -a", "cid sink", "url http://127.0.0.1:{sink}/mo", "method GET", "ok"),
    ("morouter -a", "order 0", "type DefaultRoute", "connector http(sink)", "ok"),
    ("smppccm -a", "cid operator", "host 127.0.0.1", "port {smsc}", "username lapor", "password secret", "ok"),
    ("smppccm -1 operator",),
)
PROMPT = re.compile(rb"(Session ref: \d+\s+|jcli : |> )$")


@contextmanager
def jasmin(*, smsc_port: int) -> Iterator[Peer]:
    """Running and told to bind to the SMSC on ``smsc_port``. Raises NotMeasured."""
    binaries = own_venv("jasmin", "jasmin==0.11.1")
    folder = WORK / "jasmin-files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with virtual_host() as vhost, sink() as endpoint:
        ports = {name: free_port() for name in ("jcli", "router", "clients", "server", "pb")}
        config = folder / "jasmin.cfg"
        spec = next(binaries.parent.glob("lib/*/site-packages/txamqp/specs/standard/amqp0-9-1.stripped.xml"))
        config.write_text(CONFIGURATION.format(vhost=vhost, spec=spec, folder=folder, **ports))
        env = {"ROOT_PATH": str(folder), "CONFIG_PATH": str(folder), "LOG_PATH": str(folder)}
        command: list[str | Path] = [binaries / "python", binaries / "jasmind.py", "-c", config, *FLAGS]
        with child(command, log=WORK / "jasmin.log", env=env, folder=folder) as daemon:
            wait_for_port(daemon, ports["jcli"], what="Jasmin's console")
            _set_up(ports["jcli"], sink=endpoint.port, smsc=smsc_port)
            yield Peer(endpoint, {"jasmind": daemon.pid})


def _set_up(port: int, **ports: int) -> None:
    """All in one session of Jasmin's console, where the route knows the connector. Raises NotMeasured."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as console:
        _answer(console)
        for dialogue in DIALOGUES:
            said = b""
            for line in dialogue:
                console.sendall(line.format(**ports).encode() + b"\r\n")
                said = _answer(console)
            if b"uccessfully" not in said:
                raise NotMeasured(f"Jasmin answers '{said.decode('latin-1').strip()[:80]}' to '{dialogue[0]}'")


def _answer(console: socket.socket) -> bytes:
    said, until = b"", time.monotonic() + 15
    while not PROMPT.search(said) and time.monotonic() < until:
        said += console.recv(4096)
    return said
