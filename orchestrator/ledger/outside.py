"""Copies of results for callers that have only Celery: a convenience in Redis that may be lost at no cost."""

from uuid import UUID

from celery import Celery
from celery.backends.redis import RedisBackend
from sqlalchemy import Connection, Engine

from orchestrator.ledger import statements
from orchestrator.ledger.answers import answer


class Copies:
    """Stores the short result of an ended run under every id that a caller may wait for."""

    def __init__(self, app: Celery, *, keep_seconds: int) -> None:
        self._app = app
        self._keep_seconds = keep_seconds

    def hand_out(self, conn: Connection, run_id: UUID) -> None:
        """Store the copies of one ended run: state, ids and counts, never findings."""
        callers = [row.task_id for row in conn.execute(statements.CALLERS, {"run": run_id})]
        if callers:
            row = conn.execute(statements.RESOLVE, {"task_id": callers[0], "run": run_id}).one()
            meta = answer(row)
            for caller in callers:
                self.store(caller, state=meta["status"], result=meta["result"])

    def hand_out_again(self, engine: Engine, run_id: UUID) -> None:
        """Store the copies of a run that had ended before the last caller asked."""
        with engine.connect() as conn:
            self.hand_out(conn, run_id)

    def store(self, task_id: str, *, state: str, result: object) -> None:
        """Store one copy; only a Redis broker can hold it, others have the HTTP and command line doors."""
        url = self._app.connection_for_write().as_uri(include_password=True)
        if url.startswith("redis"):
            backend = RedisBackend(app=self._app, url=url, expires=self._keep_seconds)
            backend.store_result(task_id, result, state)
