"""The engine of this process: made at its first use, made anew after a fork, one for all who ask."""

import os
import threading
from functools import cache

from sqlalchemy import Engine

from orchestrator.addresses import find_addresses
from orchestrator.settings import get_settings
from orchestrator.store.direct import Direct
from orchestrator.store.engine import make_engine

_FIRST_USE = threading.RLock()
"""A cache by itself lets two threads that come first together make one each."""


def engine() -> Engine:
    """Return this process's engine for the application's role."""
    with _FIRST_USE:
        return _engine_of(os.getpid())


def direct() -> Direct:
    """Return what sends statements that are a transaction each, over connections of their own."""
    with _FIRST_USE:
        return _direct_of(os.getpid())


def hang_up() -> None:
    """Close this process's connections, but the lifelines; who asks again gets new ones."""
    engine().dispose()
    direct().dispose()


def lifeline() -> Engine:
    """Return an engine of one connection for what may never wait for the pool that all threads of a process share.

    Threads whose transactions wait for locks can hold that pool for long; a heartbeat that waited would lose leases.
    """
    return _engine(pool_size=1, overflow=0)


@cache
def _engine_of(pid: int) -> Engine:  # noqa: ARG001  a forked child must not share its parent's connections
    """Return the engine of a process."""
    settings = get_settings()
    return _engine(pool_size=settings.database_pool_size, overflow=settings.database_pool_overflow)


@cache
def _direct_of(pid: int) -> Direct:  # noqa: ARG001  as above
    settings = get_settings()
    return Direct(
        _engine(by_itself=True, pool_size=settings.database_pool_size, overflow=settings.database_pool_overflow)
    )


def _engine(*, pool_size: int, overflow: int, by_itself: bool = False) -> Engine:
    """Return an engine with the settings' time limits."""
    settings = get_settings()
    return make_engine(
        find_addresses(settings).database_url,
        by_itself=by_itself,
        pool_size=pool_size,
        overflow=overflow,
        wait_seconds=settings.database_pool_wait_seconds,
        connect_seconds=settings.database_connect_seconds,
        statement_seconds=settings.statement_timeout_seconds,
        lock_seconds=settings.lock_timeout_seconds,
        idle_seconds=settings.idle_in_transaction_seconds,
    )
