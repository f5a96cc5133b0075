"""Claims and completions, timed: the ledger's own, one step at a time, on a database with few or many attempts."""

import time
from collections.abc import Callable
from uuid import UUID, uuid4

from agents.contract import AgentReport, AgentSpec
from benchmarks.stand.agents import CAST
from benchmarks.stand.payload import payload
from benchmarks.stand.plans import PLAYER, act, plan_of, side_by_side, submission
from orchestrator.ledger.claims import Holder, claim
from orchestrator.ledger.completion import Done, complete
from orchestrator.ledger.submit import submit
from orchestrator.store.direct import Direct
from orchestrator.store.tables.columns import DEFAULT_TENANT

WIDTH = 8
"""Steps of each run that is timed."""
_SPECS: dict[str, AgentSpec] = {each.spec.name: each.spec for each in CAST}
_PLAN = plan_of(side_by_side(act(f"s{number}", target=f"git:t{number}") for number in range(WIDTH)))


def new_run(direct: Direct) -> UUID:
    """Accept a run of steps side by side; its messages are nobody's."""
    return submit(direct, submission(_PLAN, run=str(uuid4())), specs=_SPECS, max_losses=10).run_id


def timed(direct: Direct, *, runs: int, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Claim and complete every step of some new runs; return how many milliseconds each step took for both."""
    took: list[float] = []
    for run_id in [new_run(direct) for _ in range(runs)]:
        for step in _PLAN.steps:
            begin = clock()
            got = claim(direct, run_id, steps=(step.name,), holder=Holder("benchmark:1", 60))
            (mine,) = got.claims
            report = AgentReport(agent=PLAYER, target=step.target, summary=step.name, metrics=payload(step.name))
            complete(direct, [Done(mine.held, report, seconds=0.0, last=True)], tenant=DEFAULT_TENANT)
            took.append((clock() - begin) * 1_000)
    return took
