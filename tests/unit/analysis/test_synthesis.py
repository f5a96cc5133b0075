"""The synthesis over agents: one verdict, one status line, and the same answer whatever the order of the reports."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.analysis.synthesis import Verdict, synthesise
from agents.contract import AgentReport, Coverage, CoverageState, Finding, Recommendation, Role, Severity

SEEN = Coverage(source="git", subject="git:/a", state=CoverageState.COMPLETE, items=5)
FAILED = Coverage(source="github", subject="git:/a", state=CoverageState.FAILED, detail="timed out")


def finding(severity: Severity, *, claim: str = "c", target: str = "git:/a") -> Finding:
    return Finding(
        kind="security.vulnerable_dependency",
        target=target,
        claim=claim,
        severity=severity,
        confidence=0.9,
        title=f"{claim} is vulnerable",
        next_action=f"Upgrade {claim}",
    )


def test_without_any_report_nothing_is_known_and_it_says_so() -> None:
    # When
    synthesis = synthesise([])
    # Then
    assert synthesis.verdict is Verdict.UNKNOWN
    assert synthesis.confidence == 0
    assert synthesis.reasons == ("no agent gave a report, so nothing is known",)
    assert synthesis.status == "Not enough was seen: no agent gave a report; 0% sure."
    assert synthesis.actions == ()
    assert set(synthesis.severities.values()) == {0}


def test_the_worst_finding_decides_the_verdict() -> None:
    # Given
    verdicts = {
        Severity.CRITICAL: Verdict.ACT_NOW,
        Severity.HIGH: Verdict.ACT_SOON,
        Severity.MEDIUM: Verdict.WATCH,
        Severity.LOW: Verdict.WATCH,
        Severity.INFO: Verdict.CLEAR,
    }
    for severity, verdict in verdicts.items():
        # When
        report = AgentReport(agent="security", target="git:/a", findings=(finding(severity),), coverage=(SEEN,))
        synthesis = synthesise([report])
        # Then
        assert synthesis.verdict is verdict
        assert synthesis.severities[severity] == 1


def test_no_findings_are_an_all_clear_only_where_everything_was_seen() -> None:
    # Given
    whole = AgentReport(agent="security", target="git:/a", coverage=(SEEN,))
    # When
    clear, gap, unlooked = (
        synthesise([whole]),
        synthesise([whole], missing=[FAILED]),
        synthesise([whole], unlooked=[FAILED]),
    )
    # Then
    assert clear.verdict is Verdict.CLEAR
    assert clear.status == "Nothing to do: no findings in what was seen; 100% sure."
    assert gap.verdict is unlooked.verdict is Verdict.UNKNOWN
    assert gap.status.endswith("50% sure; 1 source was not fully seen.")


def test_the_status_line_counts_findings_and_targets() -> None:
    # Given
    findings = (
        finding(Severity.CRITICAL, claim="a"),
        finding(Severity.HIGH, claim="b"),
        finding(Severity.HIGH, claim="c", target="git:/b"),
    )
    partial = SEEN.model_copy(update={"state": CoverageState.PARTIAL})
    report = AgentReport(agent="security", findings=findings, coverage=(partial, FAILED))
    # When
    synthesis = synthesise([report])
    # Then
    assert synthesis.status == (
        "Act now: 1 critical and 2 high findings on 2 targets; 25% sure; 2 sources were not fully seen."
    )


def test_one_finding_reads_in_the_singular() -> None:
    report = AgentReport(agent="security", findings=(finding(Severity.LOW),))
    assert synthesise([report]).status == "Keep watching: 1 low finding on 1 target; 100% sure."


def test_the_coverage_holds_what_is_missing_worst_first() -> None:
    synthesis = synthesise([AgentReport(agent="github", coverage=(SEEN,))], missing=[FAILED])
    assert synthesis.coverage == (FAILED, SEEN)


def test_the_order_of_the_reports_does_not_matter() -> None:
    # Given
    advice = Recommendation(action="Upgrade a", why="known flaw", severity=Severity.HIGH, target="git:/a")
    reports = [
        AgentReport(agent="github", target="git:/a", confidence=0.5, metrics={"score": 90.0}, coverage=(SEEN,)),
        AgentReport(agent="security", target="git:/a", findings=(finding(Severity.CRITICAL, claim="a"),)),
        AgentReport(agent="extra", target="git:/a", findings=(finding(Severity.LOW, claim="a"),), reasons=("old",)),
        AgentReport(agent="github", target="git:/b", recommendations=(advice, advice)),
    ]
    # When
    answers = {synthesise(order, missing=[FAILED]).model_dump_json() for order in permutations(reports)}
    # Then
    assert len(answers) == 1


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            AgentReport,
            agent=st.sampled_from(["github", "security", "later"]),
            target=st.sampled_from(["git:/a", "git:/b", ""]),
            confidence=st.floats(0, 1),
            reasons=st.lists(st.text(), max_size=2).map(tuple),
            coverage=st.lists(
                st.builds(
                    Coverage,
                    source=st.sampled_from(["git", "osv"]),
                    subject=st.sampled_from(["git:/a", ""]),
                    state=st.sampled_from(CoverageState),
                    detail=st.text(max_size=5),
                ),
                max_size=3,
            ).map(tuple),
        ),
        max_size=5,
    )
)
def test_any_reports_give_a_confidence_between_nought_and_one_with_a_reason(reports: list[AgentReport]) -> None:
    synthesis = synthesise(reports)
    assert 0 <= synthesis.confidence <= 1
    assert synthesis.reasons
    assert (synthesis.verdict is Verdict.CLEAR) <= bool(reports)


def test_a_baseline_that_stands_in_is_said_and_one_beside_agents_makes_nobody_surer() -> None:
    # Given an agent's report, and a baseline's beside it, in place of others
    agent = AgentReport(agent="github", target="git:/a", confidence=0.9, coverage=(SEEN,))
    plain = AgentReport(agent="baseline", target="git:/a", confidence=0.1, findings=(finding(Severity.LOW),))
    beside, degraded = (plain.model_copy(update={"role": role}) for role in (Role.BESIDE, Role.DEGRADED))
    # When they are joined
    alone, added, instead = (synthesise(reports) for reports in ([agent], [agent, beside], [degraded]))
    # Then what is added counts as a finding and not as a voice, and what stands in is named
    assert added.confidence == alone.confidence
    assert added.severities[Severity.LOW] == 1
    assert (alone.degraded, added.degraded, instead.degraded) == ((), (), ("git:/a",))
    assert instead.status.endswith("10% sure. Degraded: agents failed on git:/a, a plain baseline stands in.")
    assert "degraded" not in alone.model_dump()
