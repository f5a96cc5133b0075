"""Small statistics, each of them exact on small samples."""

import math
from collections.abc import Sequence
from statistics import linear_regression


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed; 0 where there are none.

    The inverse of the empirical distribution function: definition 1 of Hyndman and Fan (1996).
    """
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(values: Sequence[float]) -> float:
    """Return the distance of the extremes as a share of the middle of both; 0 where there is nothing to compare."""
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    return round((high - low) / ((high + low) / 2), 4) if high + low > 0 else 0.0


def rate(moments: Sequence[float]) -> float:
    """Return how many things happened a second, from the moments when they did: the least-squares slope of the count.

    Things that come in bursts, as runs do that begin together and wait as long, make a count within a window jump by
    a whole burst with its edges; the slope does not. 0 where all happened at once.
    """
    ordered = sorted(moments)
    counts = range(len(ordered))
    if len(set(ordered)) < 2:
        return 0.0
    return linear_regression(ordered, counts).slope
