"""Settings of receiving mail: where we listen, what is taken, how much of it, how it is read."""

from ipaddress import ip_network
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

LONGEST_LOCAL: Final = 64


class ReceivingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of ``[email]`` that is about receiving."""

    listen_host: Annotated[
        str,
        Meta(min_length=1, description="The address mails are received on."),
    ] = "127.0.0.1"
    listen_port: Annotated[
        int, Meta(ge=0, le=65535, description="The port mails are received on; 0: none are received.")
    ] = 8025
    protocol: Annotated[
        Literal["smtp", "lmtp"], Meta(description="smtp, or lmtp for a mail server that delivers by it.")
    ] = "smtp"
    addresses: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses that mail is taken for, with or without a plus and more in them; empty: every one.",
            examples=[["persuratan@lapor.go.id"]],
        ),
    ] = ()
    greeting: Annotated[
        str, Meta(description="The name we greet other mail servers with; empty: the domain of email.from.")
    ] = ""
    max_size: Annotated[int, Meta(ge=65536, description="The largest mail, in octets.")] = 26_214_400
    max_recipients: Annotated[int, Meta(ge=1, le=1000, description="How many recipients one mail may name.")] = 100
    max_connections: Annotated[int, Meta(ge=1, description="How many connections may be open at a time.")] = 200
    max_connections_per_client: Annotated[
        int, Meta(ge=1, description="How many connections one client may have open at a time.")
    ] = 50
    mails_per_connection: Annotated[
        int, Meta(ge=1, description="How many mails one connection may bring before it has to be made anew.")
    ] = 10_000
    mails_per_minute: Annotated[
        int,
        Meta(ge=1, description="How many mails one client may bring within a minute; more are told to come again."),
    ] = 6_000
    idle_commands: Annotated[
        int, Meta(ge=5, description="How many commands that bring no mail one connection may send between two mails.")
    ] = 100
    idle_seconds: Annotated[
        float, Meta(gt=0, description="How long a client may be silent, in seconds (RFC 5321 asks for 300).")
    ] = 300.0
    upload_seconds: Annotated[
        float, Meta(gt=0, description="How long the text of one mail may take to arrive, in seconds.")
    ] = 600.0
    leave_seconds: Annotated[
        float,
        Meta(ge=0, description="How long mails that are being stored may take when the gateway stops, in seconds."),
    ] = 5.0
    max_in_flight: Annotated[
        int,
        Meta(ge=1_048_576, description="How many octets of mails may be in memory; more are told to come again."),
    ] = 134_217_728
    tls_cert_file: Annotated[
        str, Meta(description="Our certificate with its chain (PEM), for STARTTLS; empty: mails arrive in the clear.")
    ] = ""
    tls_key_file: Annotated[
        str, Meta(description="The key of that certificate; empty: it stands in tls_cert_file.")
    ] = ""
    tls_required: Annotated[
        bool, Meta(description="Whether only mails over TLS are taken; a public MX must not require it (RFC 3207).")
    ] = False
    proxy_addresses: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks of proxies that name the real client by the PROXY protocol.",
            examples=[["10.0.0.0/8"]],
        ),
    ] = ()

    readers: Annotated[int, Meta(ge=1, le=16, description="How many processes read mails.")] = 2
    read_seconds: Annotated[
        float, Meta(gt=0, description="How long reading one mail may take before it counts as unreadable, in seconds.")
    ] = 5.0
    read_memory: Annotated[
        int, Meta(ge=268_435_456, description="How much memory a process that reads mails may take, in octets.")
    ] = 1_073_741_824
    max_text: Annotated[
        int,
        Meta(
            ge=160, description="The longest text of a mail; the rest stands in its context. limits.max_text applies."
        ),
    ] = 20_000
    max_files: Annotated[
        int,
        Meta(ge=0, description="How many files of a mail are taken out of it; limits.max_attachments applies as well."),
    ] = 10

    def check_receiving(self) -> None:
        """What depends on more than one field. Raises ValueError."""
        if (self.tls_key_file or self.tls_required) and not self.tls_cert_file:
            raise ValueError("tls_cert_file: name the file of the certificate")
        for address in self.addresses:
            local, at, domain = address.rpartition("@")
            if (
                not at
                or not domain
                or not 0 < len(local) <= LONGEST_LOCAL
                or "+" in local
                or address != address.strip()
            ):
                raise ValueError('addresses: write them like "persuratan@lapor.go.id", without a plus')
        try:
            for proxy in self.proxy_addresses:
                ip_network(proxy, strict=False)
        except ValueError as error:
            raise ValueError('proxy_addresses: write addresses or networks, such as "10.0.0.0/8"') from error
