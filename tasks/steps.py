"""One step of one run: the message holds two ids, everything else is in the ledger."""

from uuid import UUID

from celery import shared_task

from orchestrator import wiring
from orchestrator.ledger.canvas import STEP_TASK
from tasks.base import LookoutTask


@shared_task(name=STEP_TASK, base=LookoutTask, bind=True)
def run_step(self: LookoutTask, run_id: str, step: str) -> str:
    """Run the step if the ledger says that it may run now."""
    stepped = wiring.runner().run(UUID(run_id), step=step)
    if stepped.owes:
        wiring.relay().send_soon(UUID(run_id))
    return self.pass_on(stepped)
