"""A plan that was changed by hand, or that an older catalogue made, is checked before it runs."""

from collections.abc import Mapping

import pytest

from agents.contract import AgentSpec, Target, TargetKind
from orchestrator.domain.plans import Parallel, Plan, Sequence, Shape, Step, steps
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.planning.checking import check_plan
from orchestrator.planning.planner import make_plan

Specs = Mapping[str, AgentSpec]
FLASK = Target(kind=TargetKind.GIT, location="/srv/flask")


@pytest.fixture
def plan(specs: Specs) -> Plan:
    return make_plan(Trigger(kind=TriggerKind.MONITOR, targets=(FLASK,)), specs=specs)


def shaped(plan: Plan, shape: Shape) -> Plan:
    return plan.model_copy(update={"shape": shape})


def test_what_the_planner_makes_is_sound(plan: Plan, specs: Specs) -> None:
    assert check_plan(plan, specs=specs) == ()


def test_a_name_that_stands_twice_is_found(plan: Plan, specs: Specs) -> None:
    report = plan.steps[-1]
    assert check_plan(shaped(plan, Parallel(parts=(report, report))), specs=specs) == (
        "report: stands 2 times in the plan",
    )


def test_an_agent_that_is_gone_and_one_that_lost_its_capability_are_found(plan: Plan, specs: Specs) -> None:
    # Given steps of an agent that nobody knows any more, and of one that cannot do what is asked
    gone = Step(name="a", agent="youtube", capability="analyse:themes")
    cannot = Step(name="b", agent="github", capability="report", fallbacks=("reporting", "minutes"))
    # When they are checked
    faults = check_plan(shaped(plan, Parallel(parts=(gone, cannot))), specs=specs)
    # Then each fault is said, those of whoever would take over too
    assert faults == (
        "a: no agent is called 'youtube'; there are: data_manager, github, security, reporting",
        "b: github has no capability 'report'",
        "b: no agent is called 'minutes'; there are: data_manager, github, security, reporting",
    )


def test_targets_that_are_not_in_the_plan_are_found(plan: Plan, specs: Specs) -> None:
    step = Step(name="a", agent="github", capability="analyse:health", target="git:/x", sources=("advisories:/y",))
    assert check_plan(shaped(plan, step), specs=specs) == (
        "a: the target 'git:/x' is not in the plan",
        "a: the target 'advisories:/y' is not in the plan",
    )


@pytest.mark.parametrize("order", ["beside", "after", "within", "gone", "itself"])
def test_a_need_that_does_not_stand_before_is_found(order: str, plan: Plan, specs: Specs) -> None:
    # Given a step that needs another which stands beside it, after it, or nowhere
    first = Step(name="first", agent="reporting", capability="report")
    second = Step(
        name="second", agent="reporting", capability="report", needs=("second" if order == "itself" else "first",)
    )
    shapes: dict[str, Shape] = {
        "beside": Parallel(parts=(first, second)),
        "after": Sequence(parts=(second, first)),
        "within": Sequence(parts=(Parallel(parts=(second, first)), plan.steps[-1])),
        "gone": second,
        "itself": second,
    }
    # Then it is said
    assert check_plan(shaped(plan, shapes[order]), specs=specs) == (
        f"second: needs {second.needs[0]!r}, which does not stand before it",
    )


def test_a_need_that_stands_before_in_another_branch_s_past_is_sound(plan: Plan, specs: Specs) -> None:
    # Given a need inside a parallel part that ends before
    first, other, third = (Step(name=name, agent="reporting", capability="report") for name in "abc")
    last = third.model_copy(update={"needs": ("a",)})
    # Then it is met
    shape = Sequence(parts=(Parallel(parts=(first, other)), last))
    assert check_plan(shaped(plan, shape), specs=specs) == ()
    assert [step.name for step in steps(shape)] == ["a", "b", "c"]
