"""What stays with a step, and what joining agents see of it later."""

import json
import math
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from agents.contract import (
    AgentReport,
    Artifact,
    Coverage,
    CoverageState,
    Evidence,
    Finding,
    Quarantined,
    Recommendation,
    Severity,
)
from orchestrator.ledger.completion import state_of
from orchestrator.ledger.results import kept, restored

FINDING = Finding(kind="k", target="t", claim="c", severity=Severity.LOW, confidence=0.5, title="x")
texts = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"))
reports = st.builds(
    AgentReport,
    agent=texts,
    target=texts,
    summary=texts,
    confidence=st.floats(0, 1),
    reasons=st.lists(texts).map(tuple),
    recommendations=st.lists(
        st.builds(Recommendation, action=texts, why=texts, severity=st.sampled_from(Severity), target=texts)
    ).map(tuple),
    coverage=st.lists(
        st.builds(
            Coverage,
            source=texts,
            subject=texts,
            state=st.sampled_from(CoverageState),
            items=st.integers(0, 9),
            as_of=st.none() | st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  zoned
        )
    ).map(tuple),
    metrics=st.dictionaries(texts, st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts),
)


def read(report: AgentReport) -> str:
    """Return what the ledger reads of a report that was kept."""
    return json.dumps({name: value for name, value in json.loads(kept(report)).items() if name != "counts"})


@given(reports)
def test_what_is_kept_comes_back_with_its_findings(report: AgentReport) -> None:
    # Given any report, when it is kept and read again with the findings that its step made
    again = restored(read(report), findings=(FINDING,))
    # Then it is the same report
    assert again == report.model_copy(update={"findings": (FINDING,)})


def test_what_has_a_table_of_its_own_is_only_counted() -> None:
    # Given a report with everything in it
    evidence = Evidence(target="t", source="git", kind="commit", key="1")
    report = AgentReport(
        agent="a",
        findings=(FINDING,),
        evidence=(evidence, evidence),
        quarantined=(Quarantined(target="t", source="git", key="2", reason="dirt"),),
        cursors={"git": "abc"},
        artifacts=(Artifact(name="r.html", media_type="text/html", text="<p>"),),
        replaces=("commit",),
        metrics={"odd": math.nan},
    )
    # When it is kept
    body = json.loads(kept(report))
    # Then the counts are there, what went elsewhere is not, and no number is lost that JSON cannot say
    assert body["counts"] == {"evidence": 2, "quarantined": 1, "findings": 1}
    assert not {"findings", "evidence", "quarantined", "cursors", "artifacts", "replaces"} & set(body)
    assert body["metrics"] == {"odd": None}
    assert restored(read(report), findings=()).metrics == {"odd": None}


def test_a_report_that_saw_only_a_part_is_partial() -> None:
    # Given a report on each kind of coverage
    def report(*states: CoverageState) -> AgentReport:
        rows = tuple(Coverage(source="s", subject="t", state=state) for state in states)
        return AgentReport(agent="a", coverage=rows)

    # Then partial and failed sources make it partial; zero, and what was never asked for, do not
    assert state_of(report()) == "succeeded"
    assert state_of(report(CoverageState.COMPLETE, CoverageState.ZERO, CoverageState.NOT_COLLECTED)) == "succeeded"
    assert state_of(report(CoverageState.COMPLETE, CoverageState.PARTIAL)) == "partial"
    assert state_of(report(CoverageState.FAILED)) == "partial"
