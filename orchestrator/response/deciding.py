"""What to do about an action that was not done: decided here as a value, written down by the executor."""

from dataclasses import dataclass

from orchestrator.domain.responses import ActionState
from orchestrator.ledger.decisions import Backoff
from orchestrator.response.contract import ActionError, ActionPutOffError, ActionRefusedError


@dataclass(frozen=True)
class Tries:
    """How often an action may fail, how many holders it may lose, and how long it waits after a failure."""

    failures: int
    losses: int
    """Whoever dies with it at every attempt ends here too."""
    backoff: Backoff


@dataclass(frozen=True)
class Fate:
    """Where an action stands after an attempt, and after how many seconds it is tried again."""

    state: ActionState
    wait: float = 0.0
    failures: int = 1
    """How many failures the attempt counts for."""


def after_error(error: ActionError, *, failures: int, tries: Tries, chance: float) -> Fate:
    """Return what becomes of an action that failed; ``failures`` are those before, ``chance`` lies between 0 and 1."""
    if isinstance(error, ActionRefusedError):
        # Failed, not refused: nobody decided against it. People hear of it, mend what it says, and have it retried.
        return Fate(ActionState.FAILED)
    if isinstance(error, ActionPutOffError):
        return Fate(ActionState.DUE, wait=error.seconds, failures=0)
    if failures + 1 >= tries.failures:
        return Fate(ActionState.FAILED)
    return Fate(ActionState.DUE, wait=tries.backoff.seconds(failures, chance=chance))
