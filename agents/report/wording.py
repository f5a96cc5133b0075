"""The words of the report: states, ages, dates and shares, said the same way everywhere and whatever the locale."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from pydantic import JsonValue

from agents.contract import Coverage, CoverageState, Frozen, Severity, TargetKind

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)
FEW_DAYS, FEW_WEEKS, FEW_MONTHS = timedelta(days=14), timedelta(days=70), timedelta(days=700)


class StateWords(Frozen):
    """How one coverage state reads: a word and a sign, so that colour alone never tells, and what it means."""

    word: str
    sign: str
    meaning: str


STATES: Mapping[CoverageState, StateWords] = {
    CoverageState.FAILED: StateWords(
        word="Failed", sign="✕", meaning="The look was tried and broke: what is there is not known."
    ),
    CoverageState.NOT_COLLECTED: StateWords(
        word="Not collected", sign="⊘", meaning="Nobody looked: this is not the same as nothing there."
    ),
    CoverageState.PARTIAL: StateWords(word="Partial", sign="◐", meaning="Some of it was seen; the rest may hold more."),
    CoverageState.ZERO: StateWords(word="Zero", sign="○", meaning="All of it was looked at, and nothing was there."),
    CoverageState.COMPLETE: StateWords(word="Complete", sign="●", meaning="All of it was seen."),
}
"""The five answers, worst first."""

KINDS: Mapping[TargetKind, str] = {
    TargetKind.GIT: "git repository",
    TargetKind.GITHUB: "GitHub repository",
    TargetKind.PACKAGE: "package",
    TargetKind.SBOM: "dependency list",
    TargetKind.FEED: "feed",
    TargetKind.ADVISORIES: "advisories",
}

TRENDS = {"rising": "↗", "falling": "↘", "steady": "→"}
"""Signs for where something is going."""

NOT_NOW = "What was recorded is not happening now."
"""Stands wherever a report says that it is a replay."""

BANDS = ((0.9, "very sure"), (0.8, "sure"), (0.7, "fairly sure"), (0.4, "unsure: check before acting"))
"""From which confidence which word holds; 70 % is where a person should look first."""


def band(confidence: float) -> str:
    """Return how sure a confidence from 0 to 1 is, in words."""
    return next((word for floor, word in BANDS if confidence >= floor), "hardly more than a guess")


def percent(share: float) -> str:
    """Return a share from 0 to 1 as a whole percentage."""
    return f"{share:.0%}"


def day(moment: date | None) -> str:
    """Return the date, e.g. ``16 Nov 2026``; nothing for no date."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}" if moment else ""


def minute(moment: datetime) -> str:
    """Return the date and time to the minute, in UTC."""
    return f"{day(moment)}, {moment:%H:%M} UTC"


def ago(moment: datetime | None, *, now: datetime) -> str:
    """Return how long before ``now`` the moment was, in words; nothing for no moment."""
    if moment is None:
        return ""
    age = now - moment
    if age < -HOUR:
        return "in the future"
    if age < HOUR:
        return "just now"
    for limit, unit, noun in ((2 * DAY, HOUR, "hour"), (FEW_DAYS, DAY, "day"), (FEW_WEEKS, 7 * DAY, "week")):
        if age < limit:
            return f"{counted(age // unit, noun)} ago"
    return f"{counted(age // (30 * DAY), 'month')} ago" if age < FEW_MONTHS else f"{counted(age // YEAR, 'year')} ago"


def counted(count: int, noun: str) -> str:
    """Return the number with its noun, e.g. ``1 finding``, ``1,200 findings``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def capitalized(text: str) -> str:
    """Return the text with its first letter in upper case, and the rest as it is."""
    return text[:1].upper() + text[1:]


def set_off(kind: str, *, label: str, details: Mapping[str, JsonValue]) -> str:
    """Return what set a run off, and who sent it where that is told, e.g. ``monitor, platform.yaml (by schedule)``."""
    source = details.get("source")
    sender = f" (by {source})" if isinstance(source, str) and source else ""
    return f"{kind.replace('_', ' ')}{f', {label}' if label else ''}{sender}"


def freshness(row: Coverage, *, now: datetime) -> str:
    """Return as of when a source was seen, e.g. ``16 Nov 2026 (3 days ago)``."""
    return f"{day(row.as_of)} ({ago(row.as_of, now=now)})" if row.as_of else "never seen"


def listed_counts(counts: Mapping[Severity, int]) -> str:
    """Return counts by severity in words, e.g. ``1 critical, 2 high``; ``no findings`` where all are zero."""
    return ", ".join(f"{count:,} {severity}" for severity, count in counts.items() if count) or "no findings"
