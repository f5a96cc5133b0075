"""A whole scene in a folder: repositories, advisories, the watchlist that names them, and what must be found."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from benchmarks.planted import histories, manifests, stories
from benchmarks.planted.advisories import write_advisories
from benchmarks.planted.expected import Expected
from benchmarks.planted.packages import Package, make_world
from benchmarks.planted.stories import STEADY, STORIES, Story
from benchmarks.planted.writing import write_repository

LONG = replace(STEADY, days=3_650, people=30, lead_share=0.6, unreleased=150, breaking=2, deprecating=1)
"""The story of the one long history: it rests on one author, is overdue, breaks and deprecates."""
RISK = 0.06
"""Share of the packages in use that are at a release with a flaw."""
LOOSE = 0.25
"""Share of the repositories that leave some versions open."""
MOST_USED = 60
ADVISORIES = "advisories"


@dataclass(frozen=True)
class Scene:
    """What a pass is run on, and what must come out of it."""

    watchlist: Path
    targets: int
    commits: int
    """How many the repositories have in all; 0 where they were given, and nobody counted."""
    advisories: int
    expected: tuple[Expected, ...] | None
    """None where the repositories were given: then nothing is known of them."""
    recordings: Path | None = None
    """What a service answers about them, to be replayed; None where nobody is asked."""


def given(folder: Path, repositories: tuple[Path, ...]) -> Scene:
    """Return a scene of repositories that are there already."""
    entries = [{"git": str(path.absolute())} for path in repositories]
    return Scene(write_watchlist(folder, entries), len(repositories), commits=0, advisories=0, expected=None)


def long_history(folder: Path, *, commits: int, seed: int, now: datetime) -> Scene:
    """Make a scene of one repository with a long history."""
    told = replace(LONG, commits=commits)
    return _scene(folder, {"long": told}, world=make_world(300, flaws=150, seed=seed), seed=seed, now=now)


def many(folder: Path, *, repositories: int, flaws: int, seed: int, now: datetime) -> Scene:
    """Make a scene of many repositories; each has one of the stories, in turn, and a length of its own."""
    chance = random.Random(f"many {seed}")
    told = {}
    for number, (name, story) in zip(range(repositories), _in_turn(), strict=False):
        told[f"{name}-{number:03}"] = replace(story, commits=round(story.commits * chance.uniform(0.8, 2.0)))
    return _scene(folder, told, world=make_world(800, flaws=flaws, seed=seed), seed=seed, now=now)


def _in_turn() -> Iterator[tuple[str, Story]]:
    while True:
        yield from STORIES.items()


def _scene(folder: Path, told: dict[str, Story], *, world: tuple[Package, ...], seed: int, now: datetime) -> Scene:
    expected: list[Expected] = []
    for name, story in told.items():
        expected += _repository(folder / "repositories" / name, story, world=world, seed=seed, now=now)
    records = write_advisories(folder / ADVISORIES, world)
    entries = [{"git": f"repositories/{name}", "name": name} for name in told]
    watchlist = write_watchlist(folder, [*entries, {"advisories": ADVISORIES}])
    total = sum(story.commits for story in told.values())
    return Scene(watchlist, len(told), commits=total, advisories=records, expected=tuple(sorted(expected)))


def _repository(path: Path, story: Story, *, world: tuple[Package, ...], seed: int, now: datetime) -> list[Expected]:
    """Write one repository and return what must be found in it."""
    name = path.name
    chance = random.Random(f"{name} {seed}")
    uses = manifests.choose(world, most=MOST_USED, risk=RISK, loose=chance.random() < LOOSE, chance=chance)
    moments = histories.moments(story, now=now)
    files = {"README.md": f"# {name}\n", **manifests.files_of(uses)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_repository(path, histories.commits(story, moments, files=files, seed=name))
    health = stories.told_by(story, target=name, versions=histories.versions(moments))
    return [*health, *manifests.told_by(uses, target=name)]


def write_watchlist(folder: Path, entries: Sequence[Mapping[str, Any]]) -> Path:
    """Write the watchlist of some targets into a folder, and return where it is."""
    path = folder / "watchlist.yaml"
    path.write_text(yaml.safe_dump({"name": "benchmark", "targets": list(entries)}, sort_keys=False), encoding="utf-8")
    return path
