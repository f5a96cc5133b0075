"""The base of every task of ours: ids only in events, and the ledger's word on whether Celery goes on."""

from collections.abc import Sized
from typing import Any

from celery import Task
from celery.exceptions import Ignore, Reject

from orchestrator.ledger.backend import OPENED
from orchestrator.ledger.failing import Outcome, Stepped
from tasks.enduring import EnduringRequest


class StepFailedError(Exception):
    """A step failed for good. The ledger has recorded it; this only colours the task in Flower and the log."""


class QuietRequest(EnduringRequest):
    """A request that shows how long a stranger's free text is, never what it says: in events, logs and ``inspect``."""

    def __init__(self, message: Any, **options: Any) -> None:  # noqa: ANN401  Celery's own signature
        super().__init__(message, **options)
        # What the sender wrote about its own arguments goes, wherever Celery would show it.
        self._argsrepr = f"({len(self.args)} positional)" if self.args else "()"
        self._kwargsrepr = repr({str(name)[:40]: _measure(name, value) for name, value in (self.kwargs or {}).items()})
        self._request_dict.update(argsrepr=self._argsrepr, kwargsrepr=self._kwargsrepr)

    def info(self, safe: bool = False) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002  Celery's own signature
        """Return what ``inspect`` shows: always the safe form."""
        shown: dict[str, Any] = super().info(safe=True)
        return shown


def _measure(name: str, value: object) -> str:
    """Return what may be shown of an argument: only the kind of a trigger is shown as it is."""
    if name == "kind" and isinstance(value, str):
        return value[:40]
    return f"{type(value).__name__} of {len(value)}" if isinstance(value, Sized) else type(value).__name__


class LookoutTask(Task):  # type: ignore[misc] # Celery has no types
    """A task whose retries are the ledger's, and whose canvas goes on only where a gate was opened."""

    abstract = True
    max_retries = 0
    Request = EnduringRequest

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
