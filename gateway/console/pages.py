"""Pages from templates: everything is escaped, nothing is kept by the browser, nothing comes from elsewhere."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.console import phrases
from gateway.console.assets import Assets, load_assets
from gateway.console.words import LANGUAGES, words

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
# With the policy no-referrer browsers send "Origin: null" with a form, which cannot be told from a foreign one.
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "Content-Security-Policy": POLICY}


class Pages:
    """The templates and the files they name, read once."""

    def __init__(self, assets: Assets | None = None) -> None:
        self.assets = assets or load_assets()
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= phrases.FILTERS
        self._templates.globals |= {"asset": self.assets.url, "languages": LANGUAGES}
        self.when = phrases.when

    def show(
        self, name: str, facts: Mapping[str, Any], *, language: str, status: int = 200, headers: Mapping[str, str] = {}
    ) -> web.Response:
        """A page of staff and agencies: ``people/<name>.html``; ``facts`` are its variables."""
        return self.render(f"people/{name}.html", facts, language=language, status=status, headers=headers)

    def render(
        self,
        template: str,
        facts: Mapping[str, Any],
        *,
        language: str,
        status: int = 200,
        headers: Mapping[str, str] = {},
    ) -> web.Response:
        """The page that a template makes of ``facts``."""
        common = {
            "layout": self._templates.get_template("layout.html"),
            "t": words(language),
            "language": language,
            "visit": None,
            "counts": None,
            "section": "",
            "when": partial(phrases.when, language=language),
        }
        html = self._templates.get_template(template).render({**common, **facts})
        return web.Response(text=html, content_type="text/html", status=status, headers={**HEADERS, **headers})
