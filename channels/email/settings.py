"""Settings of e-mail: the relay that takes our mails, and who they are from."""

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated, Final
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec
from msgspec import Meta

from channels.email.receiving.settings import ReceivingSettings
from core.model.secret import Secret

PORTS: Final = {"smtp": 25, "smtps": 465}
LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
LONGEST_LOCAL: Final = 64
LONGEST: Final = 254
TOKEN_LENGTH: Final = 43
"""Letters of the sign that answers and bounces are known by (``sending.tokens``)."""

LONGEST_OWN: Final = LONGEST_LOCAL - 1 - TOKEN_LENGTH
SHORTEST_KEY: Final = 16


class NotAnAddress(ValueError):
    """No mail can be sent to this. The message names no part of it."""


class EmailSettings(
    ReceivingSettings, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"sender": "from"}
):
    """``[email]``."""

    relay_url: Annotated[
        Secret,
        Meta(
            description="The relay: smtp://user:password@host:587, or smtps:// for TLS from the first octet. "
            "Empty: no mail is sent."
        ),
    ] = Secret("")
    sender: Annotated[
        str,
        Meta(
            description="Who mails are from; somebody should read what comes to this address.",
            examples=["LAPOR! <lapor@lapor.go.id>"],
        ),
    ] = ""

    token_key: Annotated[
        Secret,
        Meta(
            description="What the addresses that answers and bounces come to are signed with, 16 characters or more. "
            "Empty: a key derived from privacy.key_file. Another one makes answers to earlier mails new messages."
        ),
    ] = Secret("")
    signed_return_path: Annotated[
        bool,
        Meta(
            description="Whether bounces come to an address of their own for each mail, by which they are matched; "
            "false only for a relay that takes no sender but that of from."
        ),
    ] = True
    links_to: Annotated[
        str,
        Meta(description="Addresses that begin so become links in mails. Empty: http.public_url."),
    ] = ""

    dkim_domain: Annotated[
        str,
        Meta(
            description="The domain that mails are signed for (DKIM), mostly that of from. Empty: the relay signs.",
            examples=["lapor.go.id"],
        ),
    ] = ""
    dkim_selector: Annotated[
        str, Meta(description="Where the public key is: <selector>._domainkey.<domain>.", examples=["lapor2026"])
    ] = ""
    dkim_key_file: Annotated[str, Meta(description="The private RSA key, in PEM form without a password.")] = ""

    trusted_authserv: Annotated[
        str,
        Meta(
            description="The name the mail server in front gives itself in Authentication-Results. What it says of "
            "DMARC marks a report's sender as proven or doubtful. Empty: no such header is trusted.",
            examples=["mx.lapor.go.id"],
        ),
    ] = ""
    check_senders: Annotated[
        bool,
        Meta(
            description="Whether the gateway checks SPF, DKIM and DMARC itself, where no trusted server says anything; "
            "it asks the DNS for every mail. Right where no other mail server stands in front."
        ),
    ] = False
    check_seconds: Annotated[
        float, Meta(gt=0, le=30, description="How long such a check may take; after that the sender stays unmarked.")
    ] = 5.0

    tls_ca_file: Annotated[
        str, Meta(description="The certificates the relay's is checked against; empty: those of the system.")
    ] = ""
    tls_verify: Annotated[
        bool,
        Meta(description="Whether the relay's certificate is checked; false only for a relay on this machine."),
    ] = True
    connections: Annotated[
        int, Meta(ge=1, le=32, description="How many mails may be handed over at the same time.")
    ] = 2
    per_second: Annotated[
        float, Meta(ge=0, description="How many mails a second the relay may be given; 0: no limit of ours.")
    ] = 0.0
    connect_seconds: Annotated[
        float,
        Meta(gt=0, le=15, description="How long it may take until the relay asks for the text of a mail, in seconds."),
    ] = 15.0
    response_seconds: Annotated[
        float, Meta(gt=0, le=20, description="How long the relay may take to answer once it has the text, in seconds.")
    ] = 20.0
    watch_seconds: Annotated[
        float, Meta(gt=0, description="How often the relay is called while there is nothing to send, in seconds.")
    ] = 60.0

    def __post_init__(self) -> None:
        self.check_receiving()
        if self.relay_url and not _is_relay(self.relay_url):
            raise ValueError(
                "relay_url: write smtp://host, smtp://user:password@host:587 or smtps://user:password@host"
            )
        if self.relay_url or self.sender:
            _check_sender(self.sender)
        if self.relay_url and self.listen_port:
            _check_home(self.home_address)
        if 0 < len(self.token_key.reveal()) < SHORTEST_KEY:
            raise ValueError(f"token_key: write {SHORTEST_KEY} characters or more, or leave it out")
        if self.dkim_domain or self.dkim_selector or self.dkim_key_file:
            _check_signing(self)

    @property
    def own_addresses(self) -> frozenset[str]:
        """Those that letters to us are sent to, in lower case."""
        sender = [read_sender(self.sender).addr_spec] if self.sender else []
        return frozenset(address.lower() for address in (*self.addresses, *sender))

    @property
    def home_address(self) -> str:
        """The one that answers and bounces come to: that of from, or the first that mail is taken for instead."""
        sender = read_sender(self.sender).addr_spec
        if not self.addresses or sender.lower() in {address.lower() for address in self.addresses}:
            return sender
        return next((one for one in self.addresses if len(one.rpartition("@")[0]) <= LONGEST_OWN), "")

    @property
    def relay(self) -> "RelayAddress":
        """``relay_url`` taken apart; only where there is one."""
        parts = urlsplit(self.relay_url.reveal())
        return RelayAddress(
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            tls=parts.scheme == "smtps",
            username=unquote(parts.username or ""),
            password=Secret(unquote(parts.password or "")),
        )


class RelayAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where the relay is and how we log in there. ``tls``: from the first octet on."""

    host: str
    port: int
    tls: bool
    username: str
    password: Secret


def _check_sender(sender: str) -> None:
    try:
        read_sender(sender)
    except NotAnAddress as error:
        raise ValueError('from: write an address such as "LAPOR! <lapor@lapor.go.id>"') from error


def _check_home(address: str) -> None:
    local = address.rpartition("@")[0]
    if not 0 < len(local) <= LONGEST_OWN:
        raise ValueError(
            f"addresses: write one with {LONGEST_OWN} letters or fewer before the @, or from one: signs are added to it"
        )


def _check_signing(settings: EmailSettings) -> None:
    for key, written in (("dkim_domain", settings.dkim_domain), ("dkim_selector", settings.dkim_selector)):
        if not all(LABEL.fullmatch(label) for label in written.split(".")):
            raise ValueError(f"{key}: write a name of the DNS; signing needs dkim_domain, dkim_selector, dkim_key_file")
    from channels.email.sending.signing import NoKey, read_key  # noqa: PLC0415 - an SDK that few deployments need

    try:
        read_key(settings.dkim_key_file)
    except NoKey as error:
        raise ValueError(f"dkim_key_file: {error}; make one with openssl genrsa -out <file> 2048") from None


def _is_relay(url: Secret) -> bool:
    try:
        parts = urlsplit(url.reveal())
        return _names_relay(parts) and parts.port != 0
    except ValueError:
        return False


def _names_relay(parts: SplitResult) -> bool:
    return parts.scheme in PORTS and bool(parts.hostname) and bool(parts.username) == bool(parts.password)


def read_sender(written: str) -> Address:
    """Name and address as they stand in From. Raises NotAnAddress."""
    if not written.isprintable():
        raise NotAnAddress("not a name that can stand in a header")
    name, address = parseaddr(written)
    return make_address(address, name=name)


def make_address(written: str, *, name: str = "") -> Address:
    """An address that can stand in a header and in a command: local part in ASCII, domain in its ASCII form.

    Raises:
        NotAnAddress: no dot-atom (RFC 5321 §4.1.2), too long, or a control character anywhere.
    """
    local, at, domain = written.rpartition("@")
    domain = _ascii_domain(domain)
    if not at or not LOCAL.fullmatch(local) or len(local) > LONGEST_LOCAL or len(local) + len(domain) >= LONGEST:
        raise NotAnAddress("not an address that mail can be sent to")
    if not name.isprintable():
        raise NotAnAddress("not a name that can stand in a header")
    try:
        return Address(display_name=name, username=local, domain=domain)
    except (ValueError, MessageError) as error:
        raise NotAnAddress("not a name that can stand in a header") from error


def _ascii_domain(domain: str) -> str:
    """``dinas-pu.contoh.id``; IDNA for other letters. Raises NotAnAddress."""
    try:
        encoded = domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise NotAnAddress("not a domain") from error
    labels = encoded.split(".")
    if len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        raise NotAnAddress("not a domain")
    return encoded
