"""The API's description as one page to read: no script, nothing fetched from elsewhere."""

import json
from html import escape
from typing import Any

Document = dict[str, Any]
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h2{margin-top:2.5rem;border-top:1px solid #ccc;padding-top:1rem}
code,pre{font-family:ui-monospace,monospace;font-size:.9em;background:#f4f4f4}
pre{padding:.7rem;overflow:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ddd}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}code,pre{background:#262626}}
"""


def render_docs(document: Document) -> str:
    """The page, made from the OpenAPI document."""
    operations = [(path, method, one) for path, verbs in document["paths"].items() for method, one in verbs.items()]
    sections = [_operation(path, method, one) for path, method, one in operations]
    schemas = [_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    info = document["info"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(info['title'])}: API</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])}: API</h1><p>{escape(info['description'])} "
        'The same as <a href="/openapi.json">OpenAPI document</a>.</p>'
        f"{_contents(operations)}{''.join(sections)}<h2>Objects</h2>{''.join(schemas)}</body></html>"
    )


def _contents(operations: list[tuple[str, str, Document]]) -> str:
    rows = "".join(
        f'<tr><td><a href="#{one["operationId"]}"><code>{method.upper()} {escape(path)}</code></a></td>'
        f"<td>{escape(one['summary'])}</td></tr>"
        for path, method, one in operations
    )
    return f"<table>{rows}</table>"


def _operation(path: str, method: str, one: Document) -> str:
    answers = "".join(
        f"<tr><td>{status}</td><td>{escape(answer['description'])}</td><td>{_shape(_content_schema(answer))}</td></tr>"
        for status, answer in one["responses"].items()
    )
    return (
        f'<h2 id="{one["operationId"]}"><code>{method.upper()} {escape(path)}</code></h2>'
        f"<p><strong>{escape(one['summary'])}.</strong> {escape(one.get('description', ''))}</p>"
        f"{_parameters(one['parameters'])}{_request(one)}"
        f"<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>{answers}</table>"
    )


def _parameters(parameters: list[Document]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}</td><td>{escape(one['description'])}</td></tr>"
        for one in parameters
    )
    return f"<table><tr><th>Parameter</th><th>In</th><th></th></tr>{rows}</table>" if rows else ""


def _request(one: Document) -> str:
    if "requestBody" not in one:
        return ""
    ((media_type, content),) = one["requestBody"]["content"].items()
    return f"<p>Body: <code>{escape(media_type)}</code>, {_shape(content['schema'])}</p>"


def _content_schema(answer: Document) -> Document:
    ((_, content),) = answer["content"].items()
    return dict(content["schema"])


def _schema(name: str, schema: Document) -> str:
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{' *' if field in required else ''}</td><td>{_shape(kind)}</td>"
        f"<td>{escape(kind.get('description', ''))}</td></tr>"
        for field, kind in schema.get("properties", {}).items()
    )
    said = escape(schema.get("description", ""))
    return f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{said}</p><table>{rows}</table>'


def _shape(schema: Document) -> str:
    """One schema in a few words; references are links."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_shape(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    if "items" in schema:
        return f"list of {_shape(schema['items'])}"
    limits = [f"{word} {schema[word]}" for word in ("minLength", "maxLength", "minimum", "maximum") if word in schema]
    return escape(", ".join([str(schema.get("format") or schema.get("type", "object")), *limits]))
