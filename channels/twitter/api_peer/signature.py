"""Whether a request is signed as OAuth 1.0a asks (RFC 5849 §3.4), with HMAC-SHA1."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

FIELD: Final = re.compile(r'(\w+)="([^"]*)"')


def read_header(header: str) -> Mapping[str, str]:
    """The fields of ``Authorization: OAuth …``; none where it is something else."""
    if not header.startswith("OAuth "):
        return {}
    return {name: unquote(value) for name, value in FIELD.findall(header)}


def is_signed(
    header: str, *, method: str, urls: Iterable[str], query: str, consumer_secret: str, token_secret: str
) -> bool:
    """Whether the signature fits one of ``urls``: behind a proxy the signer knows another one."""
    fields = dict(read_header(header))
    given = fields.pop("oauth_signature", "")
    pairs = [*fields.items(), *parse_qsl(query, keep_blank_values=True)]
    joined = "&".join(f"{name}={value}" for name, value in sorted((_quote(n), _quote(v)) for n, v in pairs))
    key = f"{_quote(consumer_secret)}&{_quote(token_secret)}".encode()
    return any(hmac.compare_digest(given, _sign(f"{method}&{_quote(url)}&{_quote(joined)}", key)) for url in urls)


def _sign(base: str, key: bytes) -> str:
    return base64.b64encode(hmac.new(key, base.encode(), hashlib.sha1).digest()).decode()


def _quote(value: str) -> str:
    return quote(value, safe="~")
