"""What the ledger asks of the broker itself: does it still remember us, and how long is a queue."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import ChannelError
from sqlalchemy import Engine

from orchestrator.ledger import statements

TOKEN_KEY = "lookout:incarnation"  # noqa: S105  the name of a key, no secret
"""Key in the broker whose absence says that the broker lost its memory."""


class Broker:
    """The broker's side of recovery, over the same connection as the messages."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def remembers(self, engine: Engine) -> bool:
        """Whether the broker still holds the token it was given; it gets a new one where it does not.

        The new token is kept in Postgres before the broker gets it: a crash between the two only sends once more.
        """
        with engine.connect() as conn:
            expected = conn.execute(statements.BROKER_TOKEN).scalar_one_or_none()
        with self._connection() as connection:
            channel: Any = connection.default_channel
            client = channel.client
            held = client.get(TOKEN_KEY)
            if expected is not None and held is not None and held.decode() == expected:
                return True
            token = secrets.token_hex(16)
            with engine.begin() as conn:
                conn.execute(statements.SET_BROKER_TOKEN, {"token": token})
            client.set(TOKEN_KEY, token)
        return expected is None

    def depths(self, queues: Iterable[str]) -> dict[str, int]:
        """Return how many messages wait in each queue; a queue that does not exist holds none."""
        with self._connection() as connection:
            return {queue: _depth(connection, queue) for queue in queues}

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """Yield a connection. Left to itself kombu would try for 6 s to reach a broker that is away."""
        with self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0.1)
            yield connection


def _depth(connection: Connection, queue: str) -> int:
    """Return how many messages wait in a queue."""
    try:
        return int(connection.default_channel.queue_declare(queue=queue, passive=True).message_count)
    except ChannelError:
        return 0
