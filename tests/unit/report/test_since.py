"""What differs from the run before is said in the order of urgency, and what was not looked at again is never gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from agents.contract import AgentReport, Coverage, CoverageState, Finding, Severity, Target, TargetKind, Work
from agents.report.assemble import assemble
from agents.report.news import NOT_COMPARED, headline, news

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MakeFinding = Callable[..., Finding]
MakeWork = Callable[..., Work]


def row(finding: Finding, **told: JsonValue) -> JsonValue:
    return {
        "id": finding.id,
        "kind": finding.kind,
        "severity": finding.severity.value,
        "title": finding.title,
        "target": finding.target,
        **told,
    }


def earlier(*rows: JsonValue) -> dict[str, JsonValue]:
    at = (NOW - timedelta(days=1)).isoformat()
    return {"earlier": {"run_id": "run-0", "at": at, "findings": list(rows)}}


@pytest.fixture
def compared(make_work: MakeWork, make_finding: MakeFinding, make_coverage: Callable[..., Coverage]) -> Work:
    """Return a run with one finding of each kind of difference."""
    new = make_finding(claim="new", title="new one", since=NOW - timedelta(days=2))
    worse = make_finding(claim="worse", title="worse one", severity=Severity.CRITICAL)
    better = make_finding(claim="better", title="better one", severity=Severity.LOW)
    same = make_finding(claim="same", title="same one", severity=Severity.MEDIUM)
    gone = make_finding(claim="gone", title="gone one")
    unseen = make_finding(claim="unseen", title="unseen one", target="git:/clones/flask")
    gap = make_coverage(CoverageState.FAILED)
    rows = earlier(
        row(worse, severity="high"),
        row(better, severity="high"),
        row(same),
        row(gone, kind="github.health", severity="low"),
        row(unseen),
    )
    report = AgentReport(agent="security", findings=(new, worse, better, same), coverage=(gap,))
    return make_work(report, options=rows)


def test_the_headline_counts_what_differs(compared: Work) -> None:
    assert headline(assemble(compared)) == (
        "Since the run of 22 Nov 2026, 09:30 UTC (24 hours ago): "
        "1 new, 1 worse, 1 better, 1 no longer found, 1 not looked at again, 1 as before."
    )


def test_news_come_by_urgency_each_finding_once(compared: Work) -> None:
    # When
    bundle = assemble(compared)
    # Then
    assert [(line.tag, line.text) for line in news(bundle)] == [
        ("worse, was high", "worse one"),
        ("new", "new one"),
        ("not looked at again", "unseen one"),
        ("no longer found", "gone one"),
        ("better, was high", "better one"),
    ]
    found = {finding.id for finding in bundle.findings}
    assert {line.finding for line in news(bundle)} <= found | {""}
    assert bundle.since_last is not None
    assert (bundle.since_last.run_id, bundle.since_last.same) == ("run-0", 1)


@pytest.mark.parametrize(
    ("kind", "tag"),
    [
        ("security.vulnerable_dependency", "not looked at again"),
        ("github.health", "no longer found"),
        ("", "not looked at again"),
    ],
)
def test_a_flaw_is_not_gone_because_the_advisories_could_not_be_read(
    kind: str, tag: str, make_work: MakeWork, make_finding: MakeFinding, make_coverage: Callable[..., Coverage]
) -> None:
    # Given
    folder = Target(kind=TargetKind.ADVISORIES, location="/osv")
    gone = make_finding(target="git:/clones/flask")
    gap = make_coverage(CoverageState.FAILED, source="osv", subject=folder.id)
    report = AgentReport(agent="data_manager", target=folder.id, coverage=(gap,))
    # When
    flask = Target(kind=TargetKind.GIT, location="/clones/flask")
    bundle = assemble(make_work(report, targets=(folder, flask), options=earlier(row(gone, kind=kind))))
    # Then
    assert [line.tag for line in news(bundle)] == [tag]


def test_a_finding_about_what_is_not_watched_here_is_not_said_to_be_gone(
    make_work: MakeWork, make_finding: MakeFinding
) -> None:
    # Given a run before about another target
    gone = make_finding(target="git:/clones/another")
    flask = Target(kind=TargetKind.GIT, location="/clones/flask")
    # When
    bundle = assemble(make_work(AgentReport(agent="a"), targets=(flask,), options=earlier(row(gone))))
    # Then
    assert [line.tag for line in news(bundle)] == ["not looked at again"]


def test_what_is_recent_in_the_world_follows_what_is_new_since_the_run(make_work: MakeWork) -> None:
    # Given
    released: dict[str, JsonValue] = {"releases": [{"version": "2.0", "at": NOW.isoformat()}]}
    # When
    bundle = assemble(make_work(AgentReport(agent="a", metrics=released), options=earlier()))
    # Then
    assert [(line.tag, line.text) for line in news(bundle)] == [("", "Released 2.0")]
    assert headline(bundle).endswith("nothing found, then or now.")


def test_an_earlier_run_without_a_time_is_the_run_before(make_work: MakeWork, make_finding: MakeFinding) -> None:
    options: dict[str, JsonValue] = {"earlier": {"findings": []}}
    bundle = assemble(make_work(AgentReport(agent="a", findings=(make_finding(),)), options=options))
    assert headline(bundle) == "Since the run before: 1 new."


@pytest.mark.parametrize("told", [None, "yesterday", {}, {"findings": "none"}])
def test_without_an_earlier_run_nothing_is_called_new(
    told: JsonValue, make_work: MakeWork, make_finding: MakeFinding
) -> None:
    # Given
    report = AgentReport(agent="a", findings=(make_finding(since=NOW),))
    # When
    bundle = assemble(make_work(report, options={"earlier": told}))
    # Then
    assert bundle.since_last is None
    assert headline(bundle) == NOT_COMPARED
    assert [line.tag for line in news(bundle)] == [""]


def test_rows_of_another_shape_are_left_out(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    rows: tuple[JsonValue, ...] = ("row", {"id": "f-1"}, {"id": "f-2", "severity": "awful"}, {"severity": "low"})
    # When
    bundle = assemble(
        make_work(options=earlier(*rows, {"id": "f-3", "severity": "low", "title": 7, "target": "git:/x"}))
    )
    # Then
    assert bundle.since_last is not None
    assert [(gone.id, gone.title, gone.target_label) for gone in bundle.since_last.gone] == [("f-3", "f-3", "git:/x")]
