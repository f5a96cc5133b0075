"""Small statistics, each of them exact on small samples."""

import math
from collections.abc import Sequence


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
