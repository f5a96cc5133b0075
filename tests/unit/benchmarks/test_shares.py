"""Statistics of the benchmarks of waiting steps and of balance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.balance import LONGEST, SHORTEST, busy, draw
from benchmarks.stand.spans import apart, most_at_once
from benchmarks.stand.statistics import quantile, rate, spread
from benchmarks.stand.troupe import Attempt, Played
from benchmarks.waiting import figures, judge


def test_a_quantile_is_a_value_that_was_seen() -> None:
    # Then
    assert [quantile([4, 1, 3, 2], share) for share in (0, 0.25, 0.5, 0.51, 0.99, 1)] == [1, 1, 2, 3, 4, 4]
    assert quantile([], 0.5) == 0


def test_spread_is_the_distance_of_the_extremes() -> None:
    # Then
    assert (spread([9, 10, 11]), spread([5]), spread([]), spread([0])) == (0.2, 0, 0, 0)


def test_spans_that_only_touch_do_not_overlap() -> None:
    # Then
    assert most_at_once([(0, 2), (1, 3), (2, 4)]) == 2
    assert most_at_once([]) == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=15))
def test_overlaps_are_those_that_counting_finds(drawn: list[tuple[int, int]]) -> None:
    # Given
    spans = [(float(begin), float(begin + length)) for begin, length in drawn]
    # When counted at every half second
    counted = [sum(begin < at < end for begin, end in spans) for at in (half + 0.5 for half in range(30))]
    # Then
    assert most_at_once(spans) == max(counted)


def test_workers_are_apart_by_the_part_of_their_mean() -> None:
    # Then
    assert (apart([9, 11]), apart([4, 4]), apart([]), apart([0, 6])) == (0.2, 0, 0, 2)


def test_step_times_are_spread_at_least_tenfold_and_drawn_alike_by_the_same_seed() -> None:
    # When
    times = draw(400, seed=3)
    # Then
    assert len(times) == 400
    assert (min(times), max(times)) == (SHORTEST, LONGEST)
    assert max(times) >= 10 * min(times)
    assert times == draw(400, seed=3) != draw(400, seed=4)


def test_busy_seconds_are_summed_by_worker() -> None:
    # Then
    assert busy([Attempt("a", 0, 2), Attempt("b", 1, 2), Attempt("a", 5, 6)]) == {"a": 3, "b": 1}


def test_waiting_steps_are_told_with_how_many_were_in_flight_and_judged_by_it() -> None:
    # Given two steps over each other, one of which waited for the other's slot in the second run
    beside, after = ((Attempt("w", 0, 2), Attempt("w", 0.1, 2.2)), (Attempt("w", 0, 2), Attempt("w", 2, 4)))
    told = [
        {"runs": 1, **figures(Played(seconds, 0.1, attempts), wait=2, processor=0.01, memory=90)}
        for seconds, attempts in ((2.3, beside), (4.1, after))
    ]
    # Then
    assert [(row["at_once"], row["of_ideal"], row["processor_ms_per_step"]) for row in told] == [
        (2, 0.87, 5.0),
        (1, 0.488, 5.0),
    ]
    assert all(judge(told[:1], most=2, seconds=2).values())
    assert not any(judge(told[1:], most=2, seconds=2).values())


def test_a_rate_is_the_slope_of_the_count_whatever_the_edges_of_bursts() -> None:
    # Given bursts of four things a second and a half apart, and things that come one by one
    bursts = [burst * 1.5 + within * 1e-6 for burst in range(4) for within in range(4)]
    evenly = [number / 7 for number in range(20)]
    # Then
    assert rate(bursts) == pytest.approx(4 / 1.5, rel=1e-3)
    assert rate(evenly) == pytest.approx(7)
    assert (rate([]), rate([1.0]), rate([2.0, 2.0])) == (0, 0, 0)
