"""The score at earlier moments, recomputed from what was seen: where it comes from, and whether it falls."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from math import fsum

from agents.analysis.health.history import DAY, YEAR_DAYS, History, Note
from agents.analysis.health.score import Part, Score
from agents.analysis.health.versions import parse_version

STEP_DAYS = 30
POINTS = 13
"""Now, and twelve moments before it."""
FALL_STEPS = 3
"""Over how many steps a fall is told: 90 days."""


@dataclass(frozen=True, slots=True)
class Point:
    """The score at one moment."""

    at: datetime
    score: Score


@dataclass(frozen=True, slots=True)
class Fall:
    """By how many points a score fell within 90 days, over the parts that were known at both ends."""

    points: float
    since: datetime
    worst: Part
    """The part that costs most of it, as it is now."""


def earlier(history: History) -> Iterator[History]:
    """Yield the history as it stood at twelve earlier moments, newest first, as far back as it can be judged.

    A history that was seen in part is cut off where a year before the moment was no longer seen: from there on the
    score would tell of the look, not of the repository.
    """
    for step in range(1, POINTS):
        cut = as_of(history, history.now - step * STEP_DAYS * DAY)
        if not cut.commits or not cut.reaches(YEAR_DAYS):
            return
        yield cut


def as_of(history: History, moment: datetime) -> History:
    """Return the history as it stood at an earlier moment.

    What is unreleased today was not written then; a note without a date belongs to its version's tag.
    """
    tags = tuple(tag for tag in history.tags if tag.at is not None and tag.at <= moment)
    versions = {str(version) for tag in tags if (version := parse_version(tag.name)) is not None}
    return replace(
        history,
        now=moment,
        commits=history.commits[: bisect_right(history.commits, moment, key=lambda commit: commit.at)],
        tags=tags,
        notes=tuple(note for note in history.notes if _written(note, moment=moment, versions=versions)),
    )


def _written(note: Note, *, moment: datetime, versions: set[str]) -> bool:
    if note.unreleased:
        return False
    if note.at is not None:
        return note.at <= moment
    version = parse_version(note.version)
    return version is not None and str(version) in versions


def fall(points: tuple[Point, ...]) -> Fall | None:
    """Return by how much the score fell within 90 days; None where it did not, or that far back it is not known.

    ``points`` are oldest first and end with today's.
    """
    if len(points) <= FALL_STEPS:
        return None
    then, now = points[-1 - FALL_STEPS], points[-1]
    before = {part.name: part for part in then.score.parts}
    both = [part for part in now.score.parts if part.name in before]
    weight = fsum(part.weight for part in both)
    if then.score.value is None or now.score.value is None or not weight:
        return None
    lost = {part.name: 100 * part.weight * (before[part.name].value - part.value) / weight for part in both}
    points_lost = round(fsum(lost.values()), 1)
    worst = max(both, key=lambda part: lost[part.name])
    return Fall(points_lost, then.at, worst) if points_lost > 0 else None
