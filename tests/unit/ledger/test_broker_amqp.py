"""What goes wrong with RabbitMQ is told as trouble with the broker, a queue that does not exist apart."""

from typing import Any

import pytest
from kombu.exceptions import OperationalError

from orchestrator.ledger.broker_amqp import AmqpBroker


class ChannelError(Exception):
    """A refusal."""

    def __init__(self, reply_code: int) -> None:
        super().__init__(f"refused with {reply_code}")
        self.reply_code = reply_code


class Refusing:
    """A connection whose channel refuses every declaration with a code."""

    connection_errors = (ConnectionError,)
    channel_errors = (ChannelError,)

    def __init__(self, code: int) -> None:
        self._code = code

    def channel(self) -> "Refusing":
        """Return itself."""
        return self

    def __enter__(self) -> "Refusing":  # noqa: PYI034  the test's own
        return self

    def __exit__(self, *_: object) -> None: ...

    def queue_declare(self, **_: object) -> Any:  # noqa: ANN401  never comes to that
        """Refuse."""
        raise ChannelError(self._code)


def test_a_queue_that_does_not_exist_is_empty_and_any_other_refusal_is_trouble() -> None:
    missing: Any = Refusing(404)
    forbidden: Any = Refusing(403)
    assert AmqpBroker(missing).depth("q") == 0
    with pytest.raises(OperationalError, match="refused with 403"):
        AmqpBroker(forbidden).depth("q")
