"""The real Celery app with agents that only play, and one that asks a person before it does."""

from agents import catalog
from benchmarks.approvals.agents import CAST

catalog._AGENTS = CAST  # noqa: SLF001  the real catalogue lists only what is built

from orchestrator.celery import app  # noqa: E402  the catalogue must stand before the queues are made

__all__ = ["app"]
