"""Settings of the JSON API: what it takes from one request and from one source."""

from typing import Annotated

import msgspec
from msgspec import Meta


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[api]``."""

    max_body: Annotated[
        int, Meta(ge=1024, le=1_048_576, description="The largest JSON body, in bytes; larger ones are answered 413.")
    ] = 262_144
    max_attachment: Annotated[
        int, Meta(ge=1, description="The largest attachment, in bytes; limits.max_attachment_bytes applies as well.")
    ] = 10_485_760
    max_attachments: Annotated[
        int, Meta(ge=0, le=10, description="How many attachments one report or message may name.")
    ] = 5
    body_seconds: Annotated[
        float, Meta(gt=0, description="How long a JSON body may take to arrive, in seconds; then it is answered 408.")
    ] = 10.0
    upload_seconds: Annotated[
        float, Meta(gt=0, description="How long an attachment may take to arrive, in seconds; then it is answered 408.")
    ] = 300.0
    settle_seconds: Annotated[
        float,
        Meta(
            gt=0, description="How long an answer, rating or withdrawal waits to be carried out before 202 is answered."
        ),
    ] = 2.0
    per_source_per_minute: Annotated[
        int,
        Meta(
            ge=0,
            description="Requests with a body that one IP address may make within a minute; 0: no limit. "
            "Loopback is never limited: it is this machine, or a proxy that http.trusted_proxies does not name.",
        ),
    ] = 600
