"""What is new: releases, and findings that began, in the last thirty days before the run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from agents.contract import AgentReport, Severity
from agents.report.bundle import Change, ReportedFinding
from agents.report.measures import releases

RECENT = timedelta(days=30)


def changes(
    findings: Sequence[ReportedFinding],
    *,
    reports: Iterable[AgentReport],
    labels: Mapping[str, str],
    now: datetime,
) -> tuple[Change, ...]:
    """Return what is new: findings first, worst first, then releases, each newest first."""
    fresh = [*_begun(findings, now=now), *_released(reports, labels=labels, now=now)]
    return tuple(sorted(fresh, key=_order))


def _begun(findings: Iterable[ReportedFinding], *, now: datetime) -> Iterator[Change]:
    for finding in findings:
        if finding.since and _is_recent(finding.since, now=now) and finding.severity is not Severity.INFO:
            yield Change(
                at=finding.since,
                target=finding.target,
                target_label=finding.target_label,
                text=finding.title,
                severity=finding.severity,
                finding=finding.id,
            )


def _released(reports: Iterable[AgentReport], *, labels: Mapping[str, str], now: datetime) -> Iterator[Change]:
    for report in reports:
        for release in releases(report.metrics):
            if _is_recent(release.at, now=now):
                kind = f" ({release.kind})" if release.kind else ""
                yield Change(
                    at=release.at,
                    target=report.target,
                    target_label=labels.get(report.target, report.target),
                    text=f"Released {release.version}{kind}",
                )


def _is_recent(moment: datetime, *, now: datetime) -> bool:
    return timedelta(0) <= now - moment <= RECENT


def _order(change: Change) -> tuple[int, float, str, str]:
    rank = change.severity.rank if change.severity else -1
    return (-rank, -change.at.timestamp(), change.target, change.text)
