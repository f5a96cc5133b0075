"""procrastinate: a job a step, joined by hand in the transaction that keeps a step's result."""

from collections.abc import Mapping

from benchmarks.runs.system import Layout, System
from benchmarks.runs.systems.peer import own_database
from benchmarks.stand.crew import Role

_NEEDS = ("procrastinate", "psycopg_pool")


def roles(env: Mapping[str, str], layout: Layout) -> list[Role]:
    """Return worker processes that do one job at a time each."""
    words = ("benchmarks.runs.systems.procrastinate_worker",)
    return [Role(f"procrastinate-{number}", words, env) for number in range(layout.processes)]


SYSTEMS = (System("procrastinate", "procrastinate", _NEEDS, own_database("benchmark_procrastinate"), roles),)
