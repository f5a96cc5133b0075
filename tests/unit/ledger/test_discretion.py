"""What a worker tells of its broker holds no password, whatever the broker's address looks like."""

from types import SimpleNamespace
from typing import Any

import pytest
from kombu.connection import Connection

from orchestrator.ledger.discretion import Discretion


def told(connection: Any) -> Any:  # noqa: ANN401  Celery has no types
    return Discretion(None).info(SimpleNamespace(connection=connection))["broker"]


@pytest.mark.parametrize(
    ("address", "name", "shown"),
    [
        ("redis+socket://:hunter2@/run/v.sock?virtual_host=0", "hostname", "redis+socket://:***@/run/v.sock"),
        ("redis://:hunter2@valkey:6379/3", "virtual_host", "3"),
        ("amqp://eve:hunter2@rabbit:5672/shop", "userid", "eve"),
        ("sentinel://:hunter2@one:26379;sentinel://:hunter2@two:26379", "transport", "sentinel"),
    ],
)
def test_a_broker_is_told_of_without_its_password(address: str, name: str, shown: str) -> None:
    # Given a worker's connection, when somebody asks for it, then all but the password is told
    broker = told(Connection(address))
    assert shown in str(broker[name])
    assert "hunter2" not in str(broker)


def test_a_worker_without_a_connection_tells_so() -> None:
    assert told(None) == "N/A"
