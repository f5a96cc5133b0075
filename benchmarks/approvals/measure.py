"""What runs cost that wait for a person: slots, memory, messages, and the time until they go on."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

import psycopg
from psycopg.rows import dict_row

from agents.contract import Pool
from benchmarks.approvals.agents import CAST
from benchmarks.facts import machine, versions
from benchmarks.passes import PassError
from benchmarks.stand.crew import Role, at_work, last_words
from benchmarks.stand.listening import plain
from benchmarks.stand.servers import Servers, running_servers
from benchmarks.stand.spans import most_at_once
from benchmarks.stand.statistics import quantile
from benchmarks.stand.usage import memory_mb
from orchestrator.local.process import StackProcess
from orchestrator.queues import served_by
from orchestrator.settings.groups import Ledger

APP, HAND = "benchmarks.approvals.cast", "benchmarks.approvals.hand"
MOST_MB = 5.0
"""The goal: what so many waiting runs may add to the workers' memory."""
DAYS = 7
_AGE = (
    """UPDATE runs SET created_at = created_at - %(days)s::interval, deadline_at = deadline_at - %(days)s::interval,
       last_progress_at = last_progress_at - %(days)s::interval WHERE state = 'running'""",
    """UPDATE steps SET ready_at = ready_at - %(days)s::interval, claimed_at = claimed_at - %(days)s::interval
       WHERE state = 'waiting'""",
    "UPDATE approvals SET asked_at = asked_at - %(days)s::interval WHERE answered_at IS NULL",
)
"""Let days pass for all that waits: as far as the ledger can tell, it began so long ago."""
_LEDGER = """
    SELECT (SELECT count(*) FROM steps WHERE state = 'waiting') AS waiting,
           (SELECT count(*) FROM steps WHERE state = 'running' OR lease_owner IS NOT NULL) AS running,
           (SELECT count(*) FROM attempts WHERE agent = 'asker') AS asking,
           (SELECT count(*) FROM outbox o JOIN steps s ON s.run_id = o.run_id AND s.agent = 'asker') AS messages,
           (SELECT count(*) FROM runs WHERE state = 'succeeded') AS succeeded,
           (pg_database_size(current_database()) / 1048576.0)::float AS database_mb
"""
_RESUMED = """
    SELECT extract(epoch FROM t.claimed_at - a.answered_at)::float
    FROM approvals a JOIN attempts t ON t.run_id = a.run_id AND t.step = a.step AND t.attempt = 2
    WHERE a.answered_at > to_timestamp(%s)
"""
_HELD = """
    SELECT extract(epoch FROM claimed_at)::float, extract(epoch FROM ended_at)::float FROM attempts
    WHERE agent = 'waiter' AND claimed_at > to_timestamp(%s)
"""


@dataclass(frozen=True)
class Wishes:
    """What is asked for."""

    runs: int = 1_000
    processes: int = 2
    threads: int = 8
    quiet_seconds: float = 12.0
    """Sweeps come every 5 s: at least two of them look at everything that waits."""

    @property
    def slots(self) -> int:
        """How many steps the workers can do at one time."""
        return self.processes * self.threads


@dataclass(frozen=True)
class Look:
    """The ledger and the workers at one moment."""

    waiting: int
    running: int
    asking: int
    messages: int
    succeeded: int
    database_mb: float
    workers_mb: float


@dataclass(frozen=True)
class Stand:
    """Workers that run, and what is asked of them."""

    env: Mapping[str, str]
    servers: Servers
    workers: tuple[StackProcess, ...]
    connection: psycopg.Connection

    def do(self, deed: str, number: int) -> dict[str, Any]:
        """Return what a process of ours did. Raises ``PassError`` where it failed, or a worker has ended."""
        words = [sys.executable, "-m", HAND, deed, str(number)]
        done = subprocess.run(
            words, env=dict(self.env), cwd=self.servers.folder, stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode != 0:
            raise PassError(f"{deed} ended with code {done.returncode}: {last_words(self.workers)}")
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    def look(self) -> Look:
        """Return how all stands now."""
        pids = [one.pid for one in self.workers if one.pid is not None]
        with self.connection.cursor(row_factory=dict_row) as cursor:
            row: dict[str, Any] = cursor.execute(_LEDGER).fetchone() or {}
        return Look(**row, workers_mb=memory_mb(pids))

    def since(self, query: str, moment: float) -> list[tuple[Any, ...]]:
        """Return what came after a moment."""
        return self.connection.execute(query, [moment]).fetchall()


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value; ``passed`` where every goal is met."""
    found = machine()
    with running_servers() as servers:
        with standing(servers, wishes) as stand:
            idle = warmed(stand, wishes)
            asked = stand.do("ask", wishes.runs)
            before = stand.look()
            say(f"{wishes.runs} runs wait after {asked['seconds']} s")
        age(servers)
        with standing(servers, wishes) as stand:
            after = warmed(stand, wishes)
            figures = answered(stand, wishes, after=after)
            say(f"all ended {figures['all_ended_after_seconds']} s after the first answer")
    figures = {**costs(idle, before, after), **figures, "asking_seconds": asked["seconds"], "runs": wishes.runs}
    goals = judge(figures, wishes=wishes)
    return {
        "benchmark": "approvals",
        "passed": all(goals.values()),
        "goals": goals,
        **figures,
        "wishes": asdict(wishes),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
    }


def warmed(stand: Stand, wishes: Wishes) -> Look:
    """Fill every slot of workers that have just started, let sweeps go by, and look."""
    stand.do("hold", wishes.slots)
    time.sleep(wishes.quiet_seconds)
    return stand.look()


def answered(stand: Stand, wishes: Wishes, *, after: Look) -> dict[str, Any]:
    """Fill every slot beside the runs that wait, then answer them all; return what was seen."""
    began = time.time()
    stand.do("hold", wishes.slots)
    held = most_at_once((row[0], row[1]) for row in stand.since(_HELD, began))
    began = time.time()
    told = stand.do("approve", wishes.runs)
    resumed = [float(row[0]) for row in stand.since(_RESUMED, began)]
    return {
        "slots_filled_beside_them": held,
        "answering_seconds": told["answering_seconds"],
        "all_ended_after_seconds": told["seconds"],
        "resume_seconds": in_short(resumed),
        "succeeded": stand.look().succeeded - after.succeeded - wishes.slots,
    }


def costs(idle: Look, before: Look, after: Look) -> dict[str, Any]:
    """Return what runs that wait cost, given looks at fresh workers without them, at them, and at fresh ones again.

    Workers that start while runs wait are held against workers that start when none does: what asking and answering
    leaves behind in a worker is told beside that, and is no cost of waiting.
    """
    return {
        "days": DAYS,
        "slots_held_by_waiting_runs": max(before.running, after.running),
        "workers_mb": {
            "none_waits": idle.workers_mb,
            "all_have_asked": before.workers_mb,
            "all_wait": after.workers_mb,
        },
        "added_mb": round(after.workers_mb - idle.workers_mb, 1),
        "database_mb_added": round(after.database_mb - idle.database_mb, 1),
        "tried_meanwhile": after.asking - before.asking,
        "sent_meanwhile": after.messages - before.messages,
        "still_waiting": after.waiting,
    }


def age(servers: Servers) -> None:
    """Let days pass for all that waits, while no worker is there."""
    with psycopg.connect(plain(servers.addresses.database_url), autocommit=True) as connection:
        for statement in _AGE:
            connection.execute(statement, {"days": f"{DAYS} days"})


def judge(figures: Mapping[str, Any], *, wishes: Wishes) -> dict[str, bool]:
    """Return which goals are met."""
    return {
        f"{wishes.runs} runs wait for {DAYS} days": figures["still_waiting"] == wishes.runs,
        "they hold no slot": figures["slots_held_by_waiting_runs"] == 0
        and figures["slots_filled_beside_them"] == wishes.slots,
        f"they add less than {MOST_MB:g} MB to the workers": figures["added_mb"] < MOST_MB,
        "nothing is tried or sent for them": figures["tried_meanwhile"] == figures["sent_meanwhile"] == 0,
        "all of them succeed once they are approved": figures["succeeded"] == wishes.runs,
        "99 of 100 go on within two sweeps of their answer": figures["resume_seconds"]["p99"]
        <= 2 * Ledger.model_construct().sweep_seconds,
    }


def in_short(seconds: Sequence[float]) -> dict[str, float]:
    """Return times as their middle, 99th of 100 and longest; 0 where there are none."""
    shown = {"p50": median(seconds or [0.0]), "p99": quantile(seconds, 0.99), "max": max(seconds, default=0.0)}
    return {name: round(value, 2) for name, value in shown.items()}


@contextmanager
def standing(servers: Servers, wishes: Wishes) -> Iterator[Stand]:
    """Yield workers with so many slots, and beat beside them, which has the ledger swept."""
    env = servers.environment()
    queues = ",".join(served_by({agent.spec.name: agent.spec for agent in CAST}, Pool.THREADS))
    words = ("celery", "-A", APP, "worker", "--pool=threads", f"--concurrency={wishes.threads}", f"--queues={queues}")
    quiet = ("--without-gossip", "--without-mingle", "--loglevel=WARNING")
    roles = [Role(f"waiting-{one}", (*words, f"--hostname=w{one}@%h", *quiet), env) for one in range(wishes.processes)]
    beat = Role("beat", ("celery", "-A", APP, "beat", "--pidfile=", "--loglevel=WARNING"), env)
    with (
        at_work([*roles, beat], folder=servers.folder) as crew,
        psycopg.connect(plain(servers.addresses.database_url), autocommit=True) as connection,
    ):
        yield Stand(env, servers, crew[: wishes.processes], connection)
