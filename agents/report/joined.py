"""What joins many targets: the tiers as wholes, and what releases have in common. Computed by ``agents.analysis``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import isfinite

from agents.analysis.health.patterns import Busy, Patterns, release_patterns
from agents.analysis.health.tiers import TierHealth, tier_health
from agents.contract import AgentReport, Frozen, Severity
from agents.report.measures import moment
from agents.report.series import Point
from agents.report.wording import counted, day

SHOWN = 10
"""So many targets or pairs of a kind are named."""


class TierAlarm(Frozen):
    """A target for which its tier's thresholds call an alarm."""

    target: str
    severity: Severity
    text: str


class TierNote(Frozen):
    """A tier as a whole. Scores are from 0 to 100; None where no target of it has one."""

    tier: str
    targets: int
    scored: int
    mean: float | None
    change: float | None
    """Points of the mean within 90 days."""
    trend: str
    """``rising``, ``falling`` or ``steady``; empty where its past is not known."""
    worst: str
    """The id of the target with the lowest score; empty without one."""
    worst_score: float | None
    bands: Mapping[str, int]
    alarms: tuple[TierAlarm, ...]
    over_time: tuple[Point, ...]


class Pace(Frozen):
    """One target and a figure of its releases."""

    target: str
    figure: float


class Pair(Frozen):
    """Two targets that release together more often than chance would have it."""

    first: str
    second: str
    shared: int
    expected: float
    p: float


class PatternNote(Frozen):
    """What the releases of many targets have in common. Targets are told by their ids."""

    by_pattern: Mapping[str, tuple[str, ...]]
    """Those patterns that occur."""
    fastest: tuple[Pace, ...]
    """Release days a year."""
    usual_per_year: float | None
    quiet: tuple[Pace, ...]
    """Overdue or dormant ones: days since the last release."""
    busiest: str
    """The week in which most of them released, in words; empty where none did."""
    together: tuple[Pair, ...]


def tiers(reports: Iterable[AgentReport]) -> tuple[TierNote, ...]:
    """Return each tier that has a scored target, most important first."""
    return tuple(_tier(health) for health in tier_health(reports) if health.scored)


def patterns(reports: Iterable[AgentReport], *, now: datetime) -> PatternNote | None:
    """Return what the releases have in common; None where fewer than two targets tell of theirs."""
    found = release_patterns(reports, now=now)
    return _patterns(found) if found.targets > 1 else None


def _tier(health: TierHealth) -> TierNote:
    points = ((moment(at), mean) for at, mean, _ in health.over_time)
    worst = health.worst
    return TierNote(
        tier=health.tier,
        targets=health.targets,
        scored=health.scored,
        mean=_finite(health.mean),
        change=_finite(health.change),
        trend=health.trend or "",
        worst=worst.target if worst else "",
        worst_score=_finite(worst.score) if worst else None,
        bands={band: count for band, count in health.bands.items() if count},
        alarms=tuple(
            TierAlarm(target=alert.target, severity=alert.severity, text=alert.text) for alert in health.alerts[:SHOWN]
        ),
        over_time=tuple(Point(at=at.date(), score=mean) for at, mean in points if at and isfinite(mean)),
    )


def _patterns(found: Patterns) -> PatternNote:
    busiest = found.busiest
    return PatternNote(
        by_pattern={name: targets for name, targets in found.by_pattern.items() if targets},
        fastest=_paces(found.fastest),
        usual_per_year=_finite(found.usual_per_year),
        quiet=_paces(found.quiet),
        busiest=_week(busiest) if busiest else "",
        together=tuple(
            Pair(first=pair.first, second=pair.second, shared=pair.shared, expected=pair.expected, p=pair.p)
            for pair in found.together[:SHOWN]
        ),
    )


def _week(busy: Busy) -> str:
    return f"week of {day(busy.week)}, {counted(busy.releases, 'release')} on {counted(busy.targets, 'target')}"


def _paces(pairs: Sequence[tuple[str, float]]) -> tuple[Pace, ...]:
    return tuple(Pace(target=target, figure=figure) for target, figure in pairs[:SHOWN] if isfinite(figure))


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
