"""What a worker tells of its broker to whoever asks: ``celery inspect stats``, and with it Flower's pages and API."""

from typing import Any

from celery import bootsteps
from celery.worker.consumer.connection import Connection

from orchestrator.settings.secrets import without_passwords


class Discretion(bootsteps.StartStopStep):  # type: ignore[misc] # Celery has no types
    """Tells the same as Celery's own step before it, and puts it in that one's place.

    Celery leaves the password out; but of a broker behind a Unix socket the whole address stands for the host's name.
    """

    requires = (Connection,)

    def info(self, c: Any) -> dict[str, Any]:  # noqa: ANN401  Celery's consumer
        """Return what is known of the broker, without passwords."""
        told = Connection.info(self, c)["broker"]
        return {"broker": _discreet(told) if isinstance(told, dict) else told}


def _discreet(told: dict[str, Any]) -> dict[str, Any]:
    """Return the values without passwords in any address."""
    return {name: without_passwords(value) if isinstance(value, str) else value for name, value in told.items()}
