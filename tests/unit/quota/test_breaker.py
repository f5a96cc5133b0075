"""The circuit breaker's decisions: when it opens, who may try, and what closes it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agents.errors import BadEvidenceError, QuotaExhaustedError, SourceUnavailableError, StoppedError
from orchestrator.quota.breaker import (
    Breaker,
    Rules,
    State,
    Strike,
    Trial,
    TrialEnd,
    admit,
    opened,
    settled,
    struck,
    suspicious,
    tolerated,
)
from orchestrator.quota.breakers import speaks_against

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
RULES = Rules(failures=3, of=4, window_seconds=60, open_seconds=10, longest_seconds=60, trial_seconds=5)
CLOSED = Breaker("youtube")


def trial(name: str, *, attempt: int = 1) -> Trial:
    return Trial(UUID(int=1), name, attempt)


@pytest.mark.parametrize(
    ("error", "speaks"),
    [
        (SourceUnavailableError("away"), True),
        (QuotaExhaustedError("later", retry_at=NOW), False),
        (TimeoutError("slow"), True),
        (ConnectionResetError("gone"), True),
        (StoppedError("out of time"), True),
        (BadEvidenceError("wrong"), False),
        (ValueError("a bug"), False),
    ],
)
def test_only_a_source_that_is_away_speaks_against_an_agent(error: Exception, speaks: bool) -> None:  # noqa: FBT001  a column of the table
    # Given / When / Then
    assert speaks_against(error) is speaks


def test_one_step_that_fails_again_and_again_is_one_failure() -> None:
    # Given a step that fails three times, when each is noted
    breaker = CLOSED
    for second in range(3):
        breaker = struck(breaker, Strike("a", NOW + timedelta(seconds=second)), rules=RULES)
    # Then that is one strike, and no reason for suspicion
    assert breaker.strikes == (Strike("a", NOW + timedelta(seconds=2)),)
    assert not suspicious(breaker, rules=RULES)


def test_failures_outside_the_window_are_forgotten() -> None:
    # Given two failures, one just too old when a third comes
    breaker = struck(
        struck(CLOSED, Strike("a", NOW), rules=RULES), Strike("b", NOW + timedelta(seconds=1)), rules=RULES
    )
    breaker = struck(breaker, Strike("c", NOW + timedelta(seconds=60)), rules=RULES)
    # Then two are left
    assert [strike.step for strike in breaker.strikes] == ["b", "c"]


@pytest.mark.parametrize(("of", "results"), [(4, 1), (3, 0), (1, 0)])
def test_so_many_results_are_tolerated(of: int, results: int) -> None:
    # Given / When / Then
    assert tolerated(replace(RULES, of=of)) == results


@pytest.mark.parametrize(("trips", "seconds"), [(0, 10), (1, 20), (2, 40), (3, 60), (10_000, 60)])
def test_it_stays_open_twice_as_long_each_time_up_to_a_limit(trips: int, seconds: float) -> None:
    # Given a breaker that opened so many times in a row, when it opens again
    breaker = opened(replace(CLOSED, trips=trips), now=NOW, why="x" * 500, rules=RULES)
    # Then for so long, and what is kept of the reason is short
    assert breaker.open_until == NOW + timedelta(seconds=seconds)
    assert len(breaker.why) == 200


@given(chance=st.floats(0, 1), later=st.floats(0, 9.9))
def test_while_it_is_open_everybody_waits_and_is_told_until_when(chance: float, later: float) -> None:
    # Given an open breaker
    breaker = opened(CLOSED, now=NOW, why="SourceUnavailableError", rules=RULES)
    now = NOW + timedelta(seconds=later)
    # When a step wants to begin
    admission = admit(breaker, trial("a"), now=now, rules=RULES, chance=chance)
    # Then it waits until the breaker lets one try, and a little longer, so that not all come at once
    assert admission.hold is not None
    assert 10 - later - 1e-5 <= admission.hold.seconds <= 10 - later + 5 + 1e-5
    assert admission.hold.why == (
        "put off: the breaker of agent youtube is open until 2026-11-01 12:00:10 UTC (SourceUnavailableError)"
    )
    assert admission.breaker == breaker


def test_one_step_tries_and_the_others_wait_for_it() -> None:
    # Given a breaker whose time is up
    breaker, now = opened(CLOSED, now=NOW, why="", rules=RULES), NOW + timedelta(seconds=10)
    # When two steps want to begin
    first = admit(breaker, trial("a"), now=now, rules=RULES, chance=0)
    second = admit(first.breaker, trial("b"), now=now, rules=RULES, chance=0)
    again = admit(second.breaker, trial("a"), now=now, rules=RULES, chance=0)
    # Then the first may, also if it has to ask again; the second waits, and so would the first one's next attempt
    assert (first.hold, again.hold) == (None, None)
    assert second.hold is not None
    assert second.hold.seconds == 5
    assert second.hold.why == "put off: the breaker of agent youtube lets one step at a time try"
    assert admit(second.breaker, trial("a", attempt=2), now=now, rules=RULES, chance=0).hold is not None


@pytest.mark.parametrize(
    ("left", "chance", "seconds"), [(10, 0, 10), (0.5, 0, 0.5), (0.5, 1, 5.5), (0, 0, 5), (0, 1, 10), (-3, 0.5, 7.5)]
)
def test_how_long_a_step_waits_is_spread_over_a_trials_time(left: float, chance: float, seconds: float) -> None:
    # Given a breaker that is open for so long, or lets one step try, which does
    breaker = replace(opened(CLOSED, now=NOW, why="", rules=RULES), trial=trial("a"))
    now = NOW + timedelta(seconds=10 - left)
    # When another comes, then it waits what is left, or a trial's time, and as much longer as the chance says
    hold = admit(breaker, trial("b"), now=now, rules=RULES, chance=chance).hold
    assert hold is not None
    assert hold.seconds == pytest.approx(seconds)


@pytest.mark.parametrize("end", list(TrialEnd))
def test_a_trials_end_closes_frees_or_changes_nothing(end: TrialEnd) -> None:
    # Given a breaker with a trial, when its end is read off its step
    breaker = replace(opened(CLOSED, now=NOW, why="", rules=RULES), trial=trial("a"))
    after = settled(breaker, end)
    # Then a result closes it, an end that says nothing lets another try, and one that runs is waited for
    expected = {
        TrialEnd.RUNNING: breaker,
        TrialEnd.DELIVERED: CLOSED,
        TrialEnd.ENDED: replace(breaker, trial=None),
    }
    assert after == expected[end]
    assert settled(CLOSED, end) == CLOSED


class Life(RuleBasedStateMachine):
    """One breaker's life: steps come, fail and deliver, and time goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now, self.count = CLOSED, NOW, 0
        self.trials: list[Trial] = []
        self.state_before = State.CLOSED

    def _next(self) -> Trial:
        self.count += 1
        return trial(f"s{self.count}")

    @rule(seconds=st.floats(0, 100))
    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.now += timedelta(seconds=seconds)

    @rule(chance=st.floats(0, 1))
    def come(self, chance: float) -> None:
        """Let a new step ask."""
        new = self._next()
        state = self.breaker.state(self.now)
        admission = admit(self.breaker, new, now=self.now, rules=RULES, chance=chance)
        free = state is State.CLOSED or (state is State.HALF_OPEN and self.breaker.trial is None)
        assert (admission.hold is None) is free
        if admission.hold is not None:
            assert 0 <= admission.hold.seconds <= RULES.longest_seconds + 2 * RULES.trial_seconds
        self.breaker = admission.breaker

    @rule(delivered=st.integers(0, 5))
    def fail(self, delivered: int) -> None:
        """Let a step of a closed breaker fail, while so many others delivered."""
        if self.breaker.state(self.now) is not State.CLOSED:
            return
        self.breaker = struck(self.breaker, Strike(self._next().name, self.now), rules=RULES)
        if suspicious(self.breaker, rules=RULES) and delivered <= tolerated(RULES):
            self.breaker = opened(self.breaker, now=self.now, why="away", rules=RULES)
            assert self.breaker.state(self.now) is State.OPEN

    @precondition(lambda self: self.breaker.trial is not None)
    @rule(end=st.sampled_from([*TrialEnd, "failed"]))
    def end_trial(self, end: TrialEnd | str) -> None:
        """Let the trial end, in every way that there is."""
        trips = self.breaker.trips
        if isinstance(end, TrialEnd):
            self.breaker = settled(self.breaker, end)
            return
        self.breaker = opened(self.breaker, now=self.now, why="away", rules=RULES)
        assert (self.breaker.trips, self.breaker.trial) == (trips + 1, None)

    @invariant()
    def it_makes_sense(self) -> None:
        """Only an opened breaker has a trial, a closed one never tripped, and no list grows without bound."""
        closed = self.breaker.open_until is None
        assert not (closed and self.breaker.trial)
        assert closed == (self.breaker.trips == 0)
        assert len({strike.step for strike in self.breaker.strikes}) == len(self.breaker.strikes) <= RULES.failures


TestLife = Life.TestCase
