"""Lost slots: a thread cannot be ended from outside, so a step that ignores its stop keeps the thread it runs on.

Its lease is let go by then, and others may have its step. What is left is to notice, to say so, and to replace the
process: a worker with lost slots stops taking work, lets the others end, and exits.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.ledger.heart import Heart, Pulse
from orchestrator.quota import statements

_log = structlog.get_logger(__name__)


def lost(pulses: Iterable[Pulse], *, now: float, grace_seconds: float) -> Mapping[int, Pulse]:
    """Return the step that each lost thread hangs on: the one that was told to stop first, longer ago than the grace.

    A thread that runs a lot holds several steps; only those that were told to stop speak against it.
    """
    found: dict[int, Pulse] = {}
    told = (pulse for pulse in pulses if pulse.told_at is not None and now - pulse.told_at > grace_seconds)
    for pulse in sorted(told, key=lambda pulse: pulse.told_at or 0.0):
        found.setdefault(pulse.thread, pulse)
    return found


@dataclass(frozen=True)
class SlotReport:
    """Says that a slot was lost: in the log, and where `lookout doctor` finds it."""

    engine: Engine
    worker: str

    def tell(self, pulse: Pulse) -> None:
        """Say which step ignored its stop. A database that is away costs the note, not the worker."""
        _log.error("slot lost", step=pulse.step, run=str(pulse.run_id), attempt=pulse.attempt, why=str(pulse.reason))
        row = {"run": pulse.run_id, "step": pulse.step, "attempt": pulse.attempt}
        try:
            with self.engine.begin() as conn:
                conn.execute(statements.INSERT_LOST_SLOT, {**row, "worker": self.worker, "reason": str(pulse.reason)})
        except SQLAlchemyError as error:
            _log.warning("lost slot not noted", error=type(error).__name__)


class SlotWatch:
    """Looks for lost slots. ``on_loss`` hears at every look how many there are, once there is one."""

    def __init__(
        self,
        heart: Heart,
        *,
        grace_seconds: float,
        report: SlotReport,
        on_loss: Callable[[int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._heart = heart
        self._grace_seconds = grace_seconds
        self._report = report
        self._on_loss = on_loss
        self._clock = clock
        self._known: set[int] = set()

    def start(self, *, every_seconds: float) -> None:
        """Look every so many seconds for as long as the process lives."""
        threading.Thread(target=self._watch, args=(every_seconds,), name="lookout-slots", daemon=True).start()

    def look(self) -> int:
        """Look once; return how many slots are lost now. A slot that comes back was only late."""
        found = lost(self._heart.held(), now=self._clock(), grace_seconds=self._grace_seconds)
        for thread, pulse in found.items():
            if thread not in self._known:
                self._report.tell(pulse)
        self._known |= found.keys()
        if self._known:
            self._on_loss(len(found))
        return len(found)

    def _watch(self, every_seconds: float) -> None:
        """Look again and again."""
        idle = threading.Event()
        while True:
            idle.wait(every_seconds)
            self.look()
