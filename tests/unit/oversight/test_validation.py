"""The second look refuses what is not borne out, and says why."""

import pytest

from agents.analysis.synthesis import synthesise
from agents.contract import AgentReport, Coverage, CoverageState, Finding, Severity
from orchestrator.oversight.validation import validate

TARGET = "git:/a"
SEEN = Coverage(source="git", subject=TARGET, state=CoverageState.COMPLETE)


def finding(severity: Severity = Severity.HIGH, **wanted: object) -> Finding:
    given = {"evidence": ("ev-1",), "confidence": 0.8, **wanted}
    return Finding.model_validate(
        {"kind": "github.activity", "target": TARGET, "claim": "c", "severity": severity, "title": "t", **given}
    )


def report(agent: str, *findings: Finding, coverage: tuple[Coverage, ...] = (SEEN,)) -> AgentReport:
    return AgentReport(agent=agent, target=TARGET, findings=findings, coverage=coverage, metrics={"score": 50})


def test_what_is_seen_agreed_and_shown_passes() -> None:
    found = finding()
    verdict = validate(synthesise([report("github", found)]), [found], earlier=[finding(Severity.MEDIUM)])
    assert verdict == (True, ())


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (CoverageState.PARTIAL, "git of git:/a was seen as partial"),
        (CoverageState.NOT_COLLECTED, "git of git:/a was seen as not collected"),
        (CoverageState.FAILED, "git of git:/a could not be read"),
    ],
)
def test_what_rests_on_a_gap_is_refused(state: CoverageState, words: str) -> None:
    gap = SEEN.model_copy(update={"state": state})
    of_others = gap.model_copy(update={"subject": "git:/other"})
    # A gap of the target counts, also where the finding itself names it; one of another target does not
    assert validate(synthesise([report("github", coverage=(gap,))]), [finding()]).reasons == (words,)
    assert validate(synthesise([report("github")]), [finding(coverage=(gap,))]).reasons == (words,)
    assert validate(synthesise([report("github", coverage=(of_others,))]), [finding()]).passed


def test_what_agents_disagree_about_is_refused() -> None:
    alarmed, calm = report("security", finding(Severity.CRITICAL)), report("github")
    verdict = validate(synthesise([alarmed, calm]), [finding(Severity.CRITICAL)])
    assert verdict.reasons == ("agents disagree about git:/a (security: critical, github: info)",)
    # One about another target is no reason
    elsewhere = finding(target="git:/other")
    assert validate(synthesise([alarmed, calm]), [elsewhere]).passed


def test_what_has_no_evidence_or_is_graver_than_it_is_sure_is_refused() -> None:
    synthesis = synthesise([report("github")])
    assert "names no evidence" in validate(synthesis, [finding(evidence=())]).reasons[0]
    assert "high at a confidence of 30%" in validate(synthesis, [finding(confidence=0.3)]).reasons[0]
    assert validate(synthesis, [finding(Severity.LOW, confidence=0.3)]).passed


def test_a_claim_that_jumped_since_the_run_before_is_refused() -> None:
    synthesis = synthesise([report("github")])
    verdict = validate(synthesis, [finding()], earlier=[finding(Severity.INFO)])
    assert verdict.reasons == ("github.activity on git:/a jumped to high since the run before",)


def test_nothing_to_act_upon_does_not_pass() -> None:
    assert validate(synthesise([]), []).reasons == ("there is no finding to act upon",)
