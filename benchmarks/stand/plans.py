"""Plans for the benchmarks' agents, by hand: no planner stands between a shape and the ledger."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from agents.contract import Target, TargetKind
from orchestrator.domain.plans import Plan, Resources, Shape, Step, parallel, sequence, steps
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.ledger.submit import Submission

DEADLINE_SECONDS = 3_600.0
PLAYER, WAITER = "player", "waiter"


def act(name: str, *, agent: str = PLAYER, target: str = "") -> Step:
    """Return one step; with a target it reads no other step's result, without one it joins those before it."""
    return Step(name=name, agent=agent, capability="play" if agent == PLAYER else "wait", target=target)


def phased(phases: Sequence[int], *, seconds: float = 0.0) -> Shape:
    """Return phases of steps side by side, each of which needs all of the phase before and waits so long."""
    agent, end = (WAITER, f"@{seconds:g}") if seconds else (PLAYER, "")
    first, *others = phases
    rows = [[act(f"s0.{number}{end}", agent=agent, target=f"git:t{number}") for number in range(first)]]
    rows += [[act(f"s{level}.{number}{end}", agent=agent) for number in range(n)] for level, n in enumerate(others, 1)]
    return in_turn(side_by_side(row) for row in rows)


def wait_step(name: str, *, seconds: float, reads: bool = False) -> Step:
    """Return a step that waits; one that ``reads`` joins those before it."""
    return act(f"{name}@{seconds:g}", agent=WAITER, target="" if reads else f"git:{name}")


def plain_fan(width: int, *, seconds: float) -> Shape:
    """Return steps side by side that wait, and nothing behind them."""
    return side_by_side(wait_step(f"w{number}", seconds=seconds) for number in range(width))


def side_by_side(parts: Iterable[Shape]) -> Shape:
    """Return parts side by side; ValueError where there are none."""
    shape = parallel(*parts)
    if shape is None:
        raise ValueError("parts: at least one is needed")
    return shape


def in_turn(parts: Iterable[Shape]) -> Shape:
    """Return parts one after the other; ValueError where there are none."""
    shape = sequence(*parts)
    if shape is None:
        raise ValueError("parts: at least one is needed")
    return shape


def plan_of(shape: Shape) -> Plan:
    """Return the plan of a shape, with a target for each step that names one."""
    named = dict.fromkeys(step.target for step in steps(shape) if step.target)
    targets = [Target(kind=TargetKind.GIT, location=name.removeprefix("git:")) for name in named]
    return Plan(
        shape=shape,
        priority=Priority.NORMAL,
        priority_reason="a benchmark",
        deadline_seconds=DEADLINE_SECONDS,
        targets=tuple(targets),
        resources=Resources(slots=1, memory_mb=1, seconds=1),
    )


def submission(plan: Plan, *, run: str) -> Submission:
    """Return a plan as something to submit under an id of our own."""
    trigger = Trigger(kind=TriggerKind.MONITOR, source="benchmark", key=run)
    return Submission(trigger=trigger, plan=plan, key=run, run_id=UUID(run))
