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
        """Whether the broker still holds the token it was given; one that never had any gets its first."""
        with engine.connect() as conn:
            expected = conn.execute(statements.BROKER_TOKEN).scalar_one_or_none()
        if expected is None:
            self.remind(engine)
            return True
        with self._client() as client:
            held = client.get(TOKEN_KEY) if client else expected.encode()
        return held is not None and bool(held.decode() == expected)

    def remind(self, engine: Engine) -> None:
        """Give the broker a new token, once everything that it forgot is to be sent again.

        Postgres keeps it first: a crash between the two only sends once more.
        """
        token = secrets.token_hex(16)
        with self._client() as client:
            with engine.begin() as conn:
                conn.execute(statements.SET_BROKER_TOKEN, {"token": token})
            if client:
                client.set(TOKEN_KEY, token)

    def depths(self, queues: Iterable[str]) -> dict[str, int]:
        """Return how many messages wait in each queue; a queue that does not exist holds none."""
        with self._connection() as connection:
            return {queue: _depth(connection, queue) for queue in queues}

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """Yield the client of Redis or Valkey; None with another broker, which keeps its queues on disk."""
        with self._connection() as connection:
            channel: Any = connection.default_channel
            yield getattr(channel, "client", None)

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
