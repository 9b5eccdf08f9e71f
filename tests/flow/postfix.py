"""A real mail server in front: Debian's Postfix, configured in a folder of its own, on ports of loopback.

It stands between the gateway and everybody else, as the ministry's own does: what comes for our domain goes on to the
gateway, what the gateway sends goes on to the rest of the world, and what nobody takes comes back as a bounce.
"""

import asyncio
import os
import shutil
import socket
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import REQUIRED
from tests.flow.rig import until

COMMANDS = Path("/usr/sbin")
DAEMONS = Path("/usr/lib/postfix/sbin")
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
command_directory = {commands}
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.{domain}
mynetworks = 127.0.0.0/8
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
relay_domains = {domain}
relay_transport = relay:[127.0.0.1]:{inside}
default_transport = smtp:[127.0.0.1]:{outside}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtputf8_enable = no
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def need(program: str, package: str) -> str:
    """Where it is; the test is skipped, or fails where every service is required, if it is not there."""
    found = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), str(COMMANDS)]))
    if found is None:
        said = f"there is no {program} on this machine: apt-get install {package}"
        if REQUIRED:
            pytest.fail(f"{said}; LAPOR_TEST_REQUIRE_SERVICES=1 asks for it", pytrace=False)
        pytest.skip(said)
    return found


def free_port() -> int:
    """One that nobody listens on at the moment."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port


@asynccontextmanager
async def postfix(*, port: int, domain: str, inside: int, outside: int) -> AsyncIterator[Path]:
    """Postfix listens on ``port`` until the end; its folder. Mails for ``domain`` go ``inside``, others ``outside``."""
    program = need("postfix", "postfix")
    if os.geteuid() != 0:
        pytest.skip("Postfix starts as root alone")
    with tempfile.TemporaryDirectory(prefix="lapor-postfix-") as name:
        folder = Path(name)
        _configure(folder, port=port, domain=domain, inside=inside, outside=outside)
        await _run(program, "-c", str(folder / "etc"), "start")
        try:
            await until(lambda: greets(port))
            yield folder
        finally:
            await _run(program, "-c", str(folder / "etc"), "stop")


def _configure(folder: Path, *, port: int, domain: str, inside: int, outside: int) -> None:
    """Its daemons, which are not root, must get through to the queue."""
    folder.chmod(0o755)
    for part in ("etc", "queue", "data"):
        (folder / part).mkdir()
    shutil.chown(folder / "data", "postfix")
    places = {"folder": folder, "daemons": DAEMONS, "commands": COMMANDS}
    main = MAIN.format(**places, domain=domain, inside=inside, outside=outside)
    (folder / "etc" / "main.cf").write_text(main, "ascii")
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=port), "ascii")


async def greets(port: int) -> bool:
    """Whether a mail server answers there."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        return (await reader.readline()).startswith(b"220")
    finally:
        writer.close()


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
    async with asyncio.timeout(30):
        assert await process.wait() == 0, f"{' '.join(command)} fails"
