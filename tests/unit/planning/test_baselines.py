"""Hybrid targets: what a watchlist says of them, and where their baselines stand in plans."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agents.contract import AgentSpec, Hybrid, Target, TargetKind
from orchestrator.domain.plans import before
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.errors import WatchlistError
from orchestrator.planning.checking import check_plan
from orchestrator.planning.outlines import outline
from orchestrator.planning.planner import make_plan
from orchestrator.planning.watchlist import parse_watchlist

PLAIN = AgentSpec(
    name="plain",
    title="Plain",
    capabilities=frozenset({"baseline"}),
    target_kinds=frozenset({TargetKind.GIT, TargetKind.SBOM}),
)
OSV = Target(kind=TargetKind.ADVISORIES, location="/srv/osv")


@pytest.fixture
def hybrid_specs(specs: Mapping[str, AgentSpec]) -> Mapping[str, AgentSpec]:
    return {**specs, PLAIN.name: PLAIN}


def git(name: str, *, hybrid: Hybrid = Hybrid.OFF, look: tuple[str, ...] = ()) -> Target:
    return Target(kind=TargetKind.GIT, location=f"/srv/{name}", hybrid=hybrid, look=look)


def look_at(*targets: Target, **options: list[str]) -> Trigger:
    return Trigger(kind=TriggerKind.MONITOR, targets=targets, options=dict(options))


def test_without_hybrid_targets_a_baseline_changes_nothing_in_a_plan(
    specs: Mapping[str, AgentSpec], hybrid_specs: Mapping[str, AgentSpec]
) -> None:
    for trigger in (look_at(git("a"), git("b"), OSV), look_at(git("a", look=("prices",)), git("b"))):
        assert make_plan(trigger, specs=hybrid_specs) == make_plan(trigger, specs=specs)


@pytest.mark.parametrize("mode", [Hybrid.ON_FAILURE, Hybrid.BOTH])
def test_a_baseline_follows_all_of_its_own_target_and_nothing_of_others(
    hybrid_specs: Mapping[str, AgentSpec], mode: Hybrid
) -> None:
    # Given one hybrid target beside another
    a = git("a", hybrid=mode)
    plan = make_plan(look_at(a, git("b")), specs=hybrid_specs)
    # Then its baseline stands behind its own branches, needs none of them, and reads from what became of them
    assert outline(plan.shape) == (
        "((data_manager.collect:git/a > github.analyse:health/a"
        " | data_manager.collect:dependencies/a > security.analyse:exposure/a) > plain.baseline/a"
        " | data_manager.collect:git/b > github.analyse:health/b"
        " | data_manager.collect:dependencies/b > security.analyse:exposure/b) > reporting.report"
    )
    (step,) = [step for step in plan.steps if step.capability == "baseline"]
    assert (step.target, step.needs, step.sources, step.required) == (a.id, (), (a.id,), False)
    assert {plan.step(name).target for name in before(plan.shape, step.name)} == {a.id}
    assert check_plan(plan, specs=hybrid_specs) == ()


def test_where_a_look_compares_with_advisories_the_whole_target_follows_them(
    hybrid_specs: Mapping[str, AgentSpec],
) -> None:
    plan = make_plan(look_at(git("a", hybrid=Hybrid.BOTH), git("b"), OSV), specs=hybrid_specs)
    assert outline(plan.shape) == (
        "(data_manager.collect:git/b > github.analyse:health/b | data_manager.collect:advisories/osv"
        " > ((data_manager.collect:git/a > github.analyse:health/a"
        " | data_manager.collect:dependencies/a > security.analyse:exposure/a) > plain.baseline/a"
        " | data_manager.collect:dependencies/b > security.analyse:exposure/b)) > reporting.report"
    )
    (step,) = [step for step in plan.steps if step.capability == "baseline"]
    assert step.sources == ("git:/srv/a", OSV.id)


def test_where_nobody_may_make_baselines_the_plan_says_so(
    specs: Mapping[str, AgentSpec], hybrid_specs: Mapping[str, AgentSpec]
) -> None:
    # Given a hybrid target, and a catalogue without the agent, or a wish to leave it out
    target = git("a", hybrid=Hybrid.BOTH)
    for plan in (
        make_plan(look_at(target), specs=specs),
        make_plan(look_at(target, without=["plain"]), specs=hybrid_specs),
    ):
        # Then there is no such step, and a sentence
        assert "baseline" not in outline(plan.shape)
        (said,) = plan.unserved
        assert said.startswith("the baseline of git:/srv/a: no agent that may take part can do it; agents: ")
    # And who was left out on purpose is named
    assert plan.left_out[-1].agent == "plain"


def test_a_target_that_nobody_looks_at_gets_no_baseline(hybrid_specs: Mapping[str, AgentSpec]) -> None:
    plan = make_plan(look_at(git("a", hybrid=Hybrid.BOTH, look=("prices",)), git("b")), specs=hybrid_specs)
    assert "baseline" not in outline(plan.shape)


def test_a_watchlist_names_mode_and_command_for_all_or_for_one(tmp_path: Path) -> None:
    # Given defaults, and targets that say otherwise
    document = (
        "defaults: {hybrid: on_failure, baseline_command: [./check.sh, --brief, 3]}\n"
        "targets:\n"
        "  - git: a\n"
        "  - git: b\n    hybrid: Both\n    baseline_command: [python3, -c, 'print(1)']\n"
        "  - git: c\n    hybrid: off\n"
        "  - advisories: d\n"
    )
    # When
    watchlist = parse_watchlist(document, path=tmp_path / "w.yaml")
    # Then a program that is a path lies beside the watchlist, a name is looked for later
    found = [(target.hybrid, target.baseline_command) for target in watchlist.targets]
    shared = (str(tmp_path / "check.sh"), "--brief", "3")
    assert found == [
        (Hybrid.ON_FAILURE, shared),
        (Hybrid.BOTH, ("python3", "-c", "print(1)")),
        (Hybrid.OFF, shared),
        (Hybrid.OFF, ()),
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("hybrid: boht", "hybrid: 'boht' is no mode; did you mean 'both'?; known: both, off, on_failure"),
        ("hybrid: true", "hybrid: 'true' is no mode; known: both, off, on_failure"),
        ("baseline_command: [true]", "baseline_command: is never run where 'hybrid' is off; add 'hybrid: on_failure'"),
        ("hybrid: both\n    baseline_command: rm -rf x", "baseline_command: is 'rm -rf x', not a list"),
        ("hybrid: both\n    baseline_command: []", "baseline_command: is an empty list"),
        ("hybrid: both\n    baseline_command: [a, '']", "baseline_command[2]: is empty; give it a value"),
        ("hybrid: both\n    baseline_command: [https://x/y]", "baseline_command[1]: 'https://x/y' is an address"),
        (f"hybrid: both\n    baseline_command: [{', '.join('a' * 65)}]", "has more than 64 words; put them into a"),
    ],
)
def test_what_is_wrong_with_them_is_said_with_the_remedy(entry: str, said: str) -> None:
    with pytest.raises(WatchlistError) as caught:
        parse_watchlist(f"targets:\n  - git: a\n    {entry}\n", path=Path("w.yaml"))
    (problem,) = caught.value.problems
    assert f"targets[1].{said}" in problem or said in problem


def test_advisories_have_no_baseline_of_their_own() -> None:
    with pytest.raises(WatchlistError, match="advisories are read for the other targets, which have the baselines"):
        parse_watchlist("targets:\n  - advisories: a\n    hybrid: both\n", path=Path("w.yaml"))


def test_a_target_without_hybrid_is_written_as_before() -> None:
    assert set(git("a").model_dump()) & {"hybrid", "baseline_command"} == set()
    both = git("a", hybrid=Hybrid.BOTH)
    assert Target.model_validate_json(both.model_dump_json()) == both
