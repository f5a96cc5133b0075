"""What a person is told when a run has ended, and where its report went."""

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from orchestrator.cli.terminal import say, show, show_json
from orchestrator.settings import Settings
from orchestrator.store.findings import read_artifact
from orchestrator.store.runs import RunView, read_run, severities
from orchestrator.store.tables.columns import DEFAULT_TENANT

REPORTS = ("report.html", "report.md", "report.json")


def tell(
    engine: Engine, run_id: UUID, *, settings: Settings, as_json: bool, output: Path | None = None
) -> dict[str, int]:
    """Tell how a run ended and write its report's files; return its findings counted by severity."""
    with engine.connect() as conn:
        view = read_run(conn, run_id, tenant=DEFAULT_TENANT)
        found = severities(conn, run_id)
    folder = output or settings.home / "reports" / str(run_id)
    files = write_reports(engine, run_id, folder=folder)
    if as_json:
        show_json(outcome(view, found=found, files=files))
    else:
        _tell_people(view, found=found, files=files)
    return found


def outcome(view: RunView, *, found: dict[str, int], files: list[Path]) -> dict[str, Any]:
    """Return a run's end as a JSON value."""
    result = view.result or {}
    return {
        "run_id": str(view.id),
        "state": str(view.state),
        "kind": view.kind,
        "subject": view.subject,
        "summary": result.get("summary", ""),
        "confidence": result.get("confidence"),
        "findings": found,
        "steps": {step.name: str(step.state) for step in view.steps},
        "error": view.error,
        "created_at": view.created_at.isoformat(),
        "finished_at": view.finished_at.isoformat() if view.finished_at else None,
        "reports": [str(path) for path in files],
    }


def write_reports(engine: Engine, run_id: UUID, *, folder: Path) -> list[Path]:
    """Write the files that a run's reporting step made; return their paths, none where it made none."""
    written = []
    with engine.connect() as conn:
        for name in REPORTS:
            made = read_artifact(conn, run_id, name=name)
            if made is not None:
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / name
                path.write_text(made[1], encoding="utf-8")
                written.append(path)
    return written


def _tell_people(view: RunView, *, found: dict[str, int], files: list[Path]) -> None:
    """Say in a few lines how the run ended."""
    result = view.result or {}
    counts = ", ".join(f"{n} {severity}" for severity, n in sorted(found.items())) or "none"
    confidence = result.get("confidence")
    show(f"run {view.id}: {view.state}")
    if result.get("summary"):
        show(str(result["summary"]))
    show(f"findings: {counts}" + (f"; confidence {confidence:.0%}" if isinstance(confidence, float) else ""))
    if view.error:
        say(f"reason: {view.error}")
    for path in files:
        show(f"report: {path}")
