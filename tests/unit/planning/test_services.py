"""Plans with outside services: what is asked about a target's packages is asked once they are known."""

from collections.abc import Mapping

import pytest

from agents.catalog import catalog
from agents.contract import AgentSpec, Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.planning.outlines import outline
from orchestrator.planning.planner import make_plan

LOCK = Target(kind=TargetKind.SBOM, location="/srv/lock")
PACKAGE = Target(kind=TargetKind.PACKAGE, location="pypi/flask")
OSV = Target(kind=TargetKind.ADVISORIES, location="osv")
KEV = Target(kind=TargetKind.ADVISORIES, location="kev")


@pytest.fixture
def specs() -> Mapping[str, AgentSpec]:
    return catalog()


def look_at(*targets: Target) -> Trigger:
    return Trigger(kind=TriggerKind.MONITOR, targets=targets)


def test_the_service_is_asked_between_the_collection_and_the_comparison(specs: Mapping[str, AgentSpec]) -> None:
    # Given a lock file and the OSV service
    plan = make_plan(look_at(LOCK, OSV), specs=specs)
    # Then the service is asked about the lock file alone, and read with it; its failure stops nothing
    steps = {step.capability: step for step in plan.steps}
    assert list(steps) == ["collect:dependencies", "collect:osv", "analyse:exposure", "report"]
    assert steps["collect:osv"].target == LOCK.id
    assert steps["analyse:exposure"].sources == (LOCK.id,)
    assert steps["analyse:exposure"].needs == (steps["collect:dependencies"].name,)


def test_a_list_of_exploited_flaws_is_collected_once_before_every_comparison(specs: Mapping[str, AgentSpec]) -> None:
    # Given two targets, the service, and the list of exploited flaws
    plan = make_plan(look_at(LOCK, PACKAGE, OSV, KEV), specs=specs)
    # Then the list is read once, the service asked twice, and each comparison reads both
    capabilities = [step.capability for step in plan.steps]
    assert capabilities.count("collect:advisories") == 1
    assert capabilities.count("collect:osv") == 2
    sources = {step.target: step.sources for step in plan.steps if step.capability == "analyse:exposure"}
    assert sources == {LOCK.id: (LOCK.id, KEV.id, PACKAGE.id), PACKAGE.id: (PACKAGE.id, KEV.id)}


def test_versions_of_a_watched_package_are_read_before_whoever_may_use_it(specs: Mapping[str, AgentSpec]) -> None:
    # Given a package beside a lock file, and no advisories at all
    plan = make_plan(look_at(PACKAGE, LOCK), specs=specs)
    # Then its versions come first, once, for the lock file may pin one that was yanked
    assert outline(plan.shape) == (
        "data_manager.collect:package/flask > (security.analyse:exposure/flask"
        " | data_manager.collect:dependencies/lock > security.analyse:exposure/lock) > reporting.report"
    )
    lock = next(step for step in plan.steps if step.name.startswith("analyse:exposure/lock"))
    assert lock.sources == (PACKAGE.id,)


@pytest.mark.parametrize(
    ("target", "steps"),
    [
        (Target(kind=TargetKind.GITHUB, location="a/b"), ["collect:github", "analyse:health"]),
        (Target(kind=TargetKind.FEED, location="https://example.org/f"), ["collect:feed", "analyse:health"]),
        (PACKAGE, ["collect:package", "analyse:exposure"]),
    ],
    ids=lambda given: given.kind if isinstance(given, Target) else "",
)
def test_each_kind_is_collected_and_looked_at(target: Target, steps: list[str], specs: Mapping[str, AgentSpec]) -> None:
    plan = make_plan(look_at(target), specs=specs)
    assert [step.capability for step in plan.steps] == [*steps, "report"]
    assert plan.unserved == ()


def test_a_service_that_nobody_can_ask_is_said(specs: Mapping[str, AgentSpec]) -> None:
    # Given a catalogue in which nobody knows the service
    reader = specs["data_manager"]
    less = reader.model_copy(update={"capabilities": reader.capabilities - {"collect:osv"}})
    # When a lock file is to be compared with it
    plan = make_plan(look_at(LOCK, OSV), specs={**specs, "data_manager": less})
    # Then the plan says so
    assert any(words.startswith("the asking of advisories:osv: no agent that may take part") for words in plan.unserved)


def test_a_plan_says_the_order_in_one_line(specs: Mapping[str, AgentSpec]) -> None:
    assert outline(make_plan(look_at(LOCK, OSV), specs=specs).shape) == (
        "data_manager.collect:dependencies/lock > data_manager.collect:osv/lock > security.analyse:exposure/lock"
        " > reporting.report"
    )
