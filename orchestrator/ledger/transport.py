"""What Celery is told about the broker: its address, and how lost messages come back."""

from typing import Any

from kombu.transport.redis import Channel

from orchestrator.addresses import find_addresses
from orchestrator.errors import ServiceError
from orchestrator.queues import DOOR
from orchestrator.settings import Settings

_NOWHERE = "redis+socket:///nonexistent/lookout-has-no-broker-yet?virtual_host=0"
"""Where nothing is set up yet, so that the configuration can be read and the first use says what is missing."""


_STEPS = (3, 6, 9)
"""Priorities for which kombu keeps lists of their own in Redis, beside the one for all others."""


def lists_of(queue: str) -> tuple[str, ...]:
    """Return the lists that hold a queue's messages in Redis.

    We send without priorities, for lanes are better at it; strangers may send theirs with any. A worker names every
    list each time it asks for a message: four for every lane would be most of what it says.
    """
    return (queue, *(f"{queue}{Channel.sep}{step}" for step in _STEPS)) if queue == DOOR else (queue,)


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
        "priority_steps": [0],
        "queue_order_strategy": "orchestrator.ledger.order:UrgentFirst",
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
