"""The broker's port on Redis and Valkey: the token is a key, and a queue is a list."""

from typing import Any

from kombu.connection import Connection

from orchestrator.ledger.transport import lists_of

TOKEN_KEY = "lookout:incarnation"  # noqa: S105  the name of a key, no secret
"""Key in the broker whose absence says that the broker lost its memory."""


class RedisBroker:
    """One open connection to Redis or Valkey."""

    def __init__(self, connection: Connection) -> None:
        self._channel: Any = connection.default_channel

    def held(self) -> str | None:
        """Return the token in the key."""
        token: bytes | None = self._channel.client.get(TOKEN_KEY)
        return None if token is None else token.decode("utf-8", "replace")

    def hold(self, token: str) -> None:
        """Set the key."""
        self._channel.client.set(TOKEN_KEY, token)

    def depth(self, queue: str) -> int:
        """Return the length of its lists; one that does not exist is empty."""
        return sum(int(self._channel.client.llen(one)) for one in lists_of(queue))
