"""Waits, over and still going on."""

import pytest

from agents.analysis.health.survival import Wait, measure_waits


def test_the_median_counts_those_that_still_wait() -> None:
    # Given waits of Kaplan and Meier's kind: 1 and 3 days over, 2 and 5 still going on, 8 over
    waits = [Wait(1, over=True), Wait(2, over=False), Wait(3, over=True), Wait(5, over=False), Wait(8, over=True)]
    found = measure_waits(waits)
    # Then 4/5 and 4/5 x 2/3 are left after 1 and 3 days, and 0 after 8
    assert found is not None
    assert (found.count, found.median, found.longest, found.at_least) == (5, 8, 8, 8)


@pytest.mark.parametrize(("days", "median"), [([2, 4], 2), ([1, 2, 3], 2), ([5], 5)])
def test_where_all_is_over_it_is_the_lower_median(days: list[float], median: float) -> None:
    found = measure_waits([Wait(each, over=True) for each in days])
    assert found is not None
    assert found.median == median


def test_where_few_are_over_the_median_lies_beyond_the_longest_wait() -> None:
    # Given one of three that is over, and two that wait on
    found = measure_waits([Wait(1, over=True), Wait(40, over=False), Wait(90, over=False)])
    # Then the median is not known, but it is more than 90 days
    assert found is not None
    assert (found.median, found.at_least) == (None, 90)


def test_of_nothing_there_is_no_median() -> None:
    assert measure_waits([]) is None
