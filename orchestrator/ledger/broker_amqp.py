"""The broker's port on RabbitMQ: the token is a message in a durable queue, a depth is what a passive declare says.

The token's queue is a classic one, which keeps its message over restarts. A quorum queue counts each time that its
message is looked at and put back, and RabbitMQ 4 drops a message after 20 of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kombu.connection import Connection
from kombu.entity import Queue
from kombu.exceptions import OperationalError

TOKEN_QUEUE = "lookout.incarnation"  # noqa: S105  the name of a queue, no secret
"""Queue in the broker whose message is the token; without it the broker lost its memory."""
_NOT_FOUND = "404"
_KEPT = {"delivery_mode": 2}  # on disk


class AmqpBroker:
    """One open connection to RabbitMQ, or to whatever else speaks AMQP's methods."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def held(self) -> str | None:
        """Look at the token and leave it where it is."""
        with self._channel() as channel:
            message = _token_queue(channel).get(accept=["text/plain"])
            if message is None:
                return None
            message.requeue()
            return str(message.payload)

    def hold(self, token: str) -> None:
        """Replace the token. A crash in between leaves none, and only has everything sent once more."""
        with self._channel() as channel:
            queue = _token_queue(channel)
            queue.purge()
            # RabbitMQ confirms once the message is on its disk; other transports have nothing to confirm.
            publish = getattr(channel, "basic_publish_confirm", channel.basic_publish)
            body = channel.prepare_message(token, content_type="text/plain", content_encoding="utf-8", properties=_KEPT)
            publish(body, exchange="", routing_key=queue.name)

    def depth(self, queue: str) -> int:
        """Return how many messages of a queue no worker holds."""
        with self._channel() as channel:
            try:
                return int(channel.queue_declare(queue=queue, passive=True).message_count)
            except self._connection.channel_errors as error:
                if str(error.reply_code) != _NOT_FOUND:
                    raise
                return 0

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        """Yield a channel of its own, for a refusal closes it; what goes wrong is told as trouble with the broker."""
        trouble = (*self._connection.connection_errors, *self._connection.channel_errors)
        try:
            with self._connection.channel() as channel:
                yield channel
        except trouble as error:
            raise OperationalError(str(error)) from error


def _token_queue(channel: Any) -> Queue:  # noqa: ANN401  kombu's channels have no common type
    """Return the token's queue, declared."""
    queue = Queue(TOKEN_QUEUE, channel=channel, durable=True)
    queue.declare()
    return queue
