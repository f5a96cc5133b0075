"""What GitHub is to tell of a repository, as values; the answers themselves are made in ``answers``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from benchmarks.planted import stories
from benchmarks.planted.expected import (
    ARCHIVED,
    BACKLOG,
    CRITICAL_ISSUES,
    FALLING,
    FORK,
    NO_LICENCE,
    STALE_PULLS,
    UNFIXED,
    WAVE,
    Expected,
)
from benchmarks.planted.stories import STORIES, Story


@dataclass(frozen=True)
class Tale:
    """A history, and what only a forge knows of its repository."""

    story: Story
    archived: bool = False
    """Lately, for the history goes on to the story's end: of at most 145 points by weight, activity's 30 are lost."""
    fork: bool = False
    licence: str = "MIT"
    """Empty where there is none."""
    mended: int = 1
    """How many advisories it published that a version mends."""
    unmended: int = 0
    """How many it published, rated high, that no version mends."""
    wave: int = 0
    """How many issues came within the last days, and were closed within hours."""
    waiting: int = 0
    """How many issues of the last 90 days nobody closed."""
    alarms: int = 0
    """How many open issues are labelled as about security."""
    stuck: int = 0
    """How many pull requests have been open since half a year, and did not move."""


SHORT = Story(commits=100, days=365)
"""A year of about 100 commits and a dozen releases: what people read of GitHub without a token."""
TALES: Mapping[str, Tale] = MappingProxyType(
    {
        **{name: Tale(replace(story, commits=100, days=365 + story.quiet)) for name, story in STORIES.items()},
        # Quiet for so long that releases had nothing left to lose, 90 days ago: the score falls by 10 points.
        "quiet": Tale(replace(SHORT, days=365 + 300, quiet=300, unreleased=300)),
        # Two years are compared to see that somebody left, so this one is as long as it is in a clone.
        "left": Tale(STORIES["left"]),
        "archived": Tale(SHORT, archived=True),
        "forked": Tale(SHORT, fork=True),
        "unlicensed": Tale(SHORT, licence=""),
        "unmended": Tale(SHORT, mended=0, unmended=1),
        "flooded": Tale(SHORT, wave=20),
        "piling": Tale(SHORT, waiting=24),
        "alarmed": Tale(SHORT, alarms=1),
        "stuck": Tale(SHORT, stuck=12),
    }
)
"""The characters that repositories have in turn."""


def told_by(tale: Tale, *, target: str, versions: list[str]) -> Iterator[Expected]:
    """Yield what must be found; ``versions`` are its releases, oldest first.

    The rules are restated here from docs/health-score.md, as in ``stories``.
    """
    yield from stories.told_by(tale.story, target=target, versions=versions)
    planted = (
        (ARCHIVED, "high", tale.archived),
        (FALLING, "low", tale.archived),
        (FORK, "low", tale.fork),
        (NO_LICENCE, "low", not tale.licence),
        (UNFIXED, "high", tale.unmended),
        (WAVE, "medium", tale.wave),
        (BACKLOG, "low", tale.waiting),
        (CRITICAL_ISSUES, "medium", tale.alarms),
        (STALE_PULLS, "low", tale.stuck),
    )
    yield from (Expected(kind, target, severity=severity) for kind, severity, told in planted if told)
