"""The Markdown form: the same findings, escaped, and small enough for a job summary."""

import re
from collections.abc import Callable

import pytest
from pydantic import JsonValue

from agents.contract import AgentReport, Coverage, CoverageState, Finding, Severity, Work
from agents.report.assemble import assemble
from agents.report.markdown import as_markdown

MakeFinding = Callable[..., Finding]
MakeCoverage = Callable[..., Coverage]
MakeWork = Callable[..., Work]
IDS = re.compile(r"`(f-[0-9a-f]{24})`")
MEBIBYTE = 1 << 20


def test_it_says_the_status_what_changed_what_to_do_and_how_sure(whole_work: Work) -> None:
    text = as_markdown(assemble(whole_work))
    assert text.startswith("# Act soon: platform.yaml\n\n**1 high and 1 medium findings on 2 targets; ")
    assert "Set off by: schedule, every 6 hours" in text
    assert re.search(r"- urllib3 1\.26\.4 leaks credentials \(app lock, 3 days ago\) `f-", text)
    assert re.search(r"1\. \*\*high\*\* Upgrade urllib3 to 1\.26\.18 \(app lock, 90% sure\) `f-", text)
    assert "- github: only 8 months of history" in text
    assert "- nobody can do analyse:mood: left out" in text


def test_a_finding_ends_with_its_id(whole_work: Work) -> None:
    # Given
    bundle = assemble(whole_work)
    # When
    told = as_markdown(bundle).split("### High: ")[1].split("\n\n### ")[0]
    # Then
    assert told.splitlines() == [
        "urllib3 1.26.4 leaks credentials",
        "",
        "- **Target:** app lock",
        "- **Since:** 20 Nov 2026 (3 days ago)",
        "- **Confidence:** 90%, said by security",
        "- **What:** In use: 1.26.4. Fixed: 1.26.18.",
        "- **Next:** Upgrade urllib3 to 1.26.18",
        "- **Evidence:** `PYSEC-1`, `cafe1234`",
        "- **Seen:** ● Complete osv, 23 Nov 2026 (1 hour ago)",
        f"- **Id:** `{bundle.findings[0].id}`",
    ]


def test_targets_and_coverage_are_tables_with_every_answer(whole_work: Work) -> None:
    text = as_markdown(assemble(whole_work))
    assert (
        "| flask | critical | 1 medium | 72 of 100 | ✕ Failed, ◐ Partial, ○ Zero, ● Complete | bus factor 1 |" in text
    )
    assert (
        "| app lock | tools | 1 high | not scored | ⊘ Not collected | dependencies 42, checked 40, clean no |" in text
    )
    assert "| ✕ Failed | security | flask | not known | 23 Nov 2026 (1 hour ago) | timed out |" in text
    assert "| ⊘ Not collected | osv | app lock | not known | never seen | add advisories: F |" in text


def test_a_run_without_anything_says_so(make_work: MakeWork) -> None:
    text = as_markdown(assemble(make_work(targets=())))
    for said in (
        "Nothing that was seen began in the last 30 days.",
        "No agent recommends anything.",
        "No findings in what was seen",
        "The run had no targets.",
        "nothing here may be read as complete",
    ):
        assert said in text


def test_a_target_that_nobody_looked_at_is_said_to_be(make_work: MakeWork) -> None:
    text = as_markdown(assemble(make_work(AgentReport(agent="correlation", summary="All move together"))))
    assert "| flask | critical | no findings | not scored | nobody looked |  |" in text
    assert "- correlation: All move together" in text


def test_a_flood_of_findings_fits_a_job_summary_and_every_id_is_there(
    make_work: MakeWork, make_finding: MakeFinding, make_coverage: MakeCoverage
) -> None:
    # Given
    nasty = "*<@[" * 100
    findings = tuple(
        make_finding(
            claim=str(at), title=f"{at} {nasty}", detail=nasty * 9, next_action=f"{at} {nasty}", evidence=("e",) * 9
        )
        for at in range(3_000)
    )
    rows = tuple(make_coverage(CoverageState.PARTIAL, subject=str(at), detail=nasty) for at in range(400))
    # When
    bundle = assemble(make_work(AgentReport(agent="security", findings=findings, coverage=rows)))
    text = as_markdown(bundle)
    # Then
    assert len(text.encode()) < MEBIBYTE
    assert set(IDS.findall(text)) == {finding.id for finding in bundle.findings}
    assert "And 2,990 more actions: see the HTML or JSON form." in text
    assert "And 2,000 more findings, by id:" in text


def test_more_than_eight_pieces_of_evidence_are_counted(make_work: MakeWork, make_finding: MakeFinding) -> None:
    found = make_finding(evidence=tuple(f"e{at}" for at in range(10)), severity=Severity.LOW)
    text = as_markdown(assemble(make_work(AgentReport(agent="a", findings=(found,)))))
    assert "`e7`, and 2 more" in text
    assert "- **Since:** not known" in text


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "](http://evil)",
        "| a | b |",
        "\n# owned\n",
        "```",
        "@everyone",
        "<!-- -->",
        "\x1b[2Jx",
    ],
)
def test_a_strangers_text_stays_within_its_line_and_its_cell(
    attack: str, make_work: MakeWork, make_finding: MakeFinding
) -> None:
    # Given
    found = make_finding(title=attack, detail=attack, next_action=attack, evidence=(attack,))
    plain = make_finding(title="x", detail="x", next_action="x", evidence=("x",))
    # When
    texts = [
        as_markdown(assemble(make_work(AgentReport(agent="security", findings=(one,), summary="s"))))
        for one in (found, plain)
    ]
    # Then
    hostile, harmless = (re.sub(r"(?<!\\)`[^`]*`", "", text) for text in texts)
    assert [line[:2] for line in hostile.splitlines()] == [line[:2] for line in harmless.splitlines()]
    assert "<" not in hostile
    assert not re.search(r"(?<!\\)\]\(", hostile)
    assert "@" not in hostile
    assert "\x1b" not in hostile


def test_what_differs_from_the_run_before_is_said_with_the_ids(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    old, new = make_finding(claim="old", title="old one"), make_finding(claim="new", title="new one")
    had: list[JsonValue] = [
        {"id": old.id, "severity": "low", "title": "old one", "target": old.target},
        {"id": "f-0", "kind": "github.health", "severity": "high", "title": "gone <one>", "target": old.target},
    ]
    # When
    work = make_work(AgentReport(agent="security", findings=(old, new)), options={"earlier": {"findings": had}})
    changed = as_markdown(assemble(work)).split("## What changed")[1].split("\n## ")[0]
    # Then
    assert "Since the run before: 1 new, 1 worse, 1 no longer found." in changed
    assert f"- **New:** new one (app lock) `{new.id}`" in changed
    assert f"- **Worse, was low:** old one (app lock) `{old.id}`" in changed
    assert "- **No longer found:** gone &lt;one&gt; (app lock)" in changed


def test_evidence_is_a_table_with_its_provenance(whole_work: Work) -> None:
    # Given
    fact = whole_work.reports[0].evidence[0]
    paged = fact.model_copy(update={"url": "https://github.com/advisories/GHSA-1"})
    reports = (whole_work.reports[0].model_copy(update={"evidence": (paged,)}), *whole_work.reports[1:])
    # When
    text = as_markdown(assemble(whole_work.model_copy(update={"reports": reports})))
    # Then
    assert (
        f"| `{fact.id}` | osv · advisory `PYSEC-1`: Leak on redirect | 23 Nov 2026 | "
        "<https://github.com/advisories/GHSA-1> |"
    ) in text
    assert re.search(r"\| `ref-[0-9a-f]{24}` \| `cafe1234`, as its finding names it \|  \|  \|", text)


def test_evidence_beyond_a_reports_bound_is_counted(make_work: MakeWork, make_finding: MakeFinding) -> None:
    found = make_finding(evidence=tuple(f"e{at}" for at in range(60)))
    text = as_markdown(assemble(make_work(AgentReport(agent="a", findings=(found,)))))
    assert "`e7`, and 52 more" in text
    assert "10 more pieces that findings name are in the database alone." in text


def test_much_evidence_is_told_by_id_behind_the_first(make_work: MakeWork, make_finding: MakeFinding) -> None:
    found = tuple(make_finding(claim=str(at), evidence=tuple(f"{at}-{n}" for n in range(50))) for at in range(4))
    text = as_markdown(assemble(make_work(AgentReport(agent="a", findings=found))))
    assert "And 50 more facts, by id:" in text


def test_exposure_is_a_table_of_severity_and_age(make_work: MakeWork, make_finding: MakeFinding) -> None:
    found = make_finding(data={"age_days": 3, "exploited": True})
    text = as_markdown(assemble(make_work(AgentReport(agent="security", findings=(found,)))))
    assert "| Severity | under 7 days | under 30 days |" in text
    assert "| high | 1 | 0 | 0 | 0 | 0 |" in text
    assert "leaks credentials (exploited)" in text


def test_how_far_an_action_goes_is_said_with_it(make_work: MakeWork, make_finding: MakeFinding) -> None:
    found = make_finding(next_action="Upgrade it", data={"upgrade": {"distance": "patch"}})
    text = as_markdown(assemble(make_work(AgentReport(agent="security", findings=(found,)))))
    assert "(app lock, effort: small, a patch upgrade, 90% sure)" in text
