"""What holds for every plan, whatever the targets and the options."""

from collections.abc import Mapping

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from agents.contract import AgentSpec, Target, TargetKind
from orchestrator.domain.plans import Parallel, Plan, Sequence, Shape, Step, levels, remaining, steps
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.errors import PlanningError
from orchestrator.planning.checking import check_plan
from orchestrator.planning.planner import make_plan
from orchestrator.planning.trees import plan_tree, tree_lines

LOOKS = ("health", "exposure", "sentiment")

targets = st.lists(
    st.builds(
        Target,
        kind=st.sampled_from(TargetKind),
        location=st.sampled_from([f"/srv/{name}" for name in "abcdefgh"]),
        name=st.text(max_size=8),
        look=st.lists(st.sampled_from(LOOKS), unique=True).map(tuple),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda target: target.id,
).map(tuple)
options = st.fixed_dictionaries(
    {},
    optional={
        "look": st.lists(st.sampled_from(LOOKS), min_size=1, unique=True),
        "without": st.lists(st.sampled_from(["github", "security"]), min_size=1, unique=True),
    },
)
triggers = st.builds(Trigger, kind=st.sampled_from(TriggerKind), targets=targets, options=options, text=st.text())
checked = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def planned(trigger: Trigger, specs: Mapping[str, AgentSpec]) -> Plan:
    try:
        return make_plan(trigger, specs=specs)
    except PlanningError:
        # Nothing of what was drawn can be done: other tests look at that.
        reject()


def normal(shape: Shape) -> bool:
    """Whether no sequence stands in a sequence, no parallel in a parallel, and each has two parts at least."""
    if isinstance(shape, Step):
        return True
    own = Sequence if isinstance(shape, Sequence) else Parallel
    return len(shape.parts) >= 2 and all(not isinstance(part, own) and normal(part) for part in shape.parts)


@given(trigger=triggers)
@checked
def test_every_plan_is_sound_and_in_normal_form(trigger: Trigger, specs: Mapping[str, AgentSpec]) -> None:
    # Given any plan
    plan = planned(trigger, specs)
    # Then each step stands once, everything needed stands before, and the shape is normal
    assert check_plan(plan, specs=specs) == ()
    assert normal(plan.shape)
    # And the report is last, alone required, and waits for all
    assert [step.name for step in plan.steps if step.required] == ["report"]
    assert [step.name for step in levels(plan.shape)[-1]] == ["report"]


@given(trigger=triggers)
@checked
def test_every_analysis_needs_its_own_collection_and_nobody_elses(
    trigger: Trigger, specs: Mapping[str, AgentSpec]
) -> None:
    # Given any plan
    plan = planned(trigger, specs)
    # When each analysis is looked at
    for step in plan.steps:
        if step.capability.startswith("analyse:"):
            # Then what it needs is collected from its own target
            assert {plan.step(need).target for need in step.needs} == {step.target}
            assert all(plan.step(need).capability.startswith("collect:") for need in step.needs)


@given(trigger=triggers)
@checked
def test_the_history_of_one_target_holds_up_nobody_elses_health(
    trigger: Trigger, specs: Mapping[str, AgentSpec]
) -> None:
    # Given any plan
    plan = planned(trigger, specs)
    collects = frozenset(step.name for step in plan.steps if step.capability.startswith("collect:"))
    for step in plan.steps:
        if step.capability == "analyse:health":
            # When only its own collection is done
            rest = remaining(plan.shape, collects & frozenset(step.needs))
            # Then it stands first in what remains
            assert rest is not None
            assert step.name in {each.name for each in levels(rest)[0]}


@given(trigger=triggers, kept=st.integers(min_value=1, max_value=5))
@checked
def test_levels_hold_every_step_once_and_what_remains_loses_exactly_what_is_done(
    trigger: Trigger, kept: int, specs: Mapping[str, AgentSpec]
) -> None:
    # Given any plan, and any part of its steps done
    plan = planned(trigger, specs)
    names = [step.name for step in plan.steps]
    done = frozenset(names[::kept])
    # When the levels and the rest are taken
    rest = remaining(plan.shape, done)
    # Then the levels are a partition, and the rest is the plan without what is done, in the same order
    assert sorted(step.name for level in levels(plan.shape) for step in level) == sorted(names)
    assert ([step.name for step in steps(rest)] if rest else []) == [name for name in names if name not in done]
    assert rest is None or normal(rest)


@given(trigger=triggers)
@checked
def test_plans_are_repeatable_and_survive_being_stored(trigger: Trigger, specs: Mapping[str, AgentSpec]) -> None:
    plan = planned(trigger, specs)
    assert make_plan(trigger, specs=specs) == plan
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


@given(trigger=triggers)
@checked
def test_whatever_targets_are_called_a_tree_is_printable(trigger: Trigger, specs: Mapping[str, AgentSpec]) -> None:
    plan = planned(trigger, specs)
    assert all(line.isprintable() for line in tree_lines(plan_tree(plan, specs=specs)))
