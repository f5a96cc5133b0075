"""Removing what is old: each kind every few minutes, in short transactions, for a moment at every sweep."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from orchestrator.retention import statements
from orchestrator.retention.rules import Rule

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pruner:
    """Removes old rows by rules. Several may work at once: they skip what another has locked."""

    rules: tuple[Rule, ...]
    every_seconds: float = 600.0
    """How often each kind is looked for where nothing was left over."""
    slice_seconds: float = 0.5
    """How long a sweep works on one kind, a lot more or less; what is left over, the next one goes on with."""
    clock: Callable[[], float] = time.monotonic

    def sweep(self, engine: Engine) -> int:
        """Remove what is due for a moment; return how many rows went."""
        return sum(self._prune(engine, rule) for rule in self.rules)

    def _prune(self, engine: Engine, rule: Rule) -> int:
        """Remove what one rule says, unless that was done not long ago."""
        with engine.begin() as conn:
            turn = {"name": rule.name, "every": self.every_seconds}
            if conn.execute(statements.TAKE_TURN, turn).one_or_none() is None:
                return 0
        removed, more = self._remove(engine, rule)
        with engine.begin() as conn:
            conn.execute(statements.NOTE_REMOVED, {"name": rule.name, "removed": removed, "more": more})
        return removed

    def _remove(self, engine: Engine, rule: Rule) -> tuple[int, bool]:
        """Remove lot after lot until nothing is left or the time is up; return how many went and whether more may."""
        until = self.clock() + self.slice_seconds
        removed = 0
        while True:
            try:
                with engine.begin() as conn:
                    gone = rule.once(conn)
            except OperationalError as error:
                if not isinstance(error.orig, DeadlockDetected | LockNotAvailable | QueryCanceled):
                    raise
                _log.warning("old rows are in use; they are removed later", kind=rule.name, error=str(error.orig))
                return removed, False
            removed += gone
            if gone == 0:
                return removed, False
            if self.clock() >= until:
                return removed, True
