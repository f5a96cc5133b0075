"""Findings about issues and pull requests: waves, what is critical, what piles up, and what waits for nobody."""

from collections.abc import Iterator

from pydantic import JsonValue

from agents.analysis.health.alarms import Alarm, alarm_of
from agents.analysis.health.case import Case
from agents.analysis.health.community import Community
from agents.analysis.health.critical import MAX_CRITICAL, Critical, critical_issues
from agents.analysis.health.issues import WINDOW_DAYS
from agents.analysis.health.privacy import quoted
from agents.analysis.health.pulls import STALE_DAYS
from agents.analysis.health.tickets import Ticket
from agents.analysis.health.wave import MANY_WEEKS, Week
from agents.contract import Finding, Severity

MAX_LISTED = 20
FEWEST_STALE = 5
STALE_SHARE = 0.5
TWICE = 2
"""A wave so many times as high as its threshold is worse than one."""


def issue_wave(case: Case) -> Iterator[Finding]:
    """Yield one where far more issues came within a week than usually do (medium; high from twice the threshold)."""
    community, alarm = case.diagnosis.community, _alarm(case)
    week = community.week if community else None
    if community is None or week is None or not week.wave(alarm.wave):
        return
    count = len(week.issues)
    loudest = sorted(week.issues, key=lambda issue: (-issue.attention, issue.number))[:MAX_LISTED]
    yield case.finding(
        "issue_wave",
        claim="issue_wave",
        severity=Severity.HIGH if week.height >= TWICE * alarm.wave else Severity.MEDIUM,
        confidence=0.9 if week.weeks >= MANY_WEEKS else 0.75,
        title=f"{count} new issues of {case.target.label} within seven days, where {week.usual:.0f} are usual",
        detail=_wave_detail(week),
        since=week.issues[0].opened,
        evidence=[issue.evidence for issue in loudest],
        next_action="Read what they have in common before you upgrade or deploy it",
        trust=community.sights.issues.trust,
        data={
            "issues": count,
            "usual": week.usual,
            "height": round(week.height, 2),
            "threshold": alarm.wave,
            "weeks": week.weeks,
            "words": [quoted(word) for word in week.words],
            "listed": [_listed(issue) for issue in loudest],
        },
    )


def critical(case: Case) -> Iterator[Finding]:
    """Yield one that lists what is critical among the open issues: medium where a label says so, else low."""
    community = case.diagnosis.community
    found = critical_of(community, alarm=_alarm(case)) if community else ()
    if community is None or not found:
        return
    listed = found[:MAX_CRITICAL]
    noun = "issue" if len(found) == 1 else "issues"
    yield case.finding(
        "critical_issues",
        claim="critical_issues",
        severity=Severity.MEDIUM if any(one.labelled for one in found) else Severity.LOW,
        confidence=0.85,
        title=f"{case.target.label} has {len(found)} open {noun} that somebody should look at first",
        detail="; ".join(
            f"#{one.issue.number} {quoted(one.issue.title)} ({', '.join(one.reasons)})" for one in listed[:3]
        ),
        since=min(one.issue.opened for one in found),
        evidence=[one.issue.evidence for one in listed],
        next_action="Check which of them concern what you use, and follow those",
        trust=community.sights.issues.trust,
        data={
            "count": len(found),
            "listed": [{**_listed(one.issue), "points": one.points, "reasons": list(one.reasons)} for one in listed],
        },
    )


def backlog_growing(case: Case) -> Iterator[Finding]:
    """Yield one (low) where more issues are opened than closed in 90 days, beyond chance."""
    community = case.diagnosis.community
    if community is None or community.issues.backlog != "growing":
        return
    flow = community.issues.flow(WINDOW_DAYS)
    yield case.finding(
        "backlog_growing",
        claim="backlog_growing",
        severity=Severity.LOW,
        confidence=0.9,
        title=f"Issues of {case.target.label} pile up: {flow.opened} opened, {flow.closed} closed in {flow.days} days",
        detail="More are opened than closed than chance alone would explain; those that bots opened do not count",
        next_action="Expect answers later than you are used to; see whether what you need is among those that wait",
        trust=community.sights.issues.trust,
        data={"opened": flow.opened, "closed": flow.closed, "days": flow.days},
    )


def stale_pulls(case: Case) -> Iterator[Finding]:
    """Yield one (low) where at least five open pull requests, and half of them all, have not moved for 90 days."""
    community = case.diagnosis.community
    pulls = community.pulls if community else None
    if community is None or pulls is None or len(pulls.stale) < FEWEST_STALE:
        return
    if len(pulls.stale) < STALE_SHARE * pulls.open:
        return
    listed = pulls.stale[:MAX_CRITICAL]
    yield case.finding(
        "stale_pulls",
        claim="stale_pulls",
        severity=Severity.LOW,
        confidence=0.9,
        title=f"{len(pulls.stale)} pull requests of {case.target.label} have not moved for {STALE_DAYS} days",
        detail=f"Of {pulls.open} open ones; drafts and those that bots opened do not count",
        since=listed[0].opened,
        evidence=[pull.evidence for pull in listed],
        next_action="Do not count on a fix that waits there; carry it yourself, or ask for a review",
        trust=community.sights.pulls.trust,
        data={"count": len(pulls.stale), "open": pulls.open, "listed": [_listed(pull) for pull in listed]},
    )


def critical_of(community: Community, *, alarm: Alarm) -> tuple[Critical, ...]:
    """Return the community's critical issues by a tier's thresholds."""
    return critical_issues(community.forge.issues, now=community.heard, unanswered_days=alarm.unanswered_days)


def _alarm(case: Case) -> Alarm:
    return alarm_of(case.target.tier)


def _wave_detail(week: Week) -> str:
    above = f"{week.height:.1f} robust standard deviations above the median of the {week.weeks} weeks before"
    if not week.words:
        return above
    shared = ", ".join(f"“{quoted(word)}”" for word in week.words)
    return f"{above}; what at least half of the titles share, and few had before: {shared}"


def _listed(issue: Ticket) -> dict[str, JsonValue]:
    return {
        "number": issue.number,
        "title": quoted(issue.title),
        "url": issue.url,
        "opened": issue.opened.isoformat(),
        "comments": issue.comments,
        "reactions": issue.reactions,
    }
