"""The real catalogue makes the plans that the planning tests were written for."""

import pytest

from agents.catalog import build, catalog
from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.planning.checking import check_plan
from orchestrator.planning.looks import ADVISORIES, COLLECTIONS, KINDS_OF_LOOK, REPORT, capability_of
from orchestrator.planning.outlines import outline
from orchestrator.planning.planner import make_plan

TARGETS = (
    Target(kind=TargetKind.GIT, location="/srv/flask"),
    Target(kind=TargetKind.SBOM, location="/srv/app.lock"),
    Target(kind=TargetKind.ADVISORIES, location="/srv/osv"),
)


def test_every_agent_can_be_built_and_is_called_as_the_catalogue_says() -> None:
    for name, spec in catalog().items():
        assert build(name).spec == spec
        assert spec.name == name
        assert spec.soft_seconds < spec.hard_seconds
    with pytest.raises(KeyError, match="no agent is called 'nobody'; there are: data_manager"):
        build("nobody")


def test_somebody_can_do_everything_that_planning_knows() -> None:
    able = {capability for spec in catalog().values() for capability in spec.capabilities}
    wanted = {each.capability for each in (*COLLECTIONS, ADVISORIES)} | {capability_of(look) for look in KINDS_OF_LOOK}
    assert wanted | {REPORT} <= able


def test_every_agent_reads_only_what_somebody_collects_and_names_only_agents_that_exist() -> None:
    given = {kind for each in (*COLLECTIONS, ADVISORIES) for kind in each.gives}
    for spec in catalog().values():
        assert spec.reads <= given
        assert set(spec.fallbacks) <= set(catalog())


def test_a_whole_watchlist_gets_the_standard_run() -> None:
    # Given one target of each kind
    plan = make_plan(Trigger(kind=TriggerKind.MONITOR, targets=TARGETS), specs=catalog())
    # Then the agents do it in the shape that the planning tests know
    assert outline(plan.shape) == (
        "(data_manager.collect:git/flask > github.analyse:health/flask"
        " | data_manager.collect:advisories/osv"
        " > (data_manager.collect:dependencies/flask > security.analyse:exposure/flask"
        " | data_manager.collect:dependencies/app.lock > security.analyse:exposure/app.lock)) > reporting.report"
    )
    assert plan.unserved == ()
    # And an agent whose look nobody asked for is left out, and said to be
    assert {left.agent for left in plan.left_out} == set(catalog()) - {step.agent for step in plan.steps} - {"baseline"}
    assert check_plan(plan, specs=catalog()) == ()
