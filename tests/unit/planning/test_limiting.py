"""Limits of single steps, from a trigger's options and from its targets'."""

import pytest

from agents.catalog import catalog
from agents.contract import Target, TargetKind
from orchestrator.domain.plans import Plan
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.errors import PlanningError
from orchestrator.planning.planner import make_plan


def plan(*limits: object, most: object = None) -> Plan:
    """Return the plan for a clone with each of the limits (None: without), and with a trigger's own."""
    targets = [
        Target(
            kind=TargetKind.GIT,
            location=f"/clones/{number}",
            options={} if limit is None else {"step_limit": limit},
        )
        for number, limit in enumerate(limits)
    ]
    options = {} if most is None else {"step_limit": most}
    trigger = Trigger(kind=TriggerKind.MONITOR, targets=tuple(targets), options=options)
    return make_plan(trigger, specs=catalog())


def limits_of(made: Plan) -> dict[str, set[float | None]]:
    """Return the limits of each target's steps."""
    found: dict[str, set[float | None]] = {}
    for step in made.steps:
        found.setdefault(step.target, set()).add(step.seconds)
    return found


def test_a_plan_without_limits_is_left_as_it_is() -> None:
    # Given / When / Then
    assert limits_of(plan(None)) == {"git:/clones/0": {None}, "": {None}}


def test_the_shorter_of_a_triggers_and_a_targets_limit_holds() -> None:
    # Given three clones with a shorter, a longer and no limit of their own
    made = plan("20s", 90, None, most="1m")
    # When planned, then each step has the shorter one, the join the trigger's
    assert limits_of(made) == {"git:/clones/0": {20}, "git:/clones/1": {60}, "git:/clones/2": {60}, "": {60}}
    # And the plan's own time follows
    assert made.resources.seconds < plan(None, None, None).resources.seconds


def test_a_targets_limit_alone_leaves_the_others_alone() -> None:
    # Given / When / Then
    assert limits_of(plan(20, None)) == {"git:/clones/0": {20}, "git:/clones/1": {None}, "": {None}}


@pytest.mark.parametrize("limit", ["soon", 0, -1, True, [1]])
def test_a_limit_that_is_no_time_is_refused_with_its_target(limit: object) -> None:
    # Given / When
    with pytest.raises(PlanningError) as caught:
        plan(limit)
    # Then
    assert "target git:/clones/0: options.step_limit: " in str(caught.value)
    assert "span of time" in str(caught.value)


def test_a_triggers_limit_that_is_no_time_is_refused() -> None:
    # Given / When / Then
    with pytest.raises(PlanningError, match=r"options\.step_limit: 'soon' is no span of time"):
        plan(None, most="soon")
