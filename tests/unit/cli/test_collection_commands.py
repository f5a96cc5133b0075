"""``lookout quarantine`` and ``lookout sources`` where there never was a ledger: nothing is started to say so."""

from pathlib import Path

import pytest
from support.commands import Lookout


@pytest.mark.parametrize("words", [("quarantine",), ("quarantine", "list"), ("sources",)])
def test_lists_are_empty(words: tuple[str, ...], lookout: Lookout, tmp_path: Path) -> None:
    # Given / When
    answer = lookout(*words)
    # Then
    assert (answer.code, answer.out) == (0, "")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("words", [("quarantine", "list", "--json"), ("sources", "--json")])
def test_lists_in_json_are_empty_lists(words: tuple[str, ...], lookout: Lookout) -> None:
    # Given / When / Then
    assert lookout(*words).out == "[]\n"


@pytest.mark.parametrize("words", [("show", "x"), ("replay", "x"), ("drop", "x", "--yes")])
def test_what_is_asked_for_cannot_be_there(words: tuple[str, ...], lookout: Lookout, tmp_path: Path) -> None:
    # Given / When
    answer = lookout("quarantine", *words)
    # Then
    assert answer.code == 2
    assert "has no runs yet: `lookout run WATCHLIST` starts one" in answer.err
    assert not (tmp_path / "home").exists()
