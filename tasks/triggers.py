"""The door for services that have only Celery: one message in, a run out."""

from typing import Any

from celery import shared_task
from celery.exceptions import Reject
from sqlalchemy.exc import SQLAlchemyError

from orchestrator import doors, wiring
from orchestrator.ledger.canvas import TRIGGER_TASK
from orchestrator.store.patience import passes, patiently
from tasks.base import LookoutTask, QuietRequest

_PATIENCE_SECONDS = 20.0
"""Long enough that a message whose database is away does not go round and round."""


@shared_task(name=TRIGGER_TASK, base=LookoutTask, bind=True, ignore_result=False, Request=QuietRequest)
def accept_trigger(self: LookoutTask, /, *args: object, **payload: Any) -> dict[str, Any]:  # noqa: ANN401  a stranger's
    """Accept a trigger, or refuse it with a reason that stays under the caller's own id.

    While the database is away the message goes back into its queue: nothing that was sent is lost.
    """
    intake, copies = wiring.intake(), wiring.copies()
    try:
        return patiently(
            lambda: doors.accept_message(intake, copies, payload, args=args, task_id=self.request.id),
            seconds=_PATIENCE_SECONDS,
        )
    except SQLAlchemyError as error:
        if not passes(error):
            raise
        raise Reject(reason=f"the database is away: {getattr(error, 'orig', None) or error}", requeue=True) from error
