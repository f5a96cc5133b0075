"""Migrations: from nothing, again, by two at once, against a lock, back, and checked against the code."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from sqlalchemy import CheckConstraint, Engine, create_engine, inspect, text
from support.runners import holding
from support.stages import wait_for

from orchestrator.errors import DatabaseError
from orchestrator.local.addresses import ServiceAddresses
from orchestrator.store import migrating
from orchestrator.store.migrating import Standing, drift, inspect_schema, migrate, require_current
from orchestrator.store.tables import metadata

pytestmark = pytest.mark.services

HEAD = "0004"


@pytest.fixture
def fresh(addresses: ServiceAddresses) -> Iterator[Engine]:
    """Return an engine of the tables' owner that sees an empty schema of its own, and nothing else."""
    owner = create_engine(addresses.owner_database_url)
    with owner.begin() as conn:
        conn.execute(text("CREATE SCHEMA fresh"))
    engine = create_engine(addresses.owner_database_url, connect_args={"options": "-c search_path=fresh"})
    yield engine
    engine.dispose()
    with owner.begin() as conn:
        conn.execute(text("DROP SCHEMA fresh CASCADE"))
    owner.dispose()


def up(engine: Engine, *, lock_seconds: float = 5) -> Standing:
    """Migrate, and return how the schema stood before."""
    return migrate(engine, statement_seconds=60, lock_seconds=lock_seconds).standing


def change(engine: Engine, statement: str) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql(statement)


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_an_empty_database_gets_every_table_and_a_second_migration_does_nothing(fresh: Engine) -> None:
    # Given nothing, when it is migrated twice
    assert [up(fresh), up(fresh)] == [Standing.EMPTY, Standing.CURRENT]
    # Then every table of the code is there, in the code's revision
    assert tables(fresh) == {*metadata.tables, "alembic_version"}
    with fresh.connect() as conn:
        schema = inspect_schema(conn)
        assert (schema.standing, schema.found, schema.wanted) == (Standing.CURRENT, HEAD, HEAD)
        require_current(conn)


def test_what_was_migrated_is_what_the_code_declares(fresh: Engine) -> None:
    # Given a migrated database, when it is compared with the code, then nothing differs, indexes included
    up(fresh)
    with fresh.connect() as conn:
        assert drift(conn) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("ALTER TABLE runs ADD COLUMN extra text", "extra"),
        ("ALTER TABLE runs DROP COLUMN epoch", "epoch"),
        ("ALTER TABLE steps ALTER COLUMN attempt TYPE bigint", "attempt"),
        ("ALTER TABLE runs ALTER COLUMN kind DROP NOT NULL", "kind"),
        ("DROP INDEX ix_steps_leases", "ix_steps_leases"),
        ("ALTER TABLE runs DROP CONSTRAINT uq_runs_tenant_trigger_key", "trigger_key"),
        ("CREATE TABLE stray (id int)", "stray"),
    ],
)
def test_whatever_somebody_changed_by_hand_is_named(fresh: Engine, statement: str, named: str) -> None:
    # Given a migrated database that somebody changed
    up(fresh)
    change(fresh, statement)
    # When it is compared with the code, then the difference says where
    with fresh.connect() as conn:
        found = drift(conn)
    assert len(found) == 1
    assert named in found[0]


def test_every_check_is_there_under_the_name_that_the_code_gives_it(fresh: Engine) -> None:
    # Given a migrated database
    up(fresh)
    # When its checks are read, which Alembic does not compare, then they are those of the code
    for table in metadata.sorted_tables:
        made = {str(check["name"]) for check in inspect(fresh).get_check_constraints(table.name)}
        declared = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
        assert made == declared


def test_an_empty_or_older_database_is_told_to_migrate(fresh: Engine) -> None:
    # Given a database without tables, when it is used, then it says what to run
    with fresh.connect() as conn, pytest.raises(DatabaseError, match=r"has schema empty, .* run `lookout migrate`"):
        require_current(conn)


def test_a_newer_database_is_refused_and_left_as_it_is(fresh: Engine) -> None:
    # Given a database of a code to come
    up(fresh)
    change(fresh, "UPDATE alembic_version SET version_num = '9999'")
    # When this code migrates or uses it, then it says who is too old
    with pytest.raises(DatabaseError, match="newer than this code's 0004: upgrade Lookout"):
        up(fresh)
    with fresh.connect() as conn:
        assert inspect_schema(conn).standing is Standing.NEWER
        with pytest.raises(DatabaseError, match="schema is 9999"):
            require_current(conn)


def test_a_lock_that_others_hold_is_waited_for_briefly_and_nothing_is_changed(fresh: Engine) -> None:
    # Given a table that somebody holds while a migration wants it
    change(fresh, "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)")
    with holding(fresh, "LOCK alembic_version IN ACCESS EXCLUSIVE MODE"), pytest.raises(DatabaseError) as refused:
        # When it is migrated
        up(fresh, lock_seconds=0.2)
    # Then it gives up in time, in words, and there is nothing of it
    assert "was not done and changed nothing: canceling statement due to lock timeout" in str(refused.value)
    assert tables(fresh) == {"alembic_version"}
    assert up(fresh) is Standing.EMPTY


def test_a_migration_that_fails_leaves_nothing_behind(fresh: Engine) -> None:
    # Given a database that already holds a table of the same name
    change(fresh, "CREATE TABLE steps (id int)")
    # When it is migrated, then it is not, and all that it had begun is gone
    with pytest.raises(DatabaseError, match='changed nothing: relation "steps" already exists'):
        up(fresh)
    assert tables(fresh) == {"steps"}


def test_a_database_that_is_away_is_told_as_such(addresses: ServiceAddresses) -> None:
    nowhere = create_engine(addresses.owner_database_url.replace("host=", "host=/nonexistent"))
    with pytest.raises(DatabaseError, match="changed nothing: connection"):
        up(nowhere)


def test_two_migrators_at_once_do_it_once_however_short_their_patience_for_locks(
    fresh: Engine, addresses: ServiceAddresses
) -> None:
    # Given a migrator that takes long, and one whose connections wait for no lock longer than a moment
    options = {"options": "-c search_path=fresh -c lock_timeout=100"}
    second = create_engine(addresses.owner_database_url, connect_args=options)
    begun, go = threading.Event(), threading.Event()

    def slow() -> None:
        with migrating._one_at_a_time(fresh, statement_seconds=60, lock_seconds=5) as conn:  # noqa: SLF001  in the middle
            begun.set()
            assert go.wait(30)
            conn.execute(text("SELECT 1"))

    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow)
        assert begun.wait(30)
        # When both are at it, and the first is done only long after that moment
        other = pool.submit(up, second)
        with fresh.connect() as conn:
            wait_for(lambda: conn.execute(waits).scalar_one() == 1, seconds=20)
            conn.execute(text("SELECT pg_sleep(0.2)"))
        go.set()
        first.result(30)
        # Then the second has waited, and has done it
        assert other.result(30) is Standing.EMPTY
    assert up(fresh) is Standing.CURRENT
    second.dispose()


def test_a_migration_can_be_taken_back(fresh: Engine) -> None:
    # Given a migrated database
    up(fresh)
    # When it is taken back
    config = migrating._config()  # noqa: SLF001  no command of ours goes back: a person at a terminal does
    with fresh.begin() as conn:
        config.attributes["connection"] = conn
        command.downgrade(config, "base")
    # Then nothing is left but the note of it, and it can be done again
    assert tables(fresh) == {"alembic_version"}
    assert up(fresh) is Standing.EMPTY


def test_alembics_own_command_line_is_sent_to_ours() -> None:
    # Given somebody who runs migrations past the lock and the time limits, when it starts, then it says how to do it
    with pytest.raises(SystemExit, match="start migrations with `lookout migrate`"):
        command.upgrade(migrating._config(), "head")  # noqa: SLF001  as above
