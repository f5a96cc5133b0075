"""The trend: robust, and silent where chance could have made it."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analysis.health.trend import MIN_POINTS, Trend, trend

series = st.lists(st.integers(0, 200), min_size=MIN_POINTS, max_size=40)


def test_seven_points_are_too_few_to_say_anything() -> None:
    assert trend([1, 2, 3, 4, 5, 6, 7]) is None


def test_the_figures_are_those_of_a_worked_example() -> None:
    # Given ten rising values without ties: S = 45, variance = 10 * 9 * 25 / 18 = 125
    found = trend(list(range(10)))
    # Then z = 44 / sqrt(125) = 3.935, p = 8.3e-5, and the slope is 1
    assert found is not None
    assert found.slope == 1
    assert isclose(found.p, 8.3e-5, rel_tol=0.01)
    assert found.direction == "rising"


def test_ties_shrink_the_variance_as_in_kendalls_formula() -> None:
    # Given two groups of five: S = 25, variance = (2250 - 2 * 300) / 18 = 91.67, and no likeness to correct for
    found = trend([0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    # Then S is 15 - 10 = 5, z = 4 / 9.574, p = 0.676: no trend
    assert found is not None
    assert isclose(found.p, 0.676, rel_tol=0.01)
    assert found.direction == "none"


def test_one_outlier_does_not_make_a_trend() -> None:
    # Given a level series with one great peak at its end
    found = trend([3, 4, 3, 4, 3, 4, 3, 4, 3, 400])
    # Then there is none
    assert found is not None
    assert found.direction == "none"


def test_a_series_that_resembles_its_own_last_value_needs_more_to_be_a_trend() -> None:
    # Given two plateaus, where each value is nearly the one before it
    plateaus = [1.0] * 5 + [2.0] * 5
    found = trend(plateaus)
    # Then the plain test's p of 0.012 (S = 25, variance 91.67) is not believed as it stands
    assert found is not None
    assert found.p > 0.012


def test_a_level_series_has_no_trend() -> None:
    assert trend([5] * 12) == Trend(points=12, slope=0.0, p=1.0)


@given(series)
def test_a_series_turned_round_has_the_opposite_trend(values: list[int]) -> None:
    # Given any series
    forth, back = trend(values), trend(values[::-1])
    # Then turned round it has the opposite slope, and p is a probability
    assert forth is not None
    assert back is not None
    assert isclose(forth.slope, -back.slope, abs_tol=1e-9)
    assert 0 <= forth.p <= 1


@given(series, st.integers(-50, 50))
def test_a_trend_does_not_depend_on_the_level(values: list[int], more: int) -> None:
    # Given a series, and the same one a level up
    plain, lifted = trend(values), trend([value + more for value in values])
    # Then both have the same direction and slope
    assert plain is not None
    assert lifted is not None
    assert isclose(plain.slope, lifted.slope, abs_tol=1e-9)
    assert isclose(plain.p, lifted.p, rel_tol=1e-6, abs_tol=1e-9)


@pytest.mark.parametrize("p", [0.04, 0.06])
def test_significance_is_drawn_at_five_in_a_hundred(p: float) -> None:
    assert Trend(points=10, slope=-1.0, p=p).direction == ("falling" if p < 0.05 else "none")
