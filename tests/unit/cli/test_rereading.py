"""A watchlist that is edited while the stack is up: its schedules follow, or stay where the file is wrong."""

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from orchestrator.cli import rereading
from orchestrator.cli.rereading import LOOK_SECONDS, Edits
from orchestrator.domain.watchlist import Watchlist
from orchestrator.settings import Settings, load_settings

ONE = "targets:\n  - github: a/b\n"
TWO = f"{ONE}  - github: a/c\n"


class Stage:
    """A watchlist's file, a clock that stands still, and what was put into the schedules."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file = folder / "w.yaml"
        self.file.write_text(ONE)
        self.now = 0.0
        self.put: list[int] = []
        self.away = False
        monkeypatch.setattr(rereading, "put_schedules", self._put)
        self.edits = Edits([self.file], load_settings(), clock=lambda: self.now)

    def _put(self, _settings: Settings, watchlists: tuple[Watchlist, ...]) -> None:
        if self.away:
            raise OperationalError("SELECT", {}, Exception("away"))
        self.put += [len(watchlist.targets) for watchlist in watchlists]

    def write(self, text: str) -> None:
        """Replace the file, as editors do."""
        draft = self.file.with_suffix(".new")
        draft.write_text(text)
        draft.replace(self.file)

    def look(self) -> None:
        """Let a second pass, and look."""
        self.now += LOOK_SECONDS
        self.edits.look()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def test_an_edit_counts_once_and_at_the_next_look(stage: Stage) -> None:
    # Given a file that nobody has touched
    stage.look()
    assert stage.put == []
    # When it is edited, and looked at before and after its time
    stage.write(TWO)
    stage.edits.look()
    assert stage.put == []
    stage.look()
    stage.look()
    # Then its schedules followed once
    assert stage.put == [2]


def test_a_file_that_is_wrong_or_gone_changes_nothing_and_is_said(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an edit that is none
    stage.write("targets:\n  - gthub: a/b\n")
    stage.look()
    stage.file.unlink()
    stage.look()
    # Then both are said, once each, and nothing was put
    told = capsys.readouterr().err.splitlines()
    assert stage.put == []
    assert len(told) == 2
    assert "the schedules stay as they were" in told[0]
    assert "did you mean 'github'?" in told[0]
    assert "there is no such file" in told[1]
    # When it is mended, then it counts
    stage.write(TWO)
    stage.look()
    assert stage.put == [2]


def test_an_edit_while_the_database_is_away_counts_once_it_is_back(stage: Stage) -> None:
    # Given a database that is away
    stage.away = True
    stage.write(TWO)
    stage.look()
    assert stage.put == []
    # When it is back
    stage.away = False
    stage.look()
    # Then the edit counts
    assert stage.put == [2]
