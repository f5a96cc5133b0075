"""Why a message has nothing to do: each kind of staleness is told from the others."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Row

from orchestrator.domain.runs import RunState, StepState
from orchestrator.ledger.claims import Stale, stale


def row(**values: object) -> Row[Any]:
    """Return a row as ``statements.WHY_NOT`` gives it: a pending step, free to run."""
    plain = {"run_state": "running", "overdue": False, "state": "pending", "leased": None, "closed": False}
    plain["paused"] = False
    return cast("Row[Any]", SimpleNamespace(**{**plain, "spent": False, "unsent": False, **values}))


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (None, Stale.UNKNOWN),
        (row(run_state="succeeded", state="succeeded"), Stale.RUN_OVER),
        (row(run_state="cancelled"), Stale.RUN_OVER),
        (row(overdue=True), Stale.RUN_OVER),
        (row(state="succeeded"), Stale.DONE),
        (row(state="skipped"), Stale.DONE),
        (row(state="succeeded", unsent=True), Stale.DONE_UNSENT),
        (row(state="skipped", unsent=True), Stale.DONE_UNSENT),
        (row(state="running", leased=True), Stale.LEASED),
        (row(closed=True), Stale.NOT_OPEN),
        (row(spent=True), Stale.SPENT),
        (row(paused=True), Stale.PAUSED),
        (row(state="running", leased=False, spent=True), Stale.SPENT),
        (row(), Stale.TOO_EARLY),
    ],
)
def test_each_reason_is_told_from_the_others(found: Row[Any] | None, why: Stale) -> None:
    # Given a step that could not be taken, when it is asked why, then this is the reason
    assert stale(found) is why


@given(
    run=st.sampled_from(RunState),
    state=st.sampled_from(StepState),
    overdue=st.booleans(),
    leased=st.booleans(),
    closed=st.booleans(),
    spent=st.booleans(),
    unsent=st.booleans(),
)
def test_nothing_is_sent_for_a_run_that_is_over_or_a_step_that_is_not(
    run: RunState, state: StepState, **facts: bool
) -> None:
    # Given any row, when it is asked why
    why = stale(row(run_state=run, state=state, **facts))
    # Then only a step that has ended in a live run may have left something unsent
    if why is Stale.DONE_UNSENT:
        assert not run.ended
        assert state.ended
        assert facts["unsent"]
