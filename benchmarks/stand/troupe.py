"""Real workers of a given shape, an envoy that submits plans to them, and what the ledger says about their steps."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click
import psycopg
from sqlalchemy import text

from agents.contract import Pool
from benchmarks.stand.agents import CAST
from benchmarks.stand.crew import Role, at_work, last_words
from benchmarks.stand.listening import TELL, plain
from benchmarks.stand.plans import wait_step
from benchmarks.stand.servers import Servers
from orchestrator.domain.plans import Shape
from orchestrator.local.process import StackProcess
from orchestrator.queues import served_by
from orchestrator.store.engine import make_engine

APP = "benchmarks.stand.cast"
REHEARSALS = 20
_ATTEMPTS = """
    SELECT worker, extract(epoch FROM claimed_at)::float, extract(epoch FROM ended_at)::float
    FROM attempts WHERE outcome = 'succeeded' AND agent = 'waiter' AND claimed_at > to_timestamp(%s)
"""
_NOW = "SELECT extract(epoch FROM clock_timestamp())::float"


class TroupeError(click.ClickException):
    """The envoy or a worker ended; the message holds its last words."""


@dataclass(frozen=True)
class Attempt:
    """Which worker process had a step, and when, in seconds of the database's clock."""

    worker: str
    begin: float
    end: float


@dataclass(frozen=True)
class Played:
    """What became of some runs."""

    seconds: float
    submitting_seconds: float
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Troupe:
    """Workers that run, and the envoy."""

    workers: tuple[StackProcess, ...]
    envoy: "subprocess.Popen[str]"
    connection: psycopg.Connection

    @property
    def pids(self) -> list[int]:
        """Return the workers' processes."""
        return [one.pid for one in self.workers if one.pid is not None]

    def play(self, shapes: Sequence[Shape]) -> Played:
        """Have runs of these shapes done, all submitted at once. Raises ``TroupeError``."""
        begin = float(self._one(_NOW))
        if self.envoy.stdin is None or self.envoy.stdout is None:
            raise TroupeError("the envoy has no pipes")
        self.envoy.stdin.write(json.dumps({"shapes": [shape.model_dump(mode="json") for shape in shapes]}) + "\n")
        self.envoy.stdin.flush()
        line = self.envoy.stdout.readline()
        if not line:
            raise TroupeError(f"the envoy ended with {self.envoy.wait()}; {last_words(self.workers)}")
        rows = self.connection.execute(_ATTEMPTS, [begin]).fetchall()
        return Played(**json.loads(line), attempts=tuple(Attempt(*row) for row in rows))

    def _one(self, query: str) -> Any:  # noqa: ANN401  a database value
        row = self.connection.execute(query).fetchone()
        return row[0] if row else None


def queues() -> list[str]:
    """Return every queue of the cast's catalogue."""
    return served_by({agent.spec.name: agent.spec for agent in CAST}, Pool.THREADS)


def tell_ends(servers: Servers) -> None:
    """Have the ledger tell of ended runs."""
    engine = make_engine(servers.addresses.owner_database_url, pool_size=1)
    with engine.begin() as conn:
        conn.execute(text(TELL))
    engine.dispose()


def beat(env: Mapping[str, str]) -> Role:
    """Return beat, which has the ledger swept."""
    return Role("beat", ("celery", "-A", APP, "beat", "--pidfile=", "--loglevel=WARNING"), env)


def workers(number: int, *, threads: int, env: Mapping[str, str]) -> list[Role]:
    """Return so many thread workers with so many slots each, as ``lookout up`` would start them."""
    quiet = ("--without-gossip", "--without-mingle", "--loglevel=WARNING", f"--queues={','.join(queues())}")
    shape = ("--pool=threads", f"--concurrency={threads}")
    return [
        Role(f"waiting-{one}", ("celery", "-A", APP, "worker", f"--hostname=w{one}@%h", *shape, *quiet), env)
        for one in range(number)
    ]


@contextmanager
def troupe(servers: Servers, *, processes: int, threads: int) -> Iterator[Troupe]:
    """Yield workers that have each shown that they work, and beat beside them."""
    env = servers.environment()
    tell_ends(servers)
    with (
        at_work([*workers(processes, threads=threads, env=env), beat(env)], folder=servers.folder) as crew,
        psycopg.connect(plain(servers.addresses.database_url), autocommit=True) as connection,
        (servers.folder / "envoy.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.stand.envoy"],
            env=env,
            cwd=servers.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as envoy,
    ):
        ready = Troupe(crew[:processes], envoy, connection)
        _rehearse(ready, processes=processes, threads=threads)
        yield ready
        if envoy.stdin:
            envoy.stdin.close()


def _rehearse(ready: Troupe, *, processes: int, threads: int) -> None:
    """Play small runs until every worker has had a step: those that started first would else take everything."""
    seen: set[str] = set()
    for _ in range(REHEARSALS):
        played = ready.play([waiting(number, seconds=0.2) for number in range(processes * min(threads, 8))])
        seen |= {one.worker for one in played.attempts}
        if len(seen) >= processes:
            return
    raise TroupeError(f"only {len(seen)} of {processes} workers took part: {last_words(ready.workers)}")


def waiting(number: int, *, seconds: float) -> Shape:
    """Return a run of one step that waits."""
    return wait_step(f"w{number}", seconds=seconds)
