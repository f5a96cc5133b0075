"""The gate: looks at the load now and then, and lets in what there is room for."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from sqlalchemy import Engine

from orchestrator.admission import statements
from orchestrator.admission.bounds import PACE_SECONDS, Bounds, Load, excess, full_words, seconds_until
from orchestrator.domain.triggers import Priority
from orchestrator.errors import AdmissionError

FRESH_SECONDS = 1.0
_COST = 50.0
"""A look is good for as many times as long as it took: looking never takes more than a fiftieth of the time."""
_LONGEST_SECONDS = 10.0
"""But never for longer: a look that waited for a database in trouble says nothing of the minutes after it."""
_MOST_ENDED = 10_000


class Gate:
    """Lets runs in while there is room. One serves all threads of a process; what it lets in counts at once."""

    def __init__(
        self,
        engine: Engine,
        bounds: Bounds,
        *,
        fresh_seconds: float = FRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._bounds = bounds
        self._fresh = fresh_seconds
        self._clock = clock
        self._load: Load | None = None
        self._ended: int | None = None
        self._ended_is_old = True
        self._good_until = -1.0
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        """Held by the one that looks; the others do not wait for it, but go by the last look."""

    def has_room(self, priority: Priority) -> bool:
        """Whether a run of that priority may begin now."""
        return not excess(self._seen(), bounds=self._bounds, priority=priority)

    def refusal(self, priority: Priority) -> AdmissionError:
        """Return what to answer a run for which there is no room: why, and when to come back."""
        load = self._seen()
        share = excess(load, bounds=self._bounds, priority=priority)
        seconds = seconds_until(load, share=share, ended=self._pace(), chance=random.random())  # noqa: S311  no secret
        words = full_words(load, bounds=self._bounds, priority=priority)
        return AdmissionError(
            f"too much is under way for another run of {priority.name.lower()} priority: {words}; come back in "
            f"{seconds:.0f} s",
            retry_after_seconds=seconds,
        )

    def note(self, steps: int) -> None:
        """Count a run that was just let in, until the next look."""
        with self._lock:
            if self._load is not None:
                self._load = replace(self._load, runs=self._load.runs + 1, steps=self._load.steps + steps)

    def _seen(self) -> Load:
        """Return the load, looked at anew where the last look is no longer good and nobody else looks just now."""
        load = self._load
        if self._clock() < self._good_until and load is not None:
            return load
        if not self._turn.acquire(blocking=load is None):
            return cast("Load", load)  # only who knows nothing yet waits
        try:
            return self._look_anew()
        finally:
            self._turn.release()

    def _look_anew(self) -> Load:
        """Look, unless somebody has while one waited for one's turn."""
        began = self._clock()
        if self._load is not None and began < self._good_until:
            return self._load
        found = self._look()
        ended = self._clock()
        with self._lock:
            self._load, self._ended_is_old = found, True
            self._good_until = ended + max(self._fresh, min(_COST * (ended - began), _LONGEST_SECONDS))
        return found

    def _pace(self) -> int:
        """Return how many runs have ended lately; asked once for each look at the load, and only where it is full."""
        if self._ended_is_old and self._turn.acquire(blocking=self._ended is None):
            try:
                if self._ended_is_old:
                    self._ended, self._ended_is_old = self._count_ended(), False
            finally:
                self._turn.release()
        return self._ended or 0

    def _count_ended(self) -> int:
        """Count the runs that have ended lately, up to a number."""
        with self._engine.connect() as conn:
            return int(conn.execute(statements.PACE, {"seconds": PACE_SECONDS, "most": _MOST_ENDED}).scalar_one())

    def _look(self) -> Load:
        """Read the load, no further than to the last bound."""
        most = self._bounds.hard
        with self._engine.connect() as conn:
            row = conn.execute(statements.LOAD, {"runs": most.runs + 1, "steps": most.steps + 1}).one()
        return Load(runs=row.runs, steps=row.steps)
