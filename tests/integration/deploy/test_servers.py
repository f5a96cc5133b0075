"""What docker-compose.yml has its servers run, run here without containers: roles, passwords, the broker's settings."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from support.composing import ROOT, composed
from support.stages import wait_for

from orchestrator.local.cluster import SUPERUSER
from orchestrator.local.home import Home
from orchestrator.local.passwords import read_passwords
from orchestrator.local.place import find_place
from orchestrator.local.programs import find_programs
from orchestrator.local.roles import APP, DATABASE, OWNER
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.sockets import POSTGRES_PORT
from orchestrator.local.temporary import temporary_home

pytestmark = pytest.mark.services


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """Return secrets as the script makes them."""
    folder = tmp_path / "secrets"
    subprocess.run(["sh", str(ROOT / "deploy" / "secrets.sh"), str(folder)], check=True, timeout=60)
    return folder


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Home]:
    """Return a home whose database has neither our roles nor our database, as a container's that was just made."""
    with temporary_home(tmp_path) as home:
        services = EmbeddedServices(home)
        services.start()
        with superuser(home) as conn:
            conn.execute(f"ALTER DATABASE {DATABASE} RENAME TO old")
            for role in (OWNER, APP):
                conn.execute(f"ALTER ROLE {role} RENAME TO old_{role}")
        yield home
        services.stop()


def connect(home: Home, *, user: str, password: str, database: str) -> psycopg.Connection:
    """Connect to a home's server."""
    return psycopg.connect(
        host=str(find_place(home).sockets),
        port=POSTGRES_PORT,
        user=user,
        password=password,
        dbname=database,
        autocommit=True,
    )


def superuser(home: Home) -> psycopg.Connection:
    """Connect as who may do anything."""
    return connect(home, user=SUPERUSER, password=password_of_superuser(home), database="postgres")


def password_of_superuser(home: Home) -> str:
    """Return the password of who may do anything."""
    passwords = read_passwords(home)
    assert passwords is not None
    return passwords.superuser.get_secret_value()


def test_the_databases_roles_are_made_with_the_passwords_of_files(fresh: Home, secrets: Path) -> None:
    # Given a database that was just made, and the script that its container sources
    script = (ROOT / "deploy" / "postgres" / "roles.sh").read_text(encoding="utf-8")
    for inside, here in (
        ("/run/secrets", secrets),
        ("/etc/lookout/roles.sql", ROOT / "deploy" / "postgres" / "roles.sql"),
        ("PGHOST=''", f"PGHOST='{find_place(fresh).sockets}'"),
    ):
        assert inside in script
        script = script.replace(inside, str(here))
    # When it is sourced as the image does it, where one failure ends everything
    environment = {
        "PATH": f"{find_programs().postgres}{os.pathsep}{os.environ['PATH']}",
        "PGPORT": str(POSTGRES_PORT),
        "PGPASSWORD": password_of_superuser(fresh),
        "POSTGRES_USER": SUPERUSER,
        "POSTGRES_DB": "postgres",
    }
    left = "env | grep -c PASSWORD= || true"
    done = subprocess.run(
        ["sh", "-ec", f"{script}\n{left}"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    # Then the shell, of which the server comes, knows no password but that which it had
    assert done.stdout.splitlines()[-1] == "1"
    # And the owner makes tables, in which the application works, and which it cannot change
    owner, app = ((secrets / f"{name}_password").read_text().strip() for name in ("owner", "app"))
    with connect(fresh, user=OWNER, password=owner, database=DATABASE) as conn:
        conn.execute("CREATE TABLE things (id int)")
    with connect(fresh, user=APP, password=app, database=DATABASE) as conn:
        conn.execute("INSERT INTO things VALUES (7)")
        assert conn.execute("SELECT id FROM things").fetchall() == [(7,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("DROP TABLE things")


def test_the_broker_asks_for_its_password_and_forgets_nothing(secrets: Path, tmp_path: Path) -> None:
    # Given the broker's command as Compose hands it over, with its places on this machine
    shell, option, script = composed()["services"]["valkey"]["command"]
    socket = tmp_path / "v.sock"
    script = script.replace("$$", "$")
    for inside, here in (("/run/secrets", str(secrets)), ("dir /data", f"dir {tmp_path}\nport 0\nunixsocket {socket}")):
        assert inside in script
        script = script.replace(inside, here)
    # When it is run
    environment = {"PATH": f"{find_programs().valkey.parent}{os.pathsep}{os.environ['PATH']}"}
    with (tmp_path / "valkey.log").open("wb") as log:
        server = subprocess.Popen([shell, option, script], env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: socket.exists() or server.poll() is not None, seconds=20)
        # Then nobody comes in without the password
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(unix_socket_path=str(socket)).ping()
        password = (secrets / "broker_password").read_text().strip()
        client = redis.Redis(unix_socket_path=str(socket), password=password, decode_responses=True)
        # And what it is told is kept on disk, and never dropped to save memory
        told = {name: client.config_get(name)[name] for name in ("appendonly", "maxmemory-policy", "maxmemory")}
        assert told == {"appendonly": "yes", "maxmemory-policy": "noeviction", "maxmemory": str(512 * 1024**2)}
        # And the password stands in no list of processes
        assert password not in Path(f"/proc/{server.pid}/cmdline").read_text()
        assert password not in Path(f"/proc/{server.pid}/environ").read_text()
        client.close()
    finally:
        server.terminate()
        server.wait(20)


def test_the_databases_health_check_is_one_that_its_program_understands() -> None:
    # Given the health check, when it is run where perhaps nobody answers
    program, *words = composed()["services"]["postgres"]["healthcheck"]["test"][1:]
    done = subprocess.run([find_programs().postgres / program, *words], capture_output=True, check=False, timeout=60)
    # Then it says so; wrong usage would be 3
    assert done.returncode in {0, 1, 2}
