"""What Celery is told about the broker: its address, and how lost messages come back."""

from typing import Any

from orchestrator.addresses import find_addresses
from orchestrator.errors import ServiceError
from orchestrator.settings import Settings

_NOWHERE = "redis+socket:///nonexistent/lookout-has-no-broker-yet?virtual_host=0"
"""Where nothing is set up yet, so that the configuration can be read and the first use says what is missing."""


def broker_url(settings: Settings) -> str:
    """Return the broker's address: a setting's, else that of the home's own Valkey."""
    if settings.broker_url is not None:
        return settings.broker_url.get_secret_value()
    try:
        return find_addresses(settings).broker_url
    except ServiceError:
        return _NOWHERE


def is_redis(settings: Settings) -> bool:
    """Whether the broker is Redis or Valkey; else it is RabbitMQ."""
    scheme = broker_url(settings).partition(":")[0]
    return "redis" in scheme or scheme == "sentinel"


def options(settings: Settings) -> dict[str, Any]:
    """Return the transport's options: quick redelivery, urgent queues first, and no endless waits on a socket.

    RabbitMQ gives back by itself what a lost connection held, and its order of service is the consumers' (terms.py).
    """
    if not is_redis(settings):
        return {}
    return {
        "visibility_timeout": settings.visibility_timeout_seconds,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "queue_order_strategy": "orchestrator.ledger.order:UrgentFirst",
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
