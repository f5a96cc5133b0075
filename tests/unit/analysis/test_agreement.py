"""Agents that judged the same target agree or disagree, and both is kept."""

from agents.analysis.agreement import agreements
from agents.contract import AgentReport, Finding, Severity


def report(agent: str, *severities: Severity, score: float | None = None, checked: int | None = None) -> AgentReport:
    found = tuple(
        Finding(kind=agent, target="git:/a", claim=str(at), severity=severity, confidence=0.9, title="t")
        for at, severity in enumerate(severities)
    )
    told = {"score": score, "checked": checked}
    metrics = {name: value for name, value in told.items() if value is not None}
    return AgentReport(agent=agent, target="git:/a", findings=found, metrics=metrics)


def test_a_healthy_project_with_a_critical_hole_is_a_disagreement() -> None:
    # When
    (agreement,) = agreements([report("github", score=92.0), report("security", Severity.CRITICAL, Severity.LOW)])
    # Then
    assert not agreement.agrees
    assert [(position.agent, position.severity, position.findings) for position in agreement.positions] == [
        ("security", Severity.CRITICAL, 2),
        ("github", Severity.INFO, 0),
    ]


def test_agents_that_are_both_alarmed_agree() -> None:
    (agreement,) = agreements([report("github", Severity.MEDIUM), report("security", Severity.CRITICAL)])
    assert agreement.agrees


def test_who_checked_and_found_nothing_has_a_position() -> None:
    (agreement,) = agreements([report("github", Severity.LOW), report("security", checked=12)])
    assert agreement.agrees


def test_who_judged_nothing_has_no_position() -> None:
    reports = [report("github", Severity.HIGH), report("data_manager"), report("security", checked=0)]
    assert agreements(reports) == ()


def test_a_finding_said_again_by_the_same_agent_keeps_its_worst_severity() -> None:
    # Given
    reports = [report("security", Severity.LOW), report("security", Severity.CRITICAL), report("github", score=1.0)]
    # When
    (agreement,) = agreements(reports)
    # Then
    assert agreement.positions[0].severity is Severity.CRITICAL
    assert agreement.positions[0].findings == 1


def test_a_yes_is_no_score() -> None:
    judged = AgentReport(agent="b", target="git:/a", metrics={"score": True})
    assert agreements([report("github", Severity.HIGH), judged]) == ()


def test_disagreements_come_first() -> None:
    # Given
    other = [AgentReport(agent=agent, target="git:/0", metrics={"score": 50.0}) for agent in ("github", "security")]
    # When
    found = agreements([*other, report("github", score=92.0), report("security", Severity.CRITICAL)])
    # Then
    assert [agreement.target for agreement in found] == ["git:/a", "git:/0"]
