"""The real Celery app with a catalogue of agents that only play.

``BENCHMARK_EVENTS=off`` sends no task events, which is how raw Celery starts.
"""

import os

from agents import catalog
from benchmarks.stand.agents import CAST

EVENTS = "BENCHMARK_EVENTS"
"""Variable that switches task events off."""

catalog._AGENTS = CAST  # noqa: SLF001  the real catalogue lists only what is built

from orchestrator.celery import app  # noqa: E402  the catalogue must stand before the queues are made

if os.environ.get(EVENTS) == "off":
    app.conf.update(worker_send_task_events=False, task_send_sent_event=False)

__all__ = ["app"]
