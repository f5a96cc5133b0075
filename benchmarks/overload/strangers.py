"""Triggers that come as messages, as from services that have only Celery: at a rate, and what they were answered."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from uuid import uuid4

from celery import Celery
from sqlalchemy import text

from benchmarks.overload.places import Places
from benchmarks.stand.statistics import quantile
from orchestrator import wiring
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.canvas import TRIGGER_TASK
from orchestrator.queues import DOOR
from orchestrator.store.process import engine

LONGEST_SECONDS = 30.0
"""How long the last ones are waited for."""
_LOOK_SECONDS = 0.5
_ANSWERED = text("""
    SELECT task_id, extract(epoch FROM at)::float AS at, refusal IS NOT NULL AS refused FROM calls
    WHERE task_id = ANY(:ids)
""")


@dataclass
class Knocked:
    """Messages that were sent: when each was, by its id, and the most that were seen waiting at once."""

    sent: dict[str, float] = field(default_factory=dict)
    waiting: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return what became of them, once the last of them was answered or given up."""
        rows = self._answers()
        seconds = [row.at - self.sent[row.task_id] for row in rows]
        refused = sum(row.refused for row in rows)
        return {
            "sent": len(self.sent),
            "accepted": len(rows) - refused,
            "refused": refused,
            "unanswered": len(self.sent) - len(rows),
            "waiting_max": self.waiting,
            "answer_ms": {
                "p50": round(1_000 * median(seconds or [0.0]), 1),
                "p95": round(1_000 * quantile(seconds, 0.95), 1),
                "max": round(1_000 * max(seconds, default=0.0), 1),
            },
        }

    def _answers(self) -> list[Any]:
        """Return the answers that there are, at the latest when the last one was waited for."""
        end = time.monotonic() + LONGEST_SECONDS
        while True:
            with engine().connect() as conn:
                rows = list(conn.execute(_ANSWERED, {"ids": list(self.sent)}))
            if len(rows) == len(self.sent) or time.monotonic() > end:
                return rows
            time.sleep(_LOOK_SECONDS)


@contextmanager
def strangers(places: Places, *, rate: float, seconds: float) -> Iterator[Knocked]:
    """Let messages come at a rate while the block runs, and look how many wait."""
    knocked = Knocked()
    threads = [
        threading.Thread(target=_knock, args=(places, knocked, rate, seconds), name="strangers"),
        threading.Thread(target=_look, args=(knocked, seconds), name="queue"),
    ]
    for thread in threads:
        thread.start()
    try:
        yield knocked
    finally:
        for thread in threads:
            thread.join()


def _knock(places: Places, knocked: Knocked, rate: float, seconds: float) -> None:
    """Send messages at their times by an app that knows nothing of us but the broker."""
    with Celery("stranger", broker=wiring.celery_app().conf.broker_url, set_as_current=False) as app:
        begin = time.monotonic()
        for number in range(round(rate * seconds)):
            time.sleep(max(0.0, begin + number / rate - time.monotonic()))
            task_id = str(uuid4())
            payload = {"kind": "monitor", "targets": [places.next().model_dump(mode="json")]}
            knocked.sent[task_id] = time.time()
            app.send_task(TRIGGER_TASK, kwargs=payload, task_id=task_id)


def _look(knocked: Knocked, seconds: float) -> None:
    """Look again and again how many messages wait at the door."""
    broker, end = Broker(wiring.celery_app()), time.monotonic() + seconds
    while time.monotonic() < end:
        knocked.waiting = max(knocked.waiting, broker.depths([DOOR])[DOOR])
        time.sleep(_LOOK_SECONDS)
