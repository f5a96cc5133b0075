"""How sure the score is, from how much was seen, and the reasons in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from agents.analysis.health.diagnosis import Diagnosis
from agents.analysis.health.score import MIN_WEIGHT
from agents.analysis.health.seen import Seen, extent

MOST = 0.95
SAMPLES = ((10, 0.5), (50, 0.8))
"""Below so many commits by people, the factor on the confidence."""
SKEWED_SHARE, SKEWED_FACTOR = 0.01, 0.9


@dataclass(frozen=True, slots=True)
class Sureness:
    """Confidence from 0 to 1, and why it is no higher."""

    value: float
    reasons: tuple[str, ...]


def how_sure(diagnosis: Diagnosis, seen: Seen) -> Sureness:
    """Return the confidence in the score: 0.95 times a factor for each thing that was not seen; 0 without any commit.

    Factors: how fresh and how deep the look was (see ``seen``), few commits by people, clocks that ran ahead in more
    than one commit of a hundred, and 0.5 + half the weight of the parts that could be computed.
    """
    reasons = (*seen.reasons, *extent(seen, diagnosis.history))
    if not diagnosis.judged:
        return Sureness(0.0, (*reasons, "no commits were seen, so there is nothing to judge"))
    doubts = list(_doubts(diagnosis))
    value = MOST * seen.fresh * seen.depth * prod(factor for factor, _ in doubts)
    return Sureness(round(value, 2), (*reasons, *(reason for _, reason in doubts)))


def _doubts(diagnosis: Diagnosis) -> Iterator[tuple[float, str]]:
    history, score = diagnosis.history, diagnosis.score
    for fewer, factor in SAMPLES:
        if len(history.work) < fewer:
            yield factor, f"few commits by people: {len(history.work)}"
            break
    if history.ahead > SKEWED_SHARE * len(history.commits):
        yield SKEWED_FACTOR, "many dates lie in the future or are missing: clocks were wrong"
    for part in score.left_out:
        yield 1.0, f"{part.name} left out of the score: {part.reason}"
    if score.known < 1:
        yield 0.5 + score.known / 2, f"{score.known:.0%} of the score's weight could be computed"
    if score.value is None:
        yield 1.0, f"no score: less than {MIN_WEIGHT:.0%} of its weight could be computed"
