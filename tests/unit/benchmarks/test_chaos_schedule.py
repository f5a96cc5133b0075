"""What is done to a load: drawn from a seed, to every role, more of it the larger the load."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.chaos.deeds import Cut, Deed, Role
from benchmarks.chaos.schedule import FIRST, LAST, Spans, amounts, schedule

SPANS = Spans(freeze=(0.5, 6.0))


def test_the_full_size_holds_what_is_promised() -> None:
    # When
    wanted = amounts(2_000)

    # Then
    assert wanted.kills >= 200
    assert (wanted.flushes, wanted.broker_kills, wanted.postgres_stops) == (3, 3, 3)


@pytest.mark.parametrize("runs", [20, 60, 300, 2_000])
def test_every_role_is_killed_and_every_kind_of_cut_is_made(runs: int) -> None:
    # When
    planned = schedule(1, wanted=amounts(runs), spans=SPANS)

    # Then
    assert {one.whom for one in planned if one.deed is Deed.KILL} == set(Role)
    assert {one.whom for one in planned if one.deed is Deed.CUT} == set(Cut)


@given(seed=st.integers(), runs=st.integers(20, 3_000))
def test_a_schedule_holds_just_what_is_wanted_in_order_and_in_time(seed: int, runs: int) -> None:
    # When
    wanted = amounts(runs)
    planned = schedule(seed, wanted=wanted, spans=SPANS)

    # Then
    counts = Counter(one.deed for one in planned)
    assert counts == {
        Deed.KILL: wanted.kills,
        Deed.FREEZE: wanted.freezes,
        Deed.CUT: wanted.postgres_cuts + wanted.broker_cuts,
        Deed.FLUSH: wanted.flushes,
        Deed.BROKER_KILL: wanted.broker_kills,
        Deed.POSTGRES_STOP: wanted.postgres_stops,
    }
    assert [one.at for one in planned] == sorted(one.at for one in planned)
    assert all(FIRST <= one.at <= LAST for one in planned)
    assert all(SPANS.freeze[0] <= one.seconds <= SPANS.freeze[1] for one in planned if one.deed is Deed.FREEZE)


def test_the_same_seed_plans_the_same_and_another_one_something_else() -> None:
    # Given
    wanted = amounts(200)

    # When
    planned = [schedule(seed, wanted=wanted, spans=SPANS) for seed in (1, 1, 2)]

    # Then
    assert planned[0] == planned[1] != planned[2]
