"""A clock that stands still, a broker in memory, and servers that are nowhere."""

from collections.abc import Iterator

import pytest
from celery import Celery
from kombu.entity import Exchange, Queue
from sqlalchemy import Engine

from orchestrator.queues import UPKEEP
from orchestrator.store.engine import make_engine


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _app(broker_url: str) -> Celery:
    app = Celery("scheduler", set_as_current=False)
    app.conf.update(
        broker_url=broker_url,
        task_queues=(Queue(UPKEEP, Exchange(UPKEEP, type="direct"), routing_key=UPKEEP),),
        task_create_missing_queues=False,
        task_publish_retry=False,
        broker_connection_timeout=1,
    )
    return app


@pytest.fixture
def app() -> Iterator[Celery]:
    """Yield an app whose broker is this process's memory, emptied before and after."""
    app = _app("memory://")
    with app.connection_for_write() as connection:
        app.amqp.queues[UPKEEP](connection.default_channel).declare()
        app.amqp.queues[UPKEEP](connection.default_channel).purge()
        yield app
        app.amqp.queues[UPKEEP](connection.default_channel).purge()
    app.close()


@pytest.fixture
def cut_off_app() -> Iterator[Celery]:
    """Yield an app whose broker is nowhere."""
    app = _app("redis+socket:///nonexistent/socket")
    yield app
    app.close()


@pytest.fixture
def cut_off_engine() -> Iterator[Engine]:
    """Yield a database that is nowhere."""
    engine = make_engine("postgresql+psycopg://somebody@/nothing?host=/nonexistent", connect_seconds=1)
    yield engine
    engine.dispose()
