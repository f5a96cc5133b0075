"""What Celery is told about the broker."""

import pytest
from pydantic import SecretStr

from orchestrator.ledger import transport
from orchestrator.ledger.order import UrgentFirst
from orchestrator.queues import DOOR
from orchestrator.settings import Settings


def test_a_redis_broker_gets_lost_messages_back_quickly_and_urgent_ones_first() -> None:
    # Given a Redis broker, when its options are read
    options = transport.options(Settings(broker_url=SecretStr("redis://localhost/0"), visibility_timeout_seconds=77))
    # Then redelivery is quick, and our own order of queues is named by a path that resolves
    assert (options["visibility_timeout"], options["unacked_restore_interval"]) == (77, 2)
    assert options["unacked_restore_throttle"] == 1
    assert options["queue_order_strategy"] == f"{UrgentFirst.__module__}:{UrgentFirst.__name__}"


@pytest.mark.parametrize(
    ("url", "redis"),
    [
        ("redis://h/0", True),
        ("rediss://h/0", True),
        ("redis+socket:///run/x", True),
        ("sentinel://h:26379", True),
        ("amqp://h//", False),
        ("amqps://redis@h//", False),
    ],
)
def test_only_redis_gets_options_of_redis(url: str, *, redis: bool) -> None:
    # Given a broker's address, when it is looked at, then it is known for what it is
    settings = Settings(broker_url=SecretStr(url))
    assert transport.is_redis(settings) is redis
    assert bool(transport.options(settings)) is redis
    assert transport.broker_url(settings) == url


def test_a_worker_asks_for_one_list_a_queue_and_for_strangers_priorities_at_the_door() -> None:
    assert transport.lists_of("collect") == ("collect",)
    assert transport.lists_of(DOOR) == ("celery", "celery\x06\x163", "celery\x06\x166", "celery\x06\x169")
    assert transport.options(Settings(broker_url=SecretStr("redis://localhost/0")))["priority_steps"] == [0]
