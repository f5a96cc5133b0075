"""What the ledger asks of the broker itself: does it still remember us, and how long is a queue."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from celery import Celery
from kombu.connection import Connection
from sqlalchemy import Engine

from orchestrator.ledger import sending_statements
from orchestrator.ledger.broker_amqp import AmqpBroker
from orchestrator.ledger.broker_redis import TOKEN_KEY, RedisBroker

__all__ = ["TOKEN_KEY", "Broker", "Port"]


class Port(Protocol):
    """What a kind of broker must be able to say, on a connection that is open."""

    def held(self) -> str | None:
        """Return the token that the broker remembers; None where it remembers none."""

    def hold(self, token: str) -> None:
        """Have the broker remember a token instead of any other, for as long as it remembers its messages."""

    def depth(self, queue: str) -> int:
        """Return how many messages wait in a queue; a queue that does not exist holds none."""


class Broker:
    """The broker's side of recovery, over the same connection as the messages."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def remembers(self, engine: Engine) -> bool:
        """Whether the broker still holds the token it was given; one that never had any gets its first."""
        with engine.connect() as conn:
            expected = conn.execute(sending_statements.BROKER_TOKEN).scalar_one_or_none()
        if expected is None:
            self.remind(engine)
            return True
        with self._port() as port:
            return bool(port.held() == expected)

    def remind(self, engine: Engine) -> None:
        """Give the broker a new token, once everything that it forgot is to be sent again.

        Postgres keeps it first: a crash between the two only sends once more.
        """
        token = secrets.token_hex(16)
        with self._port() as port:
            with engine.begin() as conn:
                conn.execute(sending_statements.SET_BROKER_TOKEN, {"token": token})
            port.hold(token)

    def depths(self, queues: Iterable[str]) -> dict[str, int]:
        """Return how many messages wait in each queue; a queue that does not exist holds none."""
        with self._port() as port:
            return {queue: port.depth(queue) for queue in queues}

    @contextmanager
    def _port(self) -> Iterator[Port]:
        """Yield the broker's port. Left to itself kombu would try for 6 s to reach a broker that is away."""
        with self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0.1)
            yield port_of(connection)


def port_of(connection: Connection) -> Port:
    """Return the port of an open connection's broker: Redis and Valkey by their client, others by AMQP's methods."""
    return RedisBroker(connection) if connection.transport.driver_type == "redis" else AmqpBroker(connection)
