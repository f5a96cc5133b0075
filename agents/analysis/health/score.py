"""The health score: parts from 0 to 1, weighed, and out of 100. What cannot be known counts neither for nor against.

    score = 100 x sum(weight x value) / sum(weight), over the parts that could be computed

No score is given where the parts that could be computed weigh less than half. docs/health-score.md says the whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import fsum

WEIGHTS = {"activity": 0.30, "contributors": 0.25, "releases": 0.20, "steadiness": 0.15, "notes": 0.10}
"""Of what a history alone tells; they sum to 1."""
FORGE_WEIGHTS = {"issues": 0.20, "pulls": 0.15, "advisories": 0.10}
"""Of what only a forge tells; they come on top where the target is watched on one."""
MIN_WEIGHT = 0.5


class Band(StrEnum):
    """What a score means."""

    HEALTHY = "healthy"
    WATCH = "watch"
    AT_RISK = "at_risk"
    CRITICAL = "critical"


FLOORS = ((70.0, Band.HEALTHY), (50.0, Band.WATCH), (30.0, Band.AT_RISK), (0.0, Band.CRITICAL))
"""From which score a band holds."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part that could be computed: its value from 0 to 1, the figures behind it, and keys of its evidence."""

    name: str
    value: float
    detail: str
    evidence: tuple[str, ...] = ()

    @property
    def weight(self) -> float:
        """Its weight beside the other parts."""
        return WEIGHTS[self.name] if self.name in WEIGHTS else FORGE_WEIGHTS[self.name]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One part that could not be computed, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """The parts and what they come to."""

    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def weight(self) -> float:
        """The weight of the parts that could be computed."""
        return fsum(part.weight for part in self.parts)

    @property
    def known(self) -> float:
        """How much of the weight could be computed, from 0 to 1.

        A forge's part counts once it is there: without one the score is what a clone of the repository would get.
        """
        return self.weight / fsum([1.0, *(part.weight for part in self.parts if part.name in FORGE_WEIGHTS)])

    @property
    def value(self) -> float | None:
        """The score from 0 to 100; None where too little could be computed."""
        if self.known < MIN_WEIGHT:
            return None
        return round(fsum(self.contribution(part) for part in self.parts), 1)

    @property
    def band(self) -> Band | None:
        """What the score means; None where there is none."""
        value = self.value
        return None if value is None else next(band for floor, band in FLOORS if value >= floor)

    def contribution(self, part: Part) -> float:
        """Return how many of the score's points come from the part."""
        return 100 * part.value * part.weight / self.weight

    @property
    def weakest(self) -> Part | None:
        """The part that costs the most points."""
        return max(self.parts, key=lambda part: part.weight * (1 - part.value), default=None)


def weigh(parts: Iterable[Part | LeftOut]) -> Score:
    """Return the score of the parts."""
    every = list(parts)
    return Score(
        parts=tuple(part for part in every if isinstance(part, Part)),
        left_out=tuple(part for part in every if isinstance(part, LeftOut)),
    )
