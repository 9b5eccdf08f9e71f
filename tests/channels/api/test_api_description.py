"""The OpenAPI document is true: a property tester reads it and holds the running server to it."""

import json
from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from channels.api.docs.openapi import describe_api
from channels.api.docs.page import render_docs
from channels.api.requests.table import OPERATIONS, Operation
from channels.api.settings import ApiSettings
from tests.channels.api.api_rig import NUMBER, PIN, ApiRig

EXAMPLES = {GenerationMode.POSITIVE: 40, GenerationMode.NEGATIVE: 10}
STORED = "a1b2c3d4"
SCHEMA = schemathesis.openapi.from_dict(describe_api(ApiSettings()))
RUNS = [
    pytest.param(operation, mode, id=f"{operation.name}-{mode.value}")
    for operation in OPERATIONS
    for mode in GenerationMode
    # A request that takes nothing cannot be made wrongly.
    if mode is GenerationMode.POSITIVE or operation.takes or operation.file or operation.proven
]


def make_true(case: schemathesis.Case, operation: Operation) -> None:
    """Put in what only the server's own data makes right: a number with its PIN, an agency, uploaded files."""
    if operation.proven:
        case.path_parameters["tracking_id"] = NUMBER
        case.headers["X-Pin"] = PIN
    if isinstance(case.body, dict):
        if case.body.get("agency"):
            case.body["agency"] = "kab-nganjuk"
        if case.body.get("attachments"):
            case.body["attachments"] = [f"{STORED}.jpg.5"]


@pytest.mark.parametrize(("operation", "mode"), RUNS)
def test_the_server_does_what_its_description_says(
    server: ApiRig, operation: Operation, mode: GenerationMode, capsys: pytest.CaptureFixture[str]
) -> None:
    statuses: Counter[int] = Counter()
    # Which bytes are a picture is beyond what a schema can say.
    beyond = [positive_data_acceptance] if operation.file else []

    @settings(
        max_examples=EXAMPLES[mode],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=SCHEMA.find_operation_by_id(operation.name).as_strategy(generation_mode=mode))
    def hold_to_it(case: schemathesis.Case) -> None:
        server.intake.committed.clear()
        server.intake.files[STORED] = b"12345"
        if mode is GenerationMode.POSITIVE:
            make_true(case, operation)
        response = case.call(base_url=server.url)
        statuses[response.status_code] += 1
        case.validate_response(response, excluded_checks=beyond)

    hold_to_it()
    with capsys.disabled():
        print(f"\n{operation.name}, {mode.value} data: {dict(sorted(statuses.items()))}")


async def test_the_document_and_the_page_are_served(api: ApiRig) -> None:
    async with api.client.get(f"{api.url}/openapi.json") as response:
        assert await response.json() == json.loads(json.dumps(SCHEMA.raw_schema))
    async with api.client.get(f"{api.url}/docs") as response:
        page = await response.text()

    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page == render_docs(SCHEMA.raw_schema)


def test_the_page_names_every_request_and_runs_nothing() -> None:
    page = render_docs(describe_api(ApiSettings()))

    assert "<script" not in page
    for operation in OPERATIONS:
        assert f'id="{operation.name}"' in page
        assert operation.summary in page


def test_the_description_follows_the_settings() -> None:
    document = describe_api(ApiSettings(max_attachments=2))

    assert document["components"]["schemas"]["ReportBody"]["properties"]["attachments"]["maxItems"] == 2
