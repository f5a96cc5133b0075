"""What a repository's history is to tell, as values; the tale itself is made in ``histories``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from benchmarks.planted.expected import (
    BREAKING,
    BUS_FACTOR,
    DEPARTURE,
    DEPRECATION,
    FALLING,
    HEALTH,
    INACTIVE,
    OVERDUE,
    Expected,
)


@dataclass(frozen=True)
class Story:
    """Figures from which a history is made. Lengths in days."""

    commits: int = 150
    days: int = 900
    quiet: int = 1
    """Since the last commit."""
    release_every: int = 28
    unreleased: int = 10
    """Since the last release; at least ``quiet``."""
    people: int = 8
    """Who take turns, so that nobody's share stands out."""
    lead_share: float = 0.0
    """Share of the commits of one further author, before he left if he did."""
    lead_left: int = 0
    """How long ago the leading author stopped; 0 where he did not."""
    breaking: int = 0
    """How many of the latest versions say that they break something."""
    deprecating: int = 0
    """How many of the latest versions deprecate something."""
    falls: str = ""
    """How severe it is that the score fell within 90 days; empty where it did not fall by 15 points."""


STEADY = Story()
QUIET_DAYS, YEAR_DAYS, VERY_LATE_DAYS = 180, 365, 120
"""From when on a repository is inactive, and badly so; and a release overdue twice over, at one every four weeks."""
HALF = 0.5
STORIES: Mapping[str, Story] = MappingProxyType(
    {
        "steady": STEADY,
        "abandoned": replace(STEADY, days=1_200, quiet=450, unreleased=450),
        # Of 100 points, within 90 days: 8 by activity, 4 by steadiness, 10 by releases, due after 60 days.
        "quiet": replace(STEADY, quiet=220, unreleased=220, falls="low"),
        "alone": replace(STEADY, lead_share=0.8),
        "left": replace(STEADY, commits=240, lead_share=0.4, lead_left=380),
        "overdue": replace(STEADY, unreleased=150),
        "breaking": replace(STEADY, breaking=1),
        "deprecating": replace(STEADY, deprecating=1),
    }
)
"""The characters that repositories have in turn. All of them are told in a history of at least 100 commits."""


def told_by(story: Story, *, target: str, versions: list[str]) -> Iterator[Expected]:
    """Yield what must be found in a history; ``versions`` are its releases, oldest first.

    The rules are restated here from docs/health-score.md, not imported: a benchmark that asks the code what is right
    could not find it wrong.
    """
    yield Expected(HEALTH, target)
    if story.quiet > QUIET_DAYS:
        yield Expected(INACTIVE, target, severity="high" if story.quiet > YEAR_DAYS else "medium")
    if story.falls:
        yield Expected(FALLING, target, severity=story.falls)
    if story.lead_share > HALF and not story.lead_left:
        yield Expected(BUS_FACTOR, target, severity="medium")
    if story.lead_left > YEAR_DAYS:
        yield Expected(DEPARTURE, target)
    if story.unreleased - story.quiet > VERY_LATE_DAYS:
        yield Expected(OVERDUE, target, severity="medium")
    for kind, told in ((BREAKING, story.breaking), (DEPRECATION, story.deprecating)):
        severity = "medium" if kind == BREAKING else "low"
        yield from (Expected(kind, target, about=version, severity=severity) for version in versions[-told:] if told)
