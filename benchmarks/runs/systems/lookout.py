"""Lookout itself: real plans, the real ledger, real workers on our own tasks, with attempts and effects."""

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.runs.system import CELERY_POOLS, Layout, System, celery_workers
from benchmarks.stand.crew import Role
from benchmarks.stand.servers import Servers
from benchmarks.stand.troupe import APP, beat, queues, tell_ends

EVENTS_OFF = {"BENCHMARK_EVENTS": "off"}
GO_ON = {"LOOKOUT_GO_ON": "true"}
"""The worker that opens a gate goes on with what stands behind it itself."""


def prepare(servers: Servers) -> Mapping[str, str]:
    """Have the ledger tell of ended runs."""
    tell_ends(servers)
    return servers.environment()


def roles(env: Mapping[str, str], layout: Layout) -> list[Role]:
    """Return workers on all queues, and beat, which has the ledger swept."""
    return [*celery_workers(APP, layout, env=env, options=(f"--queues={','.join(queues())}",)), beat(env)]


LOOKOUT = System("lookout", "lookout", (), prepare, roles, layouts=CELERY_POOLS, learns_seconds=7.0)
SYSTEMS = (
    LOOKOUT,
    replace(LOOKOUT, name="lookout, no events", settings=EVENTS_OFF),
    replace(LOOKOUT, name="lookout, going on", setting="go_on", settings=GO_ON),
)
