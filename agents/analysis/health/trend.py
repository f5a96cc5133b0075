"""Whether a short series rises or falls, robustly: no outlier decides it, and chance is ruled out."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

MIN_POINTS = 8
"""From eight points on S is close enough to normal (Mann 1945; Kendall, Rank Correlation Methods, 1975)."""
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Trend:
    """A series' slope per step with the chance (two-sided p) of one so marked where there is no trend at all."""

    points: int
    slope: float
    p: float

    @property
    def direction(self) -> str:
        """``rising``, ``falling``, or ``none`` where it is not significant at 5 %."""
        if self.p >= ALPHA or self.slope == 0:
            return "none"
        return "rising" if self.slope > 0 else "falling"


def trend(values: Sequence[float]) -> Trend | None:
    """Return the trend of evenly spaced values (oldest first), or None below ``MIN_POINTS`` of them.

    Slope: Theil-Sen (Sen, JASA 63, 1968), the median of all pairwise slopes. Significance: Mann-Kendall (Mann,
    Econometrica 13, 1945) with ties, continuity correction, and the variance enlarged for a series that resembles its
    own last value (Yue & Wang, Water Resources Management 18, 2004, with lag one, detrended first).
    """
    count = len(values)
    if count < MIN_POINTS:
        return None
    pairs = [(values[j] - values[i], j - i) for i in range(count) for j in range(i + 1, count)]
    slope = float(median(rise / run for rise, run in pairs))
    s = sum((rise > 0) - (rise < 0) for rise, _ in pairs)
    variance = _variance(values) * _inflation([value - slope * step for step, value in enumerate(values)])
    return Trend(points=count, slope=slope, p=_two_sided(s, variance))


def _variance(values: Sequence[float]) -> float:
    def weight(size: int) -> int:
        return size * (size - 1) * (2 * size + 5)

    return (weight(len(values)) - sum(weight(size) for size in Counter(values).values())) / 18


def _inflation(rest: Sequence[float]) -> float:
    """Return by how much a series' likeness to its own last value widens the spread of S; never below 1."""
    count, mean = len(rest), math.fsum(rest) / len(rest)
    spread = math.fsum((value - mean) ** 2 for value in rest)
    if spread == 0:
        return 1.0
    shared = math.fsum((a - mean) * (b - mean) for a, b in pairwise(rest))
    lag = min(shared / spread, 0.95)
    if lag <= 0:
        return 1.0
    return 1 + 2 * math.fsum((1 - k / count) * lag**k for k in range(1, count))


def _two_sided(s: int, variance: float) -> float:
    if s == 0 or variance <= 0:
        return 1.0
    return math.erfc((abs(s) - 1) / math.sqrt(variance) / math.sqrt(2))
