"""The demo: ``lookout run`` in a temporary home, on what is at hand and on an incident that is played to it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml

from orchestrator.cli.exits import Exit
from orchestrator.cli.interrupting import undoing
from orchestrator.cli.outcome import prepare_folder, reports_folder
from orchestrator.cli.terminal import for_people, say, screen, show_json
from orchestrator.local.child import Command, leashed
from orchestrator.local.home import PRIVATE, Home
from orchestrator.local.signals import SignalFlag, stop_on
from orchestrator.local.temporary import temporary_home
from orchestrator.settings import get_settings
from orchestrator.settings.children import private_environment

REPOSITORY = Path(__file__).resolve().parents[2]
_LOCK = REPOSITORY / "requirements.lock"
_LOOK_SECONDS = 0.1


def demonstrate(*, as_json: bool, output: Path | None, only: str | None, wanted: bool | None) -> int:
    """Run the demo; return the exit code of its runs, of the first that did not end well."""
    with undoing(), report_folder(output) as folder, temporary_home() as home:
        say("demo: starting Postgres, Valkey and workers in a private folder; this takes a few seconds")
        told: dict[str, Any] = {}
        codes = []
        for show in SHOWS:
            if only in (None, show.name):
                with show.open(home) as scene:
                    codes.append(_run(home, scene, told=told if as_json else None, folder=folder / show.folder))
            if codes and codes[-1] == Exit.INTERRUPTED:
                break
    if as_json and told:
        show_json(told)
    for report in (folder / show.folder / "report.html" for show in SHOWS):
        if report.is_file():
            open_report(report, wanted=wanted, quiet=as_json)
    return next((code for code in codes if code), Exit.OK)


@dataclass(frozen=True)
class Scene:
    """What one run of the demo looks at, and with which settings."""

    watchlist: Path
    name: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Show:
    """One run of the demo: what opens its scene, and where its report goes, below the demo's own folder."""

    name: str
    open: Callable[[Home], AbstractContextManager[Scene]]
    folder: str = ""


@contextmanager
def _repository(home: Home) -> Iterator[Scene]:
    """Yield the scene of what is at hand."""
    yield Scene(write_watchlist(home, start=Path.cwd()), "")


@contextmanager
def _incident(home: Home) -> Iterator[Scene]:
    """Yield the scene of the incident, while a server of this process plays it."""
    from orchestrator.recordings.incident import watching  # noqa: PLC0415  only where it is played
    from orchestrator.recordings.incident.play import TITLE, Incident  # noqa: PLC0415  the same
    from orchestrator.recordings.server import playing  # noqa: PLC0415  the same

    folder = home.path / "incident"
    folder.mkdir(mode=PRIVATE)
    with playing(Incident(datetime.now(UTC))) as player:
        say(f"demo: now a replay, through the same sources: {TITLE}. Nothing in it is real.")
        (folder / watching.LOCK).write_text(watching.lock_file(), encoding="utf-8")
        path = folder / "incident.yaml"
        path.write_text(yaml.safe_dump(watching.watchlist(player.url), sort_keys=False), encoding="utf-8")
        yield Scene(path, "incident", watching.settings(player.url))


SHOWS = (Show("repository", _repository), Show("incident", _incident, folder="incident"))


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


def _run(home: Home, scene: Scene, *, told: dict[str, Any] | None, folder: Path) -> int:
    """Run ``lookout run`` in the private home. It hears of a signal from us alone, and has cleaned up before we do.

    Where the outcome is wanted as JSON, it is put into ``told``.
    """
    config = home.path / "lookout.toml"
    config.touch()
    environment = {**private_environment(home=home.path, config=config), **scene.environment}
    words = ("run", str(scene.watchlist), "--wait", "--output", str(folder), *([] if told is None else ["--json"]))
    # -P: the folder that we stand in is a stranger's, and must not be imported from.
    argv = (sys.executable, "-P", "-m", "orchestrator.cli", *words)
    command = leashed(Command(argv, Path(os.devnull), signal.SIGTERM), parent=os.getpid())
    with ExitStack() as held:
        with stop_on() as stop:
            said = held.enter_context(tempfile.TemporaryFile()) if told is not None else None
            process = subprocess.Popen(command, env=environment, process_group=0, stdout=said)
            held.callback(end, process)
            code = wait_for(process, stop)
        if told is not None and said is not None and code is not None:
            said.seek(0)
            told.update(_outcome(said.read(), name=scene.name))
        # The signals do again what they did before: once more ends at once what takes its time.
        return code if code is not None else interrupt(process)


def _outcome(written: bytes, *, name: str) -> dict[str, Any]:
    """Return a run's outcome under its name, or as it is where it has none; nothing where there is none."""
    if not written.strip():
        return {}
    outcome = json.loads(written)
    return {name: outcome} if name else dict(outcome)


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
