"""The demo's own decisions: what it looks at, where its report goes, whether a browser is opened."""

import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest
from rich.console import Console
from support.terminals import Terminal

from orchestrator.cli import demonstrating as demo
from orchestrator.local.home import Home
from orchestrator.local.signals import stop_on
from orchestrator.planning.watchlist import load_watchlist


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the addresses for which a browser was asked."""
    asked: list[str] = []

    def open_it(url: str) -> bool:
        asked.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", open_it)
    return asked


def browser(monkeypatch: pytest.MonkeyPatch, kind: type[webbrowser.BaseBrowser] | None) -> None:
    """Let the system have that kind of browser, or none."""

    def get() -> webbrowser.BaseBrowser:
        if kind is None:
            raise webbrowser.Error("none")
        return kind("a-browser")

    monkeypatch.setattr(webbrowser, "get", get)


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a person look on."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(demo, "screen", lambda: Console(file=Terminal()))


def test_the_watchlist_is_valid_whatever_the_folder_is_called(home: Home, tmp_path: Path) -> None:
    # Given
    folder = tmp_path / "a: 'b' #é [x]"
    folder.mkdir()
    # When
    path = demo.write_watchlist(home, start=folder)
    # Then
    watchlist = load_watchlist(path)
    assert watchlist.targets[0].location == str(folder)
    assert watchlist.targets[0].options["optional"] is True
    assert [str(target.kind) for target in watchlist.targets] == ["git", "sbom"]


def test_the_repository_is_the_one_that_the_folder_lies_in(tmp_path: Path) -> None:
    # Given
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / ".git").mkdir()
    # When / Then
    assert demo.repository_of(inner) == tmp_path / "a"


def test_without_a_repository_it_is_the_folder_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setattr("os.path.lexists", lambda _: False)
    # When / Then
    assert demo.repository_of(tmp_path) == tmp_path


def test_the_lock_file_is_the_installations_own(home: Home) -> None:
    # Given / When / Then
    assert demo.lock_file(home) == demo.REPOSITORY / "requirements.lock"


def test_without_a_lock_file_what_is_installed_is_written_down(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setattr(demo, "_LOCK", home.path / "gone")
    # When
    path = demo.lock_file(home)
    # Then
    assert path.parent == home.path
    assert any(line.startswith("celery==") for line in path.read_text().splitlines())


def test_a_folder_that_stays_empty_is_removed_again(tmp_path: Path) -> None:
    # Given / When
    with demo.report_folder(None) as folder:
        assert folder.is_dir()
    # Then
    assert not folder.exists()
    assert folder.parent == tmp_path / "home" / "reports"


def test_a_folder_that_was_there_or_holds_something_stays(tmp_path: Path) -> None:
    # Given
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    # When
    with demo.report_folder(empty):
        pass
    with demo.report_folder(full):
        (full / "report.html").touch()
    # Then
    assert empty.exists()
    assert full.exists()


@pytest.mark.parametrize(
    ("wanted", "quiet", "kind", "expected"),
    [
        (None, False, webbrowser.BackgroundBrowser, 1),
        (None, True, webbrowser.BackgroundBrowser, 0),
        (None, False, webbrowser.GenericBrowser, 0),
        (None, False, None, 0),
        (False, False, webbrowser.BackgroundBrowser, 0),
        (True, True, webbrowser.GenericBrowser, 1),
    ],
)
def test_a_browser_is_opened_where_it_helps(
    wanted: bool | None,  # noqa: FBT001  the option's three states
    kind: type[webbrowser.BaseBrowser] | None,
    *,
    quiet: bool,
    expected: int,
    opened: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given
    on_a_terminal(monkeypatch)
    browser(monkeypatch, kind)
    # When
    demo.open_report(tmp_path / "report.html", wanted=wanted, quiet=quiet)
    # Then
    assert opened == [(tmp_path / "report.html").as_uri()] * expected


def test_no_browser_is_opened_where_output_is_piped(opened: list[str], tmp_path: Path) -> None:
    # Given / When
    demo.open_report(tmp_path / "report.html", wanted=None, quiet=False)
    # Then
    assert opened == []


def test_a_browser_that_does_not_start_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    # When
    demo.open_report(tmp_path / "report.html", wanted=True, quiet=False)
    # Then
    assert "open " in capsys.readouterr().err


def process(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)


def test_the_exit_code_is_that_of_the_run() -> None:
    # Given / When / Then
    with stop_on() as stop, process("import sys; sys.exit(3)") as run:
        assert demo.wait_for(run, stop) == 3


def test_a_run_that_was_killed_has_failed() -> None:
    # Given / When / Then
    with stop_on() as stop, process("import os; os.kill(os.getpid(), 9)") as run:
        assert demo.wait_for(run, stop) == 1


ENDS_CLEANLY = """
import signal, sys
signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    print("up", flush=True)
    signal.pause()
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_a_signal_is_passed_on_and_its_end_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    with process(ENDS_CLEANLY) as run, stop_on() as stop:
        assert run.stdout is not None
        run.stdout.readline()
        signal.raise_signal(signal.SIGINT)
        # When
        code = demo.wait_for(run, stop)
        ended = demo.interrupt(run)
        # Then
        assert code is None
        assert (ended, run.returncode) == (130, 130)
        assert capsys.readouterr().err == ""


def test_a_run_that_ended_without_a_word_is_said_to_be_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    with process("import time; time.sleep(60)") as run:
        # When
        ended = demo.interrupt(run)
        # Then
        assert ended == 130
        assert capsys.readouterr().err == "interrupted\n"


def test_a_second_signal_is_passed_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    with process(ENDS_CLEANLY) as run:
        assert run.stdout is not None
        run.stdout.readline()
        waits = iter([KeyboardInterrupt(), None])
        whole = run.wait

        def wait() -> int:
            first = next(waits)
            if first is not None:
                raise first
            return whole()

        monkeypatch.setattr(run, "wait", wait)
        # When / Then
        assert demo.interrupt(run) == 130
        monkeypatch.undo()


def test_what_still_runs_at_the_end_is_killed() -> None:
    # Given
    with process("import time; time.sleep(60)") as run:
        # When
        demo.end(run)
        demo.end(run)
        # Then
        assert run.returncode == -signal.SIGKILL
