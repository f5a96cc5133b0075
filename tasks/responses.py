"""Actions that are due: the sweep sends this where there are any."""

from celery import shared_task

from orchestrator import wiring
from orchestrator.ledger.canvas import ACT_TASK
from tasks.base import LookoutTask


@shared_task(name=ACT_TASK, base=LookoutTask, expires=60)
def act() -> int:
    """Do the actions that are due; return how many were tried."""
    return wiring.responder().act()
