"""Publishing while connections to the broker come and go."""

from typing import Any

import pytest
from kombu.entity import Queue
from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError as BrokerGoneError
from support.plays import Play

from orchestrator.ledger.outliving import keep_client

pytestmark = pytest.mark.services


class Fickle(Queue):
    """A queue in whose first declaration the connection is lost."""

    lost = False

    def declare(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  kombu's own signature
        """Declare it, the second time."""
        if not Fickle.lost:
            Fickle.lost = True
            raise BrokerGoneError("gone")
        return super().declare(*args, **options)  # type: ignore[no-untyped-call] # kombu has no types


def test_a_message_is_sent_whose_queue_was_declared_over_another_connection(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a queue in whose declaration the connection is lost, which is made anew for it
    monkeypatch.setattr(Channel, "_create_client", keep_client)
    queue = Fickle("fickle")  # type: ignore[no-untyped-call] # the same
    with play.app.connection_for_write() as connection:
        producer = connection.Producer()
        # When a message is published to it
        producer.publish({"a": 1}, routing_key="fickle", declare=[queue], retry=True, retry_policy={"max_retries": 2})
        # Then it is there, once
        assert Fickle.lost
        reader = connection.default_channel
        assert [reader.basic_get("fickle").payload, reader.basic_get("fickle")] == [{"a": 1}, None]
