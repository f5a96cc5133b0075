"""Upkeep that beat sends every few seconds."""

from dataclasses import asdict
from typing import Any

from celery import shared_task

from orchestrator import wiring
from orchestrator.ledger.canvas import SWEEP_TASK
from tasks.base import LookoutTask


@shared_task(name=SWEEP_TASK, base=LookoutTask, expires=60)
def sweep() -> dict[str, Any]:
    """Find what messages forgot, and send what is due."""
    return asdict(wiring.sweep().run())
