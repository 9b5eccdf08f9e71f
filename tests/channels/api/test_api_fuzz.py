"""Anything at all may be posted: the answer is always a defined one, and the server stays."""

import http.client
import json
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.api.mapping import read_number, read_text
from channels.api.wire.front import explain
from tests.channels.api.api_rig import ApiRig

EXAMPLES = 400
DEFINED = {201, 400, 413, 415, 422}
GOOD = b'{"text": "Jalan rusak di Kudus.", "reporter": {"phone": "081234567801"}}'
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"kronologi\r\n--x--\r\n"
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
report_like = st.fixed_dictionaries(
    {"text": st.text(max_size=80) | json_values},
    optional=dict.fromkeys(
        ("title", "occurred_at", "agency", "reporter", "attachments", "classification"), json_values
    ),
).map(lambda body: json.dumps(body).encode())


def damaged(whole: bytes) -> st.SearchStrategy[bytes]:
    """``whole`` with a stretch of it cut out and other bytes put in."""
    at = st.integers(0, len(whole))
    return st.builds(lambda a, b, put: whole[: min(a, b)] + put + whole[max(a, b) :], at, at, st.binary(max_size=12))


def post(server: ApiRig, path: str, body: bytes, media_type: str) -> int:
    """The status of the answer, which is JSON whatever was sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request("POST", f"/api/v1/{path}", body, {"Content-Type": media_type})
        answer = connection.getresponse()
        document = json.loads(answer.read())
        assert answer.status == 201 or document["status"] == answer.status
        return answer.status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "media_type", "whole", "bodies"),
    [
        ("reports", "application/json", GOOD, st.binary(max_size=200) | damaged(GOOD) | report_like),
        ("attachments", "multipart/form-data; boundary=x", FORM, st.binary(max_size=200) | damaged(FORM)),
    ],
    ids=["reports", "attachments"],
)
def test_every_body_gets_a_defined_answer(
    server: ApiRig,
    capsys: pytest.CaptureFixture[str],
    path: str,
    media_type: str,
    *,
    whole: bytes,
    bodies: st.SearchStrategy[bytes],
) -> None:
    statuses: Counter[int] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, database=None)
    @given(body=bodies)
    @example(body=whole)
    def answers(body: bytes) -> None:
        server.intake.committed.clear()
        status = post(server, path, body, media_type)
        statuses[status] += 1
        assert status in DEFINED

    answers()
    with capsys.disabled():
        print(f"\n{path}: {statuses.total()} bodies, {dict(sorted(statuses.items()))}")
    assert post(server, path, whole, media_type) == 201


@settings(max_examples=EXAMPLES, deadline=None)
@given(pieces=st.lists(st.none() | st.binary(max_size=100) | damaged(GOOD) | report_like, max_size=3))
def test_reading_a_stored_body_again_never_fails(pieces: list[bytes | None]) -> None:
    text = read_text(pieces)

    assert "\x00" not in text


@given(written=st.text(max_size=30))
def test_a_tracking_number_is_ten_digits_or_nothing(written: str) -> None:
    number = read_number(written)

    assert number is None or (len(number) == 10 and number.isascii() and number.isdecimal())


@settings(max_examples=EXAMPLES)
@given(error=st.text(max_size=80) | st.sampled_from(["Object contains unknown field `a`b` - at `$.x`", "` - at `$`"]))
def test_any_words_of_the_decoder_become_a_field_and_a_sentence(error: str) -> None:
    field, message = explain(error)

    assert isinstance(field, str)
    assert isinstance(message, str)


@pytest.mark.parametrize(
    ("decode", "field"),
    [
        (lambda: msgspec.json.decode(b"{}", type=msgspec.defstruct("A", [("text", str)])), "text"),
        (
            lambda: msgspec.json.decode(b'{"z": 1}', type=msgspec.defstruct("A", [], forbid_unknown_fields=True)),
            "z",
        ),
        (lambda: msgspec.json.decode(b'{"a": [1, "x"]}', type=dict[str, list[int]]), "[...][1]"),
    ],
)
def test_the_decoder_still_speaks_as_we_understand_it(decode: Callable[[], object], field: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        decode()

    assert explain(str(caught.value))[0] == field
