"""What to do next: one list without repeats, most urgent first."""

from agents.analysis.actions import Action, actions
from agents.analysis.merging import merge_findings
from agents.contract import AgentReport, Finding, Recommendation, Severity


def finding(claim: str, *, confidence: float = 0.9, next_action: str = "") -> Finding:
    return Finding(
        kind="k",
        target="git:/a",
        claim=claim,
        severity=Severity.HIGH,
        confidence=confidence,
        title=f"{claim} happened",
        next_action=next_action,
    )


def advice(action: str, *, severity: Severity = Severity.HIGH, target: str = "git:/a", of: str = "") -> Recommendation:
    return Recommendation(action=action, why="because", severity=severity, target=target, finding=of)


def merged(*reports: AgentReport) -> tuple[Action, ...]:
    return actions(reports, findings=merge_findings(reports))


def test_the_same_action_on_the_same_target_is_one() -> None:
    # Given
    first, second = finding("a", confidence=0.6), finding("b", confidence=0.9)
    report = AgentReport(
        agent="security",
        findings=(first, second),
        recommendations=(
            advice("Upgrade x", of=first.id, severity=Severity.MEDIUM),
            advice("upgrade  X", of=second.id, severity=Severity.CRITICAL),
        ),
    )
    # When
    (action,) = merged(report)
    # Then
    assert action.severity is Severity.CRITICAL
    assert action.confidence == 0.9
    assert action.findings == tuple(sorted((first.id, second.id)))
    assert action.id.startswith("a-")


def test_the_same_action_on_another_target_is_another() -> None:
    report = AgentReport(agent="a", recommendations=(advice("Upgrade x"), advice("Upgrade x", target="git:/b")))
    assert len(merged(report)) == 2


def test_the_most_severe_comes_first_then_the_surest_then_by_id() -> None:
    # Given
    sure, unsure = finding("sure", confidence=0.9), finding("unsure", confidence=0.5)
    report = AgentReport(
        agent="a",
        confidence=0.7,
        findings=(unsure, sure),
        recommendations=(
            advice("do later", severity=Severity.LOW),
            advice("when unsure", of=unsure.id),
            advice("when sure", of=sure.id),
            advice("without a finding"),
            advice("at once", severity=Severity.CRITICAL),
        ),
    )
    # When
    order = [action.action for action in merged(report)]
    # Then
    assert order == ["at once", "when sure", "without a finding", "when unsure", "do later"]


def test_a_findings_own_next_action_stands_in_where_nothing_else_answers_it() -> None:
    # Given
    answered, open_one, blank = finding("a", next_action="ignored"), finding("b", next_action="Pin b"), finding("c")
    report = AgentReport(
        agent="a", findings=(answered, open_one, blank), recommendations=(advice("Upgrade", of=answered.id),)
    )
    # When
    found = merged(report)
    # Then
    assert {action.action for action in found} == {"Upgrade", "Pin b"}
    assert next(action.why for action in found if action.action == "Pin b") == "b happened"


def test_one_recommendation_and_the_same_next_action_of_others_answer_all_of_them() -> None:
    # Given
    first, second = finding("a", next_action="Upgrade x"), finding("b", next_action="Upgrade x")
    report = AgentReport(agent="a", findings=(first, second), recommendations=(advice("Upgrade x", of=first.id),))
    # When
    (action,) = merged(report)
    # Then
    assert set(action.findings) == {first.id, second.id}


def test_text_that_utf8_cannot_carry_does_no_harm() -> None:
    assert merged(AgentReport(agent="a", recommendations=(advice("\ud800"), advice("\ud800"))))[0].action == "\ud800"
