"""The github agent: a whole step, on made evidence and on what the data manager collects from a real repository."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue

from agents.contract import (
    AgentReport,
    Coverage,
    CoverageState,
    Evidence,
    Pool,
    Severity,
    Target,
    TargetKind,
    Untrusted,
    Work,
)
from agents.errors import BadEvidenceError, StoppedError
from agents.sources.github import items
from agents.sources.look import Look
from agents.specialists.data_manager import DataManager
from agents.specialists.github import GitHubAgent

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
THING = Target(kind=TargetKind.GIT, location="/srv/clones/thing")
OTHER = Target(kind=TargetKind.GIT, location="/srv/clones/other")


@dataclass
class Shelf:
    """Evidence in a list, read as the store reads it."""

    items: Sequence[Evidence]

    def read(self, *, targets: Sequence[str] = (), kinds: Sequence[str] = ()) -> Iterator[Evidence]:
        wanted = (item for item in self.items if item.target in targets and item.kind in kinds)
        return iter(sorted(wanted, key=lambda item: (item.kind, item.at or NOW, item.key)))


def commits(count: int, *, target: Target = THING, start: float = 1) -> list[Evidence]:
    return [
        Evidence(
            target=target.id,
            source="git",
            kind="commit",
            key=f"{number:040x}",
            at=NOW - timedelta(days=start + number),
            title=Untrusted("Work"),
            data={"author_id": f"author-{number % 3}", "author": f"Person {number % 3}"},
        )
        for number in range(count)
    ]


def work(
    evidence: Sequence[Evidence],
    *,
    target: Target | None = THING,
    reports: tuple[AgentReport, ...] = (),
    missing: tuple[Coverage, ...] = (),
    options: Mapping[str, JsonValue] | None = None,
    stop: threading.Event | None = None,
) -> Work:
    return Work(
        run_id="r",
        step="github: thing",
        trigger_kind="manual",
        capability="analyse:health",
        target=target,
        now=NOW,
        reports=reports,
        missing=missing,
        options=options or {},
        evidence=Shelf(evidence),
        stop=stop,
    )


def collected(*states: tuple[str, CoverageState]) -> AgentReport:
    rows = tuple(Coverage(source=source, subject=THING.id, state=state, as_of=NOW) for source, state in states)
    return AgentReport(agent="data_manager", target=THING.id, coverage=rows)


def test_the_catalogue_entry_says_what_it_reads_and_does() -> None:
    spec = GitHubAgent.spec
    assert (spec.name, spec.capabilities, spec.pool) == ("github", frozenset({"analyse:health"}), Pool.PROCESSES)
    assert spec.reads == {"commit", "tag", "change_note", "release", "issue", "pull", "repository"}
    assert spec.target_kinds == {TargetKind.GIT, TargetKind.GITHUB, TargetKind.FEED}


def test_it_waits_for_no_database_of_advisories() -> None:
    # Given that to name advisories among what is read means to wait for those who collect them
    assert "advisory" not in GitHubAgent.spec.reads


def test_a_step_reads_its_own_target_alone() -> None:
    # Given evidence of two repositories
    report = GitHubAgent().run(work([*commits(60), *commits(500, target=OTHER)]))
    # Then only its own counts, in every part of the report
    assert report.metrics["commits_seen"] == 60
    assert report.target == THING.id
    assert {finding.target for finding in report.findings} == {THING.id}
    assert report.summary.startswith("thing: ")
    assert report.coverage[0].items == 60


def test_a_replay_gives_the_same_report() -> None:
    # Given the same work twice, its evidence in another order
    first = GitHubAgent().run(work(commits(60)))
    again = GitHubAgent().run(work(commits(60)[::-1]))
    # Then the reports are equal, and pass through JSON unharmed
    assert first == again
    assert AgentReport.model_validate(json.loads(first.model_dump_json())) == first


def test_a_target_that_was_never_collected_has_no_score_instead_of_a_zero() -> None:
    # Given no evidence, and nobody who collected any
    report = GitHubAgent().run(work([]))
    # Then there is no score, no finding, no confidence, and the coverage says why
    assert (report.metrics["score"], report.findings, report.confidence) == (None, (), 0)
    assert [row.state for row in report.coverage] == [CoverageState.NOT_COLLECTED]
    assert "no history was seen" in report.summary


def test_an_empty_repository_was_looked_at_and_has_zero() -> None:
    report = GitHubAgent().run(work([], reports=(collected(("git", CoverageState.ZERO)),)))
    assert [row.state for row in report.coverage] == [CoverageState.ZERO]
    assert report.metrics["score"] is None


def test_a_failed_collection_is_passed_on_and_what_was_there_before_is_judged() -> None:
    # Given earlier evidence, and a collecting step that failed this time
    missing = Coverage(source="data_manager", subject=THING.id, state=CoverageState.FAILED, detail="disk full")
    report = GitHubAgent().run(work(commits(60), missing=(missing,)))
    # Then every finding carries the failure, and is believed half as much
    assert report.coverage == (missing,)
    assert all(finding.coverage == (missing,) for finding in report.findings)
    assert report.confidence < 0.5
    assert any("failed" in reason or "did not happen" in reason for reason in report.reasons)


def test_a_shallow_history_says_what_it_saw_and_claims_no_departures() -> None:
    # Given a shallow clone of four months, whole and partial alike but for what the collector says
    partial = GitHubAgent().run(work(commits(120), reports=(collected(("git", CoverageState.PARTIAL)),)))
    whole = GitHubAgent().run(work(commits(120), reports=(collected(("git", CoverageState.COMPLETE)),)))
    # Then the first is less sure, and says since when
    assert partial.confidence < whole.confidence
    assert any(reason.startswith("only 120 commits since 2026-07-23 seen") for reason in partial.reasons)
    assert partial.metrics["commits_last_365_days"] is None
    assert whole.metrics["commits_last_365_days"] == 120


def test_the_window_of_announcements_is_an_option() -> None:
    # Given four old versions that remove something
    notes = [
        Evidence(
            target=THING.id,
            source="git",
            kind="change_note",
            key=f"CHANGES#{number}.0",
            at=NOW - timedelta(days=600 - number),
            data={"version": f"{number}.0", "file": "CHANGES", "text": "- Removed `foo`"},
        )
        for number in range(1, 5)
    ]
    narrow = GitHubAgent().run(work([*commits(60), *notes]))
    wide = GitHubAgent().run(work([*commits(60), *notes], options={"signal_window_days": 900}))
    target = THING.model_copy(update={"options": {"signal_window_days": 900}})
    of_target = GitHubAgent().run(work([*commits(60), *notes], target=target))
    # Then it decides how many are told; the step's option wins, the target's comes next
    assert [report.metrics["breaking_versions"] for report in (narrow, wide, of_target)] == [3, 4, 4]


@pytest.mark.parametrize("value", [0, -1, 3651, "90", True, 1.5, None])
def test_a_window_that_cannot_be_is_refused_by_name(value: JsonValue) -> None:
    with pytest.raises(BadEvidenceError, match=r"option signal_window_days: .* is not a whole number from 1 to 3650"):
        GitHubAgent().run(work([], options={"signal_window_days": value}))


def test_a_step_without_a_target_is_refused() -> None:
    with pytest.raises(BadEvidenceError, match="field target"):
        GitHubAgent().run(work([], target=None))


def test_a_step_that_is_told_to_stop_stops() -> None:
    # Given a signal that is set
    stop = threading.Event()
    stop.set()
    # Then the step ends as stopped, and names what it was doing
    with pytest.raises(StoppedError, match="history of thing"):
        GitHubAgent().run(work(commits(3), stop=stop))


def test_a_critical_target_is_told_louder() -> None:
    # Given one author's repository, on two tiers
    alone = [item.model_copy(update={"data": {"author_id": "author-1", "author": "Ann"}}) for item in commits(60)]
    tools = GitHubAgent().run(work(alone))
    critical = GitHubAgent().run(work(alone, target=THING.model_copy(update={"tier": "critical"})))
    # Then the same finding, with the same id, is one higher
    (low,), (high,) = ([f for f in report.findings if f.kind == "github.bus_factor"] for report in (tools, critical))
    assert (low.severity, high.severity) == (Severity.MEDIUM, Severity.HIGH)
    assert low.id == high.id
    assert critical.recommendations[0].severity is Severity.HIGH


WICK = Target(kind=TargetKind.GITHUB, location="lamp/wick", tier="critical")


def from_github(*, issues: int = 0) -> list[Evidence]:
    """Return what GitHub's reader leaves of a repository: commits, a release, an advisory, itself, and issues."""
    look = Look(target=WICK, now=NOW, stop=threading.Event())
    stamp = "2026-11-18T10:00:00Z"
    told: list[Evidence] = [
        items.repository({"full_name": "lamp/candle", "license": {"spdx_id": "MIT"}, "pushed_at": stamp}, look),
        *items.release({"tag_name": "v2.0.0", "published_at": stamp, "body": "- Removed the old wick"}, look),
        *items.release({"tag_name": "v3.0.0", "published_at": stamp, "prerelease": True}, look),
        *items.release({"tag_name": "v4.0.0", "created_at": stamp, "draft": True}, look),
    ]
    for number in range(1, issues + 1):
        opened = NOW - timedelta(hours=number)
        issue = {"number": number, "state": "open", "title": "Malware in 2.0.0", "created_at": opened.isoformat()}
        told.append(items.issue({**issue, "updated_at": opened.isoformat(), "user": {"login": f"u{number}"}}, look))
    return told


def told_by_github(**details: tuple[CoverageState, str]) -> AgentReport:
    """Return the collector's report, by what comes behind ``github:`` in each source's name."""
    rows = tuple(
        Coverage(
            source="github" if name == "commits" else f"github:{name}",
            subject=WICK.id,
            state=state,
            as_of=NOW,
            detail=detail,
        )
        for name, (state, detail) in details.items()
    )
    return AgentReport(agent="data_manager", target=WICK.id, coverage=rows)


WHOLE = (CoverageState.COMPLETE, "")


def test_a_repository_on_github_is_judged_by_all_that_was_collected() -> None:
    # Given what GitHub's own reader leaves, and what its collector says of it: a repository without issues, until today
    evidence = [*commits(400, target=WICK), *from_github(issues=14)]
    collected_rows = told_by_github(
        commits=(CoverageState.PARTIAL, "The newest commits since 2025-10-17; set GITHUB_TOKEN to read more"),
        issues=(CoverageState.COMPLETE, "Changed since 2025-11-20"),
        releases=WHOLE,
        repository=WHOLE,
    )
    report = GitHubAgent().run(work(evidence, target=WICK, reports=(collected_rows,)))
    # Then its name, its wave, and its breaking release are told, and prereleases and drafts are none
    kinds = {finding.kind for finding in report.findings}
    assert {"github.health", "github.moved", "github.issue_wave", "github.breaking_change"} <= kinds
    assert report.metrics["release_kinds"] == {"major": 1, "minor": 0, "patch": 0, "pre": 1}
    assert (report.metrics["tier"], report.metrics["issues_opened_last_365_days"]) == ("critical", 14)
    assert {row.source for row in report.coverage} == {
        "github",
        "github:issues",
        "github:releases",
        "github:repository",
    }
    (wave,) = [finding for finding in report.findings if finding.kind == "github.issue_wave"]
    assert wave.severity is Severity.HIGH
    # And where no advisories were collected none are counted
    assert "own_advisories" not in report.metrics


def test_issues_of_a_repository_are_judged_where_its_commits_could_not_be_read() -> None:
    # Given issues, and commits whose collection failed
    rows = told_by_github(
        commits=(CoverageState.FAILED, "GitHub is in trouble"),
        issues=(CoverageState.COMPLETE, "Changed since 2025-11-20"),
    )
    report = GitHubAgent().run(work(from_github(issues=14), target=WICK, reports=(rows,)))
    # Then there is no score, and the wave is told all the same
    assert report.metrics["score"] is None
    assert "github.issue_wave" in {finding.kind for finding in report.findings}
    assert 0 < report.confidence < 0.5
    assert "wick: too little was seen for a score" in report.summary


def test_a_feed_of_releases_tells_what_breaks_and_nothing_of_commits() -> None:
    # Given a feed whose collector is content, with a release that removes something
    feed = Target(kind=TargetKind.FEED, location="https://example.org/wick.atom", name="wick")
    rows = Coverage(source="feed", subject=feed.id, state=CoverageState.COMPLETE, as_of=NOW)
    told = [item.model_copy(update={"target": feed.id, "source": "feed"}) for item in from_github()]
    out = [item for item in told if item.kind in ("release", "tag", "change_note") and "v2" in item.key]
    report = GitHubAgent().run(
        work(out, target=feed, reports=(AgentReport(agent="data_manager", target=feed.id, coverage=(rows,)),))
    )
    # Then the release is told, there is no score, and no commit is counted, not even as zero
    assert [finding.kind for finding in report.findings] == ["github.breaking_change"]
    assert (report.metrics["score"], report.metrics["commits_last_30_days"]) == (None, None)
    assert (report.metrics["release_kinds"], report.coverage) == (
        {"major": 1, "minor": 0, "patch": 0, "pre": 0},
        (rows,),
    )
    assert report.metrics["releases_last_365_days"] is None


def test_the_issues_of_a_clone_are_nobodys() -> None:
    # Given evidence of a forge that stands with a clone, as no collector leaves it
    stray = [item.model_copy(update={"target": THING.id}) for item in from_github(issues=14)]
    plain = GitHubAgent().run(work(commits(60)))
    beside = GitHubAgent().run(work([*commits(60), *[item for item in stray if item.kind in ("issue", "repository")]]))
    # Then a clone's report is what it was
    assert beside == plain


def test_a_replay_of_github_gives_the_same_report() -> None:
    evidence = [*commits(60, target=WICK), *from_github(issues=9)]
    rows = told_by_github(commits=WHOLE, issues=WHOLE, releases=WHOLE, repository=WHOLE)
    first, again = (GitHubAgent().run(work(each, target=WICK, reports=(rows,))) for each in (evidence, evidence[::-1]))
    assert first == again
    assert AgentReport.model_validate(json.loads(first.model_dump_json())) == first


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a real repository: two years of weekly commits by two people, seven tags, and a change log."""
    root = tmp_path_factory.mktemp("github") / "thing"
    root.mkdir()
    _git(root, "init", "--quiet", "--initial-branch=main")
    releases = {week: f"v1.{number}.0" for number, week in enumerate(range(96, 0, -15))}
    for week in range(100, -1, -1):
        at = NOW - timedelta(weeks=week, hours=1)
        who = "Ann Example" if week % 2 else "Bob Example"
        (root / "CHANGES.md").write_text(_change_log([tag for at, tag in releases.items() if at >= week]))
        (root / "code.txt").write_text(f"{week}\n")
        _git(root, "add", ".")
        _git(root, "commit", "--quiet", "--message", f"Work of week {week}", who=who, at=at)
        if week in releases:
            _git(root, "tag", releases[week])
    return root


def _change_log(tags: Sequence[str]) -> str:
    notes = [f"## {tag.removeprefix('v')}\n\n### Removed\n\n- Option {tag}\n" for tag in reversed(tags)]
    return "# Changes\n\n" + "\n".join(notes)


def _git(root: Path, *arguments: str, who: str = "Nobody", at: datetime = NOW) -> None:
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S+0000")
    mail = f"{who.split(maxsplit=1)[0].lower()}@example.org"
    person = {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", who), ("EMAIL", mail), ("DATE", stamp))
    }
    clean = {"PATH": os.environ["PATH"], "HOME": str(root.parent), "GIT_CONFIG_NOSYSTEM": "1", **person}
    subprocess.run(["git", "-C", str(root), *arguments], env=clean, check=True, capture_output=True)


def judged(root: Path) -> AgentReport:
    """Collect the repository with the data manager, and judge what it found."""
    target = Target(kind=TargetKind.GIT, location=str(root), name="thing")
    step = Work(
        run_id="r",
        step="collect",
        trigger_kind="manual",
        capability="collect:git",
        target=target,
        now=NOW,
        stop=threading.Event(),
    )
    report = DataManager().run(step)
    return GitHubAgent().run(work(report.evidence, target=target, reports=(report,), stop=threading.Event()))


def test_what_the_data_manager_collects_is_what_this_agent_reads(repository: Path) -> None:
    # Given a real repository, when it is collected and judged
    report = judged(repository)
    # Then every figure is that of the history that was made
    assert (report.metrics["commits_seen"], report.metrics["whole_history"]) == (101, True)
    assert report.metrics["authors"] == [
        {"name": "Bob Example", "share": 0.5094},
        {"name": "Ann Example", "share": 0.4906},
    ]
    assert report.metrics["release_kinds"] == {"major": 1, "minor": 6, "patch": 0, "pre": 0}
    assert (report.metrics["median_release_interval_days"], report.metrics["change_notes"]) == (105, 7)
    assert report.metrics["left_out"] == []
    breaks = {finding.claim: finding for finding in report.findings if finding.kind == "github.breaking_change"}
    assert set(breaks) == {f"version:1.{number}.0" for number in range(3, 7)}
    assert breaks["version:1.6.0"].severity is Severity.MEDIUM
    assert "example.org" not in report.model_dump_json()
    assert {row.source for row in report.coverage} == {"git", "git:tags", "git:notes"}


def test_a_shallow_clone_of_it_is_judged_by_what_it_holds(repository: Path, tmp_path: Path) -> None:
    # Given a clone of the last twenty commits
    shallow = tmp_path / "shallow"
    _git(tmp_path, "clone", "--quiet", "--depth", "20", f"file://{repository}", str(shallow))
    # When it is judged
    report = judged(shallow)
    # Then it says so, and stays silent on what it cannot know
    assert (report.metrics["commits_seen"], report.metrics["whole_history"]) == (20, False)
    assert report.metrics["newcomers"] is None
    assert any(reason.startswith("only 20 commits since") for reason in report.reasons)
    assert report.confidence <= 0.7
