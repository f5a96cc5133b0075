"""The size of a lot follows what an agent's steps take; steps that wait or take long travel alone."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ledger.figures import FEWEST_STEPS, MOST_IN_LOT, Figure, lot_size

ENOUGH = st.integers(FEWEST_STEPS, 10_000)
SECONDS = st.floats(0, 1_000, allow_nan=False)


@given(steps=ENOUGH, mean=SECONDS, budget=SECONDS)
def test_a_lot_takes_as_long_as_it_may_or_is_one_step(steps: int, mean: float, budget: float) -> None:
    # Given an agent that is known, when its lots are sized
    size = lot_size(Figure(steps, mean), lot_seconds=budget)
    # Then a lot of several steps stays within its time, and none is larger than one message should be
    assert 1 <= size <= MOST_IN_LOT
    assert size == 1 or size * mean <= budget * 1.000_001


@given(mean=st.floats(0.0101, 1_000), budget=st.just(0.02))
def test_steps_from_half_of_a_lots_time_on_never_share_a_message(mean: float, budget: float) -> None:
    # Given steps of more than 10 ms, when lots may take 20 ms, then each travels alone
    assert lot_size(Figure(1_000, mean), lot_seconds=budget) == 1


def test_an_agent_that_is_hardly_known_gets_no_lots() -> None:
    # Given an agent nobody has seen, and one that was seen too seldom, then their steps travel alone
    assert lot_size(None, lot_seconds=1) == 1
    assert lot_size(Figure(FEWEST_STEPS - 1, 0.0001), lot_seconds=1) == 1


def test_lots_can_be_switched_off() -> None:
    # Given quick steps, when a lot may take no time, then each travels alone
    assert lot_size(Figure(1_000, 0.0), lot_seconds=0) == 1
