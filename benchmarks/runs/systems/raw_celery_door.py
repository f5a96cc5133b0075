"""How raw Celery is asked for runs."""

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

import redis
from celery import chain, group
from celery.canvas import Signature
from celery.result import denied_join_result

from benchmarks.runs.systems.raw_celery import DATABASE, PASSWORD, PATH
from benchmarks.runs.systems.raw_tasks import app, first, later
from benchmarks.runs.work import Work


@dataclass
class CeleryDoor:
    """Asks raw Celery for runs, and hears of the last task's result by the message that its backend publishes."""

    path: str
    password: str

    @cached_property
    def _heard(self) -> Any:  # noqa: ANN401  redis-py leaves it untyped
        client: Any = redis.Redis(unix_socket_path=self.path, password=self.password, db=DATABASE)
        heard = client.pubsub(ignore_subscribe_messages=True)
        heard.psubscribe("celery-task-meta-last-*")
        return heard

    def new_id(self) -> str:
        """Return the id of a run's last task."""
        _ = self._heard
        return f"last-{uuid4()}"

    def begin(self, work: Work, run: str) -> None:
        """Send a run's canvas. Nobody subscribes to the results of tasks in between."""
        with denied_join_result():
            canvas(work, run=run).apply_async()

    def ended(self, seconds: float) -> list[str]:
        """Return the runs that have ended."""
        ended = []
        message = self._heard.get_message(timeout=seconds)
        while message is not None:
            ended.append(message["channel"].decode().removeprefix("celery-task-meta-"))
            message = self._heard.get_message(timeout=0)
        return ended

    def close(self) -> None:
        """Let connections go."""
        self._heard.close()
        app.pool.force_close_all()


def canvas(work: Work, *, run: str) -> Signature:
    """Return a run's canvas; each task after the first phase gets the results of the phase before."""
    start, *others = work.phases
    parts = [group([first.si(number, work.seconds) for number in range(start)])]
    parts += [group([later.s(number, work.seconds) for number in range(n)]) for n in others[:-1]]
    return chain(*parts, later.s(0, work.seconds).set(task_id=run))


def open_door() -> CeleryDoor:
    """Return the door."""
    return CeleryDoor(os.environ[PATH], os.environ[PASSWORD])
