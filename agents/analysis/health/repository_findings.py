"""Findings about a repository as a whole: its state on the forge, its own advisories, and a score that falls."""

from collections.abc import Iterator

from agents.analysis.health.alarms import alarm_of
from agents.analysis.health.case import HIGHEST, Case
from agents.analysis.health.forge import Repository
from agents.analysis.health.forge_parts import ADVISORY_DAYS
from agents.analysis.health.history import DAY
from agents.analysis.health.over_time import fall
from agents.analysis.health.privacy import quoted
from agents.contract import Finding, Severity

MAX_ADVISORIES = 10
STEEP = 2
"""A fall so many times as deep as its threshold is worse than one."""
UNKNOWN_LICENCE = "NOASSERTION"


def closed(case: Case) -> Iterator[Finding]:
    """Yield one (high) where nobody can commit any more: the repository is archived, or the forge disabled it."""
    repository = _repository(case)
    if repository is None or not repository.closed:
        return
    how = "disabled by the forge" if repository.disabled else "archived"
    yield case.finding(
        "archived",
        claim="archived",
        severity=Severity.HIGH,
        confidence=0.95,
        title=f"{case.target.label} is {how}: no fix will come from there",
        evidence=[repository.evidence],
        next_action="Find who carries it on, and plan to move there or away from it",
        trust=_trust(case),
        data={"archived": repository.archived, "disabled": repository.disabled},
    )


def gone(case: Case) -> Iterator[Finding]:
    """Yield one (high) where the repository was there at an earlier look, and is not any more."""
    community = case.diagnosis.community
    if community is None or not community.sights.gone:
        return
    yield case.finding(
        "gone",
        claim="gone",
        severity=Severity.HIGH,
        confidence=0.9,
        title=f"{case.target.label} is gone: deleted, or made private",
        detail="What earlier looks left of it is kept, and judged as far as it goes",
        next_action="Secure the copies that you have, and find out where it went before you install it from anywhere",
        trust=1.0,
        data={"gone": True},
    )


def moved(case: Case) -> Iterator[Finding]:
    """Yield one (medium) where the repository has another name than the one that is watched."""
    repository = _repository(case)
    if repository is None or repository.full_name.casefold() in ("", case.target.location.casefold()):
        return
    yield case.finding(
        "moved",
        claim="moved",
        severity=Severity.MEDIUM,
        confidence=0.9,
        title=f"{case.target.label} has moved to another name",
        detail=f"It now answers as {quoted(repository.full_name)}. Who registers the old name gets what points to it.",
        evidence=[repository.evidence],
        next_action="Check that it is the same project, and watch and install it under its new name",
        trust=_trust(case),
        data={"now": quoted(repository.full_name)},
    )


def fork(case: Case) -> Iterator[Finding]:
    """Yield one (low) where what is watched is a fork."""
    repository = _repository(case)
    if repository is None or not repository.fork:
        return
    yield case.finding(
        "fork",
        claim="fork",
        severity=Severity.LOW,
        confidence=0.95,
        title=f"{case.target.label} is a fork of another repository",
        detail="Issues, releases and advisories of the original are not among what was looked at",
        evidence=[repository.evidence],
        next_action="Watch the original too, or instead",
        trust=_trust(case),
        data={"fork": True},
    )


def no_licence(case: Case) -> Iterator[Finding]:
    """Yield one where the forge finds no licence (low), or none that it knows (information)."""
    repository = _repository(case)
    if repository is None or repository.licence not in ("", UNKNOWN_LICENCE):
        return
    unknown = repository.licence == UNKNOWN_LICENCE
    yield case.finding(
        "no_licence",
        claim="no_licence",
        severity=Severity.INFO if unknown else Severity.LOW,
        confidence=0.9,
        title=f"{case.target.label} has {'a licence that the forge does not know' if unknown else 'no licence'}",
        evidence=[repository.evidence],
        next_action="Read it" if unknown else "Ask for one: without it nobody may use or change the code",
        trust=_trust(case),
        data={"licence": repository.licence},
    )


def unfixed(case: Case) -> Iterator[Finding]:
    """Yield one for each advisory of its own in two years that no version mends, newest first, ten at most."""
    community = case.diagnosis.community
    if community is None:
        return
    begin = community.now - ADVISORY_DAYS * DAY
    waiting = [
        one
        for one in reversed(community.forge.advisories)
        if one.fixed is False and one.published is not None and one.published > begin
    ]
    for one in waiting[:MAX_ADVISORIES]:
        yield case.finding(
            "unfixed_advisory",
            claim=f"advisory:{one.id}",
            severity=min(one.severity, HIGHEST, key=lambda severity: severity.rank),
            confidence=0.8,
            title=f"{case.target.label} published an advisory that no version of it mends",
            detail=quoted(one.id),
            since=one.published,
            evidence=[one.evidence],
            next_action="Read what it advises until there is a fixed version",
            trust=community.sights.advisories.trust,
            data={"advisory": quoted(one.id), "severity": one.severity.value, "url": one.url},
        )


def falling(case: Case) -> Iterator[Finding]:
    """Yield one where the score lost a tier's threshold of points within 90 days (low), or twice that (medium)."""
    lost = fall(case.diagnosis.past)
    alarm = alarm_of(case.target.tier)
    if lost is None or lost.points < alarm.fall:
        return
    yield case.finding(
        "health_falling",
        claim="health_falling",
        severity=Severity.MEDIUM if lost.points >= STEEP * alarm.fall else Severity.LOW,
        confidence=0.8 * case.seen.depth,
        title=f"{case.target.label} lost {lost.points:.0f} points of health within 90 days",
        detail=f"What costs most of them: {lost.worst.name} ({lost.worst.detail})",
        since=lost.since,
        evidence=lost.worst.evidence,
        next_action=f"Find out what happened to its {lost.worst.name}",
        data={"points": lost.points, "worst": lost.worst.name, "threshold": alarm.fall},
    )


def _repository(case: Case) -> Repository | None:
    return case.diagnosis.community.forge.repository if case.diagnosis.community else None


def _trust(case: Case) -> float:
    return case.diagnosis.community.sights.repository.trust if case.diagnosis.community else 0.0
