"""The three forms are one report: the same ids of findings and evidence in each, however large it is."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import JsonValue

from agents.contract import (
    AgentReport,
    Coverage,
    CoverageState,
    Evidence,
    Finding,
    Severity,
    Target,
    TargetKind,
    Untrusted,
    Work,
)
from agents.report.assemble import assemble
from agents.report.bundle import ReportBundle, as_json
from agents.report.html import as_html
from agents.report.markdown import as_markdown
from agents.report.views import NEWS, page_view

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MakeFinding = Callable[..., Finding]
MakeWork = Callable[..., Work]
ANCHORS = re.compile(r'id="((?:f|ev|ref)-[0-9a-f]{24})"')
QUOTED = re.compile(r"`((?:f|ev|ref)-[0-9a-f]{24})`")
MEBIBYTE = 1 << 20


def told_ids(bundle: ReportBundle) -> set[str]:
    """Return the ids of findings and evidence that the JSON form holds."""
    findings = json.loads(as_json(bundle))["findings"]
    return {finding["id"] for finding in findings} | {
        note["id"] for finding in findings for note in finding["evidence"]
    }


def assert_same_ids(bundle: ReportBundle, *, page: str, text: str) -> set[str]:
    """Assert that every form holds the same ids, in HTML as places that a link can lead to."""
    told = told_ids(bundle)
    places = ANCHORS.findall(page)
    assert len(places) == len(set(places))
    assert set(places) == told
    assert set(QUOTED.findall(text)) == told
    return told


def test_the_forms_of_a_small_report_hold_the_same_ids(whole_work: Work) -> None:
    bundle = assemble(whole_work)
    told = assert_same_ids(bundle, page=as_html(bundle), text=as_markdown(bundle))
    assert {key.partition("-")[0] for key in told} == {"f", "ev", "ref"}


def test_the_forms_of_a_report_without_findings_hold_none(make_work: MakeWork) -> None:
    bundle = assemble(make_work())
    assert assert_same_ids(bundle, page=as_html(bundle), text=as_markdown(bundle)) == set()


def test_a_finding_leads_to_its_evidence_and_the_evidence_back_to_it(whole_work: Work) -> None:
    # Given
    bundle = assemble(whole_work)
    leak = bundle.findings[0]
    page = as_html(bundle)
    # When
    card = page[page.index(f'<article class="finding sev-high" id="{leak.id}"') :].split("</article>")[0]
    row = page[page.index(f'<tr id="{leak.evidence[0].id}"') :].split("</tr>")[0]
    # Then
    assert f'href="#{leak.evidence[0].id}"' in card
    assert f'href="#{leak.id}"' in row
    for said in ("osv", "advisory", "PYSEC-1", "Leak on redirect", "23 Nov 2026", "in advisories:/osv"):
        assert said in row


def flood(make_finding: MakeFinding, *, targets: int, findings: int) -> Work:
    """Return a run over many targets, each finding with two facts of its own, every second one new."""
    watched = tuple(
        Target(kind=TargetKind.GIT, location=f"/clones/{at}", name=f"project {at}") for at in range(targets)
    )
    weeks = [date(2025, 11, 24) + timedelta(weeks=at) for at in range(52)]
    metrics: dict[str, JsonValue] = {
        "score": 50,
        "parts": [{"name": "activity", "value": 0.5}],
        "weekly_commits": [{"week": week.isoformat(), "commits": 3} for week in weeks],
        "health_over_time": [{"at": week.isoformat(), "score": 50} for week in weeks[::4]],
        "releases": [{"version": f"1.{at}", "at": week.isoformat(), "kind": "minor"} for at, week in enumerate(weeks)],
        "weekly_issues": [{"week": week.isoformat(), "opened": 2, "closed": 1} for week in weeks],
    }
    reports = []
    for target in watched:
        facts = [
            Evidence(
                target=target.id,
                source="osv",
                kind="advisory",
                key=f"GHSA-{at}",
                at=NOW,
                title=Untrusted("A flaw <b>in</b> something that is used"),
                url=f"https://github.com/advisories/GHSA-{at}",
            )
            for at in range(2 * findings)
        ]
        found = tuple(
            make_finding(
                target=target.id,
                claim=str(at),
                severity=list(Severity)[at % 5],
                title=f"package {at} 1.0 has GHSA-{at}: a flaw of which there is something to say",
                detail="In use: 1.0. Fixed: 1.2.",
                next_action=f"Upgrade package {at} of {target.name} to 1.2",
                since=NOW - timedelta(days=at),
                evidence=(facts[2 * at].id, facts[2 * at + 1].id),
            )
            for at in range(findings)
        )
        seen = Coverage(source="osv", subject=target.id, state=CoverageState.COMPLETE, items=9, as_of=NOW)
        reports.append(
            AgentReport(
                agent="security",
                target=target.id,
                findings=found,
                evidence=tuple(facts),
                coverage=(seen,),
                metrics=metrics,
            )
        )
    had: list[JsonValue] = [
        {"id": finding.id, "severity": "low", "title": finding.title, "target": finding.target}
        for report in reports
        for finding in report.findings[::2]
    ]
    return Work(
        run_id="r",
        step="s",
        trigger_kind="manual",
        capability="report",
        targets=watched,
        now=NOW,
        reports=tuple(reports),
        options={"earlier": {"findings": had}},
    )


def test_two_thousand_findings_on_two_hundred_targets_stay_bounded_and_hold_the_same_ids(
    make_finding: MakeFinding,
) -> None:
    # Given
    bundle = assemble(flood(make_finding, targets=200, findings=10))
    # When
    page, text, view = as_html(bundle), as_markdown(bundle), page_view(bundle)
    # Then
    assert len(assert_same_ids(bundle, page=page, text=text)) == 6_000
    assert len(page) < 5 * MEBIBYTE
    assert len(text) < MEBIBYTE
    assert len(view.open_findings) <= 30
    assert all(group.long for group in view.folded_findings)


def test_of_many_changes_and_actions_the_first_stand_on_the_page_and_the_others_are_counted(
    make_finding: MakeFinding,
) -> None:
    # Given
    bundle = assemble(flood(make_finding, targets=10, findings=20))
    # When
    page = as_html(bundle)
    # Then
    answers = page[page.index('class="answers"') : page.index('id="pictures"')]
    assert f"and {200 - NEWS} more, each with its" in answers
    assert re.search(r"and \d+ more among the", answers)


@pytest.mark.parametrize(
    ("told", "said"), [("a worm of <May>", "a worm of"), (True, "recordings that the run does not name")]
)
def test_a_replay_is_labelled_in_every_form(told: JsonValue, said: str, make_work: MakeWork) -> None:
    # Given
    bundle = assemble(make_work(options={"replay": told}))
    # When
    page, text = as_html(bundle), as_markdown(bundle)
    # Then
    assert json.loads(as_json(bundle))["replay"].startswith(said)
    assert re.search(rf'<p class="replay" role="note"><b>Replay of recorded data:</b> {said}', page)
    assert page.index('class="replay"') < page.index('class="verdict"')
    assert "<title>Replay · " in page
    assert "<May>" not in page
    assert re.search(rf"^> \*\*Replay of recorded data:\*\* {said}", text, re.MULTILINE)


def test_a_replay_that_a_collecting_agent_tells_of_is_labelled_too(make_work: MakeWork) -> None:
    reports = (
        AgentReport(agent="data_manager"),
        AgentReport(agent="data_manager", metrics={"replay": "a worm of May"}),
    )
    bundle = assemble(make_work(*reports))
    assert bundle.replay == "a worm of May"


@pytest.mark.parametrize("told", [None, "", " ", False, 3])
def test_what_is_no_replay_is_not_labelled_as_one(told: JsonValue, make_work: MakeWork) -> None:
    bundle = assemble(make_work(options={"replay": told}))
    assert json.loads(as_json(bundle))["replay"] == ""
    assert "Replay" not in as_html(bundle) + as_markdown(bundle)
