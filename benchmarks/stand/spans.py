"""Spans of time: how many lie over each other, and how much of them each owner has."""

from collections.abc import Iterable


def most_at_once(spans: Iterable[tuple[float, float]]) -> int:
    """Return how many spans overlap at most; one that ends as another begins does not overlap it."""
    edges = sorted((moment, step) for begin, end in spans for moment, step in ((begin, 1), (end, -1)))
    most = now = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def apart(shares: Iterable[float]) -> float:
    """Return how far the largest share lies above the smallest, as a part of their mean; 0 where there is none."""
    known = list(shares)
    total = sum(known)
    return (max(known) - min(known)) * len(known) / total if total > 0 else 0.0
