"""A step that is to be added is written as the planner would write it, or refused in words."""

import pytest

from agents.catalog import catalog
from agents.contract import Target, TargetKind
from orchestrator.domain.inserting import insert, joined
from orchestrator.domain.plans import Plan, Sequence, Step
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.errors import RefusedChangeError
from orchestrator.oversight.adding import Wanted, grown_plan, new_step
from orchestrator.planning.planner import make_plan

SPECS = catalog()
FLASK = Target(kind=TargetKind.GIT, location="/srv/flask", look=("health",))
LOCK = Target(kind=TargetKind.SBOM, location="/srv/x.lock", name="lock")
OSV = Target(kind=TargetKind.ADVISORIES, location="/srv/osv")


def plan(*targets: Target) -> Plan:
    return make_plan(Trigger(kind=TriggerKind.MONITOR, targets=targets), specs=SPECS)


def test_an_analysis_reads_the_advisories_and_needs_what_is_collected_of_its_target() -> None:
    # Given a plan with advisories, in which one repository is looked at for its health alone
    made = plan(FLASK, LOCK, OSV)
    wanted = Wanted("analyse:exposure", target="/srv/flask")
    # When exposure is asked for, then it needs what is collected, and stands behind the advisories
    step = new_step(made, wanted, specs=SPECS)
    assert (step.agent, step.target, step.sources) == ("security", FLASK.id, (OSV.id,))
    assert all(need.startswith("collect:git/flask") for need in step.needs)
    # But what it needs and the advisories are of two branches: it follows all the work, and the report follows it
    grown = grown_plan(made, step, specs=SPECS)
    assert isinstance(grown.shape, Sequence)
    assert [part.name for part in grown.shape.parts[-2:] if isinstance(part, Step)] == [step.name, "report"]
    assert grown.resources.seconds > made.resources.seconds


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (Wanted("analyse:health"), "works on a target; name one of kind feed, git, github"),
        (Wanted("analyse:health", target="lock", agent="github"), "github works on feed, git, github, not on sbom"),
        (Wanted("analyse:health", target="lock"), "no agent can do it on a target of kind sbom"),
        (Wanted("analyse:health", target="flask", agent="githbu"), "did you mean 'github'"),
    ],
)
def test_what_no_agent_can_do_so_is_refused(wanted: Wanted, fault: str) -> None:
    with pytest.raises(RefusedChangeError, match=fault):
        new_step(plan(FLASK, LOCK, OSV), wanted, specs=SPECS)


def test_two_targets_of_one_name_have_to_be_told_apart() -> None:
    made = plan(FLASK, FLASK.model_copy(update={"location": "/opt/flask"}))
    with pytest.raises(RefusedChangeError, match="the name of several targets"):
        new_step(made, Wanted("analyse:health", target="flask"), specs=SPECS)
    assert new_step(made, Wanted("analyse:health", target="git:/opt/flask"), specs=SPECS).target == "git:/opt/flask"


def test_a_collection_needs_nothing_and_a_doubled_name_is_refused() -> None:
    made = plan(FLASK)
    step = new_step(made, Wanted("collect:git", target="flask"), specs=SPECS)
    assert step.needs == ()
    with pytest.raises(RefusedChangeError, match="give another as name=NAME"):
        grown_plan(made, step, specs=SPECS)


def test_a_step_that_another_version_would_do_is_refused() -> None:
    made = plan(FLASK)
    step = new_step(made, Wanted("collect:git", target="flask", name="more"), specs=SPECS)
    with pytest.raises(RefusedChangeError, match="are not known here"):
        grown_plan(made, step, specs={"security": SPECS["security"]})


def test_what_is_wrong_with_the_step_itself_is_said() -> None:
    made = plan(FLASK)
    step = new_step(made, Wanted("collect:git", target="flask", name="more"), specs=SPECS)
    with pytest.raises(RefusedChangeError, match="has no capability 'dance'"):
        grown_plan(made, step.model_copy(update={"capability": "dance"}), specs=SPECS)


def test_a_shape_of_one_step_that_joins_takes_more_in() -> None:
    last = Step(name="report", agent="reporting", capability="report")
    more = Step(name="more", agent="github", capability="analyse:health", target="git:x")
    assert joined(last) == {"report"}
    assert insert(last, more, after=frozenset({"report"})) == Sequence(parts=(last, more))
