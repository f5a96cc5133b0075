"""The broker's port on Redis and Valkey: the token is a key, and a queue is a list."""

from typing import Any

from kombu.connection import Connection

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
        """Return the list's length; a list that does not exist is empty."""
        return int(self._channel._size(queue))  # noqa: SLF001  kombu's own sum over a queue's lists
