"""The plain Celery app: one task that waits and writes its effect. All that Celery offers against losses is on.

Run by ``celery -A benchmarks.chaos.plain.tasks worker``.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from celery import Celery, Task
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from benchmarks.chaos.actors import seconds_of
from benchmarks.chaos.plain.names import AT_WORK, STEP, WAITING
from orchestrator.store.engine import make_engine

_EFFECT = text("INSERT INTO effects (run, step, what) VALUES (:run, :step, 'plain')")

app = Celery("plain", set_as_current=False)
app.conf.update(
    broker_url=os.environ.get("CELERY_BROKER_URL"),
    result_backend=os.environ.get("CELERY_BROKER_URL"),
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # Redelivery as quick as it can be made; with the defaults it takes an hour.
    broker_transport_options={"visibility_timeout": 5, "unacked_restore_interval": 2, "unacked_restore_throttle": 1},
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue=WAITING,
    worker_prefetch_multiplier=1,
    task_serializer="json",
    accept_content=["json"],
    result_expires=3_600,
)


@app.task(name=STEP, bind=True, autoretry_for=(DBAPIError,), retry_backoff=1, retry_backoff_max=4, max_retries=20)
def step(_self: Task, run: str, name: str, *_before: Any) -> str:  # noqa: ANN401  what a chord hands on
    """Wait as long as an actor would, and write the effect."""
    with _seen_at_work(run, name):
        time.sleep(seconds_of(run, name))
        with _engine(os.getpid()).begin() as conn:
            conn.execute(_EFFECT, {"run": run, "step": name})
    return name


@cache
def _engine(_pid: int) -> Engine:
    """Return the engine of a process; a forked one gets its own."""
    return make_engine(os.environ["DATABASE_URL"])


@contextmanager
def _seen_at_work(run: str, name: str) -> Iterator[None]:
    """Keep a file while the task is at work; one that is killed leaves it, and is no longer there itself."""
    path = Path(os.environ[AT_WORK]) / f"{os.getpid()}-{threading.get_ident()}"
    path.write_text(f"{run}\n{name}", encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
