"""Doubling and moving messages in a real broker's lists."""

import json
from collections.abc import Iterator

import pytest
import redis
from support.stages import broker_client, wait_for

from benchmarks.chaos.meddling import REORDERED, SHARE, Meddler
from benchmarks.chaos.tally import DOUBLED_SHARE
from orchestrator.local.addresses import ServiceAddresses

pytestmark = pytest.mark.services

QUEUE = "chaos-queue"
MANY = 200


@pytest.fixture
def broker(addresses: ServiceAddresses) -> Iterator[redis.Redis]:
    client = broker_client(addresses)
    client.flushall()
    yield client
    client.flushall()
    client.close()


def test_messages_are_doubled_and_moved_in_their_share_and_none_is_lost(
    broker: redis.Redis, addresses: ServiceAddresses
) -> None:
    # Given
    meddler = Meddler(addresses.broker_url, queues=[QUEUE], seed=1)
    broker.config_resetstat()
    sent = [json.dumps({"number": number}).encode() for number in range(MANY)]
    broker.lpush(QUEUE, *sent[1:])
    for message in sent[:100]:
        broker.lpush(QUEUE, message)
        broker.rpop(QUEUE)
    before = broker.lrange(QUEUE, 0, -1)

    # When
    meddler.start()
    wait_for(lambda: meddler.meddled.doubled >= SHARE * 100, seconds=20)
    wait_for(lambda: meddler.meddled.reordered >= REORDERED * 100, seconds=20)
    meddler.stop()

    # Then
    after = broker.lrange(QUEUE, 0, -1)
    assert set(after) == set(before)
    assert len(after) == len(before) + meddler.meddled.doubled
    assert after[: len(before)] != before
    assert meddler.meddled.share >= DOUBLED_SHARE


def test_a_message_that_was_taken_meanwhile_comes_again_later(broker: redis.Redis, addresses: ServiceAddresses) -> None:
    # Given a message that waits while more copies are due than its queue is long
    meddler = Meddler(addresses.broker_url, queues=[QUEUE], seed=1)
    broker.config_resetstat()
    broker.lpush(QUEUE, "x")
    meddler.start()
    for _ in range(200):
        broker.lpush("other", "y")
    wait_for(lambda: meddler.meddled.doubled > 1, seconds=20)

    # When a worker takes all that is there, and others send
    broker.delete(QUEUE)
    for _ in range(2_000):
        broker.lpush("other", "y")

    # Then it is there once more
    wait_for(lambda: broker.llen(QUEUE), seconds=20)
    meddler.stop()
    assert set(broker.lrange(QUEUE, 0, -1)) == {b"x"}


def test_everything_is_forgotten_on_demand(broker: redis.Redis, addresses: ServiceAddresses) -> None:
    # Given
    meddler = Meddler(addresses.broker_url, queues=[QUEUE], seed=1)
    broker.lpush(QUEUE, "x")

    # When
    done = meddler.flush()
    meddler.stop()

    # Then
    assert done
    assert broker.llen(QUEUE) == 0
