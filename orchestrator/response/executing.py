"""Carrying actions out: claim one, do it outside any transaction, write down what it came to, if it is still ours.

At least once, never twice at the same time: a holder that dies loses its lease, and the next one does the same order
under the same id. Whoever is outside tells the two apart by that id.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine, Row
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.domain.responses import ActionKind, ActionState
from orchestrator.response import statements
from orchestrator.response.contract import Action, ActionError, Outcome
from orchestrator.response.deciding import Fate, Tries, after_error
from orchestrator.response.orders import order_of
from orchestrator.store.documents import clean_text, to_json
from orchestrator.store.patience import passes, patiently

_log = structlog.get_logger(__name__)

BOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Executor:
    """Carries out what is due, in one process, for a few seconds at a time: what hangs must not keep a worker."""

    engine: Engine
    actions: Mapping[ActionKind, Action]
    tries: Tries
    owner: str
    """Names the process in leases and in the audit."""
    lease_seconds: float = 120.0
    seconds: float = BOUT_SECONDS
    """After so many no further action is begun."""
    clock: Callable[[], float] = time.monotonic

    def run(self) -> int:
        """Carry out actions that are due, one after the other, as long as time lasts; return how many were tried."""
        end, done = self.clock() + self.seconds, 0
        while self.clock() < end and self.run_one():
            done += 1
        return done

    def run_one(self) -> bool:
        """Carry out one action that is due; False where there is none."""
        row = self._claim()
        if row is None:
            return False
        try:
            outcome = self._perform(row)
        except ActionError as error:
            fate = after_error(error, failures=row.failures, tries=self.tries, chance=_chance())
            self._finish(row, fate, error=clean_text(str(error))[:2_000])
        else:
            self._finish(row, Fate(ActionState.DONE, failures=0), outcome=outcome)
        return True

    def _perform(self, row: Row[Any]) -> Outcome:
        """Do an action. Trouble of the database that passes is a failure like any other, and costs no holder."""
        try:
            return self.actions[ActionKind(row.kind)].perform(order_of(row))
        except SQLAlchemyError as error:
            if not passes(error):
                raise
            cause = getattr(error, "orig", None) or error
            raise ActionError(f"the database was in the way: {type(cause).__name__}") from error

    def _claim(self) -> Row[Any] | None:
        """Take one action."""
        wanted = {"owner": self.owner, "lease": self.lease_seconds, "losses": self.tries.losses}
        with self.engine.begin() as conn:
            return conn.execute(statements.CLAIM, wanted).one_or_none()

    def _finish(self, row: Row[Any], fate: Fate, *, outcome: Outcome | None = None, error: str | None = None) -> None:
        """Write down what an attempt came to, patiently: done twice, the second finds that it holds nothing."""
        words = outcome.words if outcome else f"attempt {row.attempt}: {error}"
        told = {
            "tenant": row.tenant,
            "id": row.id,
            "attempt": row.attempt,
            "state": fate.state,
            "why": clean_text(words)[:2_000],
            "result": to_json({"words": outcome.words, "facts": dict(outcome.facts)}) if outcome else None,
            "error": error,
            "failures": fate.failures,
            "wait": fate.wait,
        }
        if not patiently(lambda: self._write(told)):
            _log.warning("fenced: another holds the action", action=row.id, attempt=row.attempt)
            return
        _log.info("action", action=row.id, kind=row.kind, state=str(fate.state), attempt=row.attempt)

    def _write(self, told: Mapping[str, Any]) -> bool:
        """Write an attempt's end with its line of the audit; False where it no longer holds the action."""
        with self.engine.begin() as conn:
            if conn.execute(statements.FINISH, told).one_or_none() is None:
                return False
            line = {key: told[key] for key in ("tenant", "id", "state", "why")}
            conn.execute(statements.AUDIT, {**line, "who": self.owner})
        return True


def _chance() -> float:
    """Return a number between 0 and 1: jitter, not a secret."""
    return random.random()  # noqa: S311  as said
