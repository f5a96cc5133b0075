"""Figures and goals of a flood."""

import pytest

from benchmarks.overload.measure import figures_of, goals_of
from benchmarks.overload.weighing import Sample, growth

_TOLD = {
    "answer_ms": {"p50": 9.0, "p95": 120.0, "max": 400.0},
    "accepted": {"normal": 10, "critical": 3},
    "refused": {"normal": 90},
    "strangers": {"unanswered": 0, "answer_ms": {"p95": 80.0}},
}
_MONITORS = {"fired": 20, "coalesced": 12, "stood_for": 4, "live": 1}


def _samples(*rss: float, runs: int = 300) -> list[Sample]:
    return [Sample(rss=each, uss=each / 2, runs=runs, steps=700) for each in rss]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 1, 10, 10, 10, 10, 11, 11], 0.1), ([5, 5, 20, 20, 9, 9, 10, 10], -0.5), ([1, 2, 3], 0.0), ([0] * 8, 0.0)],
)
def test_growth_leaves_the_first_quarter_out(values: list[float], expected: float) -> None:
    # Given samples of which the first quarter is warming up, then the last quarter is held against the second
    assert growth(values) == expected


def test_a_flood_that_is_borne_meets_every_goal() -> None:
    # Given flat memory, bounds that were kept, and answers in time
    goals = goals_of(figures_of(_TOLD, _samples(*[1_000] * 8), _MONITORS))
    # Then every goal is met
    assert all(goals.values())


@pytest.mark.parametrize(
    ("told", "samples", "monitors", "missed"),
    [
        ({**_TOLD, "answer_ms": {"p95": 201.0}}, _samples(*[1_000] * 8), _MONITORS, 0),
        (_TOLD, _samples(1, 1, 100, 100, 100, 100, 120, 120), _MONITORS, 1),
        (_TOLD, _samples(*[1_000] * 8, runs=500), _MONITORS, 2),
        ({**_TOLD, "refused": {}}, _samples(*[1_000] * 8), _MONITORS, 4),
        (_TOLD, _samples(*[1_000] * 8), {**_MONITORS, "coalesced": 0}, 6),
        ({**_TOLD, "strangers": {"unanswered": 1, "answer_ms": {"p95": 8}}}, _samples(*[1_000] * 8), _MONITORS, 5),
        ({**_TOLD, "strangers": {"unanswered": 0, "answer_ms": {"p95": 1_001}}}, _samples(*[9] * 8), _MONITORS, 5),
    ],
)
def test_what_was_not_borne_is_said(
    told: dict[str, object], samples: list[Sample], monitors: dict[str, int], missed: int
) -> None:
    # Given one thing that went wrong, then just that goal is missed
    goals = list(goals_of(figures_of(told, samples, monitors)).values())
    assert goals == [number != missed for number in range(len(goals))]
