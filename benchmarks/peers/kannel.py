"""Debian's Kannel (bearerbox and smsbox, default store) as the ESME; what comes goes to an HTTP endpoint."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.peers.hosting import Peer, sink
from benchmarks.processes import WORK, NotMeasured, child, free_port, wait_for_port

CONFIGURATION = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = bench
status-password = bench
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
log-file = "{folder}/bearerbox.log"
log-level = 2

group = smsc
smsc = smpp
smsc-id = operator
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = "lapor"
smsc-password = "secret"
system-type = ""
interface-version = 34
enquire-link-interval = 30
reconnect-delay = 1
log-level = 2

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 2

group = sms-service
keyword = default
max-messages = 0
catch-all = yes
get-url = "http://127.0.0.1:{sink}/mo?from=%p&to=%P&text=%b&smsc=%i&ts=%T&udh=%u&coding=%c&id=%I"
"""


def install() -> None:
    """Raises NotMeasured."""
    if shutil.which("bearerbox"):
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", "kannel", "kannel-extras"]
    try:
        subprocess.run(command, check=True, timeout=300, capture_output=True)
    except (subprocess.SubprocessError, OSError) as error:
        raise NotMeasured("Kannel is not here and apt-get cannot install it") from error


@contextmanager
def kannel(*, smsc_port: int) -> Iterator[Peer]:
    """Running and bound to the SMSC on ``smsc_port``. Raises NotMeasured."""
    install()
    folder = WORK / "kannel"
    folder.mkdir(parents=True, exist_ok=True)
    admin, box, send = free_port(), free_port(), free_port()
    with sink() as endpoint:
        config = folder / "kannel.conf"
        ports = {"admin": admin, "box": box, "send": send, "smsc": smsc_port, "sink": endpoint.port}
        config.write_text(CONFIGURATION.format(folder=folder, **ports))
        with child(["bearerbox", "-v", "2", config], log=folder / "bearerbox.out") as bearerbox:
            wait_for_port(bearerbox, box, what="Kannel's bearerbox")
            with child(["smsbox", "-v", "2", config], log=folder / "smsbox.out") as smsbox:
                wait_for_port(smsbox, send, what="Kannel's smsbox")
                yield Peer(endpoint, {"bearerbox": bearerbox.pid, "smsbox": smsbox.pid})
