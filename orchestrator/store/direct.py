"""Statements sent as they are: what every step costs, without a query builder's price.

A query builder takes longer to set up the result of a text than Postgres takes to run it. Here a statement goes to the
driver itself. Errors come as SQLAlchemy's own: whoever calls again knows those.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Dialect, Engine, TextClause
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection


class Sending(ABC):
    """What sends statements."""

    @abstractmethod
    def rows(self, statement: TextClause, values: Mapping[str, object]) -> list[Any]:
        """Return all rows of a statement, with columns as attributes.

        Raises ``DBAPIError``; where the connection went meanwhile, nobody knows whether the statement was done.
        """

    def row(self, statement: TextClause, values: Mapping[str, object]) -> Any:  # noqa: ANN401  columns differ
        """Return the first row of a statement; None where there is none. Raises as ``rows`` does."""
        return next(iter(self.rows(statement, values)), None)


class Direct(Sending):
    """Sends statements that are a transaction each, over an engine's connections; best one that was made for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def rows(self, statement: TextClause, values: Mapping[str, object]) -> list[Any]:
        """Return all rows of a statement; it is committed when this returns."""
        sql = _text(statement, self._engine.dialect)
        with self._connection(sql) as driver:
            return _rows(driver, sql, values, dialect=self._engine.dialect)

    def warm(self, count: int, *, statements: Mapping[TextClause, Mapping[str, object]]) -> None:
        """Open so many connections and leave them in the pool, with the statements prepared and planned on each.

        They are sent with the values given, which should be of the usual types and find nothing.
        """
        dialect = self._engine.dialect
        with ExitStack() as held:
            for driver in [held.enter_context(self._connection("")) for _ in range(count)]:
                for statement, values in statements.items():
                    _rows(driver, _text(statement, dialect), values, dialect=dialect)

    def dispose(self) -> None:
        """Close the connections that nobody uses now."""
        self._engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Yield a connection in a transaction, for statements that belong together; raises as the engine does."""
        with self._engine.connect().execution_options(isolation_level="READ COMMITTED") as conn:
            try:
                with conn.begin():
                    yield conn
            finally:
                _drop_if_busy(conn)

    @contextmanager
    def _connection(self, sql: str) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection that commits each statement by itself; one that may be broken does not come back."""
        try:
            lent = self._engine.raw_connection()
        except psycopg.Error as error:
            raise _told(sql, error, lost=False) from error
        driver: Any = lent.driver_connection
        by_itself = driver.autocommit
        try:
            if not by_itself:
                driver.autocommit = True
            yield driver
        except psycopg.Error as error:
            raise _told(sql, error, lost=not _is_idle(driver)) from error
        finally:
            self._take_back(lent, by_itself=by_itself)

    def _take_back(self, lent: PoolProxiedConnection, *, by_itself: bool) -> None:
        """Have a connection in the pool again as it was.

        One that was lost, or interrupted in the middle of an answer, is given up with all others of its time.
        """
        driver: Any = lent.driver_connection
        if not _is_idle(driver):
            lent.invalidate()
            self._engine.dispose()
        elif not by_itself:
            driver.autocommit = False
        lent.close()


class Within(Sending):
    """Sends statements inside a transaction, over its connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def rows(self, statement: TextClause, values: Mapping[str, object]) -> list[Any]:
        """Return all rows of a statement; it is committed with the transaction."""
        if not self._conn.in_transaction():
            self._conn.begin()  # as the first statement of a connection does, unless it goes past it
        sql = _text(statement, self._conn.dialect)
        driver: Any = self._conn.connection.driver_connection
        try:
            return _rows(driver, sql, values, dialect=self._conn.dialect)
        except psycopg.Error as error:
            lost = driver.info.transaction_status is TransactionStatus.UNKNOWN
            if lost:
                self._conn.invalidate(error)
                self._conn.engine.dispose()
            raise _told(sql, error, lost=lost) from error


def _drop_if_busy(conn: Connection) -> None:
    """Give up a connection that was interrupted in the middle of an answer: it cannot even be rolled back."""
    if conn.closed or conn.invalidated:
        return
    if not _is_idle(conn.connection.driver_connection):
        conn.invalidate()


def _is_idle(driver: Any) -> bool:  # noqa: ANN401  the pool knows no driver
    """Whether a connection waits for the next statement, outside any transaction."""
    return driver.info.transaction_status is TransactionStatus.IDLE


@lru_cache(maxsize=500)
def _text(statement: TextClause, dialect: Dialect) -> str:
    """Return a statement as the driver reads it, in one line: it remembers the parts of none over 4,096 characters."""
    return " ".join(str(statement.compile(dialect=dialect)).split())


def _rows(driver: psycopg.Connection[Any], sql: str, values: Mapping[str, object], *, dialect: Dialect) -> list[Any]:
    """Send a statement as the dialect would; return its rows."""
    cursor = driver.cursor(row_factory=namedtuple_row)
    dialect.do_execute(cursor, sql, values, None)  # type: ignore[arg-type] # the driver's own cursor
    # ``description`` would tell as well, and reads all about every column for it.
    return cursor.fetchall() if cursor.pgresult is not None and cursor.pgresult.nfields else []


def _told(sql: str, error: psycopg.Error, *, lost: bool) -> BaseException:
    """Return a driver's error as SQLAlchemy tells it, without the values."""
    return DBAPIError.instance(sql, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=lost)
