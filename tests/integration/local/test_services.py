"""The embedded servers in ordinary life: started, used as the app's role, stopped, removed."""

import stat
from collections.abc import Callable
from contextlib import AbstractContextManager

import psycopg
import pytest
import redis

from orchestrator.errors import ServiceError
from orchestrator.local.addresses import ServiceAddresses, addresses
from orchestrator.local.home import Home
from orchestrator.local.keeper import State
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.temporary import temporary_home

pytestmark = pytest.mark.services

Database = Callable[..., psycopg.Connection]
Broker = Callable[..., AbstractContextManager[redis.Redis]]


def test_both_servers_answer_at_the_addresses_that_start_returns(
    shared: ServiceAddresses, database: Database, broker: Broker
) -> None:
    # Given the addresses of started servers
    # When they are used
    with database(shared.database_url) as connection, broker(shared) as client:
        row = connection.execute("SELECT current_user, current_setting('server_encoding'), 'é'").fetchone()
        # Then both answer, in UTF-8, the database to the app's role
        assert row == ("lookout_app", "UTF8", "é")
        assert client.ping()


def test_no_server_listens_on_the_network(shared: ServiceAddresses, database: Database, broker: Broker) -> None:
    # Given started servers
    # When asked where they listen
    with database(shared.database_url) as connection, broker(shared) as client:
        postgres = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
        valkey = client.config_get("port")
    # Then nowhere but on their sockets
    assert postgres == ("",)
    assert valkey == {"port": "0"}


def test_no_write_is_acknowledged_before_it_is_safe(
    shared: ServiceAddresses, database: Database, broker: Broker
) -> None:
    # Given servers with small settings
    # When asked about durability
    with database(shared.database_url) as connection, broker(shared) as client:
        postgres = connection.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), "
            "current_setting('full_page_writes')"
        ).fetchone()
        valkey = client.config_get("appendonly")
    # Then it was not traded away
    assert postgres == ("on", "on", "on")
    assert valkey == {"appendonly": "yes"}


def test_neither_the_app_nor_the_owner_is_superuser(shared: ServiceAddresses, database: Database) -> None:
    # Given the two roles
    query = (
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles "
        "WHERE rolname = current_user"
    )
    for url in (shared.database_url, shared.owner_database_url):
        # When each asks what it may do
        with database(url) as connection:
            row = connection.execute(query).fetchone()
        # Then nothing but log in
        assert row == (False, False, False, False, False)


def test_the_app_role_uses_what_the_owner_made_and_makes_nothing(shared: ServiceAddresses, database: Database) -> None:
    # Given a table that the owner made after the set-up, as a migration does
    with database(shared.owner_database_url) as owner:
        owner.execute("CREATE TABLE notes (id bigserial PRIMARY KEY, text text)")
    with database(shared.database_url) as app:
        # When the app's role reads and writes it
        app.execute("INSERT INTO notes (text) VALUES ('one'), ('two')")
        app.execute("UPDATE notes SET text = 'three' WHERE text = 'two'")
        app.execute("DELETE FROM notes WHERE text = 'one'")
        # Then it may
        assert app.execute("SELECT text FROM notes").fetchall() == [("three",)]
        # And it may neither create, change nor empty tables, nor become somebody else
        for refused in (
            "CREATE TABLE own (id int)",
            "CREATE SCHEMA own",
            "ALTER TABLE notes ADD COLUMN more int",
            "TRUNCATE notes",
            "DROP TABLE notes",
            "SET ROLE lookout_owner",
            "CREATE ROLE another",
        ):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.WrongObjectType)):
                app.execute(refused)


def test_row_level_security_holds_for_the_app_role(shared: ServiceAddresses, database: Database) -> None:
    # Given a table whose policy shows one tenant's rows
    with database(shared.owner_database_url) as owner:
        owner.execute("CREATE TABLE secret (tenant text)")
        owner.execute("INSERT INTO secret VALUES ('ours'), ('theirs')")
        owner.execute("ALTER TABLE secret ENABLE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY ours ON secret USING (tenant = 'ours')")
    # When the app's role reads it
    with database(shared.database_url) as app:
        rows = app.execute("SELECT tenant FROM secret").fetchall()
    # Then it sees that tenant's rows alone
    assert rows == [("ours",)]


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_enters_the_database_without_the_password(
    shared: ServiceAddresses, database: Database, password: str
) -> None:
    # Given both roles' addresses
    for url in (shared.database_url, shared.owner_database_url):
        # When another password, or none, is given
        # Then the server refuses
        with pytest.raises(psycopg.OperationalError, match="password"):
            database(url, password=password)


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_uses_the_broker_without_the_password(shared: ServiceAddresses, broker: Broker, password: str) -> None:
    # Given a client with another password, or none
    with broker(shared, password=password) as client, pytest.raises(redis.AuthenticationError):
        # When it asks for anything
        # Then the server refuses
        client.ping()


def test_starting_twice_gives_the_same_addresses(services: EmbeddedServices) -> None:
    # Given started services
    first = services.start()
    # When they are started again
    # Then nothing happens
    assert services.start() == first
    assert [row.state for row in services.check()] == [State.RUNNING, State.RUNNING]
    assert [row.restarts for row in services.check()] == [0, 0]


def test_data_and_passwords_survive_a_stop(home: Home, database: Database, broker: Broker) -> None:
    # Given data written to servers that were stopped
    services = EmbeddedServices(home)
    first = services.start()
    with database(first.owner_database_url) as owner, broker(first) as client:
        owner.execute("CREATE TABLE kept AS SELECT 1 AS one")
        client.set("kept", "1")
    services.stop()
    # When another owner starts them
    again = EmbeddedServices(home)
    second = again.start()
    # Then the data are there, behind the same passwords
    with database(second.owner_database_url) as owner, broker(second) as client:
        assert owner.execute("SELECT one FROM kept").fetchall() == [(1,)]
        assert client.get("kept") == b"1"
    again.stop()
    assert first.owner_database_url == second.owner_database_url


def test_a_stop_leaves_no_process_and_no_lock(home: Home, holders: Callable[[Home], list[str]]) -> None:
    # Given started services
    services = EmbeddedServices(home)
    services.start()
    assert "postgres" in holders(home)
    assert "valkey-server" in holders(home)
    # When they are stopped, twice
    services.stop()
    services.stop()
    # Then nobody holds the home any more
    assert holders(home) == []
    assert not home.owner_file.exists()


def test_a_clean_stop_needs_no_recovery(home: Home) -> None:
    # Given services that were started and stopped
    services = EmbeddedServices(home)
    services.start()
    services.stop()
    log = home.logs / "postgres.log"
    # When the server's own log is read
    # Then it shut down in order
    assert "database system is shut down" in log.read_text()


def test_two_homes_live_side_by_side(services: EmbeddedServices, database: Database, broker: Broker) -> None:
    # Given one home's servers and another home's
    ours = services.start()
    with temporary_home() as other_home:
        other = EmbeddedServices(other_home)
        theirs = other.start()
        # When each is written to
        with broker(ours) as client:
            client.set("whose", "ours")
        with database(ours.owner_database_url) as owner:
            owner.execute("CREATE TABLE ours (id int)")
        # Then the other knows nothing of it, nor lets the first one's password in
        with broker(theirs) as client:
            assert client.get("whose") is None
        with database(theirs.owner_database_url) as owner:
            assert owner.execute("SELECT to_regclass('ours')").fetchone() == (None,)
        other.stop()
    assert ours.database_url != theirs.database_url


def test_destroy_removes_everything(services: EmbeddedServices, home: Home) -> None:
    # Given started services, whose data may lie outside the home
    elsewhere = home.place_record.read_text() if home.place_record.exists() else str(home.path)
    # When they are destroyed
    services.destroy()
    # Then nothing is left
    assert not home.path.exists()
    assert not type(home.path)(elsewhere).exists()


def test_a_client_finds_the_addresses_without_owning_anything(services: EmbeddedServices, home: Home) -> None:
    # Given started services
    started = services.start()
    # When a client asks for their addresses
    # Then it gets the same ones
    assert addresses(home) == started


def test_a_client_of_a_home_that_was_never_used_is_told_what_to_do(home: Home) -> None:
    # Given an empty home
    # When a client asks for addresses
    # Then it is told to start the servers
    with pytest.raises(ServiceError, match="lookout up"):
        addresses(home)


def test_passwords_are_nowhere_but_in_two_closed_files(services: EmbeddedServices, home: Home) -> None:
    # Given the passwords of started services
    started = services.start()
    secrets = [url.split(":", 2)[2].partition("@")[0].encode() for url in (started.database_url, started.broker_url)]
    # When every file of the home is searched
    files = [
        path for path in home.path.rglob("*") if path.is_file() and "data" not in path.relative_to(home.path).parts
    ]
    guilty = {path.name for path in files if any(secret in path.read_bytes() for secret in secrets)}
    # Then two hold them, for their owner's eyes only, and no text of ours shows them
    assert guilty == {"passwords.json", "valkey.conf"}
    assert all(stat.S_IMODE((home.path / name).stat().st_mode) == 0o600 for name in guilty)
    assert repr(started) == "ServiceAddresses()"


def test_sockets_of_a_home_with_a_long_path_are_elsewhere(home: Home, database: Database, broker: Broker) -> None:
    # Given a home whose path is too long for a socket, and not plain either
    deep = Home(home.path / ("a long, odd name " * 6).strip(), reachable=home.reachable)
    services = EmbeddedServices(deep)
    # When its servers are started
    started = services.start()
    # Then they answer, and a client finds them
    with database(started.database_url) as connection, broker(addresses(deep)) as client:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert client.ping()
    services.destroy()
    assert not deep.path.exists()
