"""Hybrid mode through the real ledger, catalogue and disk: what is left of a target whose agents fail."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from support.commands import repository
from support.runners import LIMITS, Scripted
from support.stages import Stage
from support.timetables import catalogue_sender, intake_of

from agents.catalog import build, catalog
from agents.contract import Agent, AgentReport, Finding, Hybrid, Severity, Target, TargetKind, Work
from agents.errors import BadEvidenceError, SourceUnavailableError
from agents.validating import Validated
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.ledger.figures import Figures
from orchestrator.ledger.heart import Heart
from orchestrator.ledger.stepping import StepRunner
from orchestrator.store.direct import Direct
from orchestrator.store.findings import read_artifact
from orchestrator.store.runs import RunView, read_run
from orchestrator.store.tables.columns import DEFAULT_TENANT

pytestmark = pytest.mark.services

Act = Callable[[Work], AgentReport]


def fail(_work: Work) -> AgentReport:
    raise BadEvidenceError("the test has it so")


def fail_for_a_while(_work: Work) -> AgentReport:
    raise SourceUnavailableError("nobody answers")


def hand_back_nonsense(_work: Work) -> AgentReport:
    return cast("AgentReport", {"agent": "github", "score": "very good"})


def find(work: Work) -> AgentReport:
    """Return the agent's own word on a claim that a baseline makes too."""
    assert work.target is not None
    said = Finding(
        kind="mine.old", target=work.target.id, claim="one", severity=Severity.HIGH, confidence=0.9, title="agent's"
    )
    return AgentReport(agent="github", target=work.target.id, summary="seen", confidence=0.9, findings=(said,))


class House:
    """One worker in this process, with the real agents but for those that a test replaces."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.acts: dict[str, Act] = {}

    def run(self, *targets: Target) -> RunView:
        """Look at targets, to the run's end."""
        app = catalogue_sender(self.stage.addresses.broker_url)
        run_id = intake_of(self.stage, app).accept(Trigger(kind=TriggerKind.MONITOR, targets=targets)).run_id
        app.close()
        runner = StepRunner(
            engine=self.stage.engine,
            direct=Direct(self.stage.engine),
            heart=Heart(self.stage.engine, lease_seconds=60, every_seconds=3_600),
            limits=LIMITS,
            specs=catalog(),
            build=self._build,
            owner="me:1",
            figures=Figures(self.stage.engine, lot_seconds=LIMITS.lot_seconds),
            send_soon=lambda _: None,
        )
        for step in self.view(run_id).steps:
            for _ in range(5):
                runner.run(run_id, steps=(step.name,))
        return self.view(run_id)

    def view(self, run_id: UUID) -> RunView:
        """Return a run as it stands."""
        with self.stage.engine.connect() as conn:
            return read_run(conn, run_id, tenant=DEFAULT_TENANT)

    def report(self, view: RunView) -> dict[str, Any]:
        """Return a run's report."""
        with self.stage.engine.connect() as conn:
            artifact = read_artifact(conn, view.id, name="report.json")
        assert artifact is not None
        report: dict[str, Any] = json.loads(artifact[1])
        return report

    def found(self, view: RunView) -> dict[tuple[str, str], str]:
        """Return the claims of a run with the titles under which they are known, by kind and claim."""
        with self.stage.engine.connect() as conn:
            rows = conn.exec_driver_sql(
                "SELECT body, step FROM run_findings WHERE run_id = %(run)s", {"run": view.id}
            ).all()
        return {(row.body["kind"], row.body["claim"]): row.body["title"] for row in rows}

    def _build(self, name: str) -> Agent:
        act = self.acts.get(name)
        return Validated(Scripted(catalog()[name], act)) if act else build(name)


@pytest.fixture
def house(stage: Stage) -> House:
    return House(stage)


def clone(folder: Path, *, hybrid: Hybrid, says: str | None = None, name: str = "lamp") -> Target:
    """Return a small clone as a target, with a command that prints a text where one is given."""
    repository(folder / name)
    words: tuple[str, ...] = ()
    if says is not None:
        file = folder / f"{name}-says"
        file.write_text(says)
        words = (sys.executable, "-c", f"import pathlib; print(pathlib.Path({str(file)!r}).read_text())")
    return Target(
        kind=TargetKind.GIT,
        location=str(folder / name),
        look=("health",),
        hybrid=hybrid,
        baseline_command=words,
        options={"baseline_seconds": 20},
    )


def states(view: RunView) -> dict[str, str]:
    return {step.name.partition("/")[0]: str(step.state) for step in view.steps}


OURS = json.dumps(
    {
        "summary": "two claims",
        "confidence": 0.9,
        "findings": [
            {"kind": "mine.old", "claim": "one", "severity": "low", "title": "the command's", "evidence": ["fact"]},
            {"kind": "mine.old", "claim": "two", "severity": "low", "title": "new", "evidence": ["fact"]},
        ],
        "evidence": [{"key": "fact", "title": "a fact"}],
    }
)


@pytest.mark.parametrize("act", [fail, fail_for_a_while, hand_back_nonsense])
@pytest.mark.parametrize("agent", ["github", "data_manager"])
def test_where_an_agent_fails_or_hands_back_nonsense_a_plain_reading_stands_in(
    house: House, tmp_path: Path, act: Act, agent: str
) -> None:
    # Given a target whose collection or analysis gives no valid report
    house.acts[agent] = act
    target = clone(tmp_path, hybrid=Hybrid.ON_FAILURE)
    # When it is looked at
    view = house.run(target)
    # Then there is a result, marked as degraded wherever somebody looks
    assert (str(view.state), states(view)["baseline"], states(view)["report"]) == ("partial", "partial", "succeeded")
    assert list(view.degraded) == [target.id]
    assert "degraded, a plain baseline stands in for" in view.degraded[target.id]
    assert "last commit 2026-01-02, of 3 commits" in view.degraded[target.id]
    report = house.report(view)
    assert report["synthesis"]["degraded"] == [target.id]
    assert report["synthesis"]["status"].endswith("Degraded: agents failed on lamp, a plain baseline stands in.")
    notes = [note for note in report["targets"][0]["agents"] if note["agent"] == "baseline"]
    assert [(note["role"], note["confidence"]) for note in notes] == [("degraded", 0.4)]
    # And what was read is kept under its own kind
    assert house.stage.one("SELECT count(*) FROM evidence WHERE kind = 'baseline' AND source = 'baseline'") == 1


def test_where_no_agent_fails_it_is_not_needed_and_counts_for_nothing(house: House, tmp_path: Path) -> None:
    # Given the same target with and without
    with_it = clone(tmp_path, hybrid=Hybrid.ON_FAILURE, says="never asked")
    without = with_it.model_copy(update={"hybrid": Hybrid.OFF})
    # When both are looked at
    idle, plain = house.run(with_it), house.run(without)
    # Then it was idle, and both reports say the same
    assert states(idle)["baseline"] == "succeeded"
    assert [step.role for step in idle.steps if step.name.startswith("baseline")] == ["idle"]
    assert idle.degraded == {}
    assert "baseline" not in states(plain)
    one, other = house.report(idle), house.report(plain)
    assert "baseline" not in json.dumps(other)
    for report in (one, other):
        for volatile in ("run_id", "as_of", "changes"):
            report.pop(volatile)
    text = json.dumps(one["synthesis"]), json.dumps(other["synthesis"])
    assert _without_times(text[0]) == _without_times(text[1])


def test_beside_agents_it_adds_what_they_have_not_found_and_changes_nothing_else(house: House, tmp_path: Path) -> None:
    # Given an agent that makes one of two claims, and a command that makes both
    house.acts["github"] = find
    target = clone(tmp_path, hybrid=Hybrid.BOTH, says=OURS)
    # When the target is looked at
    view = house.run(target)
    # Then each claim is there once: the agent's in its own words, the other with the command's evidence
    assert str(view.state) == "succeeded"
    assert house.found(view) == {("mine.old", "one"): "agent's", ("mine.old", "two"): "new"}
    report = house.report(view)
    assert {finding["title"]: finding["agents"] for finding in report["findings"]} == {
        "agent's": ["github"],
        "new": ["baseline"],
    }
    assert house.stage.one("SELECT count(*) FROM evidence WHERE kind = 'baseline' AND key = 'fact'") == 1
    assert house.stage.one("SELECT severity FROM findings WHERE claim = 'one'") == "high"
    # And nobody is surer or less sure for it
    assert view.degraded == {}
    assert "baseline" not in {share["agent"] for share in report["synthesis"]["shares"]}
    # And looked at again, nothing is there twice
    assert len(house.found(house.run(target))) == 2
    assert house.stage.one("SELECT count(*) FROM findings WHERE kind = 'mine.old'") == 2


def test_a_command_stands_in_for_agents_with_what_it_says(house: House, tmp_path: Path) -> None:
    # Given
    house.acts["github"] = fail
    # When
    view = house.run(clone(tmp_path, hybrid=Hybrid.ON_FAILURE, says=OURS))
    # Then
    (said,) = view.degraded.values()
    assert said == "lamp: degraded, a plain baseline stands in for github: two claims"
    assert house.found(view) == {("mine.old", "one"): "the command's", ("mine.old", "two"): "new"}
    assert house.stage.one("SELECT count(*) FROM evidence WHERE source = 'baseline_command'") == 1


@pytest.mark.parametrize(
    ("code", "seconds", "said"),
    [
        ("import time; time.sleep(600)", 1, "took more than 1 s; make it quicker"),
        ("print('x' * 3_000_000)", 20, "printed more than 1,048,576 bytes"),
        ("print('{')", 20, "printed no JSON"),
        ("print('{}')", 20, "summary: {}: Field required; mend what it prints"),
        ("raise SystemExit(1)", 20, "ended with code 1; make it exit with 0"),
    ],
)
def test_where_the_command_fails_too_our_own_reading_is_left_and_says_why(
    house: House, tmp_path: Path, code: str, seconds: int, said: str
) -> None:
    # Given an agent that fails, and a command that does
    house.acts["github"] = fail
    target = clone(tmp_path, hybrid=Hybrid.ON_FAILURE).model_copy(
        update={"baseline_command": (sys.executable, "-c", code), "options": {"baseline_seconds": seconds}}
    )
    # When
    view = house.run(target)
    # Then there is a result all the same, with what is wrong with the command
    assert "last commit 2026-01-02" in view.degraded[target.id]
    assert said in view.degraded[target.id]
    rows = [row for row in house.report(view)["synthesis"]["coverage"] if row["source"] == "baseline_command"]
    assert [(row["state"], said in row["detail"]) for row in rows] == [("failed", True)]


def test_one_target_s_degraded_result_changes_nothing_about_another(house: House, tmp_path: Path) -> None:
    # Given two targets, and an agent that fails on one of them
    one, other = (clone(tmp_path, hybrid=Hybrid.ON_FAILURE, name=name) for name in ("one", "other"))
    real = build("github")
    house.acts["github"] = lambda work: fail(work) if work.target == one else real.run(work)
    # When both are looked at
    view = house.run(one, other)
    # Then only that one is degraded, and the other's result is the agent's
    assert list(view.degraded) == [one.id]
    roles = {
        step.name.partition("/")[2].partition("-")[0]: step.role for step in view.steps if "baseline/" in step.name
    }
    assert roles == {"one": "degraded", "other": "idle"}
    sections = {section["label"]: section for section in house.report(view)["targets"]}
    assert {note["agent"] for note in sections["other"]["agents"]} == {"data_manager", "github"}
    assert {note["agent"] for note in sections["one"]["agents"]} == {"data_manager", "baseline"}


def test_where_nothing_can_be_read_at_all_the_step_fails_and_says_so(house: House, tmp_path: Path) -> None:
    # Given a clone that is gone
    target = Target(kind=TargetKind.GIT, location=str(tmp_path / "gone"), look=("health",), hybrid=Hybrid.ON_FAILURE)
    # When
    view = house.run(target)
    # Then
    assert states(view)["baseline"] == "failed"
    assert view.degraded == {}
    assert "does not exist" in json.dumps(house.report(view)["missing"])


def _without_times(text: str) -> str:
    """Return a text without when it was seen."""
    return json.dumps(_strip(json.loads(text)))


def _strip(value: Any) -> Any:  # noqa: ANN401  JSON is anything
    if isinstance(value, dict):
        return {key: _strip(item) for key, item in value.items() if key != "as_of"}
    return [_strip(item) for item in value] if isinstance(value, list) else value
