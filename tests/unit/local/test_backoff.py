"""When what died is started again."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.local.backoff import RestartPolicy, after_death

deaths = st.integers(min_value=0, max_value=10_000)
seconds = st.floats(min_value=0, max_value=1e6)
policies = st.builds(
    RestartPolicy,
    first_seconds=st.floats(min_value=0.001, max_value=10),
    longest_seconds=st.floats(min_value=10, max_value=1_000),
    calm_seconds=st.floats(min_value=0, max_value=1_000),
)


def test_a_first_death_is_answered_at_once_and_the_next_ones_ever_later() -> None:
    # Given a policy of half a second, doubling up to three
    policy = RestartPolicy(first_seconds=0.5, longest_seconds=3)
    # When something dies again and again
    delays = [after_death(policy, deaths=before, ran_seconds=0).delay_seconds for before in range(6)]
    # Then it is started at once, then after pauses that double up to the longest
    assert delays == [0, 0.5, 1, 2, 3, 3]


@given(policy=policies, before=deaths, ran=seconds)
def test_a_pause_is_never_negative_nor_longer_than_the_longest(policy: RestartPolicy, before: int, ran: float) -> None:
    # Given any history
    # When the decision is taken
    decision = after_death(policy, deaths=before, ran_seconds=ran)
    # Then its pause is within bounds, and the death is counted
    assert 0 <= decision.delay_seconds <= policy.longest_seconds
    assert decision.deaths in {1, before + 1}


@given(policy=policies, before=deaths)
def test_one_more_death_never_shortens_the_pause(policy: RestartPolicy, before: int) -> None:
    # Given two histories, one with a death more, neither calm
    policy = RestartPolicy(policy.first_seconds, policy.longest_seconds, calm_seconds=1)
    fewer = after_death(policy, deaths=before, ran_seconds=0)
    # When the decisions are compared
    more = after_death(policy, deaths=before + 1, ran_seconds=0)
    # Then the longer history waits at least as long
    assert more.delay_seconds >= fewer.delay_seconds


@given(policy=policies, before=deaths)
def test_a_calm_run_wipes_the_slate(policy: RestartPolicy, before: int) -> None:
    # Given something that ran as long as the policy calls calm
    # When it dies
    decision = after_death(policy, deaths=before, ran_seconds=policy.calm_seconds)
    # Then it is its first death
    assert (decision.deaths, decision.delay_seconds) == (1, 0)
