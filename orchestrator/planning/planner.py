"""A trigger becomes a plan: a pure function of the trigger and the catalogue."""

from collections.abc import Iterable, Mapping

from agents.contract import AgentSpec, Target
from orchestrator.domain.plans import Plan, Shape, steps
from orchestrator.domain.triggers import Trigger
from orchestrator.errors import PlanningError
from orchestrator.planning.branches import is_service
from orchestrator.planning.choosing import Pool
from orchestrator.planning.drafts import Draft, make_draft
from orchestrator.planning.layout import lay_out
from orchestrator.planning.leftouts import left_out
from orchestrator.planning.limiting import limited
from orchestrator.planning.looks import KNOWN
from orchestrator.planning.options import Options, read_options
from orchestrator.planning.priority import urgency
from orchestrator.planning.problems import shown, unknown
from orchestrator.planning.resources import resources

DEFAULT_DEADLINE_SECONDS = 3_600.0


def make_plan(
    trigger: Trigger, *, specs: Mapping[str, AgentSpec], deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
) -> Plan:
    """Return the plan for a trigger; the same trigger and catalogue always give the same one.

    ``deadline_seconds`` holds where neither the trigger nor its options give one. PlanningError where an option is
    wrong, a target is missing or given twice, or nothing that is asked for can be done.
    """
    options = read_options(trigger.options)
    pool = _pool(specs, options=options)
    _check_targets(trigger.targets)
    draft = make_draft(trigger, options=options, pool=pool)
    layout = lay_out(draft)
    shape = limited(layout.shape, targets=trigger.targets, most=options.step_limit)
    level = urgency(trigger, wanted=options.priority)
    covered = _covered(draft, shape=shape)
    return Plan(
        shape=shape,
        priority=level.priority,
        priority_reason=level.reason,
        deadline_seconds=trigger.deadline_seconds or options.deadline or deadline_seconds,
        targets=tuple(target for target in trigger.targets if target.id in covered),
        resources=resources(shape, specs=specs),
        left_out=left_out(pool, steps=list(steps(shape)), kinds={target.kind for target in trigger.targets}),
        unserved=(*draft.unserved, *layout.gaps),
        options=trigger.options,
    )


def _pool(specs: Mapping[str, AgentSpec], *, options: Options) -> Pool:
    """Return the agents that may take part."""
    for name in sorted(options.without - set(specs)):
        raise PlanningError(f"options.without: {shown(name)} {unknown(name, what='agent', known=specs)}")
    return Pool(specs, options.without)


def _check_targets(targets: tuple[Target, ...]) -> None:
    """Refuse a trigger without targets, or with one given twice."""
    if not targets:
        raise PlanningError("targets: none are given; give at least one, such as github:OWNER/NAME")
    found: set[str] = set()
    for target in targets:
        if target.id in found:
            raise PlanningError(f"targets: {shown(target.id)} is given twice; give it once")
        found.add(target.id)


def _covered(draft: Draft, *, shape: Shape) -> set[str]:
    """Return the ids of the targets that the run is about: those looked at, worked on, or asked about the others."""
    asks: Iterable[str] = (ask.target.id for ask in draft.asked.asks)
    asked = any(step.capability == KNOWN.capability for step in steps(shape))
    services = (target.id for target in draft.asked.advisories if asked and is_service(target))
    return {*asks, *services, *(step.target for step in steps(shape))}
