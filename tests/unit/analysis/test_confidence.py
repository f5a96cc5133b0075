"""The overall confidence and its reasons: what lowers it does so, and is named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.analysis.agreement import Agreement, agreements
from agents.analysis.confidence import overall_confidence
from agents.analysis.reasons import Grounds, reasons
from agents.contract import AgentReport, Coverage, CoverageState, Finding, Severity


def coverage(state: CoverageState, *, source: str = "git", subject: str = "git:/a", detail: str = "") -> Coverage:
    return Coverage(source=source, subject=subject, state=state, detail=detail)


def findings(count: int, *, severity: Severity = Severity.LOW) -> tuple[Finding, ...]:
    return tuple(
        Finding(kind="k", target="git:/a", claim=str(at), severity=severity, confidence=0.9, title="t")
        for at in range(count)
    )


def value(*reports: AgentReport, missing: tuple[Coverage, ...] = (), apart: tuple[Agreement, ...] = ()) -> float:
    return overall_confidence(reports, missing=missing, agreements=apart).value


def test_a_single_whole_report_counts_with_its_own_confidence() -> None:
    assert value(AgentReport(agent="github", confidence=0.8)) == 0.8


@pytest.mark.parametrize(
    ("state", "counted"),
    [
        (CoverageState.COMPLETE, 0.9),
        (CoverageState.ZERO, 0.9),
        (CoverageState.PARTIAL, 0.5),
        (CoverageState.NOT_COLLECTED, 0.0),
        (CoverageState.FAILED, 0.0),
    ],
)
def test_no_agent_is_surer_than_what_it_saw(state: CoverageState, counted: float) -> None:
    # Given
    report = AgentReport(agent="github", confidence=0.9, coverage=(coverage(state),))
    # When
    confidence = overall_confidence([report])
    # Then
    assert confidence.value == counted
    assert confidence.shares[0].own == 0.9


def test_an_agent_that_already_lowered_its_confidence_is_not_punished_twice() -> None:
    half_seen = (coverage(CoverageState.PARTIAL),)
    assert value(AgentReport(agent="github", confidence=0.4, coverage=half_seen)) == 0.4


def test_a_step_that_gave_nothing_counts_as_nought() -> None:
    missing = (coverage(CoverageState.FAILED, source="security"),)
    assert value(AgentReport(agent="github", confidence=0.8), missing=missing) == 0.4


def test_who_found_more_weighs_more_but_a_flood_drowns_nobody() -> None:
    # Given
    sure = AgentReport(agent="a", confidence=1.0)
    unsure = [AgentReport(agent="b", confidence=0.0, findings=findings(count)) for count in (0, 7, 999)]
    # When
    few, many, flood = (value(sure, other) for other in unsure)
    # Then
    assert few == 0.5
    assert few > many > flood > 0.08


def test_disagreement_lowers_it_by_a_fifth_at_most() -> None:
    apart = Agreement(target="git:/a", agrees=False, positions=())
    together = Agreement(target="git:/b", agrees=True, positions=())
    report = AgentReport(agent="a", confidence=1.0)
    assert value(report, apart=(apart,)) == 0.8
    assert value(report, apart=(apart, together)) == 0.9
    assert value(report, apart=(together,)) == 1.0


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.integers(0, 4))
def test_each_further_missing_step_lowers_it(confidences: list[float], missing: int) -> None:
    # Given
    reports = [AgentReport(agent="a", confidence=confidence) for confidence in confidences]
    gone = coverage(CoverageState.FAILED)
    # When
    before = overall_confidence(reports, missing=[gone] * missing).value
    after = overall_confidence(reports, missing=[gone] * (missing + 1)).value
    # Then
    assert 0 <= after <= before <= 1


def test_every_gap_disagreement_and_doubt_is_a_reason_by_name() -> None:
    # Given
    reports = (
        AgentReport(
            agent="github",
            target="git:/a",
            confidence=0.4,
            reasons=("only 8 months of history",),
            coverage=(coverage(CoverageState.PARTIAL), coverage(CoverageState.COMPLETE, source="tags")),
            metrics={"score": 95.0},
        ),
        AgentReport(
            agent="security",
            target="git:/a",
            findings=findings(1, severity=Severity.CRITICAL),
            coverage=(coverage(CoverageState.FAILED, source="manifest"),),
        ),
        AgentReport(agent="github", target="git:/b", reasons=("only 8 months of history",)),
    )
    missing = (coverage(CoverageState.FAILED, source="security", subject="git:/b", detail="timed out"),)
    shares = overall_confidence(reports, missing=missing).shares
    grounds = Grounds(
        reports=reports,
        missing=missing,
        unlooked=(coverage(CoverageState.NOT_COLLECTED, source="osv", subject=""),),
        agreements=agreements(reports),
        shares=shares,
        labels={"git:/a": "flask"},
    )
    # When / Then
    assert reasons(grounds) == (
        "1 step gave nothing: security on git:/b (timed out)",
        "1 source failed: manifest of flask",
        "1 source not collected: osv",
        "1 source seen only in part: git of flask",
        "agents disagree on 1 target: flask",
        "github, 2 times: only 8 months of history",
        "3 reports counted, each of them 0% to 100% sure",
    )


def test_agreement_is_a_reason_too() -> None:
    together = Agreement(target="git:/a", agrees=True, positions=())
    report = AgentReport(agent="github", confidence=0.8)
    shares = overall_confidence([report]).shares
    assert reasons(Grounds(reports=(report,), agreements=(together,), shares=shares)) == (
        "agents agree on 1 target that several of them judged",
        "1 report counted, each of them 80% sure",
    )


def test_of_many_names_three_are_spelled_out() -> None:
    missing = tuple(coverage(CoverageState.FAILED, source=f"a{at}", subject="") for at in range(5))
    assert reasons(Grounds(reports=(), missing=missing)) == (
        "no agent gave a report, so nothing is known",
        "5 steps gave nothing: a0; a1; a2; and 2 more",
    )
