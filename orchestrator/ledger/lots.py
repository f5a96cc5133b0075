"""A lot: steps that came with one message and run one after the other, unless one of them turns out to be slow.

Who runs a lot takes its steps one by one. Where they take longer than expected, whoever notices first gives the steps
that have not begun back, each with a message of its own: the runner between two steps, or a watching thread while a
step hangs.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.ledger.claims import Claim

_log = structlog.get_logger(__name__)


class Lot:
    """Claims that wait for their turn. ``give_back`` is handed those that will not get one."""

    def __init__(
        self, claims: Sequence[Claim], *, patience_seconds: float, give_back: Callable[[Sequence[Claim]], None]
    ) -> None:
        self._waiting = deque(claims)
        self._until = time.monotonic() + patience_seconds
        self._give_back = give_back
        self._lock = threading.Lock()

    def next(self) -> Claim | None:
        """Return the next claim; None where there is none any more. The first always gets its turn."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def relieve(self) -> bool:
        """Give back what waits, if the lot has taken too long; return whether somebody may still wait here."""
        if time.monotonic() < self._until:
            return bool(self._waiting)
        with self._lock:
            rest = tuple(self._waiting)
            self._waiting.clear()
        if rest:
            self._give_back(rest)
        return False


class LotWatch:
    """A thread a worker process that looks after lots while they run. It starts at the first lot."""

    def __init__(self, *, every_seconds: float = 0.1) -> None:
        self._every_seconds = every_seconds
        self._lots: set[Lot] = set()
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self, lot: Lot) -> None:
        """Look after a lot from now on, until nobody waits in it any more."""
        with self._lock:
            self._lots.add(lot)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="lookout-lots", daemon=True)
                self._thread.start()
        self._some.set()

    def let_go(self, lot: Lot) -> None:
        """Look after a lot no more."""
        with self._lock:
            self._lots.discard(lot)

    def look(self) -> None:
        """Look at every lot once."""
        with self._lock:
            lots = list(self._lots)
        for lot in lots:
            if not lot.relieve():
                self.let_go(lot)

    def _try_to_look(self) -> None:
        """Look, and outlive a database that is away: what was not given back is swept when its lease is up."""
        try:
            self.look()
        except SQLAlchemyError as error:
            _log.warning("steps were not given back", error=type(error).__name__)

    def _watch(self) -> None:
        """Look for as long as there are lots, and wait for the next one."""
        idle = threading.Event()
        while True:
            self._some.wait()
            idle.wait(self._every_seconds)
            self._try_to_look()
            with self._lock:
                if not self._lots:
                    self._some.clear()
