"""One thread a worker process keeps the leases of all its running steps, and learns which of them must stop."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.ledger import statements
from orchestrator.store.documents import to_json

_log = structlog.get_logger(__name__)

_LAZY_COMMIT = text("SET LOCAL synchronous_commit = off")


class StopReason(StrEnum):
    """Why a running step must stop."""

    RUN_OVER = "run_over"
    OUT_OF_TIME = "out_of_time"
    TAKEN_OVER = "taken_over"
    PAUSED = "paused"
    SHUTDOWN = "shutdown"


@dataclass
class Pulse:
    """One running step: its fencing token, and the event that tells it to stop."""

    run_id: UUID
    step: str
    attempt: int
    stop: threading.Event = field(default_factory=threading.Event)
    reason: StopReason | None = None
    thread: int = field(default_factory=threading.get_ident)
    """Whose slot it holds."""
    told_at: float | None = None
    """When it was told to stop, by the clock that never goes back."""

    def end(self, reason: StopReason) -> None:
        """Tell the step to stop, once, for the first reason."""
        if self.reason is None:
            self.reason = reason
            self.told_at = time.monotonic()
            self.stop.set()


Listener = Callable[[Connection], None]
"""What else is read with each heartbeat, in its transaction: changes nothing, and is quick."""


class Heart:
    """Extends leases every few seconds in one statement. Starts its thread at the first step, never before a fork."""

    def __init__(
        self, engine: Engine, *, lease_seconds: float, every_seconds: float, listeners: Sequence[Listener] = ()
    ) -> None:
        self._engine = engine
        self._listeners = tuple(listeners)
        self._lease_seconds = lease_seconds
        self._every_seconds = every_seconds
        self._pulses: dict[tuple[UUID, str, int], Pulse] = {}
        self._worked = False
        # Held again by its own thread where a signal comes in the middle: stop_all is called from a handler.
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._turned_at = 0.0

    def hold(self, run_id: UUID, *, step: str, attempt: int) -> Pulse:
        """Keep a step's lease from now on."""
        pulse = Pulse(run_id=run_id, step=step, attempt=attempt)
        with self._lock:
            self._pulses[(run_id, step, attempt)] = pulse
            self._worked = True
            if self._thread is None:
                self._turned_at = time.monotonic()
                self._thread = threading.Thread(target=self._beat, name="lookout-heart", daemon=True)
                self._thread.start()
        if self._closing.is_set():
            pulse.end(StopReason.SHUTDOWN)
        return pulse

    def release(self, pulse: Pulse) -> None:
        """Let a step's lease go: it is about to end, or has."""
        with self._lock:
            self._pulses.pop((pulse.run_id, pulse.step, pulse.attempt), None)

    def stop_all(self) -> None:
        """Tell every running step that the worker shuts down."""
        self._closing.set()
        for pulse in self.held():
            pulse.end(StopReason.SHUTDOWN)

    def held(self) -> list[Pulse]:
        """Return the steps whose leases are kept."""
        with self._lock:
            return list(self._pulses.values())

    def quiet_seconds(self) -> float:
        """Return how long ago its thread came round last, whatever came of that; 0 while nothing was held yet."""
        return time.monotonic() - self._turned_at if self._thread is not None else 0.0

    def beat(self) -> None:
        """Extend all leases once, and pass on what the ledger says about them; nothing where nobody worked since."""
        with self._lock:
            pulses, worked = list(self._pulses.values()), self._worked
            self._worked = bool(pulses)
        if not pulses and not (worked and self._listeners):
            return
        rows = [{"run": str(one.run_id), "step": one.step, "attempt": one.attempt} for one in pulses]
        with self._engine.begin() as conn:
            conn.execute(_LAZY_COMMIT)
            extended = conn.execute(statements.HEARTBEAT, {"rows": to_json(rows), "lease": self._lease_seconds})
            known = {(row.run_id, row.name, row.attempt): row for row in extended}
            for listen in self._listeners:
                listen(conn)
        for pulse in pulses:
            _pass_on(pulse, known.get((pulse.run_id, pulse.step, pulse.attempt)))

    def _beat(self) -> None:
        """Beat for as long as the process lives; a database that is away is tried again at the next beat."""
        idle = threading.Event()
        while True:
            idle.wait(self._every_seconds)
            try:
                self.beat()
            except SQLAlchemyError as error:
                _log.warning("heartbeat failed, trying again", error=str(error.__class__.__name__))
            self._turned_at = time.monotonic()


def _pass_on(pulse: Pulse, row: Any) -> None:  # noqa: ANN401  a database row
    """Tell a step what the ledger says about it."""
    if row is None or not row.live:
        pulse.end(StopReason.RUN_OVER)
    elif not row.held:
        pulse.end(StopReason.TAKEN_OVER)
    elif row.late:
        pulse.end(StopReason.OUT_OF_TIME)
    elif row.paused:
        pulse.end(StopReason.PAUSED)
