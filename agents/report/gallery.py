"""Which pictures a report holds: agents' figures decide it. Where there is nothing to draw there is none."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from agents.contract import TargetKind
from agents.report import ageing, measures, overview, pictures, series, strips, timelines
from agents.report.bundle import ReportBundle, TargetSection
from agents.report.overview import Standing
from agents.report.strips import Strip
from agents.report.svg import Picture
from agents.report.timelines import HealthLine

T = TypeVar("T")

REPOSITORIES = frozenset({TargetKind.GIT, TargetKind.GITHUB, None})
"""Kinds of target that have commits; one that the run does not list may."""
NO_PATTERN = "no pattern"
TIER_BY_TIER = "Health over time, tier by tier"
MANY_SCORED = 8
"""From so many scored targets on, a point for each says more than a list."""


def overview_pictures(bundle: ReportBundle) -> tuple[Picture, ...]:
    """Return the pictures of all targets together; what one target alone would show stands with the target."""
    drawn: list[Picture | None] = [ageing.exposure_by_age(bundle.findings, now=bundle.as_of, key="p-age")]
    if len(bundle.targets) > 1:
        standings = [_standing(section) for section in bundle.targets]
        scored = sum(standing.score is not None for standing in standings)
        lines = [line for section in bundle.targets for line in _health(section)]
        compared = sum(standing.findings > 0 for standing in standings)
        drawn += [
            overview.ranking(standings, key="p-ranking") if compared > 1 else None,
            overview.portfolio(standings, key="p-portfolio") if scored >= MANY_SCORED else None,
            timelines.health_lines(_of_tiers(bundle), key="p-tiers", title=TIER_BY_TIER, noun="tier"),
            timelines.health_lines(lines, key="p-health"),
            strips.release_strips(
                [_strip(section) for section in bundle.targets], now=bundle.as_of.date(), key="p-releases"
            ),
        ]
    return tuple(picture for picture in drawn if picture)


def target_pictures(section: TargetSection, *, now: datetime, alone: bool, key: str) -> tuple[Picture, ...]:
    """Return one target's own pictures; ``alone`` where the run has no other, so that none stand side by side."""
    told = [note.metrics for note in section.agents]
    parts = first(measures.parts(metrics) for metrics in told)
    weeks = weekly_commits(section)
    releases = first(measures.releases(metrics) for metrics in told)
    opened = first(series.weekly_issues(metrics) for metrics in told)
    counts = next((counts for metrics in told if (counts := measures.by_severity(metrics))), {})
    drawn = (
        pictures.score_parts(parts, key=f"{key}-parts"),
        timelines.health_lines(_health(section), key=f"{key}-health"),
        pictures.commits_and_releases(weeks, releases=releases, key=f"{key}-commits"),
        timelines.issues(opened, key=f"{key}-issues"),
        pictures.exposure(counts, key=f"{key}-exposure"),
        strips.release_strips([_strip(section)], now=now.date(), key=f"{key}-releases") if alone else None,
    )
    return tuple(picture for picture in drawn if picture)


def weekly_commits(section: TargetSection) -> tuple[measures.Week, ...]:
    """Return a repository's commits by week; of anything else there are none to tell, which is not the same as zero."""
    if section.kind not in REPOSITORIES:
        return ()
    return first(measures.weekly_commits(note.metrics) for note in section.agents)


def first(candidates: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    """Return the first of the candidates that holds anything."""
    return next((candidate for candidate in candidates if candidate), ())


def _standing(section: TargetSection) -> Standing:
    told = (measures.score(note.metrics) for note in section.agents)
    score = next((score for score in told if score is not None), None)
    return Standing(label=section.label, score=score, severities=section.severities)


def _of_tiers(bundle: ReportBundle) -> Sequence[HealthLine]:
    """Return the tiers' mean health, where there is more than one tier: one alone says what its targets say."""
    told = [tier for tier in bundle.tiers if len(tier.over_time) > 1]
    lines = [HealthLine(label=tier.tier.replace("_", " "), points=tier.over_time) for tier in told]
    return lines if len(lines) > 1 else ()


def _health(section: TargetSection) -> Sequence[HealthLine]:
    points = first(series.health_over_time(note.metrics) for note in section.agents)
    return [HealthLine(label=section.label, points=points)] if points else []


def _strip(section: TargetSection) -> Strip:
    told = [note.metrics for note in section.agents]
    pattern = next((words for metrics in told if (words := measures.text(metrics, "release_pattern"))), "")
    pattern = NO_PATTERN if pattern == "none" else pattern
    return Strip(label=section.label, releases=first(measures.releases(metrics) for metrics in told), pattern=pattern)
