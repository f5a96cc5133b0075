"""Slots that are free before their tasks end: the agents are done, and what they gave is still being written down.

A worker on threads takes its next message as soon as a slot's agents are done, and not when its task ends. Writing the
results down, sending what follows and asking for the next message take some milliseconds, which short steps would wait
for one after the other. No message is taken without a slot to work it in, so none waits in a worker for others.
"""

import threading
import time
from typing import Any

from celery.worker import state

MOST = 32
"""Tasks that may be finishing beyond a worker's slots; where the database is slow, more would only wait for it."""
_GIVE_WAY_SECONDS = 0.001
"""How long a thread whose slot is free leaves the interpreter alone, so that the next message is asked for first."""


class Finishing:
    """The tasks of one process, and those of them whose agents are done.

    Nobody's until a worker of threads says how many there may be. Tasks are counted here beside Celery, which forgets
    those that run when its broker's connection is lost: they run on, and have their slots.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: set[str] = set()
        self._done: set[str] = set()
        self._slots = 0
        self._hub: Any = None

    def allow(self, slots: int, *, hub: Any) -> int:  # noqa: ANN401  kombu's loop has no types
        """Let a worker of so many slots take messages early; return how many threads it may need.

        ``hub`` is its loop; kombu forgets which one is its process' where a connection was lost.
        """
        self._slots = slots
        self._hub = hub
        return slots + self._spare

    def begin(self, task_id: str | None) -> None:
        """Note that a task has begun."""
        if self._slots and task_id is not None:
            with self._lock:
                self._begun.add(task_id)

    def agents_done(self, task_id: str | None) -> None:
        """Note that a task's agents are done, and have its worker take the next message."""
        if not self._slots or task_id is None:
            return
        with self._lock:
            self._done.add(task_id)
        if self._hub is not None:
            self._hub.call_soon(_nothing)  # It sleeps until something happens.
            time.sleep(_GIVE_WAY_SECONDS)

    def end(self, task_id: str | None) -> None:
        """Note that a task is over: Celery knows that by itself from now on."""
        with self._lock:
            self._begun.discard(task_id or "")
            self._done.discard(task_id or "")

    def has_room(self) -> bool:
        """Whether the worker has a slot for another message."""
        held = max(len(self._begun), len(state.reserved_requests))
        return held - min(len(self._done), self._spare) < self._slots

    @property
    def _spare(self) -> int:
        return min(self._slots, MOST)


FINISHING = Finishing()


def _nothing() -> None:
    """Do nothing: the loop goes round once more."""
