"""What is queued and what is pressed in between: bursts of made-up steps, and single ones that say when they began."""

from collections.abc import Iterator, Mapping
from itertools import cycle
from uuid import UUID

from agents.contract import AgentSpec, Pool, Target, TargetKind
from benchmarks.urgent.cast import BUSY, TOUCH
from orchestrator.domain.ids import new_run_id
from orchestrator.domain.plans import Plan, Resources, Shape, Step, parallel
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.ledger.submit import Submission

BURST = 250
"""Steps of one run of the backlog."""
WAITING_SHARE = 0.85
"""Of the backlog for the agents on threads, which take it down faster."""
DEADLINE_SECONDS = 3_600.0


def shares(specs: Mapping[str, AgentSpec], total: int) -> dict[str, int]:
    """Return how many of so many steps each agent gets, so that no group of workers runs dry early."""
    waiting = [name for name, spec in specs.items() if spec.pool is Pool.THREADS]
    computing = [name for name in specs if name not in waiting]
    kinds = ((waiting, WAITING_SHARE), (computing, 1 - WAITING_SHARE))
    return {name: max(1, round(total * share / len(names))) for names, share in kinds for name in names}


def bursts(specs: Mapping[str, AgentSpec], *, total: int, priority: Priority) -> Iterator[Submission]:
    """Yield runs of a priority whose steps, 200 ms each, are so many in all, spread over every agent's lane."""
    for agent, count in shares(specs, total).items():
        for first in range(0, count, BURST):
            steps = [made_up(f"{agent}-{number}", agent, BUSY) for number in range(first, min(first + BURST, count))]
            yield submission(parallel(*steps) or steps[0], priority=priority)


def touches(specs: Mapping[str, AgentSpec]) -> Iterator[Submission]:
    """Yield critical runs of one step that does nothing but say when it began: on each agent's urgent lane in turn."""
    for agent in cycle(specs):
        yield submission(made_up("touch", agent, TOUCH), priority=Priority.CRITICAL)


def made_up(name: str, agent: str, capability: str) -> Step:
    """Return a made-up step; its target keeps it from joining the others."""
    return Step(name=name, agent=agent, capability=capability, target="git:nowhere")


def submission(shape: Shape, *, priority: Priority) -> Submission:
    """Return a shape as something to submit."""
    run_id: UUID = new_run_id()
    plan = Plan(
        shape=shape,
        priority=priority,
        priority_reason="the benchmark says so",
        deadline_seconds=DEADLINE_SECONDS,
        targets=(Target(kind=TargetKind.GIT, location="nowhere"),),
        resources=Resources(slots=1, memory_mb=1, seconds=1),
    )
    trigger = Trigger(kind=TriggerKind.MONITOR, source="benchmark", key=str(run_id), priority=priority)
    return Submission(trigger=trigger, plan=plan, key=str(run_id), run_id=run_id)
