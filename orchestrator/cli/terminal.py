"""Where output goes: results to standard output, everything else to standard error; plain when piped."""

import json
from functools import cache
from typing import Any

import click
from rich.console import Console

from agents.report.escape import plain
from orchestrator.settings import get_settings

_LINE = 20_000
"""Characters of one line that a terminal gets at most."""


@cache
def notes() -> Console:
    """Return the console for people: progress, hints and errors, on standard error."""
    return Console(stderr=True, no_color=get_settings().no_color or None, highlight=False, soft_wrap=True)


@cache
def screen() -> Console:
    """Return the console for results, on standard output."""
    return Console(no_color=get_settings().no_color or None, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Tell people something, on standard error. Strangers' text in it cannot move the cursor or colour the screen."""
    click.echo(plain(text, limit=_LINE), err=True)


def show(text: str) -> None:
    """Write a line of the result to standard output."""
    click.echo(plain(text, limit=_LINE))


def show_json(value: Any) -> None:  # noqa: ANN401  JSON is anything
    """Write a JSON document to standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
