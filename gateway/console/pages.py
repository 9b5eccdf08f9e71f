"""Pages from templates: everything is escaped, nothing is kept by the browser, nothing comes from elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.console.words import words

TEMPLATES = Path(__file__).parent / "templates"
# With the policy no-referrer browsers send "Origin: null" with a form, which cannot be told from a foreign one.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
}


class Pages:
    """The templates, read and translated once."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def show(
        self, name: str, facts: Mapping[str, Any], *, language: str, status: int = 200, headers: Mapping[str, str] = {}
    ) -> web.Response:
        """The page ``people/<name>.html``; ``facts`` are its variables."""
        return self.render(f"people/{name}.html", facts, language=language, status=status, headers=headers)

    def render(
        self, name: str, facts: Mapping[str, Any], *, language: str, status: int = 200, headers: Mapping[str, str] = {}
    ) -> web.Response:
        """The page that the template ``name`` makes of ``facts``."""
        layout = self._templates.select_template(["layout.html", "people/plain.html"])
        common = {"layout": layout, "t": words(language), "language": language, "visit": None}
        html = self._templates.get_template(name).render({**common, **facts})
        return web.Response(text=html, content_type="text/html", status=status, headers={**HEADERS, **headers})
