"""The sweep's message, sent every few seconds by whoever leads, whether or not anything is scheduled."""

import time
from collections.abc import Callable

import structlog
from celery import Celery

from orchestrator.ledger.broker import Broker
from orchestrator.ledger.canvas import SWEEP_TASK
from orchestrator.ledger.relay import BROKER_TROUBLE
from orchestrator.queues import UPKEEP

_log = structlog.get_logger(__name__)

MOST_WAITING = 20
"""How many messages may wait for upkeep before no sweep is added: then nobody reads that queue, or not fast enough."""
_ROUNDS_KEPT = 12
"""After how many rounds a sweep that no worker took is stale. More than one: clocks of machines differ."""


class Sweeps:
    """Sends a sweep where one is due. A broker that is away is asked again at the next round."""

    def __init__(self, app: Celery, *, every_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._every = every_seconds
        self._clock = clock
        self._next = clock()

    def send_due(self) -> bool:
        """Send a sweep, unless the last one was sent just now or too many wait; return whether one went out."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self._every
        try:
            return self._send()
        except BROKER_TROUBLE as error:
            _log.warning("the broker did not take a sweep; the next one is tried in its turn", error=str(error))
            return False

    def _send(self) -> bool:
        """Send a sweep, unless too many wait: a message that expires leaves the queue only when a worker reads it."""
        waiting = Broker(self._app).depths([UPKEEP])[UPKEEP]
        if waiting >= MOST_WAITING:
            _log.warning(
                "no sweep was sent: no worker reads the queue, or not fast enough", queue=UPKEEP, depth=waiting
            )
            return False
        self._app.send_task(SWEEP_TASK, queue=UPKEEP, expires=self._every * _ROUNDS_KEPT, ignore_result=True)
        return True
