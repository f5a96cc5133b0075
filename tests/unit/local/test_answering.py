"""Whether a broker answers, asked once."""

import pytest
from kombu.exceptions import OperationalError

from orchestrator.errors import ServiceError
from orchestrator.local.answering import broker_connection, require_broker


@pytest.mark.parametrize("url", ["redis://:hunter2@127.0.0.1:1/0", "amqp://guest:hunter2@127.0.0.1:1//"])
def test_a_broker_that_does_not_answer_is_told_without_its_password(url: str) -> None:
    # Given / When / Then
    with pytest.raises(OperationalError) as raised:
        require_broker(url)
    assert "hunter2" not in str(raised.value)


def test_an_address_that_cannot_be_used_is_told() -> None:
    # Given / When / Then
    with pytest.raises(ServiceError, match="CELERY_BROKER_URL cannot be used"):
        require_broker("sentinel://127.0.0.1:1/0")


def test_nothing_takes_long_on_a_connection_of_redis() -> None:
    # Given / When
    options = broker_connection("redis+socket:///nowhere", seconds=2).transport_options or {}
    # Then
    assert options["socket_timeout"] == options["socket_connect_timeout"] == 2
    assert not broker_connection("amqp://localhost").transport_options
