"""A step's limits: its agent's, lowered where the plan says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.contract import AgentSpec
from orchestrator.domain.plans import Step
from orchestrator.domain.times import Times, times_of

seconds = st.floats(0.001, 100_000)


def spec(soft: float, hard: float) -> AgentSpec:
    return AgentSpec(name="a", title="A", capabilities=frozenset(), soft_seconds=soft, hard_seconds=hard)


def step(limit: float | None) -> Step:
    return Step(name="s", agent="a", capability="c", seconds=limit)


@pytest.mark.parametrize(
    ("limit", "times"), [(None, Times(240, 300)), (30, Times(24, 30)), (300, Times(240, 300)), (900, Times(240, 300))]
)
def test_a_steps_own_limit_only_lowers_its_agents(limit: float | None, times: Times) -> None:
    # Given / When / Then
    assert times_of(step(limit), spec(240, 300)) == times


@given(limit=st.none() | seconds, soft=seconds, hard=seconds)
def test_no_limit_exceeds_the_agents_or_the_steps_own(limit: float | None, soft: float, hard: float) -> None:
    # Given any limits, when they are put together
    times = times_of(step(limit), spec(soft, hard))
    # Then neither grew
    assert 0 < times.soft <= soft
    assert 0 < times.hard <= min(hard, limit or hard)


def test_a_step_without_a_limit_of_its_own_is_written_as_before() -> None:
    # Given a step of the schema before, when it is written and read, then an older worker could read it too
    assert "seconds" not in step(None).model_dump(mode="json")
    assert Step.model_validate(step(30).model_dump(mode="json")).seconds == 30
