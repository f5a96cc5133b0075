"""The reporting agent: three forms of one report, the same findings in each, the same bytes each time."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import agents
from agents.contract import AgentReport, Coverage, CoverageState, Finding, Pool, Severity, Target, TargetKind, Work
from agents.specialists.reporting import ReportingAgent

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TARGET = Target(kind=TargetKind.GIT, location="/clones/flask")
ROOT = Path(agents.__file__).parents[1]
IDS = re.compile(r"f-[0-9a-f]{24}")


@pytest.fixture(autouse=True)
def _font_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))


def work(*reports: AgentReport) -> Work:
    return Work(
        run_id="run-1",
        step="reporting",
        trigger_kind="manual",
        capability="report",
        targets=(TARGET,),
        now=NOW,
        reports=reports,
    )


def report(findings: int = 50) -> AgentReport:
    found = tuple(
        Finding(
            kind="security.vulnerable_dependency",
            target=TARGET.id,
            claim=str(at),
            severity=list(Severity)[at % 5],
            confidence=0.9,
            title=f"flaw {at}",
        )
        for at in range(findings)
    )
    seen = Coverage(source="osv", subject=TARGET.id, state=CoverageState.COMPLETE, items=9, as_of=NOW)
    metrics = {"score": 61.0, "parts": [{"name": "activity", "value": 0.4}]}
    return AgentReport(
        agent="security", target=TARGET.id, confidence=0.8, findings=found, coverage=(seen,), metrics=metrics
    )


def test_its_spec_says_what_it_can_do() -> None:
    spec = ReportingAgent.spec
    assert (spec.name, spec.queue, spec.pool) == ("reporting", "reporting", Pool.PROCESSES)
    assert spec.capabilities == {"report"}
    assert spec.soft_seconds < spec.hard_seconds


def test_it_hands_back_the_synthesis_and_no_findings_of_its_own() -> None:
    # When
    result = ReportingAgent().run(work(report()))
    # Then
    assert result.agent == "reporting"
    assert result.findings == ()
    assert result.confidence == 0.8
    assert result.summary.startswith("Act now: 10 critical, 10 high, 10 medium, 10 low and 10 info findings")
    assert result.reasons
    synthesis = json.loads(result.model_dump_json())["metrics"]["synthesis"]
    assert (synthesis["status"], synthesis["verdict"]) == (result.summary, "act_now")


def test_the_three_forms_hold_the_same_findings() -> None:
    # When
    result = ReportingAgent().run(work(report()))
    # Then
    assert [(artifact.name, artifact.media_type) for artifact in result.artifacts] == [
        ("report.html", "text/html"),
        ("report.md", "text/markdown"),
        ("report.json", "application/json"),
    ]
    page, text, bundle = (artifact.text for artifact in result.artifacts)
    told = {finding["id"] for finding in json.loads(bundle)["findings"]}
    assert len(told) == 50
    assert set(IDS.findall(page)) == set(IDS.findall(text)) == told


def test_the_same_work_gives_the_same_bytes() -> None:
    first, second = (ReportingAgent().run(work(report())) for _ in range(2))
    assert first == second


def test_the_same_work_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    # Given
    given = work(report(5))
    here = ReportingAgent().run(given).model_dump_json()
    program = (
        "import sys; from agents.contract import Work; from agents.specialists.reporting import ReportingAgent\n"
        "sys.stdout.buffer.write(ReportingAgent().run(Work.model_validate_json(sys.stdin.read())).model_dump_json().encode())"
    )
    # When
    there = subprocess.run(
        [sys.executable, "-c", program],
        input=given.model_dump_json(exclude={"evidence", "stop"}).encode(),
        capture_output=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "MPLCONFIGDIR": str(tmp_path), "TZ": "Asia/Tokyo", "PYTHONPATH": str(ROOT)},
    )
    # Then
    assert there.stdout.decode() == here


def test_without_reports_it_still_reports_that_nothing_is_known() -> None:
    result = ReportingAgent().run(work())
    assert result.confidence == 0
    assert result.reasons == ("no agent gave a report, so nothing is known",)
    assert len(result.artifacts) == 3


def test_a_replay_is_labelled_in_its_summary_too() -> None:
    # Given
    replayed = work(report(1)).model_copy(update={"options": {"replay": "a worm of May"}})
    # When
    result = ReportingAgent().run(replayed)
    # Then
    assert result.summary.endswith(" Replay of recorded data: a worm of May.")
    assert result.metrics["synthesis"]["status"] in result.summary  # type: ignore[index, call-overload, operator]


def test_importing_it_loads_no_drawing_library() -> None:
    # When
    program = "import sys, agents.specialists.reporting; print(sorted({'matplotlib', 'numpy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    # Then
    assert found.stdout.strip() == "[]"
