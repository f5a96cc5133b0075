"""What a worker does with a step's message when it can no longer acknowledge it: a thread's step goes on."""

from typing import Any

import structlog
from celery.concurrency.thread import TaskPool
from celery.worker.request import Request

_log = structlog.get_logger(__name__)


class EnduringRequest(Request):  # type: ignore[misc] # Celery has no types
    """A request that knows that a thread cannot be ended from outside.

    Celery cancels what runs when its broker's connection is lost, for the message comes again. A process is ended; on
    a pool of threads Celery 5.7 raises NotImplementedError. There the step ends by itself: its result counts, and a
    message that comes again finds it done.
    """

    def cancel(self, pool: Any, signal: Any = None, emit_retry: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002  Celery's own signature
        """End the step where its pool can; else let it go on."""
        if _has_processes(pool):
            super().cancel(pool, signal=signal, emit_retry=emit_retry)
        else:
            _log.info("it goes on in its thread; a message that comes again will find it done", task=self.id)

    def terminate(self, pool: Any, signal: Any = None) -> None:  # noqa: ANN401  Celery's own signature
        """End the step where its pool can; else say who can: ``lookout runs cancel`` stops a step on any pool."""
        if _has_processes(pool):
            super().terminate(pool, signal=signal)
        else:
            _log.warning("a thread cannot be ended from outside; cancel the run instead", task=self.id)


def _has_processes(pool: object) -> bool:
    """Whether what runs in a pool can be ended from outside."""
    return not isinstance(pool, TaskPool)
