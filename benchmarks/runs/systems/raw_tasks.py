"""Raw Celery's app, as its documentation has it: JSON, Redis for messages, chords and results."""

import os
import time
from typing import Any

from celery import Celery

from benchmarks.runs.systems.raw_celery import BROKER, EVENTS
from benchmarks.stand.payload import payload

KEEP_SECONDS = 600

app = Celery(__name__, broker=os.environ.get(BROKER), set_as_current=False)
app.conf.update(
    result_backend=os.environ.get(BROKER),
    result_expires=KEEP_SECONDS,
    task_send_sent_event=os.environ.get(EVENTS) != "off",
    broker_connection_retry_on_startup=True,
)


def _first(number: int, seconds: float) -> dict[str, Any]:
    """Be an independent step."""
    if seconds:
        time.sleep(seconds)
    return payload(f"s{number}")


def _later(results: list[dict[str, Any]], number: int, seconds: float) -> dict[str, Any]:
    """Be a step that needs the results before it."""
    return _first(number, seconds) if results else {}


first, later = app.task(_first, name="first"), app.task(_later, name="later")
