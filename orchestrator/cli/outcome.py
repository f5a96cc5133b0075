"""What a person is told when a run has ended, and where its report went."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy import Engine

from agents.contract import Severity
from orchestrator.cli.terminal import say, show, show_json
from orchestrator.domain.runs import RunState
from orchestrator.local.home import home_at
from orchestrator.oversight.withheld import read_withheld
from orchestrator.settings import Settings
from orchestrator.store.findings import read_artifact
from orchestrator.store.runs import RunView, read_run, severities
from orchestrator.store.tables.columns import DEFAULT_TENANT

REPORTS = ("report.html", "report.md", "report.json")


def tell(
    engine: Engine, run_id: UUID, *, settings: Settings, as_json: bool, output: Path | None = None
) -> dict[str, int]:
    """Tell how a run ended and write its report's files; return its findings counted by severity.

    Of a result that is held, or was not let go, nothing is told and nothing written.
    """
    with engine.connect() as conn:
        view = read_run(conn, run_id, tenant=DEFAULT_TENANT)
        withheld = read_withheld(conn, run_id)
        found = {} if withheld else severities(conn, run_id)
    if withheld:
        say(withheld.words)
        files = []
    else:
        files = write_reports(engine, run_id, folder=output or reports_folder(settings, str(run_id)))
    if as_json:
        show_json(outcome(view, found=found, files=files))
    else:
        tell_people(view, found=found, files=files)
    return found


def reports_folder(settings: Settings, name: str) -> Path:
    """Return the folder for a report in the home, which is closed to other users."""
    home = home_at(settings.home)
    home.prepare()
    return home.path / "reports" / name


def prepare_folder(folder: Path) -> None:
    """Make a folder for reports before anything else is done. UsageError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"--output: {folder} cannot be made ({error.strerror}): give another folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise click.UsageError(f"--output: {folder} cannot be written by this user: give another folder")


def outcome(view: RunView, *, found: Mapping[str, int], files: list[Path]) -> dict[str, Any]:
    """Return a run's end as a JSON value."""
    result = view.result or {}
    return {
        "run_id": str(view.id),
        "state": str(view.state),
        "kind": view.kind,
        "subject": view.subject,
        "summary": result.get("summary", ""),
        "confidence": result.get("confidence"),
        "findings": dict(found),
        "steps": {step.name: str(step.state) for step in view.steps},
        "degraded": dict(view.degraded),
        "error": view.error,
        "rerun_of": str(view.rerun_of) if view.rerun_of else None,
        "created_at": view.created_at.isoformat(),
        "finished_at": view.finished_at.isoformat() if view.finished_at else None,
        "reports": [str(path) for path in files],
    }


def write_reports(engine: Engine, run_id: UUID, *, folder: Path) -> list[Path]:
    """Write the files that a run's reporting step made; return their paths, none where it made none."""
    with engine.connect() as conn:
        made = {name: read_artifact(conn, run_id, name=name) for name in REPORTS}
    written = [folder / name for name, file in made.items() if file is not None]
    for path in written:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, (made[path.name] or ("", ""))[1])
    return written


def write_whole(path: Path, text: str, *, mode: int | None = None) -> None:
    """Write a file for people: there at once and whole, or as it was before; with the user's own mode, or this one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with ExitStack() as undo:
        undo.callback(Path(name).unlink, missing_ok=True)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask if mode is None else mode)  # mkstemp's mode is for secrets
        Path(name).replace(path)
        undo.pop_all()


def counts(found: Mapping[str, int]) -> str:
    """Return findings counted in words, the worst first."""
    order = sorted(found, key=lambda name: Severity(name).rank, reverse=True)
    return ", ".join(f"{found[name]} {name}" for name in order if found[name]) or "none"


def tell_people(view: RunView, *, found: Mapping[str, int], files: list[Path]) -> None:
    """Say in a few lines how the run ended."""
    result = view.result or {}
    confidence = result.get("confidence")
    show(f"run {view.id}: {view.state}")
    if result.get("summary"):
        show(str(result["summary"]))
    show(f"findings: {counts(found)}" + (f"; confidence {confidence:.0%}" if confidence is not None else ""))
    if view.error:
        say(f"reason: {view.error}")
    if view.state is not RunState.SUCCEEDED:
        say(f"`lookout runs show {view.id}` says what became of each step")
    for path in files:
        show(f"report: {path}")
