"""Whether mails can be received on this machine: what ``lapor doctor`` says."""

import socket
import ssl
from typing import Final

from channels.email.settings import EmailSettings
from channels.spec import Finding

REACH: Final = 3.0
SUBJECT: Final = "email/receiving"
SENDERS: Final = "email/senders"


def examine(settings: EmailSettings) -> list[Finding]:
    """The port, the certificate, and whether anybody finds out who mails are really from."""
    if not settings.listen_port:
        return [Finding(SUBJECT, "no mails are received: email.listen_port is 0")]
    certificate = [_certificate(settings)] if settings.tls_cert_file else []
    return [_port(settings), _senders(settings), *certificate]


def _port(settings: EmailSettings) -> Finding:
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


def _senders(settings: EmailSettings) -> Finding:
    """A choice of the operator's, and no fault: there are networks where nobody else can write to this port."""
    if settings.trusted_authserv:
        return Finding(SENDERS, f"what {settings.trusted_authserv} says of them counts")
    if settings.check_senders:
        return Finding(SENDERS, "the gateway checks them itself")
    return Finding(
        SENDERS,
        "anybody can write in anybody's name",
        "set email.trusted_authserv, or email.check_senders without an MTA",
        warning=True,
    )


def _greets(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=REACH) as line:
            return line.recv(4) == b"220 "
    except OSError:
        return False


def _certificate(settings: EmailSettings) -> Finding:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert_file, settings.tls_key_file or None)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Finding(
            SUBJECT, f"tls_cert_file cannot be used ({reason})", "check email.tls_cert_file and tls_key_file"
        )
    return Finding(SUBJECT, "the certificate can be used")
