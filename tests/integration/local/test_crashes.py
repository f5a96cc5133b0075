"""What survives a kill -9, of a server and of the owner itself."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from orchestrator.errors import ServiceError
from orchestrator.local.home import Home
from orchestrator.local.keeper import Row
from orchestrator.local.passwords import Passwords
from orchestrator.local.place import find_place
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.valkey import ValkeyServer

pytestmark = pytest.mark.services

Database = Callable[..., psycopg.Connection]
Broker = Callable[..., AbstractContextManager[redis.Redis]]
Until = Callable[[Callable[[], object]], None]
Kill = Callable[[EmbeddedServices, str], int]
RowOf = Callable[[EmbeddedServices, str], Row]

OWNER = """
import sys
from pathlib import Path
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.temporary import at
services = EmbeddedServices(at(Path(sys.argv[1])))
print(services.start().owner_database_url, flush=True)
sys.stdin.close()
import signal
signal.pause()
"""


def test_committed_rows_survive_a_killed_postgres(
    services: EmbeddedServices, database: Database, kill: Kill, row_of: RowOf, until: Until
) -> None:
    # Given a committed row, and one that is not
    url = services.start().owner_database_url
    with database(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    open_transaction = database(url)
    open_transaction.execute("BEGIN")
    open_transaction.execute("INSERT INTO kept VALUES (2)")
    # When the server is killed and looked after
    dead = kill(services, "postgres")
    until(lambda: row_of(services, "postgres").restarts == 1)
    # Then another one has what was committed, and nothing else
    assert row_of(services, "postgres").pid != dead
    with database(url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]
    with pytest.raises(psycopg.OperationalError):
        open_transaction.execute("COMMIT")
    open_transaction.close()


def test_keys_survive_a_killed_valkey_and_it_is_still_closed(
    services: EmbeddedServices, broker: Broker, kill: Kill, row_of: RowOf, until: Until
) -> None:
    # Given a thousand keys
    addresses = services.start()
    with broker(addresses) as client:
        client.mset({f"key{number}": number for number in range(1000)})
    # When the server is killed and looked after
    kill(services, "valkey")
    until(lambda: row_of(services, "valkey").restarts == 1)
    # Then another one has them all, and asks for the password as before
    with broker(addresses) as client:
        assert client.dbsize() == 1000
    with broker(addresses, password="") as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_valkey_starts_on_a_torn_tail(home: Home, broker: Broker) -> None:
    # Given an append-only file whose last write was cut short
    services = EmbeddedServices(home)
    with broker(services.start()) as client:
        client.set("whole", "1")
        client.set("torn", "2")
    services.stop()
    data = find_place_data(home) / "valkey" / "appendonlydir"
    (tail,) = data.glob("*.incr.aof")
    os.truncate(tail, tail.stat().st_size - 3)
    # When the servers start again
    with broker(services.start()) as client:
        # Then what was whole is there
        assert client.get("whole") == b"1"
        assert client.get("torn") is None
    services.stop()


def find_place_data(home: Home) -> Path:
    """Where the data of a stopped home are."""
    root = Path(home.place_record.read_text()) if home.place_record.exists() else home.path
    return root / "data"


def test_a_killed_owner_leaves_no_orphan_and_the_next_one_recovers(
    home: Home,
    python: Callable[..., "subprocess.Popen[str]"],
    database: Database,
    holders: Callable[[Home], list[str]],
    until: Until,
) -> None:
    # Given an owner in another process, and a row that it holds
    owner = python(OWNER, home.path)
    assert owner.stdout is not None
    url = owner.stdout.readline().strip()
    with database(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    servers = [child.pid for child in psutil.Process(owner.pid).children()]
    assert len(servers) == 2
    # When it is killed
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    # Then a next owner can start at once, with the data, and the old servers are gone
    services = EmbeddedServices(home)
    with database(services.start().owner_database_url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]
    services.stop()
    until(lambda: not any(psutil.pid_exists(pid) for pid in servers))
    assert holders(home) == []


@pytest.mark.parametrize("text", ["", "no number\n", "{us}\n"])
def test_a_stale_lock_file_of_postgres_is_no_obstacle(home: Home, text: str) -> None:
    # Given a lock file that is empty, damaged, or names a living process that is no server
    services = EmbeddedServices(home)
    services.start()
    services.stop()
    stale = find_place_data(home) / "postgres" / "postmaster.pid"
    stale.write_text(text.format(us=os.getpid()))
    # When the servers start again
    services.start()
    # Then they do
    assert stale.read_text().startswith(str(services.check()[1].pid))
    services.stop()


def test_a_database_whose_passwords_are_gone_is_not_thrown_away(home: Home) -> None:
    # Given a home whose passwords were removed
    services = EmbeddedServices(home)
    services.start()
    services.stop()
    home.passwords_file.unlink()
    # When the servers start again
    # Then it is said, nothing runs, and the data are still there
    with pytest.raises(ServiceError, match=r"passwords\.json is gone"):
        services.start()
    assert (find_place_data(home) / "postgres" / "PG_VERSION").exists()
    assert services.check() == ()


def test_a_set_up_that_was_cut_short_is_completed(home: Home, database: Database) -> None:
    # Given a database whose set-up lacks its last step, as a kill leaves it
    services = EmbeddedServices(home)
    url = services.start().owner_database_url
    with database(url) as owner:
        owner.execute("COMMENT ON DATABASE lookout IS NULL")
        owner.execute("ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM lookout_app")
    services.stop()
    # When the servers start again
    started = services.start()
    # Then it is complete: the app's role may use what the owner makes
    with database(started.owner_database_url) as owner:
        owner.execute("CREATE TABLE notes (id int)")
    with database(started.database_url) as app:
        assert app.execute("SELECT * FROM notes").fetchall() == []
    services.stop()


def test_passwords_of_another_home_are_refused_and_nothing_is_left_running(
    home: Home, holders: Callable[[Home], list[str]]
) -> None:
    # Given a home with another one's passwords
    services = EmbeddedServices(home)
    services.start()
    services.stop()
    home.passwords_file.write_text(json.dumps(dict.fromkeys(Passwords.model_fields, "another")))
    # When the servers start
    # Then the database's refusal is told, and both servers are stopped
    with pytest.raises(ServiceError, match=r"cannot set up the embedded database.*password authentication failed"):
        services.start()
    assert holders(home) == []


def test_a_stranger_on_the_brokers_socket_is_not_taken_for_ours(services: EmbeddedServices, home: Home) -> None:
    # Given a server with another password on our socket
    place = find_place(home)
    other = ValkeyServer(place, Path("/none"), Passwords(), config=home.path, log=home.path, held=())
    # When it is asked whether it is ours
    # Then it is told apart from one that only starts
    with pytest.raises(ServiceError, match="another server took that path"):
        other.answers()
    # And a server that was never started has nothing to stop
    other.stop()
    assert other.pid is None


def test_a_server_that_cannot_start_says_why_in_its_own_words(home: Home) -> None:
    # Given a database that another version of Postgres made
    services = EmbeddedServices(home)
    services.start()
    services.stop()
    (find_place_data(home) / "postgres" / "PG_VERSION").write_text("12\n")
    # When the servers start again
    # Then the error has the server's words, the log and the remedy
    with pytest.raises(ServiceError, match="initialized by PostgreSQL version 12") as raised:
        services.start()
    assert "postgres.log" in str(raised.value)
    assert "LOOKOUT_HOME" in str(raised.value)
    assert not home.owner_file.exists()


def test_a_client_of_a_stopped_home_still_knows_its_place(services: EmbeddedServices, home: Home) -> None:
    # Given started services
    # When a client looks for the place
    place = find_place(home)
    # Then both sockets are there
    assert place.postgres_socket.is_socket()
    assert place.valkey_socket.is_socket()
