"""One engine a process: psycopg 3, with time limits on every statement, lock and idle transaction."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from psycopg.types.json import set_json_loads
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from orchestrator.store.documents import read_json

_APPLICATION = "lookout"
_IDLE_SINCE = "lookout_idle_since"
TRUSTED_SECONDS = 2.0
"""A connection that was used so lately is not tried again: asking at each use would double the round trips."""


_BY_THEMSELVES = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
"""What has each statement committed as it is done: nothing is left open that a pool would have to end."""


def make_engine(
    url: str,
    *,
    by_itself: bool = False,
    pool_size: int = 5,
    overflow: int = 10,
    wait_seconds: float = 30.0,
    connect_seconds: float = 5.0,
    statement_seconds: float = 30.0,
    lock_seconds: float = 5.0,
    idle_seconds: float = 30.0,
) -> Engine:
    """Return an engine for ``url``. Nothing is connected until the first use, and never before a fork.

    ``by_itself``: for ``Direct``. Each statement is a transaction, prepared at its first use and planned once a
    connection: for statements that find their rows by key whatever their values, planning costs as much as running.

    A transaction that stays idle is ended by the server: a process that was stopped then lets its locks go.
    """
    limits = {
        "statement_timeout": statement_seconds,
        "lock_timeout": lock_seconds,
        "idle_in_transaction_session_timeout": idle_seconds,
    }
    made = create_engine(
        url,
        **(_BY_THEMSELVES if by_itself else {}),
        pool_size=pool_size,
        max_overflow=overflow,
        pool_timeout=wait_seconds,
        pool_recycle=1_800,
        connect_args={
            "options": _options(limits, by_itself=by_itself),
            "prepare_threshold": 0 if by_itself else 5,
            "application_name": _APPLICATION,
            "connect_timeout": max(1, int(connect_seconds)),
        },
    )
    event.listen(made, "connect", _read_json_quickly)
    event.listen(made, "checkin", _note_idle)
    event.listen(made, "checkout", _try_if_idle(made))
    return made


def _options(limits: Mapping[str, float], *, by_itself: bool) -> str:
    """Return what a server is told of a session: its time limits in seconds, and how often it plans a statement."""
    planning = ["-c plan_cache_mode=force_generic_plan"] if by_itself else []
    times = [f"-c {name}={int(seconds * 1000)}" for name, seconds in limits.items()]
    return " ".join([*times, "-c timezone=UTC", *planning])


def _read_json_quickly(connection: psycopg.Connection[Any], _entry: ConnectionPoolEntry) -> None:
    """Have a connection read JSON with pydantic's parser, in a third of the time."""
    set_json_loads(read_json, connection)


def _note_idle(_connection: object, entry: ConnectionPoolEntry) -> None:
    """Note when a connection came back to the pool."""
    entry.info[_IDLE_SINCE] = time.monotonic()


def _try_if_idle(engine: Engine) -> Callable[[DBAPIConnection, ConnectionPoolEntry, object], None]:
    """Return what tries a connection that lay idle: one that is gone is replaced, with all others of its time.

    One that went a moment ago is met by its user, whose call is made again: see ``patience``.
    """

    def try_it(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        idle_since = entry.info.get(_IDLE_SINCE)
        if idle_since is None or time.monotonic() - idle_since < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise InvalidatePoolError("the connection went while it lay idle") from error

    return try_it
