"""Whether mails can be received on this machine: what ``lapor doctor`` says."""

import socket
import ssl
from typing import Final

from channels.email.receiving.settings import ReceivingSettings
from channels.spec import Finding

REACH: Final = 3.0
SUBJECT: Final = "email/receiving"


def examine(settings: ReceivingSettings) -> list[Finding]:
    """The port and the certificate."""
    if not settings.listen_port:
        return [Finding(SUBJECT, "no mails are received: email.listen_port is 0")]
    return [_port(settings), *([_certificate(settings)] if settings.tls_cert_file else [])]


def _port(settings: ReceivingSettings) -> Finding:
    """It is free, or somebody who speaks our protocol is there: a gateway that runs already."""
    host, port = settings.listen_host, settings.listen_port
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return Finding(SUBJECT, f"{host}:{port} can be listened on")
    except OSError as error:
        if _greets(host, port):
            return Finding(SUBJECT, f"{host}:{port} takes mails already")
        reason = error.strerror or type(error).__name__
        return Finding(
            SUBJECT, f"{host}:{port} cannot be listened on ({reason})", "set email.listen_port to a free one"
        )


def _greets(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=REACH) as line:
            return line.recv(4) == b"220 "
    except OSError:
        return False


def _certificate(settings: ReceivingSettings) -> Finding:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert_file, settings.tls_key_file or None)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Finding(
            SUBJECT, f"tls_cert_file cannot be used ({reason})", "check email.tls_cert_file and tls_key_file"
        )
    return Finding(SUBJECT, "the certificate can be used")
