"""The pure parts of ``approvals``: figures in short, and what counts as reached."""

import pytest

from benchmarks.approvals.agents import KEY, Asker
from benchmarks.approvals.measure import Wishes, in_short, judge

WISHES = Wishes(runs=10, processes=1, threads=4)
GOOD = {
    "still_waiting": 10,
    "slots_held_by_waiting_runs": 0,
    "slots_filled_beside_them": 4,
    "added_mb": 1.5,
    "tried_meanwhile": 0,
    "sent_meanwhile": 0,
    "succeeded": 10,
    "resume_seconds": {"p50": 3.0, "p99": 5.0, "max": 5.0},
}


def test_all_goals_are_met_where_waiting_costs_nothing() -> None:
    assert all(judge(GOOD, wishes=WISHES).values())


@pytest.mark.parametrize(
    "worse",
    [
        {"still_waiting": 9},
        {"slots_held_by_waiting_runs": 1},
        {"slots_filled_beside_them": 3},
        {"added_mb": 5.0},
        {"tried_meanwhile": 1},
        {"sent_meanwhile": 1},
        {"succeeded": 9},
        {"resume_seconds": {"p50": 3.0, "p99": 11.0, "max": 11.0}},
    ],
)
def test_each_figure_that_is_worse_misses_one_goal(worse: dict[str, object]) -> None:
    assert sum(not met for met in judge({**GOOD, **worse}, wishes=WISHES).values()) == 1


def test_times_are_told_in_short() -> None:
    assert in_short([4.0, 1.0, 2.004]) == {"p50": 2.0, "p99": 4.0, "max": 4.0}
    assert in_short([]) == {"p50": 0.0, "p99": 0.0, "max": 0.0}


def test_the_asker_asks_under_one_key_and_has_a_lane_of_its_own() -> None:
    assert (Asker.spec.name, Asker.spec.queue, KEY) == ("asker", "asker", "go")
    assert WISHES.slots == 4
