"""The baseline on places of our own: when it speaks, what it says, and what it never claims."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.commands import git, repository

from agents.analysis.advisories.lookup import subjects_of
from agents.analysis.advisories.record import read_heading
from agents.contract import Coverage, CoverageState, Evidence, Hybrid, Role, Severity, Target, TargetKind, Work
from agents.errors import BadEvidenceError, StoppedError
from agents.specialists.baseline import BaselineAgent

NOW = datetime(2027, 6, 1, tzinfo=UTC)
FOLDER = "advisories:/srv/osv"


class Shelf:
    """Evidence in a list, read as the store reads it."""

    def __init__(self, *evidence: Evidence) -> None:
        self._evidence = evidence

    def read(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Iterator[Evidence]:
        for item in self._evidence:
            if item.target in targets and item.kind in kinds and (not about or set(about) & set(item.about)):
                yield item

    def count(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Mapping[str, int]:
        return Counter(item.target for item in self.read(targets=targets, kinds=kinds, about=about))


def advisory(name: str, *versions: str, aliases: tuple[str, ...] = ()) -> Evidence:
    """Return an advisory about flask that lists versions."""
    affected = [{"package": {"ecosystem": "PyPI", "name": "Flask"}, "versions": list(versions)}]
    bare = Evidence(
        target=FOLDER,
        source="osv",
        kind="advisory",
        key=name,
        data={"id": name, "aliases": list(aliases), "affected": affected, "published": "2026-01-01T00:00:00Z"},
    )
    return bare.model_copy(update={"about": subjects_of(read_heading(bare))})


def work(
    target: Target | None, *evidence: Evidence, missing: tuple[Coverage, ...] = (), stop: threading.Event | None = None
) -> Work:
    return Work(
        run_id="r",
        step="baseline/lamp",
        trigger_kind="monitor",
        capability="baseline",
        target=target,
        sources=(target.id, FOLDER) if target else (),
        now=NOW,
        missing=missing,
        evidence=Shelf(*evidence),
        stop=stop or threading.Event(),
    )


def failed(target: Target, *, agent: str = "github", state: CoverageState = CoverageState.FAILED) -> Coverage:
    return Coverage(source=agent, subject=target.id, state=state, detail="it broke")


def lock(folder: Path, *lines: str, hybrid: Hybrid = Hybrid.ON_FAILURE) -> Target:
    path = folder / "requirements.txt"
    path.write_text("\n".join(lines))
    return Target(kind=TargetKind.SBOM, location=str(path), hybrid=hybrid)


def clone(folder: Path, *, hybrid: Hybrid = Hybrid.ON_FAILURE) -> Target:
    return Target(kind=TargetKind.GIT, location=str(repository(folder / "lamp")), hybrid=hybrid)


def test_a_quiet_clone_is_read_plainly_where_its_agents_failed(tmp_path: Path) -> None:
    # Given a clone whose last commit is older than a year
    target = clone(tmp_path)
    # When two agents failed on it
    missing = (failed(target), failed(target, agent="data_manager"))
    report = BaselineAgent().run(work(target, missing=missing))
    # Then the report says what it is, what it saw, and never that it is whole or sure
    assert (report.role, report.agent, report.target, report.confidence) == (
        Role.DEGRADED, "baseline", target.id, 0.4,
    )  # fmt: skip
    assert report.summary == (
        "lamp: degraded, a plain baseline stands in for data_manager, github: "
        "last commit 2026-01-02, of 3 commits; 0 packages in use, 0 known flaws listed word for word"
    )
    assert {row.state for row in report.coverage} == {CoverageState.PARTIAL}
    assert report.reasons == ("degraded: a plain baseline stands in for data_manager, github",)
    # And the finding is the claim that the agent would make
    (found,) = report.findings
    assert (found.kind, found.claim, found.severity) == ("github.inactive", "inactive", Severity.MEDIUM)
    assert found.title == "No commit to lamp for 514 days"
    assert [(item.kind, item.key) for item in report.evidence] == [("baseline", found.evidence[0])]
    assert report.replaces == ("baseline",)


def test_a_clone_of_this_year_is_not_quiet(tmp_path: Path) -> None:
    target = clone(tmp_path)
    soon = work(target, missing=(failed(target),)).model_copy(update={"now": datetime(2026, 2, 1, tzinfo=UTC)})
    assert BaselineAgent().run(soon).findings == ()


def test_versions_that_advisories_list_are_found_under_the_flaw_s_one_name(tmp_path: Path) -> None:
    # Given pinned and loose dependencies, and two records of one flaw, one of another version
    target = lock(tmp_path, "flask==1.0", "click", "jinja2==2.0")
    shelf = (
        advisory("GHSA-1", "1.0", aliases=("CVE-2026-1",)),
        advisory("PYSEC-1", "1.0", aliases=("CVE-2026-1",)),
        advisory("GHSA-2", "2.0"),
    )
    # When the agents failed
    report = BaselineAgent().run(work(target, *shelf, missing=(failed(target),)))
    # Then the one flaw is found once, by the claim that the security agent makes
    (found,) = report.findings
    assert (found.kind, found.claim) == ("security.vulnerable_dependency", "CVE-2026-1/PyPI/flask")
    assert found.title == "flask 1.0 is listed in CVE-2026-1"
    assert "3 packages in use, 1 known flaw listed word for word" in report.summary


@pytest.mark.parametrize("state", [None, CoverageState.NOT_COLLECTED])
def test_it_is_idle_where_no_agent_failed_on_its_target(tmp_path: Path, state: CoverageState | None) -> None:
    # Given a step that was dropped on it, or nothing, and a failure on another target
    target = lock(tmp_path, "flask==1.0")
    other = failed(Target(kind=TargetKind.SBOM, location="/other"))
    missing = (other, failed(target, state=state)) if state else (other,)
    # When / Then nothing is read, and nothing said
    report = BaselineAgent().run(work(target, missing=missing))
    assert (report.role, report.coverage, report.findings, report.replaces) == (Role.IDLE, (), (), ())


def test_beside_agents_it_reads_too_and_may_have_seen_the_whole(tmp_path: Path) -> None:
    report = BaselineAgent().run(work(lock(tmp_path, "flask==1.0", hybrid=Hybrid.BOTH)))
    assert report.role is Role.BESIDE
    assert [row.state for row in report.coverage] == [CoverageState.COMPLETE]
    assert report.summary.startswith("requirements.txt: beside the agents: 1 package in use")


def test_a_command_is_told_of_its_target(tmp_path: Path) -> None:
    # Given a command that says what it was told
    code = (
        "import json, os\n"
        "told = {name: os.environ[name] for name in sorted(os.environ) if name.startswith('TARGET_')}\n"
        "print(json.dumps({'summary': 'told', 'metrics': told}))"
    )
    target = lock(tmp_path).model_copy(update={"baseline_command": (sys.executable, "-c", code), "name": "locks"})
    # When
    report = BaselineAgent().run(work(target, missing=(failed(target),)))
    # Then
    assert report.metrics["given"] == {
        "TARGET_AS_OF": "2027-06-01T00:00:00+00:00",
        "TARGET_ID": target.id,
        "TARGET_KIND": "sbom",
        "TARGET_LOCATION": target.location,
        "TARGET_NAME": "locks",
    }


def test_a_command_that_fails_leaves_our_own_reading_and_its_reason(tmp_path: Path) -> None:
    target = lock(tmp_path, "flask==1.0").model_copy(update={"baseline_command": ("/no/such/program",)})
    report = BaselineAgent().run(work(target, missing=(failed(target),)))
    assert report.coverage[0].state is CoverageState.FAILED
    assert "baseline_command: '/no/such/program' cannot be started" in report.reasons[1]
    assert "1 package in use" in report.summary


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0 is not a whole number above zero"), (241, "241 is more than 240; give fewer")]
)
def test_a_limit_that_cannot_be_is_refused(tmp_path: Path, value: int, said: str) -> None:
    target = lock(tmp_path, hybrid=Hybrid.BOTH)
    wrong = target.model_copy(update={"baseline_command": ("true",), "options": {"baseline_seconds": value}})
    with pytest.raises(BadEvidenceError, match=said):
        BaselineAgent().run(work(wrong))


def test_a_step_without_a_target_is_refused() -> None:
    with pytest.raises(BadEvidenceError, match="field target: none; plan 'baseline' for one target"):
        BaselineAgent().run(work(None))


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    # Given a command that tells the step to stop... by the signal being set before it could end
    stop = threading.Event()
    stop.set()
    target = lock(tmp_path, "flask==1.0", hybrid=Hybrid.BOTH)
    commanded = target.model_copy(update={"baseline_command": (sys.executable, "-c", "import time; time.sleep(600)")})
    # When / Then neither reading goes on
    for each in (target, commanded):
        with pytest.raises(StoppedError):
            BaselineAgent().run(work(each, advisory("GHSA-1", "1.0"), stop=stop))


def test_a_clone_without_commits_is_told_as_it_is(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "empty")
    target = Target(kind=TargetKind.GIT, location=str(tmp_path / "empty"), hybrid=Hybrid.BOTH)
    report = BaselineAgent().run(work(target))
    assert report.confidence == 0
    assert report.coverage[0].state is CoverageState.FAILED
    assert "git tells no newest commit" in report.coverage[0].detail
