"""The door for services that have only Celery: one message in, a run out."""

from typing import Any

from celery import shared_task

from orchestrator import doors, wiring
from orchestrator.ledger.canvas import TRIGGER_TASK
from tasks.base import LookoutTask, QuietRequest


@shared_task(name=TRIGGER_TASK, base=LookoutTask, bind=True, ignore_result=False, Request=QuietRequest)
def accept_trigger(self: LookoutTask, *args: object, **payload: Any) -> dict[str, Any]:  # noqa: ANN401  a stranger's
    """Accept a trigger, or refuse it with a reason that stays under the caller's own id."""
    return doors.accept_message(wiring.intake(), wiring.copies(), payload, args=args, task_id=self.request.id)
