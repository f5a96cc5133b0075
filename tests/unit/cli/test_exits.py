"""Exit codes: a run's state, and findings that somebody asked to fail on."""

import pytest

from agents.contract import Severity
from orchestrator.cli.exits import Exit, exit_of_run
from orchestrator.domain.runs import RunState


@pytest.mark.parametrize(
    ("state", "fail_on", "expected"),
    [
        (RunState.SUCCEEDED, None, Exit.OK),
        (RunState.PARTIAL, None, Exit.PARTIAL),
        (RunState.FAILED, None, Exit.FAILED),
        (RunState.TIMED_OUT, Severity.LOW, Exit.FAILED),
        (RunState.CANCELLED, Severity.LOW, Exit.FAILED),
        (RunState.SUCCEEDED, Severity.CRITICAL, Exit.OK),
        (RunState.SUCCEEDED, Severity.HIGH, Exit.FINDINGS),
        (RunState.PARTIAL, Severity.LOW, Exit.FINDINGS),
    ],
)
def test_a_run_ends_with_the_code_that_scripts_count_on(
    state: RunState, fail_on: Severity | None, expected: Exit
) -> None:
    # Given
    found = {"high": 2, "info": 1, "critical": 0}
    # When / Then
    assert exit_of_run(state, found=found, fail_on=fail_on) is expected
