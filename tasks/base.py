"""The base of every task of ours: ids only in events, and the ledger's word on whether Celery goes on."""

from celery import Task
from celery.exceptions import Ignore, Reject

from orchestrator.ledger.backend import OPENED
from orchestrator.ledger.stepping import Outcome, Stepped


class StepFailedError(Exception):
    """A step failed for good. The ledger has recorded it; this only colours the task in Flower and the log."""


class LookoutTask(Task):  # type: ignore[misc] # Celery has no types
    """A task whose retries are the ledger's, and whose canvas goes on only where a gate was opened."""

    abstract = True
    max_retries = 0

    def pass_on(self, stepped: Stepped) -> str:
        """Tell Celery what became of a step: go on, stop here, give the message back, or show a failure."""
        if stepped.outcome is Outcome.GIVEN_BACK:
            raise Reject(reason="the worker shuts down", requeue=True)
        if stepped.outcome is Outcome.FAILED:
            raise StepFailedError(stepped.summary)
        if stepped.outcome is not Outcome.DONE:
            raise Ignore(stepped.summary)
        setattr(self.request, OPENED, stepped.opened)
        if not stepped.opened:
            self.request.chain = None
        return stepped.summary
