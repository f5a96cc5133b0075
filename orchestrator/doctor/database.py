"""The database: whether it answers, whether its schema is ours, and what our role may do there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Row, text

from orchestrator.doctor.check import Check, failed, ok, warning
from orchestrator.store.migrating import Schema, Standing, drift

_FACTS = text("""
    SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
           pg_is_in_recovery() AS recovering, current_setting('default_transaction_read_only') = 'on' AS read_only,
           clock_timestamp() AS now, current_user AS role, r.rolsuper AS superuser, r.rolbypassrls AS bypasses,
           pg_catalog.pg_get_userbyid(d.datdba) = current_user AS owns_database,
           EXISTS (SELECT FROM pg_tables t WHERE t.tablename = 'runs' AND t.tableowner = current_user) AS owns_tables
    FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
""")
_OLDEST = 140_000
_SKEW = timedelta(seconds=2)

_MIGRATE = "run `lookout migrate`"


def read_facts(conn: Connection) -> Row[tuple[object, ...]]:
    """Return what the server says about itself and our role."""
    return conn.execute(_FACTS).one()


def facts_checks(facts: Row[tuple[object, ...]], *, now: datetime | None = None) -> Iterator[Check]:
    """Yield what follows from what the server says."""
    yield version_check(facts.version, number=facts.number)
    yield writable_check(recovering=facts.recovering, read_only=facts.read_only)
    yield clock_check(facts.now, ours=now or datetime.now(UTC))
    yield role_check(facts)


def version_check(version: str, *, number: int) -> Check:
    """Return which server it is."""
    if number >= _OLDEST:
        return ok("database", f"Postgres {version}")
    return warning("database", f"Postgres {version}", remedy="upgrade it: only 14 and newer are maintained")


def writable_check(*, recovering: bool, read_only: bool) -> Check:
    """Return whether anything can be written."""
    if recovering:
        return failed("writing", "it is a standby, or recovers", remedy="point DATABASE_URL at the primary")
    if read_only:
        remedy = "ALTER ROLE or ALTER DATABASE ... RESET default_transaction_read_only, as whoever set it"
        return failed("writing", "transactions are read-only by default", remedy=remedy)
    return ok("writing", "allowed")


def clock_check(theirs: datetime, *, ours: datetime) -> Check:
    """Return how far the clocks are apart. Leases are the database's own time; a report's dates are this machine's."""
    apart = abs(theirs - ours)
    seen = f"{apart.total_seconds():.1f} s from the database's"
    return ok("clock", seen) if apart <= _SKEW else warning("clock", seen, remedy="let both machines follow NTP")


def role_check(facts: Row[tuple[object, ...]]) -> Check:
    """Return whether our role can do no more than it needs."""
    seen = f"{facts.role}"
    powers = [word for word, has in (("superuser", facts.superuser), ("BYPASSRLS", facts.bypasses)) if has]
    if powers:
        remedy = "connect as a role of its own: deploy/postgres/roles.sql makes one"
        return failed("role", f"{seen} is {' and '.join(powers)}: no row is closed to it", remedy=remedy)
    if facts.owns_database or facts.owns_tables:
        remedy = (
            "give the tables to another role (LOOKOUT_OWNER_DATABASE_URL), which migrates: deploy/postgres/roles.sql"
        )
        return warning("role", f"{seen} owns what it works on: row-level security does not hold for it", remedy=remedy)
    return ok("role", f"{seen}: neither superuser nor owner")


def schema_check(schema: Schema) -> Check:
    """Return whether the schema is the code's."""
    if schema.standing is Standing.CURRENT:
        return ok("schema", schema.wanted)
    seen = f"{schema.found or 'empty'}, but this code wants {schema.wanted}"
    return failed("schema", seen, remedy="upgrade Lookout" if schema.standing is Standing.NEWER else _MIGRATE)


def drift_check(conn: Connection) -> Check:
    """Return whether the tables are as the code describes them, as the role that owns them sees it."""
    differences = drift(conn)
    if not differences:
        return ok("tables", "as this code describes them")
    seen = f"{len(differences)} differences: {'; '.join(differences[:3])}"
    return failed("tables", seen, remedy="somebody changed them by hand: undo that, or restore a backup")
