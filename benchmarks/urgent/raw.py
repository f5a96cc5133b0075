"""Raw Celery for comparison: the same slots and lanes, a reserved worker, and tasks without any ledger.

As a module it is the app for ``celery -A``; as a program it fills or presses, like ``drive``.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue

from benchmarks.stand.statistics import quantile
from benchmarks.urgent.words import say

SECONDS = 0.2
GAP_SECONDS = 0.05
LANES = ("raw.waiting", "raw.computing", "raw.urgent")
WORKERS = 3
NOTES = "BENCHMARK_NOTES"
"""Variable with the file to which urgent tasks write for how long they waited."""


def queue_of(name: str) -> Queue:
    """Return a queue of its own way, a quorum queue where the broker knows that."""
    return Queue(name, Exchange(name, type="direct"), routing_key=name, queue_arguments={"x-queue-type": "quorum"})


app = Celery("raw", broker=os.environ["CELERY_BROKER_URL"], set_as_current=False)
app.conf.update(
    task_queues=[queue_of(name) for name in LANES],
    task_acks_late=True,
    task_ignore_result=True,
    task_create_missing_queues=False,
    worker_prefetch_multiplier=1,
    worker_disable_prefetch=os.environ["CELERY_BROKER_URL"].startswith("redis"),
    broker_transport_options=(
        {"queue_order_strategy": "priority"} if os.environ["CELERY_BROKER_URL"].startswith("redis") else {}
    ),
    broker_connection_retry_on_startup=True,
)


@app.task(name="raw.pause")
def pause() -> None:
    """Wait."""
    time.sleep(SECONDS)


@app.task(name="raw.compute")
def compute() -> None:
    """Compute."""
    until = time.thread_time() + SECONDS
    while time.thread_time() < until:
        sum(range(1_000))


@app.task(name="raw.urgent")
def urgent(sent: float) -> None:
    """Write down for how long it waited."""
    with Path(os.environ[NOTES]).open("a") as notes:
        notes.write(f"{time.time() - sent}\n")


def fill(wishes: dict[str, Any]) -> dict[str, Any]:
    """Queue as many tasks as the ledger's backlog has steps."""
    waiting = round(wishes["backlog"] * 0.7)
    with app.producer_pool.acquire(block=True) as producer:
        for number in range(wishes["backlog"]):
            task, lane = (pause, LANES[0]) if number < waiting else (compute, LANES[1])
            task.apply_async(queue=lane, producer=producer)
    return {}


def press(wishes: dict[str, Any]) -> dict[str, Any]:
    """Send urgent tasks one by one and return what they wrote."""
    until = time.monotonic() + 60
    while len(app.control.ping(timeout=1.0)) < WORKERS:
        if time.monotonic() > until:
            raise SystemExit("the raw workers did not come up")
    notes = Path(os.environ[NOTES])
    for _ in range(wishes["criticals"] + 1):
        urgent.apply_async(args=(time.time(),), queue=LANES[2])
        time.sleep(GAP_SECONDS)
    while len(notes.read_text().splitlines()) <= wishes["criticals"]:
        time.sleep(GAP_SECONDS)
        if time.monotonic() > until + 60:
            raise SystemExit("urgent tasks did not run")
    waits = [float(line) for line in notes.read_text().splitlines()][1:]
    say(f"raw Celery: waited p99 {1_000 * quantile(waits, 0.99):.1f} ms")
    return {"waits": waits}


if __name__ == "__main__":
    print(json.dumps({"fill": fill, "press": press}[sys.argv[1]](json.loads(sys.argv[2]))))
