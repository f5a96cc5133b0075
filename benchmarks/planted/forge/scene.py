"""A scene of repositories on GitHub: recorded exchanges, the watchlist that names them, and what must be found."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import cycle
from pathlib import Path

from benchmarks.planted import histories
from benchmarks.planted.expected import Expected
from benchmarks.planted.forge import exchanges, tales
from benchmarks.planted.forge.answers import Told
from benchmarks.planted.forge.tales import TALES, Tale
from benchmarks.planted.scenes import Scene, write_watchlist

RECORDINGS = "recordings"
OPTIONS = {"max_commits": 500, "max_issues": 200, "max_advisories": 100}
"""A token goes over TLS alone, and without one a target has to ask for more than a page, and for its advisories."""


def many_on_github(folder: Path, *, repositories: int, seed: int, now: datetime) -> Scene:
    """Make a scene of many repositories on GitHub; each has one of the tales, in turn, and a length of its own."""
    recordings = folder / RECORDINGS
    recordings.mkdir(parents=True)
    expected: list[Expected] = []
    entries = []
    commits = advisories = 0
    for told in _all_told(repositories, seed=seed, now=now):
        with (recordings / f"{told.name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in exchanges.lines(told))
        entries.append({"github": told.full_name, "name": told.name, "options": {**OPTIONS}})
        expected += tales.told_by(told.tale, target=told.name, versions=histories.versions([*told.moments]))
        commits += len(told.moments)
        advisories += told.tale.mended + told.tale.unmended
    return Scene(
        write_watchlist(folder, entries),
        repositories,
        commits=commits,
        advisories=advisories,
        expected=tuple(sorted(expected)),
        recordings=recordings,
    )


def _all_told(repositories: int, *, seed: int, now: datetime) -> Iterator[Told]:
    chance = random.Random(f"github {seed}")
    for number, (character, tale) in zip(range(repositories), cycle(TALES.items()), strict=False):
        yield _told(f"{character}-{number:03}", tale, stretch=chance.uniform(0.9, 1.3), now=now)


def _told(name: str, tale: Tale, *, stretch: float, now: datetime) -> Told:
    """Return a repository of which the history is somewhat longer or shorter than its tale has it."""
    story = replace(tale.story, commits=round(tale.story.commits * stretch))
    return Told(name, replace(tale, story=story), histories.moments(story, now=now), now)
