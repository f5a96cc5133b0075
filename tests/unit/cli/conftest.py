"""The command line in this process: settings of its own, a home that is not there yet, and what it wrote."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.commands import Lookout, in_process, logs_restored

from orchestrator.cli.terminal import notes, screen
from orchestrator.settings import get_settings


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    for forget in (get_settings, notes, screen):
        forget.cache_clear()
    with logs_restored():
        yield
    for forget in (get_settings, notes, screen):
        forget.cache_clear()


@pytest.fixture
def lookout(capsys: pytest.CaptureFixture[str]) -> Lookout:
    """Run a command as its words say; return what it answered."""
    return in_process(capsys)


@pytest.fixture
def watchlist(tmp_path: Path) -> Path:
    """Return a watchlist of one lock file, whose name tries to be markup."""
    (tmp_path / "requirements.txt").write_text("flask==3.0.0\n")
    path = tmp_path / "watchlist.yaml"
    path.write_text('name: mine\ntargets:\n  - sbom: requirements.txt\n    name: "[bold]deps[/bold]"\n')
    return path
