"""One engine a process: psycopg 3, with time limits on every statement, lock and idle transaction."""

from sqlalchemy import Engine, create_engine

_APPLICATION = "lookout"


def make_engine(
    url: str,
    *,
    pool_size: int = 5,
    overflow: int = 10,
    wait_seconds: float = 30.0,
    connect_seconds: float = 5.0,
    statement_seconds: float = 30.0,
    lock_seconds: float = 5.0,
    idle_seconds: float = 30.0,
) -> Engine:
    """Return an engine for ``url``. Nothing is connected until the first use, and never before a fork.

    A transaction that stays idle is ended by the server: a process that was stopped then lets its locks go.
    """
    limits = {
        "statement_timeout": statement_seconds,
        "lock_timeout": lock_seconds,
        "idle_in_transaction_session_timeout": idle_seconds,
    }
    options = " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in limits.items())
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=overflow,
        pool_timeout=wait_seconds,
        pool_pre_ping=True,
        pool_recycle=1_800,
        connect_args={
            "options": f"{options} -c timezone=UTC",
            "application_name": _APPLICATION,
            "connect_timeout": max(1, int(connect_seconds)),
        },
    )
