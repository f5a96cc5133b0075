"""The broker: whether it answers, is closed, keeps what it is given, and holds messages that nobody reads."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from kombu.connection import Connection
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from agents.report.escape import plain
from orchestrator.doctor.check import Check, failed, ok, warning
from orchestrator.doctor.rabbitmq import check_rabbitmq
from orchestrator.ledger.transport import lists_of

_INTERNAL = ("_kombu.", "unacked")
_REPLIES = ".pidbox"
_MOST_KEYS = 100_000
_SHOWN = 5


def check_broker(connection: Connection, *, queues: Iterable[str]) -> Iterator[Check]:
    """Yield how a broker is. Raises kombu's ``OperationalError`` or a ``RedisError`` where it does not answer."""
    connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    client = getattr(connection.default_channel, "client", None)
    if connection.transport.driver_type == "amqp":
        yield from check_rabbitmq(connection, queues=queues)
        return
    if not isinstance(client, Redis):
        yield ok("broker", f"{connection.transport.driver_name} answers")
        return
    facts: Mapping[str, Any] = client.info()
    yield ok("broker", f"{facts.get('server_name', 'redis').capitalize()} {_version(facts)}")
    yield password_check(client)
    yield from facts_checks(facts)
    yield strangers_check(list(strange_queues(client, known=queues)))


def facts_checks(facts: Mapping[str, Any]) -> Iterator[Check]:
    """Yield what follows from what the server says about itself; a managed one does not say everything."""
    if facts.get("aof_enabled"):
        yield ok("broker's memory", "an append-only file")
    else:
        yield warning(
            "broker's memory",
            "no append-only file: a restart forgets what is queued, and the ledger has to send it again",
            remedy="set appendonly yes in the broker's configuration",
        )
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy == "noeviction" or not facts.get("maxmemory"):
        yield ok("broker's limit", "it drops nothing to save memory")
    else:
        remedy = "set maxmemory-policy noeviction in the broker's configuration"
        yield failed("broker's limit", f"{policy}: it drops messages when its memory is full", remedy=remedy)


def password_check(client: Redis) -> Check:
    """Return whether the broker answers strangers."""
    given = dict(client.connection_pool.connection_kwargs)
    if not given.pop("password", None) and not given.pop("username", None):
        return _open()
    given.pop("username", None)
    pool = type(client.connection_pool)(connection_class=client.connection_pool.connection_class, **given)
    try:
        Redis(connection_pool=pool).ping()
    except (AuthenticationError, ResponseError):
        return ok("broker's password", "needed")
    except RedisError as error:
        return warning("broker's password", f"could not be tried: {error}", remedy="look at the broker's log")
    finally:
        pool.disconnect()
    return _open()


def strange_queues(client: Redis, *, known: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield the queues that hold messages and that nobody reads, with how many.

    Lists that are no queue's are left out: those of kombu itself, and the replies to whoever inspects workers.
    """
    read = frozenset(one for queue in known for one in lists_of(queue))
    names = (key.decode("utf-8", "backslashreplace") for key in client.scan_iter(count=1_000, _type="LIST"))
    for name in islice(names, _MOST_KEYS):
        if name not in read and not name.startswith(_INTERNAL) and not name.endswith(_REPLIES):
            yield name, int(client.llen(name))


def strangers_check(found: list[tuple[str, int]]) -> Check:
    """Return whether somebody sent messages to queues that nobody reads."""
    if not found:
        return ok("queues", "nothing waits in one that nobody reads")
    listed = [f"{plain(name)} ({count})" for name, count in sorted(found)[:_SHOWN]]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    first = shlex.quote(plain(min(found)[0]))
    return warning(
        "queues",
        f"messages wait where nobody reads: {', '.join(listed)}{more}",
        remedy=f"correct whoever sends there; look with redis-cli LRANGE {first} 0 0, drop with redis-cli DEL {first}",
    )


def _open() -> Check:
    """Return that anybody may give orders to the broker."""
    return warning(
        "broker's password",
        "none is needed: whoever reaches the broker can start work",
        remedy="set requirepass in the broker's configuration, and put the password into CELERY_BROKER_URL",
    )


def _version(facts: Mapping[str, Any]) -> str:
    """Return the server's version; Valkey also claims to be a Redis of old."""
    return str(facts.get("valkey_version") or facts.get("redis_version") or "of an unknown version")
