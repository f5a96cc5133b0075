"""Migrating the schema: bounded in time, one migrator at a time, and checked against the code afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

import migrations
from orchestrator.errors import DatabaseError
from orchestrator.store.tables import metadata

_LOCK = 0x10_0C_08  # any number of our own: the advisory lock that makes migrators wait for each other


class Standing(StrEnum):
    """How the database's schema stands to the code's."""

    CURRENT = "current"
    EMPTY = "empty"
    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True)
class Schema:
    """What the database has, and what the code wants."""

    standing: Standing
    found: str | None
    wanted: str


def inspect_schema(conn: Connection) -> Schema:
    """Return how the schema stands; a revision that the code does not know is newer than the code."""
    script = ScriptDirectory.from_config(_config())
    wanted = script.get_current_head() or ""
    found = MigrationContext.configure(conn).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    standing = Standing.CURRENT if found == wanted else Standing.OLDER if found in known else Standing.NEWER
    return Schema(standing=Standing.EMPTY if found is None else standing, found=found, wanted=wanted)


def require_current(conn: Connection) -> None:
    """Raise DatabaseError, with the remedy, where the schema is not the code's."""
    schema = inspect_schema(conn)
    if schema.standing is Standing.NEWER:
        raise DatabaseError(
            f"the database's schema is {schema.found}, newer than this code's {schema.wanted}: upgrade Lookout"
        )
    if schema.standing is not Standing.CURRENT:
        raise DatabaseError(
            f"the database has schema {schema.found or 'empty'}, this code wants {schema.wanted}: run `lookout migrate`"
        )


def migrate(engine: Engine, *, statement_seconds: float, lock_seconds: float) -> Schema:
    """Bring the schema to the code's revision; return where it came from. Raises DatabaseError, changing nothing."""
    with _one_at_a_time(engine, statement_seconds=statement_seconds, lock_seconds=lock_seconds) as conn:
        before = inspect_schema(conn)
        if before.standing is Standing.NEWER:
            require_current(conn)
        if before.standing is not Standing.CURRENT:
            config = _config()
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
        return before


def drift(conn: Connection) -> list[str]:
    """Return what differs between the database's tables and the code's, in words; empty where they agree."""
    context = MigrationContext.configure(conn, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, metadata)]


@contextmanager
def _one_at_a_time(engine: Engine, *, statement_seconds: float, lock_seconds: float) -> Iterator[Connection]:
    """Yield a connection in a transaction that holds the migrators' lock and gives up in time."""
    try:
        with engine.begin() as conn:
            conn.execute(text(f"SET LOCAL statement_timeout = {int(statement_seconds * 1000)}"))
            # For another migrator we wait as long as a statement may take; for tables, which others use, much less.
            conn.execute(text("SET LOCAL lock_timeout = 0"))
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            conn.execute(text(f"SET LOCAL lock_timeout = {int(lock_seconds * 1000)}"))
            yield conn
    except DBAPIError as error:
        raise DatabaseError(f"the migration was not done and changed nothing: {error.orig}") from error


def _config() -> Config:
    """Return alembic's configuration, which needs no file."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return config
