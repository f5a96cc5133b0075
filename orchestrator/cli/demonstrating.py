"""The demo: a watchlist of what is at hand, and ``lookout run`` on it in a temporary home."""

import subprocess
import sys
import webbrowser
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

import yaml

from orchestrator.cli.terminal import say
from orchestrator.local.home import Home
from orchestrator.local.signals import stop_on
from orchestrator.local.temporary import temporary_home
from orchestrator.settings import get_settings
from orchestrator.settings.children import child_environment

REPOSITORY = Path(__file__).resolve().parents[2]
_LOCK = REPOSITORY / "requirements.lock"
_NOTHING = dict.fromkeys(
    ("DATABASE_URL", "CELERY_BROKER_URL", "REDIS_URL", "LOOKOUT_DATABASE_URL", "LOOKOUT_BROKER_URL"), ""
)
"""The demo has servers of its own, whatever the environment names."""


def demonstrate(*, as_json: bool, output: Path | None, open_report: bool | None) -> int:
    """Run the demo; return the exit code of its run."""
    folder = output or get_settings().home / "reports" / datetime.now(UTC).strftime("demo-%Y%m%d-%H%M%S")
    with temporary_home() as home:
        watchlist = write_watchlist(home, start=Path.cwd())
        if not as_json:
            say("demo: starting Postgres, Valkey and workers in a private folder; this takes a few seconds")
        code = _run(home, watchlist, as_json=as_json, folder=folder.absolute())
    report = folder / "report.html"
    wants = open_report if open_report is not None else sys.stdout.isatty() and not as_json
    if wants and report.is_file():
        webbrowser.open(report.absolute().as_uri())
    return code


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
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)


def lock_file(home: Home) -> Path:
    """Return the lock file of this installation; installed without one, a list of what is installed, written now."""
    if _LOCK.is_file():
        return _LOCK
    lines = sorted(f"{found.name}=={found.version}" for found in distributions())
    path = home.path / "requirements.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _run(home: Home, watchlist: Path, *, as_json: bool, folder: Path) -> int:
    """Run ``lookout run`` in the private home; a signal to us reaches it, and it cleans up before we do."""
    config = home.path / "lookout.toml"
    config.touch()
    environment = child_environment(**_NOTHING, LOOKOUT_HOME=str(home.path), LOOKOUT_CONFIG=str(config))
    words = ["run", str(watchlist), "--wait", "--output", str(folder), *(["--json"] if as_json else [])]
    with stop_on() as stop:
        process = subprocess.Popen([sys.executable, "-m", "orchestrator.cli", *words], env=environment)
        asked = False
        while process.poll() is None:
            if stop.wait(0.1) and not asked:
                asked = True
                process.terminate()
            if asked:
                process.wait()
    return 130 if asked else process.returncode
