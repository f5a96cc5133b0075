"""Where output goes: results to standard output, everything else to standard error; plain when piped."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import click
from rich.console import Console, OverflowMethod
from rich.text import Text

from agents.report.escape import paragraphs
from orchestrator.settings import get_settings

_LINE = 20_000
"""Characters of one line that a terminal gets at most."""


@cache
def notes() -> Console:
    """Return the console for people: progress, on standard error."""
    return Console(stderr=True, no_color=get_settings().no_color or None, highlight=False)


@cache
def screen() -> Console:
    """Return the console for results, on standard output."""
    return Console(no_color=get_settings().no_color or None, highlight=False)


def for_people(console: Console) -> bool:
    """Whether a person looks at a terminal that can do more than print lines. FORCE_COLOR makes no pipe a terminal."""
    return console.file.isatty() and not console.is_dumb_terminal


def line(text: str) -> str:
    """Return a text as one line, its spaces kept: a stranger's text cannot move the cursor or colour the screen."""
    return " ".join(paragraphs(text, limit=_LINE).split("\n"))


def cell(text: str, *, overflow: OverflowMethod = "fold") -> Text:
    """Return a text for a table or a tree, in which nothing is markup; ``ellipsis`` keeps it to one line."""
    return Text(line(text), overflow=overflow, no_wrap=overflow != "fold")


def say(text: str) -> None:
    """Tell people something, on standard error."""
    click.echo(line(text), err=True)


def show(text: str) -> None:
    """Write a line of the result to standard output."""
    click.echo(line(text))


def show_cells(cells: Sequence[str]) -> None:
    """Write one line of several values with tabs between them: none of them holds one itself."""
    click.echo("\t".join(line(each) for each in cells))


def show_json(value: Any) -> None:  # noqa: ANN401  JSON is anything
    """Write a JSON document to standard output, in ASCII: whatever it holds, a terminal only shows it."""
    click.echo(json.dumps(value, indent=2, default=str))
