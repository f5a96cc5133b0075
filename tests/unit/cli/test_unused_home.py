"""Commands that look at a ledger, where there never was one: nothing is started to say so."""

from pathlib import Path

import pytest
from support.commands import Lookout


@pytest.mark.parametrize("words", [("runs", "list"), ("schedules",), ("schedules", "list")])
def test_lists_are_empty(words: tuple[str, ...], lookout: Lookout, tmp_path: Path) -> None:
    # Given / When
    answer = lookout(*words)
    # Then
    assert (answer.code, answer.out) == (0, "")
    assert not (tmp_path / "home").exists()


def test_a_list_in_json_is_an_empty_list(lookout: Lookout) -> None:
    # Given / When / Then
    assert lookout("runs", "list", "--json").out == "[]\n"


@pytest.mark.parametrize("words", [("runs", "show"), ("report",), ("schedules", "pause", "x"), ("runs", "rerun", "x")])
def test_what_is_asked_for_cannot_be_there(words: tuple[str, ...], lookout: Lookout, tmp_path: Path) -> None:
    # Given / When
    answer = lookout(*words)
    # Then
    assert answer.code == 2
    assert "has no runs yet: `lookout run WATCHLIST` starts one" in answer.err
    assert not (tmp_path / "home").exists()


def test_a_schema_that_is_not_there_is_not_the_codes(lookout: Lookout) -> None:
    # Given / When
    answer = lookout("migrate", "--check")
    # Then
    assert answer.code == 1
    assert "has no database yet" in answer.out
