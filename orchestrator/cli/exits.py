"""Exit codes: what a script can count on."""

from collections.abc import Mapping
from enum import IntEnum

from agents.contract import Severity
from orchestrator.domain.runs import RunState


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    USAGE = 2
    """Wrong usage or bad input: nothing was done."""
    PARTIAL = 3
    FINDINGS = 4
    """Findings at or above ``--fail-on``."""
    BUSY = 75
    """There is no room for another run now; the message says when to come back. What ``sysexits.h`` calls TEMPFAIL."""
    INTERRUPTED = 130


def exit_of_run(state: RunState, *, found: Mapping[str, int], fail_on: Severity | None) -> Exit:
    """Return the exit code of an ended run. Findings that somebody asked to fail on go before ``partial``."""
    if state in {RunState.FAILED, RunState.TIMED_OUT, RunState.CANCELLED}:
        return Exit.FAILED
    if fail_on is not None and any(Severity(name).rank >= fail_on.rank for name, n in found.items() if n):
        return Exit.FINDINGS
    return Exit.PARTIAL if state is RunState.PARTIAL else Exit.OK
