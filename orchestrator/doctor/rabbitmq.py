"""RabbitMQ: which one it is, whether it is closed, and whether our queues are what we take them for.

AMQP does not list queues, so strangers' ones are not looked for: ``rabbitmqctl list_queues`` shows them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kombu.connection import Connection

from agents.report.escape import plain
from orchestrator.doctor.check import Check, failed, ok, warning

_ARGUMENTS = {"x-queue-type": "quorum"}
_OTHERWISE, _MISSING = "406", "404"
_OPEN_TO_ALL = ("guest", "guest")
"""User and password of every new installation."""
_SHOWN = 5


def check_rabbitmq(connection: Connection, *, queues: Iterable[str]) -> Iterator[Check]:
    """Yield how a RabbitMQ is that answers; nothing is made or changed there."""
    yield ok("broker", product(connection.connection.server_properties))
    yield account_check(str(connection.userid), str(connection.password))
    yield kinds_check({name: kind_of(connection, name) for name in queues})


def product(properties: Mapping[str, Any]) -> str:
    """Return what a server says that it is."""
    version = properties.get("version", "of an unknown version")
    return plain(f"{properties.get('product', 'a server of AMQP')} {version}")


def account_check(user: str, password: str) -> Check:
    """Return whether the account is one that everybody knows."""
    if (user, password) != _OPEN_TO_ALL:
        return ok("broker's password", "our own account")
    remedy = "rabbitmqctl add_user and delete_user guest, then put the new account into CELERY_BROKER_URL"
    return warning("broker's password", "the account is guest, whose password everybody knows", remedy=remedy)


def kind_of(connection: Connection, queue: str) -> str:
    """Return ``quorum``, ``missing`` or ``other`` for a queue of that name.

    Asked for again as it is, a queue stays as it is; asked for as another kind, it is refused.
    """
    for passive in (True, False):
        try:
            with connection.channel() as channel:
                channel.queue_declare(
                    queue=queue, passive=passive, durable=True, auto_delete=False, arguments=_ARGUMENTS
                )
        except connection.channel_errors as error:
            if str(error.reply_code) not in (_OTHERWISE, _MISSING):
                raise
            return "missing" if passive else "other"
    return "quorum"


def kinds_check(kinds: Mapping[str, str]) -> Check:
    """Return whether every queue that is there is a quorum queue."""
    other = sorted(name for name, kind in kinds.items() if kind == "other")
    if not other:
        there = sum(kind == "quorum" for kind in kinds.values())
        return ok("queues", f"{there} of {len(kinds)} are there, each a quorum queue; workers make the others")
    shown = ", ".join(other[:_SHOWN]) + (f" and {len(other) - _SHOWN} more" if len(other) > _SHOWN else "")
    remedy = f"rabbitmqctl delete_queue {other[0]}, once nothing waits in it; or give Lookout a virtual host of its own"
    return failed("queues", f"no worker can use {shown}: not a quorum queue", remedy=remedy)
