"""From a step's work to the bundle: everything is there once, in the order of reading, and safe to show."""

import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.contract import AgentReport, Coverage, CoverageState, Finding, Severity, Target, TargetKind, Work
from agents.report.assemble import assemble
from agents.report.bundle import SCHEMA_VERSION, as_json

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MakeFinding = Callable[..., Finding]
MakeCoverage = Callable[..., Coverage]
MakeWork = Callable[..., Work]


def test_the_bundle_says_which_run_as_of_when_and_what_set_it_off(whole_work: Work) -> None:
    # When
    bundle = assemble(whole_work)
    # Then
    assert (bundle.run_id, bundle.as_of, bundle.schema_version) == ("run-1", NOW, SCHEMA_VERSION)
    assert bundle.title == "platform.yaml"
    assert (bundle.trigger.kind, bundle.trigger.label) == ("schedule", "every 6 hours")
    assert bundle.plan_notes == ("nobody can do analyse:mood: left out",)
    assert bundle.missing == whole_work.missing


def test_a_finding_carries_its_target_agents_and_the_facts_behind_it(whole_work: Work) -> None:
    # When
    leak = assemble(whole_work).findings[0]
    # Then
    assert leak.target_label == "app lock"
    assert leak.agents == ("security",)
    assert [(note.key, note.kind, note.title) for note in leak.evidence] == [
        ("PYSEC-1", "advisory", "Leak on redirect"),
        ("cafe1234", "", ""),
    ]


def test_each_target_has_what_belongs_to_it_worst_first(whole_work: Work) -> None:
    # When
    lock, flask = assemble(whole_work).targets
    # Then
    assert (lock.label, lock.severity, lock.kind) == ("app lock", Severity.HIGH, TargetKind.SBOM)
    assert (flask.label, flask.severity, flask.tier) == ("flask", Severity.MEDIUM, "critical")
    assert [note.agent for note in flask.agents] == ["data_manager", "github"]
    assert [row.state for row in flask.coverage] == [
        CoverageState.FAILED,
        CoverageState.FAILED,
        CoverageState.PARTIAL,
        CoverageState.ZERO,
        CoverageState.COMPLETE,
    ]


def test_what_is_new_are_recent_findings_and_then_recent_releases(whole_work: Work) -> None:
    changes = assemble(whole_work).changes
    assert [(change.text, change.severity) for change in changes] == [
        ("urllib3 1.26.4 leaks credentials", Severity.HIGH),
        ("Released 4.0.0 (major)", None),
    ]


def test_old_and_future_and_mere_information_is_not_news(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    findings = (
        make_finding(claim="old", since=NOW - timedelta(days=31)),
        make_finding(claim="future", since=NOW + timedelta(days=1)),
        make_finding(claim="info", since=NOW, severity=Severity.INFO),
        make_finding(claim="undated"),
    )
    released = {"releases": [{"version": "1", "at": NOW.isoformat()}]}
    # When
    bundle = assemble(make_work(AgentReport(agent="a", findings=findings, metrics=released)))
    # Then
    assert [change.text for change in bundle.changes] == ["Released 1"]


def test_where_nobody_was_asked_for_advisories_it_says_not_collected_and_how_to_add_them(make_work: MakeWork) -> None:
    # When
    bundle = assemble(make_work(AgentReport(agent="github", target="git:/clones/flask")))
    # Then
    (row,) = bundle.synthesis.coverage
    assert row.state is CoverageState.NOT_COLLECTED
    assert "advisories: PATH" in row.detail
    assert "1 source not collected: advisories" in bundle.synthesis.reasons


def test_where_advisories_were_looked_for_nothing_is_added(make_work: MakeWork, make_coverage: MakeCoverage) -> None:
    # Given
    folder = Target(kind=TargetKind.ADVISORIES, location="/osv")
    seen = make_coverage(CoverageState.ZERO, source="osv")
    quiet = AgentReport(agent="github")
    # When
    bundles = [
        assemble(make_work(quiet, targets=(folder,))),
        assemble(make_work(quiet, missing=(seen,))),
        assemble(make_work(quiet.model_copy(update={"coverage": (seen,)}))),
    ]
    # Then
    assert all(row.state is CoverageState.ZERO for bundle in bundles for row in bundle.synthesis.coverage)


def test_a_finding_on_a_target_the_run_does_not_list_is_shown_too(
    make_work: MakeWork, make_finding: MakeFinding
) -> None:
    bundle = assemble(make_work(AgentReport(agent="a", findings=(make_finding(target="git:/found"),))))
    section = bundle.targets[0]
    assert (section.id, section.label, section.kind, section.tier) == ("git:/found", "git:/found", None, "")
    assert bundle.findings[0].target_label == "git:/found"


def test_what_belongs_to_no_target_is_told_across_them(make_work: MakeWork) -> None:
    bundle = assemble(make_work(AgentReport(agent="correlation", summary="Two move together")))
    assert [note.summary for note in bundle.across] == ["Two move together"]


def test_the_title_is_what_people_called_the_run_else_its_targets(make_work: MakeWork) -> None:
    single = Target(kind=TargetKind.GIT, location="/clones/flask")
    assert assemble(make_work(options={"label": "Friday", "watchlist": "w"})).title == "Friday"
    assert assemble(make_work(options={"label": " ", "watchlist": 7})).title == "2 targets"
    assert assemble(make_work(targets=(single,))).title == "flask"
    assert assemble(make_work(targets=())).title == "0 targets"


def test_options_of_another_shape_are_no_error(make_work: MakeWork) -> None:
    bundle = assemble(make_work(options={"trigger": "now", "plan_notes": "none"}))
    assert bundle.trigger.label == ""
    assert bundle.plan_notes == ()


def test_the_same_work_gives_the_same_json(whole_work: Work) -> None:
    first, second = (as_json(assemble(whole_work)) for _ in range(2))
    assert first == second
    assert json.loads(first)["report"] == "lookout.report"


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), min_size=1, max_size=40))
def test_no_text_from_anywhere_reaches_the_bundle_unsafe(text: str) -> None:
    # Given
    poisoned = Finding(
        kind="k",
        target=f"git:{text}",
        claim=text,
        severity=Severity.HIGH,
        confidence=1,
        title=text,
        detail=text,
        next_action=text,
        evidence=(text,),
        data={text: text},
    )
    report = AgentReport(agent="a", target=f"git:{text}", summary=text, findings=(poisoned,), metrics={text: text})
    # When
    bundle = assemble(
        Work(
            run_id=text,
            step="s",
            trigger_kind="manual",
            capability="report",
            targets=(Target(kind=TargetKind.GIT, location="/a", name=text),),
            now=NOW,
            reports=(report,),
            options={"label": text, "trigger": {"label": text}},
        )
    )
    # Then
    written = as_json(bundle).rstrip("\n")
    written.encode()
    unsafe = [char for char in written if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"}]
    assert set(unsafe) <= {"\u200c", "\u200d"}
    assert bundle.findings[0].id == poisoned.id
