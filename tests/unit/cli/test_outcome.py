"""What a person is told when a run has ended."""

import stat
from pathlib import Path
from uuid import uuid4

import click
import pytest
from support.views import AT, view

from orchestrator.cli.outcome import counts, outcome, prepare_folder, reports_folder, tell_people, write_whole
from orchestrator.domain.runs import RunState
from orchestrator.settings import load_settings


def test_an_ended_run_is_told_in_json() -> None:
    # Given
    first = uuid4()
    run = view(rerun_of=first)
    # When
    told = outcome(run, found={"high": 1}, files=[Path("a.html")])
    # Then
    assert told["state"] == "succeeded"
    assert told["findings"] == {"high": 1}
    assert told["finished_at"] == AT.isoformat()
    assert (told["rerun_of"], told["reports"]) == (str(first), ["a.html"])


def test_a_run_that_goes_on_has_no_end_in_json() -> None:
    # Given / When
    told = outcome(view(RunState.RUNNING), found={}, files=[])
    # Then
    assert (told["finished_at"], told["summary"], told["confidence"], told["rerun_of"]) == (None, "", None, None)


def test_findings_are_counted_the_worst_first() -> None:
    # Given / When / Then
    assert counts({"info": 2, "critical": 1, "medium": 3, "low": 0}) == "1 critical, 3 medium, 2 info"
    assert counts({}) == "none"


def test_people_are_told_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    run = view(RunState.FAILED, error="no\nway")
    # When
    tell_people(run, found={"low": 1}, files=[Path("/x/report.html")])
    # Then
    written = capsys.readouterr()
    assert written.out.splitlines() == [
        f"run {run.id}: failed",
        "all is well",
        "findings: 1 low; confidence 100%",
        "report: /x/report.html",
    ]
    assert written.err.splitlines() == [
        "reason: no way",
        f"`lookout runs show {run.id}` says what became of each step",
    ]


def test_people_are_told_of_a_run_that_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    tell_people(view(RunState.RUNNING), found={}, files=[])
    # Then
    assert capsys.readouterr().out.splitlines()[1:] == ["findings: none"]


def test_a_folder_for_reports_is_made_before_anything_is_done(tmp_path: Path) -> None:
    # Given
    folder = tmp_path / "a" / "b"
    # When
    prepare_folder(folder)
    # Then
    assert folder.is_dir()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    # Given
    (tmp_path / "file").touch()
    # When / Then
    with pytest.raises(click.UsageError, match=r"--output: .*cannot be made"):
        prepare_folder(tmp_path / "file" / "x")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anywhere
    # When / Then
    with pytest.raises(click.UsageError, match="cannot be written by this user"):
        prepare_folder(tmp_path)


def test_reports_of_the_home_are_closed_to_others(tmp_path: Path) -> None:
    # Given
    settings = load_settings(home=tmp_path / "h")
    # When
    folder = reports_folder(settings, "x")
    # Then
    assert folder == tmp_path / "h" / "reports" / "x"
    assert stat.S_IMODE((tmp_path / "h").stat().st_mode) == 0o700


def test_a_file_is_written_whole_for_people(tmp_path: Path) -> None:
    # Given
    path = tmp_path / "r.md"
    path.write_text("old")
    # When
    write_whole(path, "new\r\n")
    # Then
    assert path.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    # Given
    path = tmp_path / "r.md"
    path.write_text("old")
    # When
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    # Then
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
