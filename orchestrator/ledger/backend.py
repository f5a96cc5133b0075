"""The result backend: chords are joined by the ledger, and ids are answered from it. Nothing is kept elsewhere."""

from typing import Any
from uuid import UUID

from celery import Celery, states
from celery.app.task import Context
from celery.backends.base import BaseBackend
from celery.canvas import maybe_signature

from orchestrator.ledger import sending_statements
from orchestrator.ledger.answers import answer
from orchestrator.store.documents import clean_text
from orchestrator.store.process import engine

OPENED = "lookout_opened"
"""Set on a task's request by the step whose completion opened its gate."""


class LedgerBackend(BaseBackend):  # type: ignore[misc] # Celery has no types
    """What Celery asks of a result backend, answered from ``runs``. See architecture.md, "join"."""

    persistent = True
    supports_native_join = True

    def __init__(self, app: Celery, url: str | None = None, **kwargs: Any) -> None:  # noqa: ANN401  Celery's own
        super().__init__(app=app, url=url, **kwargs)

    def as_uri(self, include_password: bool = True) -> str:  # noqa: ARG002, FBT001, FBT002  Celery's own signature
        """Return what worker banners show."""
        return "postgres ledger"

    def apply_chord(self, header_result_args: Any, body: Any, **kwargs: Any) -> None:  # noqa: ANN401, ARG002  Celery's
        """Count nothing: the gate's row counts."""
        self.ensure_chords_allowed()

    def on_chord_part_return(self, request: Context, state: str, result: object, **kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Send the chord's body if and only if this completion opened the gate."""
        if state == states.SUCCESS and getattr(request, OPENED, False):
            maybe_signature(request.chord, app=self.app).apply_async()

    def _store_result(self, _task_id: str, result: object, _state: str, *_: object, **__: object) -> object:
        return result

    def _get_task_meta_for(self, task_id: str) -> dict[str, Any]:
        wanted = {"task_id": clean_text(task_id), "run": _uuid(task_id)}
        with engine().connect() as conn:
            return answer(conn.execute(sending_statements.RESOLVE, wanted).one_or_none())

    def on_task_call(self, producer: object, task_id: str) -> None:
        """Subscribe to nothing."""

    def add_pending_result(self, result: Any, weak: bool = False) -> Any:  # noqa: ANN401, ARG002, FBT001, FBT002
        """Subscribe to nothing."""
        return result

    def remove_pending_result(self, result: Any) -> Any:  # noqa: ANN401
        """Subscribe to nothing."""
        return result

    def add_pending_results(self, results: Any, weak: bool = False) -> None:  # noqa: ANN401, FBT001, FBT002
        """Subscribe to nothing."""

    def on_result_fulfilled(self, result: object) -> None:
        """Release nothing."""

    def cleanup(self) -> None:
        """Delete nothing: keys and runs have their own retention."""

    def process_cleanup(self) -> None:
        """Close nothing: the engine belongs to the process."""

    def _forget(self, task_id: str) -> None:
        """Keep the run: forgetting a result object forgets no history."""


def _uuid(text: str) -> UUID | None:
    """Return the id that a text spells, if it spells one."""
    try:
        return UUID(text)
    except ValueError:
        return None
