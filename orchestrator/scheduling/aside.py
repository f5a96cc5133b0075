"""Schedules that were tried in vain of late, so that they starve no other. Times are the database's.

It is one scheduler's memory. Nothing of it must outlive the process: one that takes over tries them all again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from orchestrator.ledger.decisions import Backoff
from orchestrator.store.documents import to_json

_BACKOFF = Backoff(multiplier=2.0, max=600.0)
_NO_CHANCE = 0.5
"""No jitter: nobody else does it in the same moment."""
_FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class _Try:
    """One that was tried in vain."""

    updated_at: datetime
    """As it was then: once it is changed, it is tried at once."""
    until: datetime
    """Before that it is not tried again; after that it comes behind what fell due earlier."""
    failures: int = 0
    """How often in a row it failed."""


@dataclass(frozen=True)
class Aside:
    """Which schedules were tried in vain, and until when they are put off. Used by one thread."""

    tries: dict[tuple[str, str], _Try] = field(default_factory=dict)
    backoff: Backoff = _BACKOFF

    @property
    def told(self) -> str:
        """All of them as JSON, for the statement that looks for what is due."""
        return to_json(
            [
                {"tenant": tenant, "name": name, "updated_at": each.updated_at, "until": each.until}
                for (tenant, name), each in self.tries.items()
            ]
        )

    def failed(self, row: Row[Any]) -> float:
        """Put off a schedule that could not be fired, each time for longer; return for how many seconds."""
        before = self.tries.get((row.tenant, row.name))
        failures = before.failures if before and before.updated_at == row.updated_at else 0
        seconds = self.backoff.seconds(failures, chance=_NO_CHANCE)
        self._put(row, _Try(row.updated_at, row.now + timedelta(seconds=seconds), failures + 1))
        return seconds

    def tried(self, row: Row[Any], *, in_vain: bool) -> None:
        """Let a schedule that stays due wait for its next turn, and forget one that was served."""
        if in_vain:
            self._put(row, _Try(row.updated_at, row.now))
        else:
            self.tries.pop((row.tenant, row.name), None)

    def _put(self, row: Row[Any], new: _Try) -> None:
        """Remember a try, and forget those of long ago: of schedules that are gone, or were changed or paused."""
        old = [key for key, each in self.tries.items() if each.until < row.now - _FORGOTTEN_AFTER]
        for key in old:
            del self.tries[key]
        self.tries[row.tenant, row.name] = new
