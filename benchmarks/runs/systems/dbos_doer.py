"""How DBOS does a run: an asynchronous workflow whose steps stand side by side in ``asyncio.gather``."""

import asyncio
import os
from typing import Any

from dbos import DBOS

from benchmarks.runs.systems.peer import ADDRESS, one_at_a_time
from benchmarks.runs.work import Work
from benchmarks.stand.payload import payload

POOL = 20


async def _step(number: int, seconds: float, results: list[dict[str, Any]]) -> dict[str, Any]:
    """Be one step; ``results`` are those of the phase before."""
    if seconds:
        await asyncio.sleep(seconds)
    return payload(f"s{number}/{len(results)}")


step = DBOS.step(name="step")(_step)


async def _flow(phases: list[int], seconds: float) -> int:
    """Do all phases, each with the results of the one before."""
    results: list[dict[str, Any]] = []
    for width in phases:
        results = list(await asyncio.gather(*(step(number, seconds, results) for number in range(width))))
    return len(results)


flow = DBOS.workflow(name="flow")(_flow)


class DbosDoer:
    """Runs workflows in this process."""

    async def open(self) -> None:
        """Make the system database where it is missing, and start."""
        url = os.environ[ADDRESS]
        DBOS(
            config={
                "name": "benchmark",
                "system_database_url": url,
                "sys_db_pool_size": POOL,
                "log_level": "ERROR",
                "executor_id": f"hand-{os.getpid()}",
                "application_version": "1",
            }
        )
        with one_at_a_time(url):
            DBOS.launch()

    async def do(self, work: Work) -> None:
        """Run one workflow."""
        await flow(list(work.phases), work.seconds)

    async def close(self) -> None:
        """Stop."""
        DBOS.destroy()


def open_doer() -> DbosDoer:
    """Return what does the runs."""
    return DbosDoer()
