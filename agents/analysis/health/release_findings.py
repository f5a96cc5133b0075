"""Findings about releases: overdue, ever rarer, and what recent versions break or deprecate."""

from collections.abc import Iterator

from agents.analysis.health.case import Case
from agents.analysis.health.history import DAY
from agents.analysis.health.releases import Pattern, Releases
from agents.analysis.health.signals import UNRELEASED, Announcement
from agents.analysis.health.wordlist import Signal
from agents.contract import Finding, Severity

MANY_RELEASES = 8
VERY_LATE_TIMES = 2
MAX_VERSIONS = 10
SURE_WORDS, UNSURE_WORDS = 0.9, 0.6


def overdue(case: Case) -> Iterator[Finding]:
    """Yield one where work waits and no release came when due (low), or when due twice over (medium)."""
    releases = case.diagnosis.releases
    last, age = releases.last, releases.age
    if not releases.overdue or last is None or age is None:
        return
    yield case.finding(
        "release_overdue",
        claim="release_overdue",
        severity=Severity.MEDIUM if age > VERY_LATE_TIMES * releases.due else Severity.LOW,
        confidence=_rhythm_confidence(releases) * case.seen.depth,
        title=f"{case.target.label} is overdue for a release by its own habit: {age:.0f} days since {last.version}",
        detail=(
            f"Half of its releases come within {releases.median_interval:.0f} days; due after {releases.due:.0f}; "
            f"{releases.unreleased} commits wait"
        ),
        since=last.at + releases.due * DAY,
        evidence=[last.tag],
        next_action="Do not wait for fixes that are committed but not released: ask for a release, or pin a commit",
        data={"age_days": round(age), "due_days": round(releases.due), "unreleased_commits": releases.unreleased},
    )


def slowing(case: Case) -> Iterator[Finding]:
    """Yield one (low) where the time between releases grows significantly."""
    releases = case.diagnosis.releases
    if releases.pattern is not Pattern.SLOWING or releases.trend is None or releases.last is None:
        return
    yield case.finding(
        "release_slowing",
        claim="release_slowing",
        severity=Severity.LOW,
        confidence=(1 - releases.trend.p) * case.seen.depth,
        title=f"Releases of {case.target.label} come ever more rarely",
        detail=(
            f"Over the last {releases.trend.points} intervals each is {releases.trend.slope:.1f} days longer than the "
            f"one before (Theil-Sen; Mann-Kendall p = {releases.trend.p:.3f})"
        ),
        since=releases.last.at,
        evidence=[release.tag for release in releases.finals[-3:]],
        next_action="Expect fixes later than you are used to; check how security fixes get released",
        data={"slope_days": round(releases.trend.slope, 2), "p": round(releases.trend.p, 4)},
    )


def breaking(case: Case) -> Iterator[Finding]:
    """Yield one for each recent version that says it breaks something.

    Medium where a marker says so and the version's number does not admit it; low where the number admits it, or only a
    word says so; information once it is older than the window.
    """
    for found in case.diagnosis.signals.of(Signal.BREAKING)[:MAX_VERSIONS]:
        severity = Severity.MEDIUM if found.sure and not found.allowed else Severity.LOW
        yield _announced(
            case,
            found,
            severity=severity,
            title=f"{_what(found)} of {case.target.label} announces breaking changes",
            next_action="Read its change notes before upgrading, and test what they name",
        )


def deprecations(case: Case) -> Iterator[Finding]:
    """Yield one (low; information once older than the window) for each recent version that deprecates something."""
    for found in case.diagnosis.signals.of(Signal.DEPRECATION)[:MAX_VERSIONS]:
        yield _announced(
            case,
            found,
            severity=Severity.LOW,
            title=f"{_what(found)} of {case.target.label} announces deprecations",
            next_action="Search your code for what is deprecated, and move off it before it is removed",
        )


def _announced(case: Case, found: Announcement, *, severity: Severity, title: str, next_action: str) -> Finding:
    begin = case.diagnosis.history.now - case.diagnosis.window_days * DAY
    old = found.at is not None and found.at <= begin
    return case.finding(
        found.signal.value,
        claim=f"version:{found.version}",
        severity=Severity.INFO if old else severity,
        confidence=SURE_WORDS if found.sure else UNSURE_WORDS,
        title=title,
        detail=f"“{found.quotes[0].text}”",
        since=found.at,
        evidence=[quote.evidence for quote in found.quotes],
        next_action=next_action,
        data={
            "version": found.version,
            "number_admits_it": found.allowed,
            "quotes": [{"text": quote.text, "where": quote.where} for quote in found.quotes],
            "count": found.count,
        },
    )


def _what(found: Announcement) -> str:
    return "Unreleased work" if found.version == UNRELEASED else f"Version {found.version}"


def _rhythm_confidence(releases: Releases) -> float:
    return 0.85 if releases.days >= MANY_RELEASES else 0.7
