"""A sudden rise of new issues, held against the repository's own weeks."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from statistics import median

from agents.analysis.health.history import DAY
from agents.analysis.health.sights import Sight
from agents.analysis.health.tickets import Ticket

WEEK_DAYS = 7
MIN_WEEKS, MAX_WEEKS = 8, 52
FEWEST = 5
"""Fewer new issues are no wave, however few there usually are."""
MANY_WEEKS = 26
MAX_WORDS = 5
MAD_TO_DEVIATION = 1.4826
_ANSCOMBE = 3 / 8
_WORD = re.compile(r"[a-z0-9][a-z0-9._@/-]{1,38}[a-z0-9]")
_COMMON_SHARE, _RARE_SHARE = 0.5, 0.1
_FILLERS = frozenset(
    {
        *(
            "the",
            "and",
            "for",
            "with",
            "when",
            "not",
            "from",
            "after",
            "this",
            "that",
            "does",
            "are",
            "was",
            "but",
            "all",
        ),
        *("bug", "issue", "error", "fails", "fail", "failed", "cannot", "can", "how", "using", "use", "have", "has"),
        *("into", "out", "you", "your", "its", "get", "new", "add", "support", "feature", "request"),
    }
)


@dataclass(frozen=True, slots=True)
class Week:
    """The last seven days' new issues, with how unusual they are."""

    issues: tuple[Ticket, ...]
    usual: float
    """Median of new issues in each of the weeks before."""
    height: float
    """How many robust standard deviations above the usual; below 0 for fewer than that."""
    weeks: int
    """How many weeks before were seen."""
    words: tuple[str, ...]
    """Words that at least half of the titles share, and that few titles before had: strangers' text."""

    def wave(self, threshold: float) -> bool:
        """Whether the week is a wave."""
        return len(self.issues) >= FEWEST and self.height >= threshold


def measure_week(issues: Iterable[Ticket], *, sight: Sight, first: datetime | None, now: datetime) -> Week | None:
    """Return the last seven days against the weeks before; None where fewer than eight of those were seen.

    ``first`` is when the repository could first have had an issue. Height: counts are made 2 sqrt(x + 3/8), in which
    Poisson counts have a standard deviation of 1 whatever their mean (Anscombe, Biometrika 35, 1948); then distance
    from the median by 1.4826 MAD (Hampel, JASA 69, 1974), which is taken for at least 1: no series is steadier than
    chance. Weeks are counted back from now, as a calendar's would begin low on every Monday.
    """
    own = [issue for issue in issues if not issue.bot]
    begin = sight.begin(first, now=now)
    weeks = min(MAX_WEEKS, int((now - begin) / (WEEK_DAYS * DAY)) - 1)
    if weeks < MIN_WEEKS:
        return None
    counts: Counter[int] = Counter(int((now - issue.opened) / (WEEK_DAYS * DAY)) for issue in own)
    before = [counts[back] for back in range(1, weeks + 1)]
    last = tuple(issue for issue in own if now - issue.opened < WEEK_DAYS * DAY)
    return Week(
        issues=last,
        usual=float(median(before)),
        height=_height(len(last), before),
        weeks=weeks,
        words=_shared(last, [issue for issue in own if now - issue.opened >= WEEK_DAYS * DAY]),
    )


def _height(count: int, before: Sequence[int]) -> float:
    steadied = [_steady(value) for value in before]
    middle = median(steadied)
    spread = MAD_TO_DEVIATION * median(abs(value - middle) for value in steadied)
    return (_steady(count) - middle) / max(1.0, spread)


def _steady(count: int) -> float:
    return 2 * sqrt(count + _ANSCOMBE)


def _shared(last: Sequence[Ticket], before: Sequence[Ticket]) -> tuple[str, ...]:
    now, then = _titles(last), _titles(before)
    many = [word for word, count in now.items() if count >= max(2, _COMMON_SHARE * len(last))]
    fresh = [word for word in many if then[word] <= _RARE_SHARE * len(before)]
    return tuple(sorted(fresh, key=lambda word: (-now[word], word))[:MAX_WORDS])


def _titles(issues: Iterable[Ticket]) -> Counter[str]:
    return Counter(word for issue in issues for word in set(_WORD.findall(issue.title.lower())) - _FILLERS)
