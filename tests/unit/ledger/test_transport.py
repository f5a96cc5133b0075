"""What Celery is told about the broker, and the order in which queues are served."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from orchestrator.ledger import transport
from orchestrator.ledger.transport import UrgentFirst
from orchestrator.queues import is_urgent
from orchestrator.settings import Settings

queues = st.lists(st.sampled_from([f"{name}{end}" for name in "abcdef" for end in ("", ".urgent")]), unique=True)


def cycle(names: list[str]) -> UrgentFirst:
    return UrgentFirst(names)  # type: ignore[no-untyped-call] # kombu has no types


@given(queues)
def test_urgent_lanes_are_looked_into_first_whatever_their_order(names: list[str]) -> None:
    # Given queues in any order, when they are looked into
    turn = cycle(names).consume(len(names))
    # Then all of them, the urgent ones first, each kind in its own order
    assert sorted(turn) == sorted(names)
    assert turn == [*filter(is_urgent, names), *(name for name in names if not is_urgent(name))]


@given(names=queues.filter(bool), busy=st.integers(1, 60))
def test_queues_that_always_hold_something_are_served_in_even_shares(names: list[str], busy: int) -> None:
    # Given ordinary queues, none of which is ever empty
    ordinary = [name for name in names if not is_urgent(name)] or ["only"]
    served = cycle(ordinary)
    counts = dict.fromkeys(ordinary, 0)
    # When they are served
    for _ in range(busy):
        first = served.consume(len(ordinary))[0]
        counts[first] += 1
        served.rotate(first)  # type: ignore[no-untyped-call] # kombu has no types
    # Then no queue gets more than one turn ahead of another
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_redis_broker_gets_lost_messages_back_quickly_and_urgent_ones_first() -> None:
    # Given a Redis broker, when its options are read
    options = transport.options(Settings(broker_url=SecretStr("redis://localhost/0"), visibility_timeout_seconds=77))
    # Then redelivery is quick, and our own order of queues is named by a path that resolves
    assert (options["visibility_timeout"], options["unacked_restore_interval"]) == (77, 2)
    assert options["unacked_restore_throttle"] == 1
    assert options["queue_order_strategy"] == f"{UrgentFirst.__module__}:{UrgentFirst.__name__}"


@pytest.mark.parametrize(
    ("url", "redis"),
    [("redis://h/0", True), ("rediss://h/0", True), ("redis+socket:///run/x", True), ("amqp://h//", False)],
)
def test_only_redis_gets_options_of_redis(url: str, *, redis: bool) -> None:
    # Given a broker's address, when it is looked at, then it is known for what it is
    settings = Settings(broker_url=SecretStr(url))
    assert transport.is_redis(settings) is redis
    assert bool(transport.options(settings)) is redis
    assert transport.broker_url(settings) == url
