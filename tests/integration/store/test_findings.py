"""Findings: each claim once however often it is found, each run's own view of it, no two runs in each other's way."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import Play, act, plan_of
from support.runners import Crew, holding
from support.stages import Stage

from agents.contract import AgentReport, Artifact, Finding, Severity, Work
from orchestrator.ledger.failing import Outcome
from orchestrator.store.findings import findings_by_step, read_artifact, save_artifacts, save_findings

pytestmark = pytest.mark.services


def finding(claim: str, *, severity: Severity = Severity.LOW, title: str = "old") -> Finding:
    return Finding(kind="k", target="t", claim=claim, severity=severity, confidence=0.5, title=title)


def save(stage: Stage, run_id: UUID, *findings: Finding, step: str = "a") -> None:
    with stage.engine.begin() as conn:
        report = AgentReport(agent="actor", findings=findings)
        save_findings(conn, {step: report}, tenant="default", run_id=run_id)


def run(play: Play) -> UUID:
    return play.accept(plan_of(act("a"))).run_id


def test_the_same_trigger_replayed_gives_the_same_findings_once(stage: Stage, play: Play) -> None:
    # Given two runs of the same trigger
    def work(work: Work) -> AgentReport:
        return AgentReport(agent="actor", findings=(finding("CVE-1"), finding("CVE-2")))

    crew = Crew(stage.engine, work)
    first, second = run(play), run(play)
    # When both are played
    assert crew.play(first, "a") == crew.play(second, "a") == [Outcome.DONE]
    # Then the claims are there once, seen by both, and each run has its own view
    with stage.engine.connect() as conn:
        kept = conn.execute(text("SELECT claim, runs_seen, first_run, last_run FROM findings ORDER BY claim")).all()
        assert [tuple(row) for row in kept] == [("CVE-1", 2, first, second), ("CVE-2", 2, first, second)]
        assert findings_by_step(conn, first) == findings_by_step(conn, second)


def test_a_claim_found_by_two_steps_of_a_run_was_seen_by_one_run(stage: Stage, play: Play) -> None:
    # Given a claim, when it is found twice in one run, then the run counts once and its last word holds
    run_id = run(play)
    save(stage, run_id, finding("c"), finding("c", title="new"))
    save(stage, run_id, finding("c", severity=Severity.HIGH, title="newer"), step="b")
    with stage.engine.connect() as conn:
        row = conn.execute(text("SELECT runs_seen, severity, title, body ->> 'title' AS body FROM findings")).one()
        assert tuple(row) == (1, "high", "newer", "newer")
        assert {step: [one.title for one in found] for step, found in findings_by_step(conn, run_id).items()} == {
            "b": ["newer"]
        }


def test_a_runs_view_stays_when_another_run_sees_it_otherwise(stage: Stage, play: Play) -> None:
    # Given a claim that two runs judged differently, when the first is read, then as it was then
    first, second = run(play), run(play)
    save(stage, first, finding("c"))
    save(stage, second, finding("c", severity=Severity.CRITICAL))
    with stage.engine.connect() as conn:
        assert findings_by_step(conn, first)["a"][0].severity is Severity.LOW
        assert conn.execute(text("SELECT severity FROM findings")).scalar_one() == "critical"


def test_two_runs_that_complete_with_the_same_findings_do_not_deadlock(stage: Stage, play: Play) -> None:
    # Given two runs whose steps find the same forty things, in opposite order
    claims = [f"c{number}" for number in range(40)]
    runs = {run(play): claims, run(play): claims[::-1]}
    pairs = list(runs.items())

    def worker(found: list[str]) -> Crew:
        report = AgentReport(agent="actor", findings=tuple(map(finding, found)))
        return Crew(stage.engine, lambda _: report)

    before = stage.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    with ThreadPoolExecutor(2) as pool:
        with holding(stage.engine, "LOCK findings IN SHARE MODE"):
            # When both complete at once
            done = [pool.submit(worker(found).run, run_id, "a") for run_id, found in pairs]
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            stage.wait(lambda: stage.one(waits) == 2)
        # Then both are done
        assert [each.result(30).outcome for each in done] == [Outcome.DONE] * 2
    assert stage.one("SELECT count(*) FROM findings WHERE runs_seen = 2") == 40
    assert stage.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == before


def test_a_file_for_people_is_kept_with_its_run(stage: Stage, play: Play) -> None:
    # Given a report with a file, made twice
    run_id = run(play)
    for body in ("<p>old", "<p>new\x00"):
        report = AgentReport(agent="a", artifacts=(Artifact(name="r.html", media_type="text/html", text=body),))
        with stage.engine.begin() as conn:
            save_artifacts(conn, report, run_id=run_id, step="a")
    # When it is read, then the last one is there, without what Postgres cannot keep
    with stage.engine.connect() as conn:
        assert read_artifact(conn, run_id, name="r.html") == ("text/html", "<p>new\ufffd")
        assert read_artifact(conn, run_id, name="other") is None
