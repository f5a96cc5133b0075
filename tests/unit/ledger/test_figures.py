"""The size of a lot follows what an agent's steps take; steps that wait or take long travel alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from structlog.testing import capture_logs

from orchestrator.ledger.figures import FEWEST_STEPS, MOST_IN_LOT, Figure, Figures, lot_size

NOWHERE = "postgresql+psycopg:///nowhere?host=/nonexistent"

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


@pytest.mark.parametrize(("mean", "size"), [(0.02, 1), (0.0101, 1), (0.01, 2), (0.002, 10), (0.0004, 50), (0.0, 50)])
def test_a_lot_holds_as_many_steps_as_fit_into_its_time_and_fifty_at_most(mean: float, size: int) -> None:
    # Given an agent that is just known well enough, when its lots may take 20 ms, then they hold so many steps
    assert lot_size(Figure(FEWEST_STEPS, mean), lot_seconds=0.02) == size


def test_a_database_that_is_away_costs_figures_alone() -> None:
    # Given a process whose database is nowhere, and that writes at every step
    figures = Figures(create_engine(NOWHERE), lot_seconds=1, every_seconds=-1)
    # When it notes a step and asks for a lot's size
    with capture_logs() as lines:
        figures.note("actor", seconds=0.001)
        size = figures.lot_size("actor")
    # Then it says that the figures are lost, and lets steps travel alone, for it knows nothing
    assert [line["event"] for line in lines] == ["figures were not written"]
    assert size == 1


def test_figures_are_not_written_with_every_step() -> None:
    # Given a process that writes once an hour to a database that is nowhere
    figures = Figures(create_engine(NOWHERE), lot_seconds=1, every_seconds=3_600)
    # When it notes some steps, then it has not even tried
    with capture_logs() as lines:
        for _ in range(3):
            figures.note("actor", seconds=0.001)
    assert lines == []


def test_lots_can_be_switched_off() -> None:
    # Given quick steps, when a lot may take no time, then each travels alone
    assert lot_size(Figure(1_000, 0.0), lot_seconds=0) == 1
