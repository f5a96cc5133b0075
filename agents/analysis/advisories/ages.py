"""How long flaws have been public: days since they were published, and counts by age and severity."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from agents.contract import Finding, Severity

AGES = ((7, "<7"), (30, "<30"), (90, "<90"), (365, "<365"))
"""Days below which a flaw belongs to an age, youngest first."""
OLDER, UNKNOWN = "older", "unknown"
"""What is as old as the last of them, and what no record dates."""
DAY = timedelta(days=1)


def age_days(published: datetime | None, *, now: datetime) -> int | None:
    """Return the whole days since; 0 for what is said to come, None where nobody says when."""
    return None if published is None else max((now - published) // DAY, 0)


def age_of(days: int | None) -> str:
    """Return the age that so many days are."""
    if days is None:
        return UNKNOWN
    return next((name for limit, name in AGES if days < limit), OLDER)


def by_age(findings: Iterable[Finding], *, now: datetime) -> dict[str, dict[str, int]]:
    """Return how many of the findings there are of each age and severity, youngest first, worst first; 0 where none."""
    severities = [str(severity) for severity in reversed(Severity)]
    names = [*(name for _, name in AGES), OLDER, UNKNOWN]
    counts = {name: dict.fromkeys(severities, 0) for name in names}
    for finding in findings:
        counts[age_of(age_days(finding.since, now=now))][str(finding.severity)] += 1
    return counts
