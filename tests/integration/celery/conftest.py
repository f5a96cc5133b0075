"""pytest-celery's fixtures, overridden so that its nodes are processes of this machine."""

from collections.abc import Iterator

import pytest
from pytest_celery import CeleryBrokerCluster, CeleryWorkerCluster
from support.nodes import BrokerContainer, ProcessBroker, ProcessContainer, ProcessWorker
from support.plays import Play, sender
from support.stages import Stage


@pytest.fixture
def play(stage: Stage) -> Play:
    return Play(stage, sender(stage.addresses.broker_url))


@pytest.fixture
def celery_broker_cluster(stage: Stage) -> CeleryBrokerCluster:
    return CeleryBrokerCluster(ProcessBroker(BrokerContainer(stage)))


@pytest.fixture
def celery_backend_cluster() -> None:
    """Have none: the ledger is the result backend."""


@pytest.fixture
def celery_backend_cluster_config() -> None:
    """Have none: the ledger is the result backend."""


@pytest.fixture
def celery_worker_cluster(stage: Stage, play: Play) -> Iterator[CeleryWorkerCluster]:
    options = ("-P", "prefork", "-c", "2", "-n", "node@test", "--without-mingle", "-l", "INFO")
    node = ProcessWorker(ProcessContainer(stage, *options, "-Q", "actor,understudy,celery,upkeep"), app=play.app)
    assert node.container.ready()
    cluster = CeleryWorkerCluster(node)
    yield cluster
    cluster.teardown()
