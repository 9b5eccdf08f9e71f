"""The console's own files: read once, named by their content, kept by browsers for a year."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
PREFIX = "/console/static/"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
FOR_EVER = "public, max-age=31536000, immutable"
ALWAYS_ASKED = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    url: str
    content: bytes
    media_type: str

    def response(self, *, caching: str = FOR_EVER) -> web.Response:
        """With the caching it may have: for ever under a name that changes with the content."""
        return web.Response(body=self.content, content_type=self.media_type, headers={"Cache-Control": caching})


@dataclass(frozen=True, slots=True)
class Assets:
    """All of them, by the name in the folder. What is asked for is looked up, never opened by its path."""

    by_name: Mapping[str, Asset]

    def url(self, name: str) -> str:
        """Where a page finds the file. Raises KeyError."""
        return self.by_name[name].url

    def routes(self) -> Sequence[web.RouteDef]:
        """The files, the manifest, and the service worker, which has to stand above the pages it serves."""
        by_path = {asset.url.removeprefix(PREFIX): asset for asset in self.by_name.values()}

        async def show(request: web.Request) -> web.Response:
            asset = by_path.get(request.match_info["name"])
            if asset is None:
                raise web.HTTPNotFound
            return asset.response()

        async def show_worker(_request: web.Request) -> web.Response:
            return self.by_name["sw.js"].response(caching=ALWAYS_ASKED)

        async def show_manifest(_request: web.Request) -> web.Response:
            return self.by_name["manifest.webmanifest"].response(caching=ALWAYS_ASKED)

        return (
            web.get(PREFIX + "{name}", show),
            web.get("/console/sw.js", show_worker),
            web.get("/console/manifest.webmanifest", show_manifest),
        )


def load_assets(folder: Path = FOLDER) -> Assets:
    """Read the folder. In the worker and the manifest ``{name}`` stands for the address of another file."""
    plain = [path for path in sorted(folder.iterdir()) if path.suffix in TYPES]
    found = {path.name: _asset(path.name, path.read_bytes()) for path in plain}
    for name in ("manifest.webmanifest", "sw.js"):
        text = found[name].content.decode()
        for other in found.values():
            text = text.replace(f"{{{_plain_name(other)}}}", other.url)
        found[name] = _asset(name, text.encode())
    return Assets(found)


def _plain_name(asset: Asset) -> str:
    stem, _, rest = asset.url.removeprefix(PREFIX).partition(".")
    return f"{stem}.{rest.partition('.')[2]}"


def _asset(name: str, content: bytes) -> Asset:
    stem, _, ending = name.partition(".")
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    return Asset(f"{PREFIX}{stem}.{digest}.{ending}", content, TYPES[f".{ending}"])
