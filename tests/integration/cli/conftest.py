"""The command line in this process as a client of real servers, and something to look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.commands import Lookout, in_process, logs_restored, repository
from support.stages import Stage, Worker

from agents.catalog import catalog
from orchestrator.cli.terminal import notes, screen
from orchestrator.queues import task_queues


@pytest.fixture
def lookout(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Lookout]:
    """Run commands in this process, as a client of the stage's servers."""
    monkeypatch.chdir(tmp_path)
    for forget in (notes, screen):
        forget.cache_clear()
    with logs_restored():
        yield in_process(capsys)
    for forget in (notes, screen):
        forget.cache_clear()


@pytest.fixture
def watchlist(tmp_path: Path) -> Path:
    """Return a watchlist of one small repository."""
    repository(tmp_path / "small")
    path = tmp_path / "watchlist.yaml"
    path.write_text("name: mine\ntargets:\n  - git: small\n")
    return path


@pytest.fixture
def worker(stage: Stage) -> Worker:
    """Return a worker of ours that serves every queue."""
    queues = ",".join(queue.name for queue in task_queues(catalog()))
    return stage.worker(queues=queues, app="orchestrator")
