"""Release patterns across repositories: who releases how, how fast, and which release together beyond chance.

Pure functions over what the github agent reports (``AgentReport.metrics``: ``release_pattern``, ``releases``,
``releases_per_year``, ``days_since_last_release``), for a step that joins many targets::

    release_patterns(reports, now=work.now) -> Patterns(by_pattern={"regular": (...), ...}, together=(...), ...)
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from math import comb, fsum
from statistics import median

from pydantic import JsonValue

from agents.analysis.health.activity import WEEKS
from agents.analysis.health.releases import Pattern
from agents.analysis.health.tiers import AGENT
from agents.analysis.health.weekly import weeks_until
from agents.contract import AgentReport, utc

MIN_DAYS = 4
"""Release days from which two repositories can be compared."""
MIN_SPAN_DAYS = 90
REACH_DAYS = 1
"""Releases a day apart are together."""
FALSE_SHARE = 0.05
MAX_TOGETHER = 20
MAX_TARGETS = 60
"""Of more targets the first by id are compared in pairs: their number grows with the square."""


@dataclass(frozen=True, slots=True)
class Together:
    """Two targets that release together more often than chance would have it."""

    first: str
    second: str
    shared: int
    """Release days of the first that have one of the second at most a day apart."""
    expected: float
    """How many there would be by chance."""
    p: float


@dataclass(frozen=True, slots=True)
class Busy:
    """A calendar week, named by its Monday, with what came out in it."""

    week: date
    releases: int
    targets: int


@dataclass(frozen=True, slots=True)
class Patterns:
    """What the releases of many repositories have in common."""

    targets: int
    by_pattern: Mapping[str, tuple[str, ...]]
    """Targets' ids by pattern, every pattern named."""
    fastest: tuple[tuple[str, float], ...]
    """Targets with their release days a year, fastest first; those without a rhythm are left out."""
    usual_per_year: float | None
    """The median of those."""
    quiet: tuple[tuple[str, float], ...]
    """Targets whose next release is overdue or that are dormant, with days since the last one, longest first."""
    weeks: tuple[Busy, ...]
    """Final releases week by week over the last year, oldest first."""
    busiest: Busy | None
    together: tuple[Together, ...]
    """Surest first, 20 at most."""


def release_patterns(reports: Iterable[AgentReport], *, now: datetime) -> Patterns:
    """Return the patterns over all reports of the github agent up to ``now``."""
    own = sorted((report for report in reports if report.agent == AGENT), key=lambda report: report.target)
    told = [(report.target, report.metrics) for report in own if "release_pattern" in report.metrics]
    fastest = [(target, rate) for target, metrics in told if (rate := _number(metrics.get("releases_per_year")))]
    weeks = _weeks([_days(metrics) for _, metrics in told], now=now)
    return Patterns(
        targets=len(told),
        by_pattern={
            pattern.value: tuple(target for target, metrics in told if metrics["release_pattern"] == pattern.value)
            for pattern in Pattern
        },
        fastest=tuple(sorted(fastest, key=lambda pair: (-pair[1], pair[0]))),
        usual_per_year=median(rate for _, rate in fastest) if fastest else None,
        quiet=_quiet(told),
        weeks=weeks,
        busiest=max((week for week in weeks if week.releases), key=_busyness, default=None),
        together=_together({target: _days(metrics) for target, metrics in told[:MAX_TARGETS]}, now=now),
    )


def _busyness(week: Busy) -> tuple[int, int, date]:
    return week.targets, week.releases, week.week


def _quiet(told: Sequence[tuple[str, Mapping[str, JsonValue]]]) -> tuple[tuple[str, float], ...]:
    quiet = [
        (target, age)
        for target, metrics in told
        if metrics.get("release_overdue") is True or metrics["release_pattern"] == Pattern.DORMANT.value
        if (age := _number(metrics.get("days_since_last_release"))) is not None
    ]
    return tuple(sorted(quiet, key=lambda pair: (-pair[1], pair[0])))


def _weeks(days: Sequence[Counter[date]], *, now: datetime) -> tuple[Busy, ...]:
    def week_of(day: date) -> date:
        return day - timedelta(days=day.weekday())

    counted: list[Counter[date]] = []
    for released in days:
        by_week: Counter[date] = Counter()
        for day, count in released.items():
            by_week[week_of(day)] += count
        counted.append(by_week)
    return tuple(
        Busy(week, sum(one[week] for one in counted), sum(one[week] > 0 for one in counted))
        for week in weeks_until(now, begin=now - timedelta(weeks=WEEKS))
    )


def _together(days: Mapping[str, Counter[date]], *, now: datetime) -> tuple[Together, ...]:
    """Return the pairs that release together, the false among them held to 5 % (Benjamini & Hochberg, JRSS B 57, 1995).

    For each pair, over the time in which both are known to release: the chance that so many release days of the rarer
    one fall within a day of the other's, were they spread at random (a binomial tail).
    """
    found = [pair for first, second in combinations(sorted(days), 2) if (pair := _pair(first, second, days, now=now))]
    ranked = sorted(found, key=lambda pair: (pair.p, pair.first, pair.second))
    passed = [rank for rank, pair in enumerate(ranked, start=1) if pair.p <= FALSE_SHARE * rank / len(ranked)]
    return tuple(ranked[: max(passed, default=0)][:MAX_TOGETHER])


def _pair(first: str, second: str, days: Mapping[str, Counter[date]], *, now: datetime) -> Together | None:
    latest = max(min(days[first], default=now.date()), min(days[second], default=now.date()))
    begin = latest - timedelta(days=REACH_DAYS)
    span = (now.date() - begin).days + 1
    one, other = ({day for day in days[name] if day >= begin} for name in (first, second))
    few, many = sorted((one, other), key=len)
    if span < MIN_SPAN_DAYS or len(few) < MIN_DAYS:
        return None
    near = {day + timedelta(days=off) for day in many for off in range(-REACH_DAYS, REACH_DAYS + 1)}
    chance = min(1.0, len([day for day in near if begin <= day <= now.date()]) / span)
    shared = len(few & near)
    return Together(first, second, shared, round(len(few) * chance, 2), _tail(shared, len(few), chance))


def _tail(least: int, trials: int, chance: float) -> float:
    """Return the chance of at least so many hits."""
    terms = (comb(trials, hits) * chance**hits * (1 - chance) ** (trials - hits) for hits in range(least, trials + 1))
    return min(1.0, fsum(terms))


def _days(metrics: Mapping[str, JsonValue]) -> Counter[date]:
    """Return how many final versions came out on each day."""
    told = metrics.get("releases")
    rows = [row for row in told if isinstance(row, Mapping)] if isinstance(told, list) else []
    days: Counter[date] = Counter()
    for row in rows:
        day = _day(row.get("at"))
        if day is not None and row.get("kind") != "pre":
            days[day] += 1
    return days


def _day(value: JsonValue) -> date | None:
    try:
        return utc(datetime.fromisoformat(value)).date() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
