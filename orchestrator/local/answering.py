"""Whether a broker answers, asked once and in bounded time."""

from kombu.connection import Connection
from kombu.exceptions import OperationalError

from orchestrator.errors import ServiceError

ANSWER_SECONDS = 3.0


def broker_connection(url: str, *, seconds: float = ANSWER_SECONDS) -> Connection:
    """Return an unopened connection on which nothing takes longer than so many seconds, and nothing is tried twice."""
    limits = {"socket_timeout": seconds, "socket_connect_timeout": seconds, "max_retries": 0}
    redis = "redis" in url.partition(":")[0]
    return Connection(url, connect_timeout=seconds, transport_options=limits if redis else {})


def require_broker(url: str) -> None:
    """Raise kombu's ``OperationalError`` where the broker does not answer, or not to that password."""
    try:
        with broker_connection(url) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=ANSWER_SECONDS)
    except ValueError as error:
        raise ServiceError(f"CELERY_BROKER_URL cannot be used: {error}") from error
    except ConnectionError as error:
        raise OperationalError(str(error)) from error
