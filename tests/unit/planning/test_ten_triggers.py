"""Ten triggers, and the agents and the shape that each must give, written by hand."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from agents.contract import AgentSpec, Target, TargetKind, Untrusted
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.planning.checking import check_plan
from orchestrator.planning.outlines import outline
from orchestrator.planning.planner import make_plan

FLASK = Target(kind=TargetKind.GIT, location="/srv/flask")
CLICK = Target(kind=TargetKind.GIT, location="/srv/click")
LOCK = Target(kind=TargetKind.SBOM, location="/srv/app/requirements.lock")
OSV = Target(kind=TargetKind.ADVISORIES, location="/srv/osv")
MALICIOUS = Target(kind=TargetKind.ADVISORIES, location="/srv/malicious")

FLASK_HEALTH = "data_manager.collect:git/flask > github.analyse:health/flask"
CLICK_HEALTH = "data_manager.collect:git/click > github.analyse:health/click"
FLASK_EXPOSURE = "data_manager.collect:dependencies/flask > security.analyse:exposure/flask"
CLICK_EXPOSURE = "data_manager.collect:dependencies/click > security.analyse:exposure/click"
LOCK_EXPOSURE = "data_manager.collect:dependencies/requirements.lock > security.analyse:exposure/requirements.lock"
READ_OSV = "data_manager.collect:advisories/osv"
READ_MALICIOUS = "data_manager.collect:advisories/malicious"
REPORT = "reporting.report"


class Case(NamedTuple):
    trigger: Trigger
    shape: str
    priority: Priority
    left_out: tuple[str, ...] = ()
    unserved: tuple[str, ...] = ()
    """How each sentence of what nobody can do begins."""


CASES = {
    "a scheduled look at a whole watchlist": Case(
        Trigger(
            kind=TriggerKind.MONITOR,
            subject="nightly",
            source="schedule",
            targets=(FLASK, CLICK, LOCK, OSV, MALICIOUS),
        ),
        f"({FLASK_HEALTH} | {CLICK_HEALTH}"
        f" | ({READ_OSV} | {READ_MALICIOUS}) > ({FLASK_EXPOSURE} | {CLICK_EXPOSURE} | {LOCK_EXPOSURE})) > {REPORT}",
        Priority.LOW,
    ),
    "a look by hand at one clone and a lock file, with no advisories at hand": Case(
        Trigger(kind=TriggerKind.MONITOR, source="cli", targets=(FLASK, LOCK)),
        f"({FLASK_HEALTH} | {FLASK_EXPOSURE} | {LOCK_EXPOSURE}) > {REPORT}",
        Priority.NORMAL,
    ),
    "a look at clones that are watched for health alone": Case(
        Trigger(
            kind=TriggerKind.MONITOR,
            targets=(FLASK.model_copy(update={"look": ("health",)}), CLICK.model_copy(update={"look": ("health",)})),
        ),
        f"({FLASK_HEALTH} | {CLICK_HEALTH}) > {REPORT}",
        Priority.NORMAL,
        left_out=("security",),
    ),
    "a look at advisories alone": Case(
        Trigger(kind=TriggerKind.MONITOR, targets=(OSV, MALICIOUS)),
        f"({READ_OSV} | {READ_MALICIOUS}) > {REPORT}",
        Priority.NORMAL,
        left_out=("github", "security"),
    ),
    "an advisory, for a clone that may be looked at in both ways": Case(
        Trigger(kind=TriggerKind.ADVISORY, subject="CVE-2025-1234", targets=(FLASK, LOCK, OSV)),
        f"{READ_OSV} > ({FLASK_EXPOSURE} | {LOCK_EXPOSURE}) > {REPORT}",
        Priority.CRITICAL,
        left_out=("github",),
    ),
    "a release, with no advisories to compare with": Case(
        Trigger(kind=TriggerKind.RELEASE, subject="3.1.0", targets=(FLASK,)),
        f"{FLASK_HEALTH} > {REPORT}",
        Priority.HIGH,
        left_out=("security",),
    ),
    "a release, with advisories to compare with": Case(
        Trigger(kind=TriggerKind.RELEASE, subject="3.1.0", targets=(FLASK, OSV)),
        f"({FLASK_HEALTH} | {READ_OSV} > {FLASK_EXPOSURE}) > {REPORT}",
        Priority.HIGH,
    ),
    "a keyword spike about an outage, with what to look at": Case(
        Trigger(
            kind=TriggerKind.KEYWORD_SPIKE,
            subject="outage of the package index",
            targets=(FLASK, LOCK),
            options={"look": ["exposure", "sentiment"]},
        ),
        f"({FLASK_EXPOSURE} | {LOCK_EXPOSURE}) > {REPORT}",
        Priority.CRITICAL,
        left_out=("github",),
        unserved=("sentiment of git:/srv/flask:", "sentiment of sbom:/srv/app/requirements.lock:"),
    ),
    "a webhook that leaves an agent out": Case(
        Trigger(
            kind=TriggerKind.WEBHOOK,
            subject="push",
            targets=(CLICK, OSV),
            options={"without": ["security"], "delivery": "72d3162e"},
        ),
        f"{CLICK_HEALTH} > {REPORT}",
        Priority.NORMAL,
        left_out=("security",),
        unserved=("exposure of git:/srv/click: security could, but the option 'without'",),
    ),
    "a question about one of the targets": Case(
        Trigger(
            kind=TriggerKind.REQUEST,
            text=Untrusted("Is flask safe to upgrade, and what is the mood on YouTube?"),
            targets=(FLASK, CLICK, LOCK, OSV),
        ),
        f"{READ_OSV} > {FLASK_EXPOSURE} > {REPORT}",
        Priority.HIGH,
        left_out=("github",),
        unserved=("sentiment of git:/srv/flask:", "youtube of git:/srv/flask:"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_trigger_gives_the_agents_and_the_shape_that_were_written_down(
    case: Case, specs: Mapping[str, AgentSpec]
) -> None:
    # Given one of the ten triggers
    # When it is planned
    plan = make_plan(case.trigger, specs=specs)
    # Then the shape, the urgency, and what is left out or cannot be done are those written down
    assert outline(plan.shape) == case.shape
    assert plan.priority is case.priority
    assert tuple(each.agent for each in plan.left_out) == case.left_out
    assert len(plan.unserved) == len(case.unserved)
    for sentence, beginning in zip(plan.unserved, case.unserved, strict=True):
        assert sentence.startswith(beginning)
    # And the plan can be carried out
    assert check_plan(plan, specs=specs) == ()


def test_no_two_of_the_ten_triggers_have_the_same_plan() -> None:
    # Given the ten cases
    shapes = [case.shape for case in CASES.values()]
    # Then targets, kinds and options make ten different shapes
    assert len(set(shapes)) == len(shapes) == 10
