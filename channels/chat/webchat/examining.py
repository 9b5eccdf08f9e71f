"""What ``lapor doctor`` says of the web chat."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from channels.chat.webchat.settings import WebchatSettings
from channels.spec import Finding

SUBJECT = "webchat"


def examine(settings: WebchatSettings) -> Sequence[Finding]:
    """Who may open it, and whether browsers let them."""
    place = urlsplit(settings.pages)
    if _is_this_machine(place.hostname or ""):
        return (Finding(SUBJECT, "opens in browsers on this machine alone"),)
    return (_sites(settings), _scheme(place.scheme))


def _sites(settings: WebchatSettings) -> Finding:
    sites = settings.allowed_origins
    if not sites:
        remedy = "name the sites that carry it in webchat.allowed_origins"
        return Finding(SUBJECT, "our own pages alone may open the chat", remedy, warning=True)
    return Finding(SUBJECT, f"our own pages may open the chat, and {', '.join(sites)}")


def _scheme(scheme: str) -> Finding:
    if scheme != "https":
        remedy = "set http.public_url to where a proxy serves us by https"
        return Finding(SUBJECT, f"pages by https cannot open a chat by {scheme}", remedy, warning=True)
    return Finding(SUBJECT, "reached by https")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
