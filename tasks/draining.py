"""A thread worker that lost slots: it takes no more work, lets what runs end, and exits to be replaced.

Celery's own shutdown waits for every thread of the pool, so one that hangs would hold it up for ever.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.worker import state

_log = structlog.get_logger(__name__)

EXIT_CODE = 75
"""EX_TEMPFAIL: start it again."""
_QUIET_LOOKS = 2
"""So often in a row nothing else may run before the process ends: acknowledgements go out meanwhile."""


def leave(code: int) -> None:
    """End the process without waiting for its threads."""
    os._exit(code)


class Drain:
    """Empties a worker step by step; ``stop_all`` tells the steps that take longer than the patience to go back."""

    def __init__(
        self,
        consumer: Any,  # noqa: ANN401  Celery has no types
        *,
        patience_seconds: float,
        stop_all: Callable[[], None],
        exit_with: Callable[[int], None] = leave,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer = consumer
        self._patience_seconds = patience_seconds
        self._stop_all = stop_all
        self._exit_with = exit_with
        self._clock = clock
        self._began: float | None = None
        self._quiet = 0

    def go_on(self, lost: int) -> None:
        """Go on draining, with so many slots lost; the first call begins."""
        if self._began is None:
            self._begin(lost)
        elif self._clock() - self._began > self._patience_seconds:
            self._stop_all()
        self._quiet = self._quiet + 1 if len(state.active_requests) <= lost else 0
        if self._quiet >= _QUIET_LOOKS:
            _log.error("worker ends to be replaced", lost_slots=lost)
            self._exit_with(EXIT_CODE)

    def _begin(self, lost: int) -> None:
        """Take no more work from any queue, also after the broker was away."""
        self._began = self._clock()
        queues = list(self._consumer.app.amqp.queues.consume_from)
        _log.error("worker drains", lost_slots=lost, queues=queues)
        for queue in queues:
            self._consumer.call_soon(self._consumer.cancel_task_queue, queue)
