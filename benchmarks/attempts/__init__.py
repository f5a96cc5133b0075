"""``attempts``: whether millions of attempts slow a claim, and how fast what is old goes."""

from benchmarks.attempts.measuring import Wishes, measure

__all__ = ["Wishes", "measure"]
