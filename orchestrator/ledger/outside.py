"""Copies of results for callers that have only Celery: a convenience in Redis that may be lost at no cost."""

from uuid import UUID

from celery import Celery, states
from celery.backends.redis import RedisBackend
from sqlalchemy import Connection, Engine

from orchestrator.ledger import sending_statements
from orchestrator.ledger.answers import answer


class Copies:
    """Stores the short result of an ended run under every id that a caller may wait for."""

    def __init__(self, app: Celery, *, keep_seconds: int) -> None:
        self._app = app
        self._keep_seconds = keep_seconds
        self._held: RedisBackend | None = None

    def hand_out(self, conn: Connection, run_id: UUID) -> None:
        """Store the copies of a run, if it has ended: state, ids and counts, never findings."""
        callers = [row.task_id for row in conn.execute(sending_statements.CALLERS, {"run": run_id})]
        if callers:
            row = conn.execute(sending_statements.RESOLVE, {"task_id": callers[0], "run": run_id}).one()
            meta = answer(row)
            for caller in callers if meta["status"] in states.READY_STATES else ():
                self.store(caller, state=meta["status"], result=meta["result"])

    def hand_out_again(self, engine: Engine, run_id: UUID) -> None:
        """Store the copies of a run that may have ended before its last caller asked."""
        with engine.connect() as conn:
            self.hand_out(conn, run_id)

    def store(self, task_id: str, *, state: str, result: object) -> None:
        """Store one copy; only a Redis broker can hold it, others have the HTTP and command line doors."""
        # Not connection.as_uri(): kombu loses the first slash of a unix socket's path in it.
        url = str(self._app.conf.broker_write_url or self._app.conf.broker_url).partition(";")[0]
        if url.startswith("redis"):
            # Result backends spell a unix socket without the transport's name.
            self._backend(url.removeprefix("redis+")).store_result(task_id, result, state)

    def _backend(self, url: str) -> RedisBackend:
        """Return the backend that holds the copies, made once."""
        if self._held is None:
            self._held = RedisBackend(app=self._app, url=url, expires=self._keep_seconds)
        return self._held
