"""Everything that is said of one repository: its health first, then each thing that a person can act on."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from agents.analysis.health.case import Case
from agents.analysis.health.issue_findings import backlog_growing, critical, issue_wave, stale_pulls
from agents.analysis.health.people_findings import concentrated, departed, inactive
from agents.analysis.health.release_findings import breaking, deprecations, overdue, slowing
from agents.analysis.health.repository_findings import closed, falling, fork, gone, moved, no_licence, unfixed
from agents.analysis.health.score import Band
from agents.analysis.health.sureness import Sureness
from agents.contract import Finding, Recommendation, Severity

RECOMMENDED_FROM = Severity.MEDIUM
SEVERITIES = {
    Band.HEALTHY: Severity.INFO,
    Band.WATCH: Severity.LOW,
    Band.AT_RISK: Severity.MEDIUM,
    Band.CRITICAL: Severity.HIGH,
}
_BAND_WORDS = {
    Band.HEALTHY: "healthy",
    Band.WATCH: "to be watched",
    Band.AT_RISK: "at risk",
    Band.CRITICAL: "in a critical state",
}
_HABITS: Sequence[Callable[[Case], Iterator[Finding]]] = (
    *(inactive, concentrated, departed, overdue, slowing),
    *(backlog_growing, stale_pulls, falling),
)
_NOTICES: Sequence[Callable[[Case], Iterator[Finding]]] = (
    *(gone, closed, moved, unfixed, issue_wave, critical),
    *(breaking, deprecations, fork, no_licence),
)


def all_findings(case: Case, sureness: Sureness) -> tuple[Finding, ...]:
    """Return the findings about one target; none where nothing was seen."""
    if not case.diagnosis.judged:
        return ()
    habits = [finding for rule in _HABITS for finding in rule(case)]
    notices = [finding for rule in _NOTICES for finding in rule(case)]
    return (*_health(case, sureness, causes=habits), *habits, *notices)


def recommendations(findings: Sequence[Finding]) -> tuple[Recommendation, ...]:
    """Return what to do about each finding of medium severity and above, most urgent first."""
    asked = [
        Recommendation(
            action=finding.next_action,
            why=finding.title,
            severity=finding.severity,
            target=finding.target,
            finding=finding.id,
        )
        for finding in findings
        if finding.severity.rank >= RECOMMENDED_FROM.rank
    ]
    return tuple(sorted(asked, key=lambda recommendation: -recommendation.severity.rank))


def _health(case: Case, sureness: Sureness, *, causes: Sequence[Finding]) -> Iterator[Finding]:
    score = case.diagnosis.score
    if score.value is None or score.band is None or score.weakest is None:
        return
    left_out = [f"{part.name} (left out: {part.reason})" for part in score.left_out]
    yield case.finding(
        "health",
        claim="health",
        severity=SEVERITIES[score.band],
        # The overall confidence counts the freshness already.
        confidence=sureness.value / case.seen.fresh,
        title=f"{case.target.label} is {_BAND_WORDS[score.band]}: {score.value:.0f} of 100",
        detail="; ".join([*(f"{part.name} {part.value:.0%} ({part.detail})" for part in score.parts), *left_out]),
        since=None if score.band is Band.HEALTHY else _since(causes),
        evidence=[key for part in score.parts for key in part.evidence],
        next_action="" if score.band is Band.HEALTHY else f"Look first at what costs it most: {score.weakest.name}",
        data={
            "score": score.value,
            "band": score.band.value,
            "parts": {part.name: round(part.value, 4) for part in score.parts},
            "left_out": [part.name for part in score.left_out],
        },
    )


def _since(causes: Sequence[Finding]) -> datetime | None:
    dated = (cause.since for cause in causes if cause.kind != "github.bus_factor" and cause.since is not None)
    return min(dated, default=None)
