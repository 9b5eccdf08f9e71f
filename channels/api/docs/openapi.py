"""The API's description, OpenAPI 3.1, made from the table of operations and the classes of the bodies."""

from http import HTTPStatus
from typing import Any

import msgspec

from channels.api.requests.table import OPERATIONS, Operation, described_classes
from channels.api.settings import ApiSettings
from channels.api.wire.problems import MEDIA_TYPE

Document = dict[str, Any]

TRACKING_ID: Document = {
    "name": "tracking_id",
    "in": "path",
    "required": True,
    "description": "The tracking number, with or without spaces, dots and dashes.",
    "schema": {"type": "string", "minLength": 1},
    "example": "4821093756",
}
PIN: Document = {
    "name": "X-Pin",
    "in": "header",
    "required": False,
    "description": "The report's PIN; it may be given as ?pin= instead.",
    "schema": {"type": "string", "pattern": "^[0-9]{4,6}$"},
}
PIN_IN_QUERY: Document = {
    "name": "pin",
    "in": "query",
    "required": False,
    "description": "The report's PIN, where a header cannot be sent.",
    "schema": {"type": "string", "pattern": "^[0-9]{4,6}$"},
}
KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Made up by the client for each thing it wants done once, for example a UUID.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
}
RETRY_AFTER: Document = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}
FILE: Document = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary", "minLength": 1}},
    "required": ["file"],
    "additionalProperties": False,
}
WAITING = frozenset({429, 503})


def describe_api(settings: ApiSettings) -> Document:
    """The whole document, with the limits that are set."""
    schemas, components = _schemas()
    for body in ("ReportBody", "MessageBody"):
        components[body]["properties"]["attachments"]["maxItems"] = settings.max_attachments
    paths: Document = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LAPOR Gateway",
            "version": "1",
            "description": "Reports to SP4N-LAPOR! from apps, forms and partner agencies. Errors follow RFC 9457.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _schemas() -> tuple[dict[Any, Document], Document]:
    """The schema of each class, most of them references, and what they refer to."""
    classes = described_classes()
    schemas, components = msgspec.json.schema_components(classes, ref_template="#/components/schemas/{name}")
    return dict(zip(classes, schemas, strict=True)), components


def _describe(operation: Operation, schemas: dict[Any, Document]) -> Document:
    described: Document = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation, schemas),
    }
    if operation.detail:
        described["description"] = operation.detail
    if operation.takes is not None:
        content = {"application/json": {"schema": schemas[operation.takes]}}
        described["requestBody"] = {"required": True, "content": content}
    if operation.file:
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": FILE}}}
    return described


def _parameters(operation: Operation) -> list[Document]:
    proof = [TRACKING_ID, PIN, PIN_IN_QUERY] if operation.proven else []
    return [*proof, KEY] if operation.keyed else proof


def _responses(operation: Operation, schemas: dict[Any, Document]) -> Document:
    good = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schemas[body]}},
        }
        for status, body in operation.gives.items()
    }
    return good | {str(status): _problem(status, schemas) for status in operation.fails}


def _problem(status: int, schemas: dict[Any, Document]) -> Document:
    problem = next(schema for body, schema in schemas.items() if getattr(body, "__name__", "") == "ProblemDocument")
    described: Document = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": problem}},
    }
    return described | ({"headers": RETRY_AFTER} if status in WAITING else {})
