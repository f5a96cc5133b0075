"""Findings about who works on a repository, and whether anybody still does."""

import re
from collections.abc import Iterator

from agents.analysis.health.case import Case
from agents.analysis.health.history import DAY, YEAR_DAYS
from agents.analysis.health.privacy import named, quoted
from agents.contract import Finding, Severity, stable_id

QUIET_DAYS = 180
FEWEST_COMMITS = 20
MANY_COMMITS = 50
FEW_PEOPLE = 2
HEAVY_SHARE, MAIN_SHARE = 0.25, 0.5
MAX_DEPARTURES = 5
_IF_ABANDONED = "Find out whether it is still maintained, and plan for a fork or a replacement if it is not"
_PSEUDONYM = re.compile(r"author-[0-9a-f]{24}")


def inactive(case: Case) -> Iterator[Finding]:
    """Yield one where people made no commit for 180 days (medium) or a year (high)."""
    activity = case.diagnosis.activity
    if activity.last is None or activity.idle_days is None:
        yield from _never_seen(case)
        return
    if activity.idle_days < QUIET_DAYS:
        return
    yield case.finding(
        "inactive",
        claim="inactive",
        severity=_idle_severity(activity.idle_days),
        confidence=0.95,
        title=f"Nobody has committed to {case.target.label} for {activity.idle_days:.0f} days",
        detail=f"People's last commit: {quoted(activity.last.subject)}. Merges and bots' commits do not count.",
        since=activity.last.at,
        evidence=[activity.last.sha],
        next_action=_IF_ABANDONED,
        data={"idle_days": round(activity.idle_days), "last_commit": activity.last.sha},
    )


def _never_seen(case: Case) -> Iterator[Finding]:
    """Yield the same where all that was seen, told from when on, holds no commit by people."""
    history = case.diagnosis.history
    if history.whole or history.since is None or not history.reaches(QUIET_DAYS):
        return
    idle = (history.now - history.since) / DAY
    yield case.finding(
        "inactive",
        claim="inactive",
        severity=_idle_severity(idle),
        confidence=0.9,
        title=f"Nobody has committed to {case.target.label} for at least {idle:.0f} days",
        detail="No commit by people lies in the part of the history that was seen",
        since=history.since,
        next_action=_IF_ABANDONED,
        data={"idle_days": round(idle), "last_commit": None},
    )


def _idle_severity(days: float) -> Severity:
    return Severity.HIGH if days >= YEAR_DAYS else Severity.MEDIUM


def concentrated(case: Case) -> Iterator[Finding]:
    """Yield one where one author (medium) or two (low) made half of at least 20 commits of the last year."""
    people = case.diagnosis.contributors
    idle = case.diagnosis.activity.idle_days
    if not 1 <= people.bus_factor <= FEW_PEOPLE or people.commits < FEWEST_COMMITS or (idle or 0) >= YEAR_DAYS:
        return
    heads = people.authors[: people.bus_factor]
    share = sum(author.share for author in heads)
    who = "one author" if people.bus_factor == 1 else f"{people.bus_factor} authors"
    yield case.finding(
        "bus_factor",
        claim="bus_factor",
        severity=Severity.MEDIUM if people.bus_factor == 1 else Severity.LOW,
        confidence=(0.9 if people.commits >= MANY_COMMITS else 0.7) * case.seen.depth,
        title=f"{case.target.label} rests on {who}: {share:.0%} of its commits in the {people.window}",
        detail="Largest shares: " + ", ".join(f"{named(author.name)} {author.share:.0%}" for author in heads),
        since=people.since,
        evidence=[author.last.sha for author in heads],
        next_action="Know who could take over, and keep a tested way to replace it or carry a fork",
        data={"bus_factor": people.bus_factor, "share": round(share, 4), "commits": people.commits},
    )


def departed(case: Case) -> Iterator[Finding]:
    """Yield one for each regular author of the year before, five at most, who made nothing in the last year."""
    for author in case.diagnosis.contributors.departures[:MAX_DEPARTURES]:
        yield case.finding(
            "contributor_departure",
            claim=f"author:{_pseudonym(author.id)}",
            severity=_missed(author.share),
            confidence=0.8 * case.seen.depth,
            title=f"A regular author of {case.target.label}, with {author.share:.0%} of a year's commits, has stopped",
            detail=f"{named(author.name)} made {author.commits} commits in the year before the last, and none since",
            since=author.last.at,
            evidence=[author.last.sha],
            next_action="Check who took over the parts that this author looked after",
            data={"author": named(author.name), "commits": author.commits, "share": round(author.share, 4)},
        )


def _missed(share: float) -> Severity:
    if share >= MAIN_SHARE:
        return Severity.HIGH
    return Severity.MEDIUM if share >= HEAVY_SHARE else Severity.LOW


def _pseudonym(author: str) -> str:
    # The id may be an address where a source knows no pseudonyms; a claim is kept and shown.
    return author if _PSEUDONYM.fullmatch(author) else stable_id("author", author)
