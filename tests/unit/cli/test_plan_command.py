"""``lookout plan``: nothing is started, nothing is written."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from support.commands import Lookout
from support.terminals import Terminal

from orchestrator.cli import drawing


def test_a_watchlists_plan_is_a_tree(watchlist: Path, lookout: Lookout, tmp_path: Path) -> None:
    # Given / When
    answer = lookout("plan", str(watchlist))
    # Then
    assert answer.code == 0
    assert "├── one after the other\n│   ├── data_manager collect:dependencies" in answer.out
    assert "[bold]deps[/bold]" in answer.out
    assert not (tmp_path / "home").exists()


def test_on_a_terminal_the_tree_is_drawn(watchlist: Path, lookout: Lookout, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    file = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(drawing, "screen", lambda: Console(file=file, width=200))
    # When
    answer = lookout("plan", str(watchlist))
    # Then
    assert answer.code == 0
    assert "security analyse:exposure" in file.getvalue()


def test_a_plan_in_json_is_json_alone(watchlist: Path, lookout: Lookout) -> None:
    # Given / When
    answer = lookout("plan", str(watchlist), "--json")
    # Then
    assert answer.err == ""
    assert json.loads(answer.out)["targets"][0]["name"] == "[bold]deps[/bold]"


def test_a_kinds_plan_is_shown_too(watchlist: Path, lookout: Lookout) -> None:
    # Given / When
    answer = lookout("plan", "request", "sbom:requirements.txt", "--text", "is it safe?")
    # Then
    assert answer.code == 0
    assert "security analyse:exposure" in answer.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("gone.yaml",), "there is no such file"),
        (("monitr",), "did you mean 'monitor'?"),
        (("watchlist.yaml", "git:."), "is a watchlist: it says its targets itself"),
        (("watchlist.yaml", "--subject", "x"), "leave the rest out"),
        (("watchlist.yaml", "--look", "helth"), "helth"),
        (("advisory", "sbom:requirements.txt"), "subject"),
        (("release", "git:gone", "--subject", "1.0"), "does not exist"),
    ],
)
def test_bad_words_are_wrong_usage_and_say_what_to_do(
    words: tuple[str, ...], expected: str, watchlist: Path, lookout: Lookout
) -> None:
    # Given / When
    answer = lookout("plan", *words)
    # Then
    assert answer.code == 2
    assert expected in answer.err
    assert answer.out == ""


def test_a_watchlist_with_mistakes_is_refused_line_by_line(tmp_path: Path, lookout: Lookout) -> None:
    # Given
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "w.yaml").write_text("targets:\n  - sbom: requirements.txt\n    tire: x\n  - sbom: requirements.txt\n")
    # When
    answer = lookout("plan", "w.yaml")
    # Then
    assert answer.code == 2
    assert "w.yaml:3" in answer.err
    assert "w.yaml:4" in answer.err
    assert all(row.startswith("lookout: ") for row in answer.err.splitlines())
