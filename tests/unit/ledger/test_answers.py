"""What whoever waits for an id is told, in Celery's words."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import Row

from orchestrator.domain.runs import RunState
from orchestrator.ledger.answers import answer

RUN = UUID(int=7)
ENDED = datetime(2026, 11, 1, tzinfo=UTC)


def row(**values: object) -> Row[Any]:
    """Return a row as ``statements.RESOLVE`` gives it."""
    plain = {"id": RUN, "state": "running", "result": None, "error": None, "refusal": None, "started": False}
    return cast("Row[Any]", SimpleNamespace(**{**plain, "finished_at": None, **values}))


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (None, "PENDING"),
        (row(id=None, state=None), "PENDING"),
        (row(), "PENDING"),
        (row(started=True), "STARTED"),
        (row(state="succeeded"), "SUCCESS"),
        (row(state="partial"), "SUCCESS"),
        (row(state="failed"), "FAILURE"),
        (row(state="timed_out"), "FAILURE"),
        (row(state="cancelled"), "REVOKED"),
        (row(id=None, state=None, refusal="kind: is missing"), "FAILURE"),
    ],
)
def test_each_state_has_its_own_word(found: Row[Any] | None, status: str) -> None:
    # Given what the ledger knows of an id, when it is answered, then in a word that any client knows
    assert answer(found)["status"] == status


def test_every_state_of_a_run_has_an_answer_and_only_ends_end_the_waiting() -> None:
    # Given every state, when it is answered, then a client stops waiting exactly for those that are ends
    for state in RunState:
        status = answer(row(state=state))["status"]
        assert (status in {"SUCCESS", "FAILURE", "REVOKED"}) == state.ended


def test_a_success_carries_the_short_result_and_its_time() -> None:
    # Given a run that ended
    meta = answer(row(state="partial", result={"state": "partial", "findings": 3}, finished_at=ENDED))
    # Then the result says how, and when
    assert meta["result"] == {"state": "partial", "findings": 3}
    assert meta["date_done"] == ENDED
    assert meta["traceback"] is None
    assert meta["children"] == []


@pytest.mark.parametrize(
    ("state", "error", "kind", "words"),
    [
        ("failed", "report: no room", RuntimeError, f"run {RUN} failed: report: no room"),
        ("failed", None, RuntimeError, f"run {RUN} failed: no step gave a result"),
        ("timed_out", "its deadline passed", TimeoutError, f"run {RUN} timed_out: its deadline passed"),
        ("cancelled", "ada said so", RuntimeError, f"run {RUN} cancelled: ada said so"),
    ],
)
def test_an_end_without_success_is_an_error_that_any_client_can_raise(
    state: str, error: str | None, kind: type[Exception], words: str
) -> None:
    # Given a run that ended badly, when it is answered, then with a built-in exception that says why
    raised = answer(row(state=state, error=error, finished_at=ENDED))["result"]
    assert type(raised) is kind
    assert str(raised) == words


def test_a_refused_call_is_a_value_error_with_the_reason() -> None:
    # Given a call that was refused, when its id is asked for, then the reason comes back
    raised = answer(row(id=None, state=None, refusal="kind: is missing"))["result"]
    assert type(raised) is ValueError
    assert str(raised) == "kind: is missing"
