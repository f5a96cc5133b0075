"""A question says what may be answered and what holds where nobody answers, or it is refused."""

import pytest
from pydantic import ValidationError

from agents.contract import AskKind, Question


def test_an_approval_is_answered_by_yes_or_no_and_is_rejected_where_nobody_answers() -> None:
    question = Question(key="k", text="Act?", kind=AskKind.APPROVAL, expires_seconds=60)
    assert (question.choices, question.default) == (("approve", "reject"), "reject")
    assert Question(key="k", text="Act?", kind=AskKind.APPROVAL, default="approve").default == "approve"


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"choices": ("red",), "default": "blue"}, "none of the choices: red"),
        ({"kind": "approval", "default": "maybe"}, "none of the choices: approve, reject"),
        ({"expires_seconds": 60}, "say what holds where nobody answers"),
        ({"expires_seconds": 0, "default": "a"}, "greater than 0"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(wanted: dict[str, object], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Question.model_validate({"key": "k", "text": "What?", **wanted})
