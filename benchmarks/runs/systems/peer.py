"""What the peers that keep their state in Postgres have in common: a database each, and set-ups one at a time."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import psycopg

from benchmarks.stand.crew import Role
from benchmarks.stand.servers import Servers

ADDRESS = "BENCHMARK_DATABASE"
"""Variable that names a peer's database."""
_LOCK = "SELECT pg_try_advisory_lock(hashtext('benchmark set-up'))"
_AGAIN_SECONDS = 0.1


def own_database(name: str) -> Callable[[Servers], Mapping[str, str]]:
    """Return what makes a peer's database and names it to its processes."""

    def prepare(servers: Servers) -> Mapping[str, str]:
        return servers.environment(**{ADDRESS: servers.database(name)})

    return prepare


@contextmanager
def one_at_a_time(url: str) -> Iterator[psycopg.Connection]:
    """Yield a connection while no other process sets the same database up.

    It asks again and again: whoever waits for the lock inside a statement would hold up an index made concurrently.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(_LOCK).fetchone() != (True,):
            time.sleep(_AGAIN_SECONDS)
        yield connection


def no_workers(_env: Mapping[str, str], _layout: object) -> list[Role]:
    """Return nothing: whole runs are done by the hands."""
    return []
