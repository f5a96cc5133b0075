"""Real servers in private homes, and other processes that use them."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.engine import make_url
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from orchestrator.local.addresses import ServiceAddresses
from orchestrator.local.home import Home
from orchestrator.local.keeper import Row
from orchestrator.local.programs import find_programs
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.temporary import temporary_home

REPOSITORY = Path(__file__).parents[3]
ORDINARY = "nobody"
PATIENCE_SECONDS = 60.0

Process = subprocess.Popen[str]


@pytest.fixture
def home() -> Iterator[Home]:
    with temporary_home() as made:
        yield made


@pytest.fixture
def services(home: Home) -> Iterator[EmbeddedServices]:
    started = EmbeddedServices(home)
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def shared() -> Iterator[ServiceAddresses]:
    """Servers that many tests read; none of them breaks anything."""
    with temporary_home() as made:
        started = EmbeddedServices(made)
        yield started.start()
        started.stop()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until a question is answered with yes."""

    def wait(question: Callable[[], object]) -> None:
        attempts = Retrying(
            retry=retry_if_result(lambda answer: not answer),
            wait=wait_fixed(0.005),
            stop=stop_after_delay(PATIENCE_SECONDS),
        )
        attempts(question)

    return wait


@pytest.fixture
def database() -> Callable[..., psycopg.Connection]:
    """Connect to an address as the app does, or with another password."""

    def connect(url: str, *, password: str | None = None) -> psycopg.Connection:
        parts = make_url(url)
        return psycopg.connect(
            host=str(parts.query["host"]),
            port=str(parts.query["port"]),
            dbname=parts.database,
            user=parts.username,
            password=parts.password if password is None else password,
            autocommit=True,
        )

    return connect


@pytest.fixture
def broker() -> Callable[..., AbstractContextManager[redis.Redis]]:
    """Connect to the broker as the app does, or with another password (none where it is empty)."""

    @contextmanager
    def connect(addresses: ServiceAddresses, *, password: str | None = None) -> Iterator[redis.Redis]:
        parts = make_url(addresses.broker_url)
        given = str(parts.password) if password is None else password
        path = f"/{parts.database}"
        with redis.Redis(unix_socket_path=path, password=given or None, retry=Retry(NoBackoff(), 0)) as client:
            yield client

    return connect


@pytest.fixture
def python() -> Iterator[Callable[..., Process]]:
    """Run a script as another process of this user; what still runs at the end is killed."""
    with ExitStack() as ends:
        yield lambda script, *arguments: ends.enter_context(running(sys.executable, script, *arguments))


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Callable[[str], str], Path]]:
    """Run a script to its end as an ordinary user, who owns the folder that the script gets as its argument.

    Its lines are not measured: that user may not write where the measurements go.
    """
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    folder = Path(tempfile.mkdtemp(prefix="ordinary-"))
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, folder)
        drop = "" if os.geteuid() else become_ordinary(folder)

        def run(script: str) -> str:
            with running(sys.executable, drop + script, folder) as process:
                output, _ = process.communicate(timeout=PATIENCE_SECONDS)
                assert process.returncode == 0, output
                return output

        yield run, folder


def become_ordinary(folder: Path) -> str:
    """Give the folder to an ordinary user, and return the lines with which a script of root's becomes that user.

    Everything is imported before, and an interpreter that the user can reach is named: root's may be closed to it.
    """
    program = str(find_programs().valkey)
    question = "import os, sys; sys.exit(not os.access(sys.argv[1], os.X_OK))"
    usable = (path for path in interpreters() if answers(path, question, program))
    interpreter = next(usable, None)
    if interpreter is None:
        pytest.skip("an ordinary user can run no Python, or not the servers of this installation, here")
    account = pwd.getpwnam(ORDINARY)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return (
        "import os, sys, orchestrator.local.services\n"
        f"os.setgroups([]); os.setgid({account.pw_gid}); os.setuid({account.pw_uid})\n"
        f"sys.executable = {interpreter!r}\n"
    )


def interpreters() -> Iterator[str]:
    """Interpreters of this version: ours, and the system's, for a user who cannot reach ours."""
    yield sys.executable
    yield from (f"{place}/python3.{sys.version_info.minor}" for place in ("/usr/local/bin", "/usr/bin"))


def answers(interpreter: str, question: str, *arguments: str) -> bool:
    """Whether the ordinary user can run the interpreter, and it answers the question with success."""
    account = pwd.getpwnam(ORDINARY)
    try:
        done = subprocess.run(
            [interpreter, "-I", "-S", "-c", question, *arguments],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


@contextmanager
def running(interpreter: str, script: str, *arguments: object) -> Iterator[Process]:
    """Run a script with this repository importable, its output in a pipe."""
    places = os.pathsep.join((str(REPOSITORY), *filter(None, sys.path)))
    process = subprocess.Popen(
        [interpreter, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def row_of() -> Callable[[EmbeddedServices, str], Row]:
    """Look at the servers and return one's row."""

    def look(services: EmbeddedServices, name: str) -> Row:
        (row,) = (row for row in services.check() if row.name == name)
        return row

    return look


@pytest.fixture
def kill(row_of: Callable[[EmbeddedServices, str], Row]) -> Callable[[EmbeddedServices, str], int]:
    """Kill a running server with -9 and return the process that it was."""

    def strike(services: EmbeddedServices, name: str) -> int:
        pid = row_of(services, name).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        return pid

    return strike


@pytest.fixture
def holders() -> Callable[[Home], list[str]]:
    """Name the processes that keep a home's lock: its owner, its servers and their children."""

    def look(home: Home) -> list[str]:
        return [process.name() for process in psutil.process_iter() if holds(process, home.lock_file)]

    return look


def holds(process: psutil.Process, path: Path) -> bool:
    """Whether the process has the file open; a process that ends meanwhile has not, nor one that we may not see."""
    try:
        links = list(Path(f"/proc/{process.pid}/fd").iterdir())
    except OSError:
        return False
    return any(str(path) == target(link) for link in links)


def target(link: Path) -> str:
    """Where a descriptor leads; empty where it is closed by now."""
    try:
        return str(link.readlink())
    except OSError:
        return ""
