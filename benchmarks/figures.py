"""Figures of several rounds, put together."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any


def medians(rounds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the rounds' figures with the median of each number; what is no number is taken from the last round."""
    last = rounds[-1]
    return {name: _middle([one[name] for one in rounds]) if _number(last[name]) else last[name] for name in last}


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _middle(values: Sequence[float]) -> float:
    return round(median(values), 2)
