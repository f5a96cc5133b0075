"""A clock of the database's own that leaps: every session's ``now()`` is the real one and what was added to it.

Postgres finds ``now()`` along the search path, like any function, and a schema that stands before ``pg_catalog`` has
another. Defaults of columns keep the real one: they were bound when they were made. So ``fired_at``
orders what was done.
"""

from datetime import timedelta

from sqlalchemy import Engine, text

_FUNCTION = """
    CREATE FUNCTION moved.{0}() RETURNS timestamptz LANGUAGE sql {1}
    AS 'SELECT pg_catalog.{0}() + by FROM moved.clock'
"""
_SCHEMA = (
    "CREATE SCHEMA moved",
    "CREATE TABLE moved.clock (by interval NOT NULL)",
    "INSERT INTO moved.clock VALUES (interval '0')",
    _FUNCTION.format("now", "STABLE"),
    _FUNCTION.format("clock_timestamp", "VOLATILE"),
    "GRANT USAGE ON SCHEMA moved TO lookout_app",
    "GRANT SELECT ON moved.clock TO lookout_app",
    "ALTER DATABASE lookout SET search_path TO moved, pg_catalog, public",
)
_LEAP = text("UPDATE moved.clock SET by = by + :by")


class MovedClock:
    """The clock of one database; sessions that begin after it was made go by it. ``engine`` is the owner's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as conn:
            for statement in _SCHEMA:
                conn.execute(text(statement))

    def leap(self, seconds: float) -> None:
        """Let it be that much later for everybody, at once."""
        with self._engine.begin() as conn:
            conn.execute(_LEAP, {"by": timedelta(seconds=seconds)})
