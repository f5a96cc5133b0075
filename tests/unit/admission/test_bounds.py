"""How much may be under way, by urgency, and when those who are turned away come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.admission.bounds import (
    LATEST_SECONDS,
    SOONEST_SECONDS,
    SPREAD,
    UNKNOWN_SECONDS,
    Bounds,
    Load,
    excess,
    full_words,
    seconds_until,
)
from orchestrator.domain.triggers import Priority

BOUNDS = Bounds(runs=100, steps=1_000, reserve=0.25)

_bounds = st.builds(Bounds, runs=st.integers(1, 10_000), steps=st.integers(1, 100_000), reserve=st.floats(0, 2))
_loads = st.builds(Load, runs=st.integers(0, 40_000), steps=st.integers(0, 400_000))


def _room(load: Load) -> list[str]:
    return [each.name for each in Priority if not excess(load, bounds=BOUNDS, priority=each)]


@pytest.mark.parametrize(
    ("load", "let_in"),
    [
        (Load(69, 0), ["CRITICAL", "HIGH", "NORMAL", "LOW"]),
        (Load(70, 0), ["CRITICAL", "HIGH", "NORMAL"]),
        (Load(0, 850), ["CRITICAL", "HIGH"]),
        (Load(100, 0), ["CRITICAL"]),
        (Load(124, 1_249), ["CRITICAL"]),
        (Load(125, 0), []),
    ],
)
def test_the_less_urgent_are_turned_away_first(load: Load, let_in: list[str]) -> None:
    # Given a load, then those are let in whose share of the bounds it has not reached
    assert _room(load) == let_in


@pytest.mark.parametrize("priority", list(Priority))
def test_the_smallest_bounds_let_one_run_of_one_step_be(priority: Priority) -> None:
    # Given room for one run and one step, when shares of that are taken, then they are one as well
    assert Bounds(runs=1, steps=1, reserve=0).at(priority) == Load(1, 1)


@given(bounds=_bounds, load=_loads)
def test_who_is_more_urgent_always_has_at_least_as_much_room(bounds: Bounds, load: Load) -> None:
    # Given any bounds and any load, when each priority asks, the most urgent first
    shares = [excess(load, bounds=bounds, priority=priority) for priority in Priority]
    # Then what must go before there is room never gets less on the way, and never more than everything
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    # And an empty ledger has room for everybody
    assert not any(excess(Load(0, 0), bounds=bounds, priority=priority) for priority in Priority)


@given(bounds=_bounds, load=_loads, priority=st.sampled_from(list(Priority)))
def test_once_that_share_is_gone_there_is_room(bounds: Bounds, load: Load, priority: Priority) -> None:
    # Given any load, when the share is gone that is said to be too much
    share = excess(load, bounds=bounds, priority=priority)
    left = Load(runs=int(load.runs * (1 - share) + 1e-6), steps=int(load.steps * (1 - share) + 1e-6))
    # Then there is room
    assert excess(left, bounds=bounds, priority=priority) == 0


def test_when_to_come_back_follows_from_the_pace() -> None:
    # Given 120 live runs, a sixth of which must end, and 60 that ended within the last minute
    seconds = seconds_until(Load(120, 0), share=1 / 6, ended=60, chance=0.0)
    # Then that takes 20 s, and others are told to come up to a quarter later
    assert seconds == pytest.approx(20)
    assert seconds_until(Load(120, 0), share=1 / 6, ended=60, chance=1.0) == pytest.approx(20 * (1 + SPREAD))
    # And where nothing has ended lately, nobody knows, and nobody is sent away for ever or for no time at all
    assert seconds_until(Load(120, 0), share=0.5, ended=0, chance=0.0) == UNKNOWN_SECONDS
    assert seconds_until(Load(10**6, 0), share=1.0, ended=1, chance=0.0) == LATEST_SECONDS
    assert seconds_until(Load(2, 0), share=0.1, ended=10_000, chance=0.0) == SOONEST_SECONDS


def test_what_there_is_too_much_of_is_said() -> None:
    # Given too many runs, or too many steps, then the words say which, and how many may be
    assert full_words(Load(85, 5), bounds=BOUNDS, priority=Priority.NORMAL) == "85 runs are live, of 85 that may be"
    assert full_words(Load(90, 5), bounds=BOUNDS, priority=Priority.NORMAL) == "90 runs are live, of 85 that may be"
    assert full_words(Load(9, 1_300), bounds=BOUNDS, priority=Priority.HIGH) == "1,300 steps wait, of 1,000 that may"
