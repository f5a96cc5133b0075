"""How procrastinate is asked for runs."""

import os
from typing import Any
from uuid import uuid4

import procrastinate
from psycopg_pool import ConnectionPool

from benchmarks.runs.systems.peer import ADDRESS
from benchmarks.runs.systems.procrastinate_app import begin, set_up
from benchmarks.runs.work import Work
from benchmarks.stand.listening import Listener


class ProcrastinateDoor:
    """Defers a run's first jobs in the transaction that writes the run down."""

    def __init__(self, url: str) -> None:
        set_up(url)
        self._pool: Any = ConnectionPool(url, min_size=2, max_size=4, open=True)
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url)).open()
        self._listener = Listener(url)

    def new_id(self) -> str:
        """Return a run's id."""
        return str(uuid4())

    def begin(self, work: Work, run: str) -> None:
        """Write a run down and defer its first phase."""
        with self._pool.connection() as connection:
            jobs = begin(connection, run, phases=work.phases, seconds=work.seconds)
            self._app.configure_task("step", connection=connection).batch_defer(*jobs)

    def ended(self, seconds: float) -> list[str]:
        """Return the runs that have ended."""
        return self._listener.ended(seconds)

    def close(self) -> None:
        """Let connections go."""
        self._listener.close()
        self._app.close()
        self._pool.close()


def open_door() -> ProcrastinateDoor:
    """Return the door."""
    return ProcrastinateDoor(os.environ[ADDRESS])
