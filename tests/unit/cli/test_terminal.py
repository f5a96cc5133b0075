"""What reaches a terminal: a stranger's text shows itself and does nothing."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.tree import Tree
from support.terminals import Terminal

from orchestrator.cli.terminal import cell, for_people, line, notes, say, screen, show, show_cells, show_json


def test_spaces_at_the_beginning_of_a_line_are_kept() -> None:
    # Given / When / Then
    assert line("│   └── a  b") == "│   └── a  b"


@given(st.text())
def test_no_text_moves_the_cursor_or_breaks_the_line(text: str) -> None:
    # Given / When
    shown = line(text)
    # Then
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in shown)


def test_markup_in_a_cell_is_text() -> None:
    # Given
    file = io.StringIO()
    text = r"\[bold]a[/bold] :smile: [link=http://x]b[/link]"
    # When
    Console(file=file, width=100).print(cell(text))
    # Then
    assert file.getvalue().strip() == text


def test_a_cell_for_one_line_is_cut_with_an_ellipsis() -> None:
    # Given
    file = io.StringIO()
    # When
    Console(file=file, width=10).print(Tree(cell("a" * 30, overflow="ellipsis")))
    # Then
    assert file.getvalue().strip() == "a" * 9 + "…"


def test_a_long_cell_is_folded_and_nothing_is_lost() -> None:
    # Given
    file = io.StringIO()
    # When
    Console(file=file, width=10).print(cell("a" * 30))
    # Then
    assert file.getvalue().split() == ["a" * 10] * 3


def test_results_and_notes_go_to_different_streams(capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    show("a result\x1b[31m")
    say("a note\nof two lines")
    show_cells(("a\tb", "c\nd"))
    # Then
    written = capsys.readouterr()
    assert written.out == "a result\na b\tc d\n"
    assert written.err == "a note of two lines\n"


def test_json_is_ascii_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    value = {"name": "\x9b31m é \ud800 \u202e", "at": object}
    # When
    show_json(value)
    # Then
    written = capsys.readouterr().out
    assert written.isascii()
    assert json.loads(written)["name"] == value["name"]


def test_a_pipe_is_not_for_people_even_with_colours_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv("FORCE_COLOR", "1")
    # When / Then
    assert not for_people(Console(file=io.StringIO()))


@pytest.mark.parametrize(("term", "expected"), [("xterm", True), ("dumb", False)])
def test_a_terminal_that_can_do_more_than_print_lines_is_for_people(
    term: str, *, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    monkeypatch.setenv("TERM", term)
    # When / Then
    assert for_people(Console(file=Terminal())) is expected


@pytest.mark.parametrize("console", [notes, screen])
def test_colours_are_switched_off_by_a_setting(console: object, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv("LOOKOUT_NO_COLOR", "true")
    # When / Then
    assert notes().no_color
    assert screen().no_color
