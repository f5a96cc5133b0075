"""The four tiers, each as a whole: how healthy it is, what alarms in it, and where it is going.

Pure functions over what the github agent reports (``AgentReport.metrics``), for a step that joins many targets::

    tier_health(reports) -> (TierHealth("critical", ...), TierHealth("tech_stack", ...), ...)

A report without a tier, or of another agent, is not counted; a target without a score is counted and not averaged.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from pydantic import JsonValue

from agents.analysis.health.alarms import TIERS, alarm_of
from agents.analysis.health.over_time import FALL_STEPS
from agents.analysis.health.score import FLOORS
from agents.contract import AgentReport, Severity

AGENT = "github"
STILL = 2.0
"""A mean that moved by fewer points did not move."""
_SEVERITIES = {"critical": Severity.HIGH, "tech_stack": Severity.MEDIUM, "infrastructure": Severity.MEDIUM}


@dataclass(frozen=True, slots=True)
class Member:
    """One target of a tier; ``target`` is its id."""

    target: str
    score: float | None
    band: str
    change: float | None
    """Points within 90 days; None where that far back it is not known."""


@dataclass(frozen=True, slots=True)
class TierAlert:
    """One thing that a tier's thresholds call an alarm; ``reason`` is ``below`` or ``falling``."""

    target: str
    reason: str
    severity: Severity
    text: str
    """In words, without any stranger's text."""


@dataclass(frozen=True, slots=True)
class TierHealth:
    """A tier as a whole. Scores are from 0 to 100; None where no target of it has one."""

    tier: str
    targets: int
    scored: int
    mean: float | None
    worst: Member | None
    bands: Mapping[str, int]
    """How many targets are in each band, every band named."""
    alerts: tuple[TierAlert, ...]
    """Worst first."""
    change: float | None
    """Of the mean within 90 days, over the targets whose past is known so far back."""
    trend: str | None
    """``rising``, ``falling`` or ``steady``."""
    over_time: tuple[tuple[str, float, int], ...]
    """For pictures: moment (as the first target tells it), mean, and how many targets; oldest first, ends with now."""


def tier_health(reports: Iterable[AgentReport]) -> tuple[TierHealth, ...]:
    """Return each tier that has a target, most important first; other tiers than the four come last, by name."""
    by_tier: dict[str, list[AgentReport]] = {}
    for report in sorted(reports, key=lambda report: report.target):
        tier = report.metrics.get("tier")
        if report.agent == AGENT and isinstance(tier, str):
            by_tier.setdefault(tier, []).append(report)
    order = {tier: number for number, tier in enumerate(TIERS)}
    return tuple(_health(tier, by_tier[tier]) for tier in sorted(by_tier, key=lambda tier: (order.get(tier, 9), tier)))


def _health(tier: str, reports: Sequence[AgentReport]) -> TierHealth:
    members = [_member(report) for report in reports]
    scored = [(member.score, member) for member in members if member.score is not None]
    changes = [member.change for member in members if member.change is not None]
    change = round(fmean(changes), 1) if changes else None
    bands = Counter(member.band for _, member in scored)
    return TierHealth(
        tier=tier,
        targets=len(members),
        scored=len(scored),
        mean=round(fmean(score for score, _ in scored), 1) if scored else None,
        worst=min(scored, key=lambda pair: (pair[0], pair[1].target))[1] if scored else None,
        bands={band.value: bands[band.value] for _, band in FLOORS},
        alerts=tuple(sorted((alert for member in members for alert in _alerts(tier, member)), key=_worst_first)),
        change=change,
        trend=None if change is None else "steady" if abs(change) < STILL else "rising" if change > 0 else "falling",
        over_time=_over_time(reports),
    )


def _member(report: AgentReport) -> Member:
    past = _past(report)
    score = _number(report.metrics.get("score"))
    then = past[-1 - FALL_STEPS][1] if len(past) > FALL_STEPS else None
    band = next((band.value for floor, band in FLOORS if score is not None and score >= floor), "")
    change = round(score - then, 1) if score is not None and then is not None else None
    return Member(report.target, score, band, change)


def _alerts(tier: str, member: Member) -> Iterator[TierAlert]:
    alarm, severity = alarm_of(tier), _SEVERITIES.get(tier, Severity.LOW)
    if member.score is not None and member.score < alarm.below:
        said = f"{member.score:.0f} of 100, below the {alarm.below:.0f} at which this tier alarms"
        yield TierAlert(member.target, "below", severity, said)
    if member.change is not None and member.change <= -alarm.fall:
        said = f"lost {-member.change:.0f} points within 90 days; this tier alarms from {alarm.fall:.0f}"
        yield TierAlert(member.target, "falling", severity, said)


def _over_time(reports: Sequence[AgentReport]) -> tuple[tuple[str, float, int], ...]:
    pasts = [_past(report) for report in reports]
    longest = max(pasts, key=len, default=[])
    points = []
    for back in range(len(longest), 0, -1):
        scores = [score for past in pasts if len(past) >= back and (score := past[-back][1]) is not None]
        if scores:
            points.append((longest[-back][0], round(fmean(scores), 1), len(scores)))
    return tuple(points)


def _past(report: AgentReport) -> list[tuple[str, float | None]]:
    told = report.metrics.get("health_over_time")
    rows = [row for row in told if isinstance(row, Mapping)] if isinstance(told, list) else []
    return [(str(row.get("at", "")), _number(row.get("score"))) for row in rows]


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _worst_first(alert: TierAlert) -> tuple[int, str, str]:
    return -alert.severity.rank, alert.target, alert.reason
