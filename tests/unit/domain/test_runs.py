"""A run's end follows from its steps' ends, and is honest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.runs import RunState, StepEnd, StepState, run_end

ENDED = [state for state in StepState if state.ended]
ends = st.lists(st.builds(StepEnd, st.sampled_from(ENDED), st.booleans()), max_size=8)


def test_only_what_waits_or_runs_has_not_ended() -> None:
    assert {state for state in StepState if not state.ended} == {
        StepState.PENDING,
        StepState.WAITING,
        StepState.RUNNING,
    }
    assert [state for state in RunState if not state.ended] == [RunState.RUNNING]


def test_only_whole_and_partial_results_can_be_used() -> None:
    assert {state for state in StepState if state.delivered} == {StepState.SUCCEEDED, StepState.PARTIAL}


@pytest.mark.parametrize(
    ("states", "end"),
    [
        (("succeeded", "succeeded!"), RunState.SUCCEEDED),
        (("partial", "succeeded!"), RunState.PARTIAL),
        (("failed", "succeeded!"), RunState.PARTIAL),
        (("skipped", "succeeded!"), RunState.PARTIAL),
        (("timed_out", "partial!"), RunState.PARTIAL),
        (("succeeded", "failed!"), RunState.FAILED),
        (("succeeded", "timed_out!"), RunState.FAILED),
        (("succeeded", "skipped!"), RunState.FAILED),
        (("failed", "skipped"), RunState.FAILED),
        ((), RunState.FAILED),
    ],
)
def test_each_mixture_of_ends_has_its_own(states: tuple[str, ...], end: RunState) -> None:
    # Given steps that ended so; an exclamation mark stands for a required one
    rows = [StepEnd(StepState(state.rstrip("!")), state.endswith("!")) for state in states]
    # Then the run ends so
    assert run_end(rows) is end


@given(ends)
def test_a_run_succeeds_only_when_every_step_did(rows: list[StepEnd]) -> None:
    assert (run_end(rows) is RunState.SUCCEEDED) == (
        bool(rows) and {row.state for row in rows} == {StepState.SUCCEEDED}
    )


@given(ends)
def test_a_lost_required_step_always_fails_the_run(rows: list[StepEnd]) -> None:
    assert run_end([*rows, StepEnd(StepState.TIMED_OUT, required=True)]) is RunState.FAILED


@given(ends)
def test_the_order_of_the_steps_has_no_say(rows: list[StepEnd]) -> None:
    assert run_end(rows) is run_end(reversed(rows)) is run_end(sorted(rows))
