"""The data manager collects what it is asked for, and its report commits as one: evidence, coverage and cursors."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue
from support.services import Said, service

from agents.contract import AgentReport, CoverageState, Pool, Target, TargetKind, Work
from agents.errors import BadEvidenceError, StoppedError
from agents.sources.http.access import Access
from agents.sources.http.site import Site
from agents.specialists.data_manager import DataManager

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
Collect = Callable[..., AgentReport]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with one commit, a tag, a change log and a lock file."""
    folder = tmp_path / "thing"
    folder.mkdir()
    (folder / "CHANGELOG.md").write_text("# 1.0\n\n- first\n")
    (folder / "requirements.txt").write_text("flask==3.0.0\n")
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--no-gpg-sign", "-m", "one"],
        ["tag", "--no-sign", "v1.0"],
    ):
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["git", "-C", str(folder), *words], check=True, env=environment)
    return folder


@pytest.fixture
def collect() -> Collect:
    """Return a function that runs one collecting step."""

    def run(
        capability: str,
        kind: TargetKind,
        place: Path,
        *,
        cursors: Mapping[str, JsonValue] | None = None,
        outside: Access | None = None,
        **options: JsonValue,
    ) -> AgentReport:
        work = Work(
            run_id="r1",
            step="collect",
            trigger_kind="manual",
            capability=capability,
            target=Target(kind=kind, location=str(place), options=options),
            now=NOW,
            cursors=cursors or {},
            outside=outside,
            stop=threading.Event(),
        )
        return DataManager().run(work)

    return run


def test_it_waits_so_it_works_on_threads() -> None:
    assert DataManager.spec.pool is Pool.THREADS
    local = {"collect:git", "collect:dependencies", "collect:advisories"}
    assert DataManager.spec.capabilities == {
        *local,
        *(f"collect:{source}" for source in ("github", "feed", "package", "osv")),
    }
    assert DataManager.spec.target_kinds == set(TargetKind)


def test_a_service_is_visited_with_what_the_step_is_handed_and_a_replay_is_said(collect: Collect) -> None:
    # Given a list of exploited flaws that is played
    exploited = {"title": "t", "catalogVersion": "1", "dateReleased": "2024-05-01T00:00:00Z", "count": 0}
    body = json.dumps({**exploited, "vulnerabilities": []}).encode()
    with service(lambda _: Said(body=body, headers={"x-lookout-replay": "a worm"})) as there:
        access = Access(sites=(Site("kev", f"{there.url}/kev.json"),))
        # When it is collected
        report = collect("collect:advisories", TargetKind.ADVISORIES, Path("kev"), outside=access)
    # Then the report says that it was a replay
    assert [heard.path for heard in there.heard] == ["/kev.json"]
    assert report.metrics["replay"] == "a worm"
    assert report.coverage[0].source == "kev"


def test_the_osv_service_itself_is_no_place_to_collect_from(collect: Collect) -> None:
    with pytest.raises(BadEvidenceError, match="is a service, which is asked about each other target alone"):
        collect("collect:advisories", TargetKind.ADVISORIES, Path("osv"))


def test_a_repository_gives_commits_tags_and_notes_with_their_cursors(repository: Path, collect: Collect) -> None:
    # Given a repository
    # When it is collected
    report = collect("collect:git", TargetKind.GIT, repository)

    # Then one report has all of it, and says so
    assert [item.kind for item in report.evidence] == ["commit", "tag", "change_note"]
    assert set(report.replaces) == {"commit", "tag", "change_note"}
    assert set(report.cursors) == {"git", "git:tags", "git:notes"}
    assert [row.state for row in report.coverage] == [CoverageState.COMPLETE] * 3
    assert {row.as_of for row in report.coverage} == {NOW}
    assert report.confidence == 1.0
    assert report.reasons == ()
    assert report.summary == "thing: git 1 (complete), git:tags 1 (complete), git:notes 1 (complete)"
    assert report.target == f"git:{repository}"

    # When it is collected again from there
    again = collect("collect:git", TargetKind.GIT, repository, cursors=report.cursors)

    # Then there is nothing new, and nothing is said to be gone
    assert (again.evidence, again.replaces) == ((), ())
    assert again.coverage == report.coverage
    assert again.cursors == report.cursors


def test_the_same_look_gives_the_same_report(repository: Path, collect: Collect) -> None:
    first = collect("collect:git", TargetKind.GIT, repository)
    assert collect("collect:git", TargetKind.GIT, repository) == first


def test_dependencies_come_from_a_repository_and_from_a_file(repository: Path, collect: Collect) -> None:
    for kind, place in ((TargetKind.GIT, repository), (TargetKind.SBOM, repository / "requirements.txt")):
        report = collect("collect:dependencies", kind, place)
        assert [item.data["name"] for item in report.evidence] == ["flask"]
        assert set(report.cursors) == {"manifest"}


def test_advisories_come_from_a_folder_with_what_is_bad_put_aside(tmp_path: Path, collect: Collect) -> None:
    # Given a folder with a good and a bad record
    (tmp_path / "good.json").write_text('{"id": "A", "modified": "2024-01-01T00:00:00Z", "affected": []}')
    (tmp_path / "bad.json").write_text("{")

    # When it is collected
    report = collect("collect:advisories", TargetKind.ADVISORIES, tmp_path)

    # Then the bad one lowers the confidence, with its reason
    assert [item.key for item in report.evidence] == ["A"]
    assert [item.key for item in report.quarantined] == ["bad.json"]
    assert report.confidence == 0.7
    assert report.reasons[0].startswith("osv: 2 files")
    assert report.summary.endswith("osv 1 (partial); 1 put aside")
    assert report.metrics == {"new": 1, "quarantined": 1}


@pytest.mark.parametrize(
    ("capability", "kind"),
    [
        ("collect:git", TargetKind.GIT),
        ("collect:dependencies", TargetKind.GIT),
        ("collect:dependencies", TargetKind.SBOM),
        ("collect:advisories", TargetKind.ADVISORIES),
    ],
)
def test_a_target_that_is_not_there_is_an_error_unless_it_is_optional(
    tmp_path: Path, collect: Collect, capability: str, kind: TargetKind
) -> None:
    # Given a target that is missing
    # When it was asked for
    # Then it is an error
    with pytest.raises(BadEvidenceError, match="missing"):
        collect(capability, kind, tmp_path / "missing")

    # When it may be missing
    report = collect(capability, kind, tmp_path / "missing", optional=True)

    # Then the coverage says that nothing was collected, which is not that there is nothing
    (row,) = report.coverage
    assert row.state is CoverageState.NOT_COLLECTED
    assert row.as_of is None
    assert "missing" in row.detail
    assert (report.evidence, report.cursors, report.replaces, report.confidence) == ((), {}, (), 0.0)


def test_what_it_cannot_do_is_refused_with_what_it_can(tmp_path: Path, collect: Collect) -> None:
    with pytest.raises(BadEvidenceError, match=r"collect:git of a target of kind sbom .* it can do collect:advisories"):
        collect("collect:git", TargetKind.SBOM, tmp_path)


def test_a_step_without_a_target_is_refused() -> None:
    work = Work(run_id="r", step="s", trigger_kind="manual", capability="collect:git", now=NOW, stop=threading.Event())
    with pytest.raises(BadEvidenceError, match="step s, field target: none"):
        DataManager().run(work)


def test_a_step_that_was_stopped_does_nothing(repository: Path) -> None:
    # Given a step that was cancelled before it began
    stop = threading.Event()
    stop.set()
    target = Target(kind=TargetKind.GIT, location=str(repository))
    work = Work(
        run_id="r", step="s", trigger_kind="manual", capability="collect:git", target=target, now=NOW, stop=stop
    )

    # When it runs
    # Then it leaves at once
    with pytest.raises(StoppedError):
        DataManager().run(work)
