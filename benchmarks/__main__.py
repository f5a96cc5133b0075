"""``python -m benchmarks monitor|memory``: run a benchmark, print what it does, write its figures as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from benchmarks import memory as idle
from benchmarks import monitor as passes

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_json = click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Measure Lookout on this machine. Every benchmark has a home and servers of its own and leaves nothing behind."""


@main.command()
@click.option("--repositories", type=click.IntRange(min=1), default=200, help="How many to make up for the watchlist.")
@click.option("--commits", type=click.IntRange(500, 50_000), default=10_000, help="Length of the long history.")
@click.option("--flaws", type=click.IntRange(min=0), default=2_000, help="Known flaws in the packages made up.")
@click.option("--history", type=_FOLDER, help="A repository in place of the long history.")
@click.option("--git", type=_FOLDER, multiple=True, help="A repository in place of those made up; may be repeated.")
@click.option("--rounds", type=click.IntRange(min=1), default=1, help="Medians are taken over them.")
@click.option("--seed", type=int, default=1, help="The same seed makes the same repositories.")
@_json
def monitor(file: Path | None, **given: Any) -> None:  # noqa: ANN401  the options above, by the names of the wishes
    """Time `lookout run` on a long history and on a long watchlist, and check every finding.

    Exits with 1 where a planted finding is missing or wrong, or where one is found that was not planted.
    """
    _finish(passes.measure(passes.Wishes(**given), say=_say), file=file)


@main.command()
@_json
def memory(file: Path | None) -> None:
    """Weigh the idle stack of `lookout up`, a light worker, and what imports bring with them.

    Exits with 1 where a goal is missed.
    """
    _finish(idle.measure(say=_say), file=file)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _finish(figures: dict[str, Any], *, file: Path | None) -> None:
    text = json.dumps(figures, indent=2)
    if file:
        file.write_text(text + "\n", encoding="utf-8")
    print(text)
    sys.exit(0 if figures["passed"] else 1)


if __name__ == "__main__":
    main()
