"""The state of an ecosystem's security, in figures: how much is published, exploited, malicious, and how fast mended.

The figures are over flaws, not records: what three databases have is one. Whatever cannot be told is None, never 0.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from pydantic import JsonValue

from agents.analysis.advisories.ages import DAY
from agents.analysis.advisories.exploited import Exploits, cves, exploits_of

MONTHS = 12
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Flaw:
    """What counts of one flaw in one ecosystem."""

    ecosystem: str
    """That of a Package: in small letters, without a release."""
    ids: tuple[str, ...]
    """All its ids, the canonical one first."""
    published: datetime | None = None
    malicious: bool = False
    fixed: bool = False
    """Whether a version that mends it is named."""
    mended: datetime | None = None
    """When the first such version was uploaded; None where nobody knows."""

    @property
    def days_to_fix(self) -> int | None:
        """Whole days from publication to fix, 0 where the fix came first; None where either is not known."""
        if self.published is None or self.mended is None:
            return None
        return max((self.mended - self.published) // DAY, 0)


def landscape(
    flaws: Iterable[Flaw], *, exploits: Exploits, listed: bool, now: datetime
) -> dict[str, dict[str, JsonValue]]:
    """Return the figures of each ecosystem, by its name.

    ``exploits`` are entries of lists of exploited flaws, ``listed`` whether one was seen as a whole. ``per_month`` has
    the last 12 months by name (``2026-03``), this one included, oldest first; shares are from 0 to 1.
    """
    by_ecosystem: dict[str, dict[str, Flaw]] = {}
    for flaw in flaws:
        known = by_ecosystem.setdefault(flaw.ecosystem, {})
        known[flaw.ids[0]] = joined(flaw, known.get(flaw.ids[0]))
    return {
        name: figures([found[key] for key in sorted(found)], exploits=exploits, listed=listed, now=now)
        for name, found in sorted(by_ecosystem.items())
    }


def joined(flaw: Flaw, other: Flaw | None) -> Flaw:
    """Return one flaw of what two packages, or two readings, have of it."""
    if other is None:
        return flaw
    return Flaw(
        ecosystem=flaw.ecosystem,
        ids=flaw.ids,
        published=earliest((flaw.published, other.published)),
        malicious=flaw.malicious or other.malicious,
        fixed=flaw.fixed or other.fixed,
        mended=earliest((flaw.mended, other.mended)),
    )


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of the moments that are known; None where none is."""
    return min((moment for moment in moments if moment), default=None)


def figures(flaws: Sequence[Flaw], *, exploits: Exploits, listed: bool, now: datetime) -> dict[str, JsonValue]:
    """Return the figures of one ecosystem's flaws; there is at least one."""
    total = len(flaws)
    exploited = sum(bool(exploits_of(flaw.ids, exploits)) for flaw in flaws)
    malicious = sum(flaw.malicious for flaw in flaws)
    days = [days for flaw in flaws if (days := flaw.days_to_fix) is not None]
    told = exploited if listed else exploited or None
    return {
        "flaws": total,
        "last_year": sum(1 for flaw in flaws if flaw.published and now - YEAR < flaw.published <= now),
        "per_month": {**per_month((flaw.published for flaw in flaws), now=now)},
        "undated": sum(flaw.published is None for flaw in flaws),
        "with_cve": sum(any(cves(flaw.ids)) for flaw in flaws),
        "exploited": told,
        "exploited_share": None if not listed else share(exploited, total),
        "malicious": malicious,
        "malicious_share": share(malicious, total),
        "fix_known": sum(flaw.fixed for flaw in flaws),
        "median_days_to_fix": float(median(days)) if days else None,
        "fixes_dated": len(days),
    }


def share(part: int, total: int) -> float:
    """Return a part of a whole that is not empty, with four digits."""
    return round(part / total, 4)


def per_month(moments: Iterable[datetime | None], *, now: datetime) -> Mapping[str, int]:
    """Return how many of the moments lie in each of the last 12 months, oldest first."""
    counts = Counter((moment.year, moment.month) for moment in moments if moment)
    last = now.year * 12 + now.month - 1
    months = [(number // 12, number % 12 + 1) for number in range(last - MONTHS + 1, last + 1)]
    return {f"{year:04}-{month:02}": counts[year, month] for year, month in months}
