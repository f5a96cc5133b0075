"""A plan is shown as a tree, before it runs and beside what happened."""

from collections.abc import Mapping

from agents.contract import AgentSpec, Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.planning.planner import make_plan
from orchestrator.planning.trees import Node, plan_tree, printable, tree_lines

Specs = Mapping[str, AgentSpec]
FLASK = Target(kind=TargetKind.GIT, location="/srv/flask")
OSV = Target(kind=TargetKind.ADVISORIES, location="/srv/osv")


def test_a_plan_is_shown_with_everything_that_was_decided(specs: Specs) -> None:
    # Given an advisory for a clone, with a wish that nobody can fulfil
    target = FLASK.model_copy(update={"look": ("exposure", "sentiment")})
    trigger = Trigger(kind=TriggerKind.ADVISORY, subject="CVE-2025-1234", targets=(target, OSV))
    plan = make_plan(
        trigger.model_copy(update={"options": {"look": ["exposure", "sentiment"]}}), specs=specs, deadline_seconds=900
    )
    # When it is shown
    lines = list(tree_lines(plan_tree(plan, specs=specs)))
    urgency = "priority critical ('CVE-2025-1234' in the subject)"
    # Then one sees who does what in which queue, how urgent it is and why, and what is left out
    assert lines[:-1] == [
        f"4 steps · {urgency} · deadline 15m · needs up to 1 at a time, 120 MB each, 25m at most",
        "├── one after the other",
        "│   ├── data_manager collect:advisories · osv · queue data_manager.urgent",
        "│   ├── data_manager collect:dependencies · flask · queue data_manager.urgent",
        "│   ├── security analyse:exposure · flask · queue security.urgent",
        "│   └── reporting report · queue reporting.urgent · required",
        "├── left out",
        "│   └── github: no target of kind git is looked at for health",
        "└── nobody can do",
    ]
    assert lines[-1].startswith("    └── sentiment of git:/srv/flask: no agent in the catalogue can do it; agents: ")


def test_what_really_happened_stands_beside_each_step(specs: Specs) -> None:
    # Given a plan, and the states of two of its steps
    look = FLASK.model_copy(update={"look": ("health",)})
    plan = make_plan(Trigger(kind=TriggerKind.MONITOR, targets=(look,)), specs=specs)
    states = {plan.steps[0].name: "succeeded in 3s", plan.steps[1].name: "failed: no commits"}
    # When it is shown with them
    lines = list(tree_lines(plan_tree(plan, specs=specs, states=states)))
    # Then each stands beside its step, and the third has none
    assert lines[2].endswith("queue data_manager → succeeded in 3s")
    assert lines[3].endswith("queue github → failed: no commits")
    assert lines[4].endswith("queue reporting · required")


def test_a_branch_about_one_target_bears_its_name(specs: Specs) -> None:
    # Given two clones
    other = Target(kind=TargetKind.GIT, location="/srv/click", name="Click")
    plan = make_plan(
        Trigger(kind=TriggerKind.MONITOR, targets=(FLASK, other), options={"look": ["health"]}), specs=specs
    )
    # Then each branch is called after its own
    work = plan_tree(plan, specs=specs).children[0].children[0]
    assert work.label == "side by side (2)"
    assert [child.label for child in work.children] == ["flask: one after the other", "Click: one after the other"]


def test_many_like_branches_are_folded_with_the_counts_of_their_states(specs: Specs) -> None:
    # Given a hundred clones, of which all but the report and a few are done
    targets = tuple(Target(kind=TargetKind.GIT, location=f"/srv/r{number:03}") for number in range(100))
    plan = make_plan(Trigger(kind=TriggerKind.MONITOR, targets=targets, options={"look": ["health"]}), specs=specs)
    states = {step.name: f"succeeded: {number} commits" for number, step in enumerate(plan.steps[:-1])}
    states[plan.steps[-2].name] = "failed, attempt 4: no commits"
    # When they are shown, with states and without
    with_states, without = (
        plan_tree(plan, specs=specs, states=given).children[0].children[0] for given in (states, {})
    )
    # Then the first are there, the others counted
    assert len(with_states.children) == len(without.children) == 13
    assert with_states.children[-1].label == "… and 88 more alike (175 succeeded, 1 failed)"
    assert without.children[-1].label == "… and 88 more alike"


def test_sixty_branches_are_all_shown(specs: Specs) -> None:
    targets = tuple(Target(kind=TargetKind.GIT, location=f"/srv/r{number}") for number in range(60))
    plan = make_plan(Trigger(kind=TriggerKind.MONITOR, targets=targets, options={"look": ["health"]}), specs=specs)
    assert len(plan_tree(plan, specs=specs).children[0].children[0].children) == 60


def test_an_agent_that_left_the_catalogue_and_one_with_a_stand_in_are_shown(specs: Specs) -> None:
    # Given a stored plan whose agents changed since
    second = specs["github"].model_copy(update={"name": "historian"})
    plan = make_plan(
        Trigger(kind=TriggerKind.MONITOR, targets=(FLASK,), options={"look": ["health"]}),
        specs={**specs, "historian": second},
    )
    fewer = {name: spec for name, spec in specs.items() if name != "github"}
    # Then the tree says so instead of failing
    lines = list(tree_lines(plan_tree(plan, specs=fewer)))
    assert any(line.endswith("github analyse:health · flask · not in the catalogue · else historian") for line in lines)


def test_a_plan_of_one_step_is_a_tree_of_one_branch(specs: Specs) -> None:
    # Given a catalogue without a reporter or an analysis, and advisories to read
    few = {"data_manager": specs["data_manager"]}
    plan = make_plan(Trigger(kind=TriggerKind.MONITOR, targets=(OSV,)), specs=few)
    root = plan_tree(plan.model_copy(update={"unserved": ()}), specs=few)
    # Then there is one line below the heading
    assert root.label.startswith("1 step · ")
    assert root.children == (Node("data_manager collect:advisories · osv · queue data_manager"),)


def test_texts_of_strangers_move_no_cursor() -> None:
    assert printable("a\x1b[2J\nb\u202ec é") == "a\\x1b[2J\\nb\\u202ec é"
