"""A stage: the ledger, the broker, and worker processes, all real."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import redis
from sqlalchemy import Engine, text

from orchestrator.local.addresses import ServiceAddresses
from orchestrator.local.services import EmbeddedServices
from orchestrator.store.tables import metadata

REPOSITORY = Path(__file__).resolve().parents[2]
TROUPE = REPOSITORY / "tests" / "integration" / "troupe"


def empty(engine: Engine, addresses: ServiceAddresses) -> bool:
    """Empty the ledger and the broker."""
    names = ", ".join([*(table.name for table in metadata.sorted_tables), "effects"])
    with engine.begin() as conn:
        conn.execute(text(f"TRUNCATE {names}"))
    broker_client(addresses).flushall()
    return True


def broker_client(addresses: ServiceAddresses) -> redis.Redis:
    """Return a client of the broker itself."""
    path, password = addresses.broker_url.partition("@")[2].partition("?")[0], addresses.broker_url.split(":")[2]
    return redis.Redis(unix_socket_path=path, password=password.partition("@")[0])


def wait_for(condition: Callable[[], object], *, seconds: float) -> None:
    """Wait until a condition holds; AssertionError where it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{condition} did not hold within {seconds} s"
        time.sleep(0.05)


@dataclass
class Worker:
    """A worker as a process in a group of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def ready(self) -> bool:
        """Whether it serves its queues; AssertionError with its log where it ended instead."""
        text = self.log.read_text()
        assert self.process.poll() is None, text[-4_000:]
        return "ready." in text

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the whole group."""
        os.killpg(self.process.pid, number)

    def end(self) -> None:
        """End it, politely first."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process.wait(10)


@dataclass
class Stage:
    """Where a test plays: the ledger, the broker, and the workers that it started."""

    engine: Engine
    addresses: ServiceAddresses
    services: EmbeddedServices
    folder: Path
    workers: list[Worker] = field(default_factory=list)

    def start(self, *arguments: str, app: str = "troupe") -> Worker:
        """Start ``celery -A APP`` with the arguments and return it without waiting."""
        log = self.folder / f"celery-{len(self.workers)}.log"
        path = f"{REPOSITORY}:{TROUPE}:{os.environ.get('PYTHONPATH', '')}"
        environment = {**os.environ, "PYTHONPATH": path, "TROUPE_FOLDER": str(self.folder)}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", app, *arguments],
                cwd=REPOSITORY,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        worker = Worker(process=process, log=log)
        self.workers.append(worker)
        return worker

    def worker(self, *, pool: str = "threads", slots: int = 4, queues: str = "", app: str = "troupe") -> Worker:
        """Start a worker and wait until it is ready."""
        options = ["-P", pool, "-c", str(slots), "-n", f"w{len(self.workers)}@test", "--without-mingle", "-l", "INFO"]
        worker = self.start("worker", *options, *(["-Q", queues] if queues else []), app=app)
        self.wait(worker.ready, seconds=60)
        return worker

    def wait(self, condition: Callable[[], object], *, seconds: float = 30) -> None:
        """Wait until a condition holds."""
        wait_for(condition, seconds=seconds)

    def one(self, statement: str, **values: object) -> object:
        """Return the single value of a query."""
        with self.engine.connect() as conn:
            return conn.execute(text(statement), values).scalar_one()

    def state(self, run_id: UUID) -> str:
        """Return a run's state."""
        return str(self.one("SELECT state FROM runs WHERE id = :run", run=run_id))

    def step_states(self, run_id: UUID) -> dict[str, str]:
        """Return the state of each step of a run."""
        with self.engine.connect() as conn:
            rows = conn.execute(text("SELECT name, state FROM steps WHERE run_id = :run"), {"run": run_id})
            return {row.name: row.state for row in rows}

    def wait_for_end(self, run_id: UUID, *, seconds: float = 40) -> str:
        """Wait until a run has ended; return its state."""
        self.wait(lambda: self.state(run_id) != "running", seconds=seconds)
        return self.state(run_id)

    def doubled_effects(self) -> int:
        """Return how many effects were written more than once, by the log that has no keys."""
        query = "SELECT count(*) FROM (SELECT FROM effects GROUP BY run_id, finding_id HAVING count(*) > 1) t"
        return int(str(self.one(query)))
