"""A lot of steps of one run: the message holds ids, everything else is in the ledger."""

from uuid import UUID

from celery import shared_task

from orchestrator import wiring
from orchestrator.ledger.canvas import STEP_TASK
from tasks.base import LookoutTask


@shared_task(name=STEP_TASK, base=LookoutTask, bind=True)
def run_step(self: LookoutTask, run_id: str, *steps: str) -> str:
    """Run those of the steps of which the ledger says that they may run now."""
    stepped = wiring.runner().run(UUID(run_id), steps=steps)
    if stepped.owes:
        wiring.relay().send_soon(UUID(run_id))
    return self.pass_on(stepped)
