"""What each answer of a relay means for the mail, by how far it had come."""

import pytest

from channels.email.sending.errors import Stage, refusal
from core.channel import Misconfigured, OutcomeUnknown, SendError, Throttled, Unreachable, Unsupported, Unwelcome

CASES = [
    (Stage.CONNECT, 421, "", Unreachable),
    (Stage.CONNECT, 554, "5.7.1", Misconfigured),
    (Stage.CONNECT, 450, "", Throttled),
    (Stage.LOG_IN, 535, "5.7.8", Misconfigured),
    (Stage.LOG_IN, 534, "5.7.9", Misconfigured),
    (Stage.LOG_IN, 454, "4.7.0", Unreachable),
    (Stage.LOG_IN, 525, "", Misconfigured),
    (Stage.SENDER, 550, "5.7.1", Misconfigured),
    (Stage.SENDER, 530, "5.7.0", Misconfigured),
    (Stage.SENDER, 552, "5.3.4", Unsupported),
    (Stage.SENDER, 451, "4.3.0", Throttled),
    (Stage.RECIPIENT, 550, "5.1.1", Unwelcome),
    (Stage.RECIPIENT, 551, "", Unwelcome),
    (Stage.RECIPIENT, 553, "", Unwelcome),
    (Stage.RECIPIENT, 501, "5.1.3", Unwelcome),
    (Stage.RECIPIENT, 552, "5.2.2", Unwelcome),
    (Stage.RECIPIENT, 554, "5.7.1", Misconfigured),
    (Stage.RECIPIENT, 450, "4.2.0", Throttled),
    (Stage.RECIPIENT, 452, "4.2.2", Throttled),
    (Stage.RECIPIENT, 421, "4.7.0", Throttled),
    (Stage.RECIPIENT, 503, "", Unsupported),
    (Stage.TEXT, 250, "", Unreachable),
    (Stage.TEXT, 451, "", Throttled),
    (Stage.TEXT, 554, "", Unwelcome),
    (Stage.ANSWER, 451, "4.3.0", Throttled),
    (Stage.ANSWER, 421, "4.3.2", Throttled),
    (Stage.ANSWER, 550, "5.1.1", Unwelcome),
    (Stage.ANSWER, 552, "5.3.4", Unsupported),
    (Stage.ANSWER, 554, "5.6.0", Unsupported),
    (Stage.ANSWER, -1, "", OutcomeUnknown),
    (Stage.ANSWER, 700, "", OutcomeUnknown),
    (Stage.RECIPIENT, -1, "", Unreachable),
]


@pytest.mark.parametrize(("stage", "code", "status", "kind"), CASES)
def test_the_answer_and_its_stage_decide(stage: Stage, code: int, status: str, kind: type[SendError]) -> None:
    assert type(refusal(code, f"{status} words of the relay".strip(), stage=stage)) is kind


@pytest.mark.parametrize(
    ("stage", "code", "status", "gone"),
    [
        (Stage.RECIPIENT, 550, "5.1.1", True),
        (Stage.RECIPIENT, 550, "5.1.2", True),
        (Stage.RECIPIENT, 556, "5.1.10", True),
        (Stage.RECIPIENT, 501, "5.1.3", True),
        (Stage.RECIPIENT, 551, "5.1.6", True),
        (Stage.RECIPIENT, 550, "5.2.1", True),
        (Stage.RECIPIENT, 552, "5.2.2", False),
        (Stage.RECIPIENT, 550, "5.4.1", False),
        (Stage.RECIPIENT, 550, "", False),
        (Stage.TEXT, 554, "5.5.1", False),
        (Stage.ANSWER, 550, "5.1.1", True),
        (Stage.ANSWER, 550, "5.7.1", False),
        (Stage.ANSWER, 550, "5.7.26", False),
        (Stage.ANSWER, 553, "", False),
    ],
)
def test_an_address_is_gone_only_when_the_relay_says_so(stage: Stage, code: int, status: str, gone: bool) -> None:
    error = refusal(code, f"{status} words of the relay".strip(), stage=stage)

    assert isinstance(error, Unwelcome)
    assert error.gone is gone


def test_the_status_is_kept_and_the_words_are_not() -> None:
    error = refusal(550, "5.1.1 <siti.rahmawati@contoh.id>: user unknown", stage=Stage.RECIPIENT)

    assert str(error) == "the relay answered 550 5.1.1 to the recipient"


@pytest.mark.parametrize("stage", Stage)
def test_a_refusal_is_never_taken_for_an_unknown_outcome(stage: Stage) -> None:
    assert not any(isinstance(refusal(code, "", stage=stage), OutcomeUnknown) for code in range(400, 600))
