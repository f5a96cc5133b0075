"""Figures and goals of a flood."""

import pytest

from benchmarks.overload.drive import MIX, WIDTHS, Answers, timetable
from benchmarks.overload.measure import STEPS, figures_of, goals_of
from benchmarks.overload.weighing import Sample, growth
from orchestrator.admission.bounds import Bounds, Load, full_words
from orchestrator.domain.triggers import Priority
from orchestrator.errors import AdmissionError

_TOLD = {
    "answer_ms": {"p50": 9.0, "p95": 120.0, "max": 400.0},
    "accepted": {"normal": 10, "critical": 3},
    "refused": {"normal": 90},
    "turned_away_by": {"runs": 60, "steps": 30},
    "strangers": {"unanswered": 0, "answer_ms": {"p95": 80.0}},
}
_MONITORS = {"fired": 20, "coalesced": 12, "stood_for": 4, "live": 1}


def _samples(*rss: float, runs: int = 300, steps: int = STEPS) -> list[Sample]:
    return [Sample(rss=each, uss=each / 2, runs=runs, steps=steps) for each in rss]


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
        (_TOLD, _samples(*[1_000] * 8, steps=1_400), _MONITORS, 3),
        ({**_TOLD, "refused": {}}, _samples(*[1_000] * 8), _MONITORS, 4),
        (_TOLD, _samples(*[1_000] * 8), {**_MONITORS, "coalesced": 0}, 6),
        ({**_TOLD, "strangers": {"unanswered": 1, "answer_ms": {"p95": 8}}}, _samples(*[1_000] * 8), _MONITORS, 5),
        ({**_TOLD, "strangers": {"unanswered": 0, "answer_ms": {"p95": 1_001}}}, _samples(*[9] * 8), _MONITORS, 5),
        ({**_TOLD, "turned_away_by": {"runs": 90, "steps": 0}}, _samples(*[9] * 8), _MONITORS, 7),
        ({**_TOLD, "turned_away_by": {"runs": 0, "steps": 90}}, _samples(*[9] * 8), _MONITORS, 7),
    ],
)
def test_what_was_not_borne_is_said(
    told: dict[str, object], samples: list[Sample], monitors: dict[str, int], missed: int
) -> None:
    # Given one thing that went wrong, then just that goal is missed
    goals = list(goals_of(figures_of(told, samples, monitors)).values())
    assert goals == [number != missed for number in range(len(goals))]


def test_narrow_and_wide_quarters_take_turns_and_every_priority_comes_in_each() -> None:
    # When a flood of 160 triggers is laid out
    planned = list(timetable(5.0, rate=16.0, seconds=10.0))
    # Then they come evenly, a quarter of one width after another
    assert [one.moment for one in planned[:3]] == [5.0, 5.0625, 5.125]
    quarters = [planned[number : number + 40] for number in range(0, 160, 40)]
    assert [{one.width for one in quarter} for quarter in quarters] == [{width} for width in WIDTHS]
    assert all({one.priority for one in quarter} == set(MIX) for quarter in quarters)
    # And those that are held against each other for memory are alike
    assert WIDTHS[1] == WIDTHS[3]


def test_a_refusal_is_counted_for_the_bound_that_is_its_reason() -> None:
    # Given bounds of which now one, now the other is reached
    bounds, answers = Bounds(runs=10, steps=100), Answers()
    # When triggers are refused in the gate's own words, and one is accepted
    for load in (Load(runs=10, steps=9), Load(runs=3, steps=100), Load(runs=4, steps=101)):
        words = full_words(load, bounds=bounds, priority=Priority.HIGH)
        answers.note(Priority.HIGH, 0.1, refusal=AdmissionError(words, retry_after_seconds=3.0))
    answers.note(Priority.CRITICAL, 0.1, refusal=None)
    # Then each refusal counts where it belongs
    assert answers.turned_away_by == {"runs": 1, "steps": 2}
    assert (answers.refused, answers.accepted) == ({"high": 3}, {"critical": 1})
