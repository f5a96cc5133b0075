"""How often a repository releases, in which pattern, and whether the next release is overdue by its own habit."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from statistics import fmean, median, pstdev, quantiles

from agents.analysis.health.history import DAY, YEAR_DAYS, History, Tag
from agents.analysis.health.trend import Trend, trend
from agents.analysis.health.versions import Version, parse_version, step

FEWEST = 4
"""Release days from which a pattern can be told: three intervals."""
RECENT_INTERVALS = 20
MIN_DUE_DAYS, MAX_DUE_DAYS = 60.0, 730.0
DEFAULT_DUE_DAYS = 365.0
DORMANT_TIMES = 4


class Pattern(StrEnum):
    """How a repository releases; see ``_pattern`` for the rule."""

    REGULAR = "regular"
    BURSTY = "bursty"
    SLOWING = "slowing"
    ACCELERATING = "accelerating"
    DORMANT = "dormant"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Release:
    """One released version. ``kind``: major, minor, patch, or pre for a pre-release."""

    version: Version
    at: datetime
    kind: str
    tag: str


@dataclass(frozen=True, slots=True)
class Releases:
    """The releases in order of time, and the rhythm of the last 20 intervals between finals. Lengths in days."""

    all: tuple[Release, ...]
    other_tags: int
    """Tags that name no version."""
    days: int
    """Distinct days with a final release: packages released together are one release."""
    last: Release | None
    """The latest final release, or pre-release where there is no final one."""
    age: float | None
    median_interval: float | None
    longest_usual: float | None
    """The ninetieth percentile of the intervals."""
    due: float
    """Age from which the next release is overdue."""
    pattern: Pattern
    burstiness: float | None
    trend: Trend | None
    unreleased: int
    """People's commits since the last release."""
    per_year: float | None
    """Release days a year at the rhythm of the last 20 intervals; None below four release days."""

    @property
    def finals(self) -> tuple[Release, ...]:
        """The releases that are no pre-releases."""
        return tuple(release for release in self.all if release.kind != "pre")

    @property
    def overdue(self) -> bool:
        """Whether a pattern can be told, the time is up, and work is waiting to be released."""
        return self.days >= FEWEST and self.age is not None and self.age > self.due and self.unreleased > 0

    def finals_within(self, days: int, *, now: datetime) -> int:
        """Return how many final releases came out in the last ``days`` days."""
        return sum(release.at > now - days * DAY for release in self.finals)

    def final_from(self, moment: datetime) -> Release | None:
        """Return the first final release at or after the moment."""
        finals = self.finals
        index = bisect_left(finals, moment, key=lambda release: release.at)
        return finals[index] if index < len(finals) else None


def measure_releases(history: History) -> Releases:
    """Return the releases that the history's tags name, with their rhythm."""
    named = [(tag, version) for tag in history.tags if (version := parse_version(tag.name)) is not None]
    releases = tuple(_releases(named))
    finals = [release for release in releases if release.kind != "pre"]
    last = next(reversed(finals or releases), None)
    days = sorted({release.at.date() for release in finals})
    # Habits of years ago say little of today's: the last intervals alone set the rhythm.
    intervals = [float((after - before).days) for before, after in pairwise(days)][-RECENT_INTERVALS:]
    age = (history.now - last.at) / DAY if last is not None else None
    due = _due(intervals)
    rhythm = trend(intervals)
    return Releases(
        all=releases,
        other_tags=len(history.tags) - len(named),
        days=len(days),
        last=last,
        age=age,
        median_interval=median(intervals) if intervals else None,
        longest_usual=_ninetieth(intervals) if intervals else None,
        due=due,
        pattern=_pattern(intervals, age=age, due=due, rhythm=rhythm),
        burstiness=_burstiness(intervals),
        trend=rhythm,
        unreleased=len(history.work) - (history.until(last.at) if last is not None else 0),
        per_year=_velocity(intervals),
    )


def _releases(named: Iterable[tuple[Tag, Version]]) -> list[Release]:
    found: dict[tuple[Version, str], tuple[Tag, Version]] = {}
    for tag, version in named:
        # The same version tagged twice (v1.0 beside 1.0) on the same commit is one release; the earlier tag stands.
        found.setdefault((version, tag.commit or str(tag.at)), (tag, version))
    before = _predecessors(version for tag, version in found.values() if not tag.pre)
    releases = [
        Release(version=version, at=tag.at, kind=_kind(tag, version, before.get(version)), tag=tag.name)
        for tag, version in found.values()
        if tag.at is not None
    ]
    return sorted(releases, key=lambda release: (release.at, release.version))


def _kind(tag: Tag, version: Version, previous: Version | None) -> str:
    """Return the step to a version; what its forge calls a pre-release is one."""
    return "pre" if tag.pre else step(version, previous)


def _predecessors(versions: Iterable[Version]) -> dict[Version, Version]:
    """Return each final version's next lower one in its line: 1.9.9 after 2.0 is still a patch of 1.9.8."""
    finals = sorted({version for version in versions if not version.pre})
    return {after: before for before, after in pairwise(finals) if before.prefix == after.prefix}


def _due(intervals: Sequence[float]) -> float:
    if len(intervals) < FEWEST - 1:
        return DEFAULT_DUE_DAYS
    return min(max(2 * median(intervals), _ninetieth(intervals), MIN_DUE_DAYS), MAX_DUE_DAYS)


def _velocity(intervals: Sequence[float]) -> float | None:
    return YEAR_DAYS / fmean(intervals) if len(intervals) >= FEWEST - 1 else None


def _ninetieth(intervals: Sequence[float]) -> float:
    return quantiles(intervals, n=10, method="inclusive")[-1] if len(intervals) > 1 else intervals[0]


def _burstiness(intervals: Sequence[float]) -> float | None:
    """Return (s - m) / (s + m) of deviation and mean (Goh & Barabasi, EPL 81, 2008): -1 is even, 0 is chance."""
    if len(intervals) < FEWEST - 1:
        return None
    mean, deviation = fmean(intervals), pstdev(intervals)
    return (deviation - mean) / (deviation + mean)


def _pattern(intervals: Sequence[float], *, age: float | None, due: float, rhythm: Trend | None) -> Pattern:
    """Return the first pattern that holds.

    None: fewer than four release days. Dormant: the last one is older than four times what is due, and than a year.
    Slowing, accelerating: the last 20 intervals have a significant trend. Bursty: more uneven than chance would be
    (burstiness above 0). Else regular.
    """
    if len(intervals) < FEWEST - 1 or age is None:
        return Pattern.NONE
    if age > max(DORMANT_TIMES * due, YEAR_DAYS):
        return Pattern.DORMANT
    if rhythm is not None and rhythm.direction != "none":
        return Pattern.SLOWING if rhythm.direction == "rising" else Pattern.ACCELERATING
    return Pattern.BURSTY if (_burstiness(intervals) or 0) > 0 else Pattern.REGULAR


def kinds(releases: Iterable[Release]) -> dict[str, int]:
    """Return how many releases of each kind there are, every kind named."""
    counted = Counter(release.kind for release in releases)
    return {kind: counted[kind] for kind in ("major", "minor", "patch", "pre")}
