"""The real Celery app, with the actors in place of the catalogue's agents.

Run by ``celery -A benchmarks.chaos.troupe worker|beat``; whoever submits or relays imports it as well, nobody else
should: the catalogue is the whole process's.
"""

from agents import catalog
from benchmarks.chaos.actors import ACTORS

catalog._AGENTS = ACTORS  # noqa: SLF001  the real list holds only what is built

from orchestrator.celery import app  # noqa: E402  the catalogue must stand before the queues are made

__all__ = ["app"]
