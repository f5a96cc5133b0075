"""The same claim from several agents is one finding; the same source seen by several is one row, the worse of them."""

from datetime import UTC, datetime, timedelta

from agents.analysis.coverage import WORST_FIRST, merge_coverage, seen_share
from agents.analysis.merging import merge_findings
from agents.contract import AgentReport, Coverage, CoverageState, Finding, Severity

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def finding(severity: Severity, *, claim: str = "c", title: str = "t", **fields: object) -> Finding:
    told = {"kind": "k", "target": "git:/a", "claim": claim, "severity": severity, "confidence": 0.5, "title": title}
    return Finding.model_validate({**told, **fields})


def row(state: CoverageState, *, items: int = 0, as_of: datetime | None = None, detail: str = "") -> Coverage:
    return Coverage(source="git", subject="git:/a", state=state, items=items, as_of=as_of, detail=detail)


def test_the_same_claim_from_two_agents_is_one_finding_with_the_worst_of_both() -> None:
    # Given
    seen = row(CoverageState.COMPLETE)
    mild = finding(Severity.LOW, title="first", since=NOW, evidence=("e1", "e2"), coverage=(seen,))
    grave = finding(Severity.HIGH, title="second", since=NOW - timedelta(days=1), evidence=("e2", "e3"), confidence=0.9)
    # When
    (merged,) = merge_findings(
        [AgentReport(agent="security", findings=(grave,)), AgentReport(agent="github", findings=(mild,))]
    )
    # Then
    assert merged.agents == ("github", "security")
    assert merged.finding.id == mild.id == grave.id
    assert merged.finding.title == "first"
    assert merged.finding.severity is Severity.HIGH
    assert merged.finding.confidence == 0.9
    assert merged.finding.since == NOW - timedelta(days=1)
    assert merged.finding.evidence == ("e1", "e2", "e3")
    assert merged.finding.coverage == (seen,)


def test_findings_come_worst_first_then_surest() -> None:
    # Given
    report = AgentReport(
        agent="a",
        findings=(
            finding(Severity.LOW, claim="a"),
            finding(Severity.HIGH, claim="b", confidence=0.4),
            finding(Severity.HIGH, claim="c", confidence=0.8),
        ),
    )
    # When / Then
    assert [merged.finding.claim for merged in merge_findings([report])] == ["c", "b", "a"]


def test_of_two_answers_about_a_source_the_worse_stands() -> None:
    for at, worse in enumerate(WORST_FIRST):
        for better in WORST_FIRST[at:]:
            assert merge_coverage([row(better), row(worse)]) == (row(worse),)


def test_of_two_equal_answers_the_one_that_saw_more_stands_then_the_fresher() -> None:
    # Given
    little, much = row(CoverageState.COMPLETE, items=1, as_of=NOW), row(CoverageState.COMPLETE, items=9)
    stale, fresh = row(CoverageState.ZERO, as_of=NOW - timedelta(days=9)), row(CoverageState.ZERO, as_of=NOW)
    # When / Then
    assert merge_coverage([little, much]) == (much,)
    assert merge_coverage([stale, fresh]) == (fresh,)


def test_zero_is_a_whole_answer_and_partial_is_half_of_one() -> None:
    assert seen_share([]) == 1
    assert seen_share([row(CoverageState.ZERO)]) == 1
    assert seen_share([row(CoverageState.PARTIAL)]) == 0.5
    assert seen_share([row(CoverageState.COMPLETE), row(CoverageState.FAILED)]) == 0.5
