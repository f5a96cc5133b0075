"""A RabbitMQ of our own in the place of the embedded Valkey; left out where its program is not installed."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from kombu.connection import Connection
from support.plays import SPECS, Play, sender
from support.stages import Stage

from benchmarks.rabbitmq import INSTALL, PROGRAM, RabbitServer, program, running
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.broker_amqp import TOKEN_QUEUE
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.sweep import Sweep
from orchestrator.queues import task_queues
from orchestrator.settings import get_settings


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    """Keep one node for all tests."""
    if program() is None:
        pytest.skip(f"{PROGRAM} is not installed: {INSTALL}")
    with running(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


@pytest.fixture
def stage(stage: Stage, rabbit: RabbitServer, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Return the stage with RabbitMQ as its broker, without any queue of ours."""
    if not rabbit.answers():
        rabbit.start()
    forget_queues(rabbit)
    monkeypatch.setenv("CELERY_BROKER_URL", rabbit.url)
    get_settings.cache_clear()
    assert os.environ["DATABASE_URL"] == stage.addresses.database_url
    return replace(stage, addresses=replace(stage.addresses, broker_url=rabbit.url))


@pytest.fixture
def play(stage: Stage) -> Play:
    return Play(stage, sender(stage.addresses.broker_url))


@pytest.fixture
def sweep(stage: Stage, play: Play) -> Sweep:
    """Return a sweep that thinks of every run as quiet."""
    limits = Limits(quiet_seconds=0.001)
    return Sweep(engine=stage.engine, broker=Broker(play.app), relay=play.relay, limits=limits, specs=SPECS)


def forget_queues(rabbit: RabbitServer) -> None:
    """Delete the queues that a test before may have left."""
    with Connection(rabbit.url) as connection, connection.channel() as channel:
        for name in [*(queue.name for queue in task_queues(SPECS)), TOKEN_QUEUE]:
            channel.queue_delete(queue=name)
