"""The demo: a watchlist of what is at hand, and ``lookout run`` on it in a temporary home."""

import os
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

import yaml

from orchestrator.cli.exits import Exit
from orchestrator.cli.interrupting import undoing
from orchestrator.cli.outcome import prepare_folder, reports_folder
from orchestrator.cli.terminal import for_people, say, screen
from orchestrator.local.child import Command, leashed
from orchestrator.local.home import Home
from orchestrator.local.signals import SignalFlag, stop_on
from orchestrator.local.temporary import temporary_home
from orchestrator.settings import get_settings
from orchestrator.settings.children import private_environment

REPOSITORY = Path(__file__).resolve().parents[2]
_LOCK = REPOSITORY / "requirements.lock"
_LOOK_SECONDS = 0.1


def demonstrate(*, as_json: bool, output: Path | None, wanted: bool | None) -> int:
    """Run the demo; return the exit code of its run."""
    with undoing(), report_folder(output) as folder, temporary_home() as home:
        watchlist = write_watchlist(home, start=Path.cwd())
        say("demo: starting Postgres, Valkey and workers in a private folder; this takes a few seconds")
        code = _run(home, watchlist, as_json=as_json, folder=folder)
    report = folder / "report.html"
    if report.is_file():
        open_report(report, wanted=wanted, quiet=as_json)
    return code


@contextmanager
def report_folder(output: Path | None) -> Iterator[Path]:
    """Yield the folder for the report, made before anything is done; one that stays empty is removed again."""
    name = datetime.now(UTC).strftime("demo-%Y%m%d-%H%M%S-%f")
    folder = (output or reports_folder(get_settings(), name)).absolute()
    made = not folder.exists()
    prepare_folder(folder)
    try:
        yield folder
    finally:
        if made and not any(folder.iterdir()):
            folder.rmdir()


def write_watchlist(home: Home, *, start: Path) -> Path:
    """Write the demo's watchlist into its home and return its path."""
    entries = [
        {
            "git": str(repository_of(start)),
            "name": "this repository",
            "tier": "critical",
            "options": {"optional": True},
        },
        {"sbom": str(lock_file(home)), "name": "Lookout's own packages", "tier": "tech_stack"},
    ]
    path = home.path / "demo.yaml"
    path.write_text(yaml.safe_dump({"name": "demo", "targets": entries}, sort_keys=False), encoding="utf-8")
    return path


def repository_of(start: Path) -> Path:
    """Return the repository that a folder lies in; the folder itself where there is none, which the report says."""
    return next((folder for folder in (start, *start.parents) if os.path.lexists(folder / ".git")), start)


def lock_file(home: Home) -> Path:
    """Return the lock file of this installation; installed without one, a list of what is installed, written now."""
    if _LOCK.is_file():
        return _LOCK
    lines = sorted({f"{found.name}=={found.version}" for found in distributions() if found.name})
    path = home.path / "requirements.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _run(home: Home, watchlist: Path, *, as_json: bool, folder: Path) -> int:
    """Run ``lookout run`` in the private home. It hears of a signal from us alone, and has cleaned up before we do."""
    config = home.path / "lookout.toml"
    config.touch()
    environment = private_environment(home=home.path, config=config)
    words = ("run", str(watchlist), "--wait", "--output", str(folder), *(["--json"] if as_json else []))
    # -P: the folder that we stand in is a stranger's, and must not be imported from.
    argv = (sys.executable, "-P", "-m", "orchestrator.cli", *words)
    command = leashed(Command(argv, Path(os.devnull), signal.SIGTERM), parent=os.getpid())
    with ExitStack() as held:
        with stop_on() as stop:
            process = subprocess.Popen(command, env=environment, process_group=0)
            held.callback(end, process)
            code = wait_for(process, stop)
        # The signals do again what they did before: once more ends at once what takes its time.
        return code if code is not None else interrupt(process)


def wait_for(process: subprocess.Popen[bytes], stop: SignalFlag) -> int | None:
    """Return the exit code of a process; None where a signal came first."""
    while not stop.wait(_LOOK_SECONDS):
        code = process.poll()
        if code is not None:
            return code if code >= 0 else Exit.FAILED
    return None


def interrupt(process: subprocess.Popen[bytes]) -> int:
    """Ask a process to end and wait until it has; a second signal to us is a second one to it."""
    process.terminate()  # Not SIGINT: of that one, Python complains while it starts.
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        code = process.wait()
    if code != Exit.INTERRUPTED:
        say("interrupted")
    return Exit.INTERRUPTED


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that still runs; its children follow it."""
    if process.poll() is None:
        process.kill()
        process.wait()


def open_report(report: Path, *, wanted: bool | None, quiet: bool) -> None:
    """Open a report in a browser: where it is wanted, or where a person looks on and has one with windows."""
    if wanted is False or (wanted is None and (quiet or not for_people(screen()) or not _has_windows())):
        return
    if not webbrowser.open(report.absolute().as_uri()):
        say(f"no browser could be started: open {report.absolute()} yourself")


def _has_windows() -> bool:
    """Whether the browser that would be started has windows of its own; one for terminals would take this one."""
    try:
        return type(webbrowser.get()) is not webbrowser.GenericBrowser
    except webbrowser.Error:
        return False
