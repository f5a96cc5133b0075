"""Raw Celery: a chain of groups, which Celery joins as chords in Redis, results in Redis too."""

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.runs.system import CELERY_POOLS, Layout, System, celery_workers
from benchmarks.stand.crew import Role
from benchmarks.stand.servers import Servers

APP = "benchmarks.runs.systems.raw_tasks"
BROKER, EVENTS = "BENCHMARK_BROKER", "BENCHMARK_EVENTS"
DATABASE = 1
"""Of the same Valkey; Lookout's messages are in 0."""
PATH, PASSWORD = "BENCHMARK_BROKER_PATH", "BENCHMARK_BROKER_PASSWORD"


def prepare(servers: Servers) -> Mapping[str, str]:
    """Say where the broker is."""
    address = f"redis+socket://:{servers.broker_password}@{servers.broker_path}?virtual_host={DATABASE}"
    given = {BROKER: address, PATH: servers.broker_path, PASSWORD: servers.broker_password}
    env = {**servers.environment(), **given}
    return {name: value for name, value in env.items() if name != "CELERY_BROKER_URL"}


def roles(env: Mapping[str, str], layout: Layout) -> list[Role]:
    """Return the workers."""
    events = ("--task-events",) if env.get(EVENTS) != "off" else ()
    return celery_workers(APP, layout, env=env, options=events)


RAW = System("celery", "celery", (), prepare, roles, layouts=CELERY_POOLS)
SYSTEMS = (RAW, replace(RAW, name="celery, no events", settings={EVENTS: "off"}))
