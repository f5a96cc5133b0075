"""A clock of the database's own that a test moves: the same statements, in sessions whose ``now()`` is another one.

Postgres finds ``now()`` along the search path, like any function. In these sessions a schema that stands before
``pg_catalog`` has one that reads a table. Defaults of columns keep the real one: they were bound when they were made.
"""

from datetime import datetime

from psycopg import Connection
from sqlalchemy import Engine, event, text

from orchestrator.store.engine import make_engine

_SCHEMA = """
    CREATE SCHEMA IF NOT EXISTS moved;
    CREATE TABLE IF NOT EXISTS moved.clock (at timestamptz NOT NULL);
    CREATE OR REPLACE FUNCTION moved.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM moved.clock';
    CREATE OR REPLACE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
        AS 'SELECT at FROM moved.clock';
    GRANT USAGE ON SCHEMA moved TO lookout_app;
    GRANT SELECT ON moved.clock TO lookout_app;
"""


def _go_by_it(connection: Connection, _record: object) -> None:
    """Let a new session go by the moved clock."""
    connection.execute("SET search_path TO moved, pg_catalog, public")
    connection.commit()


class DatabaseClock:
    """The moved clock of one database."""

    def __init__(self, owner_url: str, database_url: str) -> None:
        self._owner = make_engine(owner_url)
        self._url = database_url
        self._engines: list[Engine] = []
        with self._owner.begin() as conn:
            conn.execute(text(_SCHEMA))

    def set(self, moment: datetime) -> None:
        """Let it be that time for every transaction that looks from now on."""
        with self._owner.begin() as conn:
            conn.execute(text("DELETE FROM moved.clock"))
            conn.execute(text("INSERT INTO moved.clock VALUES (:at)"), {"at": moment})

    def engine(self) -> Engine:
        """Return an engine whose sessions go by this clock."""
        engine = make_engine(self._url)
        event.listen(engine, "connect", _go_by_it)
        self._engines.append(engine)
        return engine

    def close(self) -> None:
        """Take the clock away, with all that went by it."""
        for engine in self._engines:
            engine.dispose()
        with self._owner.begin() as conn:
            conn.execute(text("DROP SCHEMA moved CASCADE"))
        self._owner.dispose()
