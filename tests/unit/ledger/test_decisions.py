"""What follows from an attempt without a result: tried again, handed over, or given up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import BadEvidenceError, QuotaExhaustedError, SourceUnavailableError, StoppedError
from orchestrator.domain.runs import StepState
from orchestrator.ledger.decisions import (
    LONGEST_WAIT_SECONDS,
    NO_TIME_SECONDS,
    Backoff,
    Decision,
    GiveUp,
    HandOver,
    Lost,
    PutOff,
    Reason,
    Record,
    after_failure,
    after_loss,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BACKOFF = Backoff(multiplier=2, max=300)

errors = st.sampled_from(
    [
        SourceUnavailableError("away"),
        BadEvidenceError("wrong"),
        StoppedError("slow"),
        TimeoutError("slow"),
        ValueError("bug"),
        RecursionError("deep"),
    ]
)
records = st.builds(
    Record,
    failures=st.integers(0, 9),
    max_failures=st.integers(1, 6),
    fallbacks=st.lists(st.sampled_from(["understudy", "chorus"]), max_size=2).map(tuple),
)


def decided(error: BaseException, record: Record, *, chance: float = 0.5) -> Decision:
    return after_failure(error, record=record, backoff=BACKOFF, now=NOW, chance=chance)


@pytest.mark.parametrize(
    ("error", "failures", "fallbacks", "decision"),
    [
        (SourceUnavailableError("away"), 0, (), PutOff(seconds=2, counts_as_failure=True)),
        (SourceUnavailableError("away"), 2, (), PutOff(seconds=8, counts_as_failure=True)),
        (SourceUnavailableError("away"), 3, (), GiveUp(Reason.FAILURES, StepState.FAILED)),
        (SourceUnavailableError("away"), 3, ("x", "y"), HandOver("x")),
        (ValueError("a bug"), 0, (), PutOff(seconds=2, counts_as_failure=True)),
        (ValueError("a bug"), 3, (), GiveUp(Reason.FAILURES, StepState.FAILED)),
        (BadEvidenceError("wrong"), 0, (), GiveUp(Reason.BAD_EVIDENCE, StepState.FAILED)),
        (BadEvidenceError("wrong"), 0, ("x",), HandOver("x")),
        (StoppedError("too slow"), 0, (), PutOff(seconds=2, counts_as_failure=True)),
        (StoppedError("too slow"), 3, (), GiveUp(Reason.OUT_OF_TIME, StepState.TIMED_OUT)),
        (TimeoutError("too slow"), 3, (), GiveUp(Reason.OUT_OF_TIME, StepState.TIMED_OUT)),
        (StoppedError("too slow"), 3, ("x",), HandOver("x")),
    ],
)
def test_each_failure_has_its_own_consequence(
    error: Exception, failures: int, fallbacks: tuple[str, ...], decision: Decision
) -> None:
    # Given a step with four tries, some of them used, when it fails once more, then this follows
    assert decided(error, Record(failures=failures, max_failures=4, fallbacks=fallbacks)) == decision


@pytest.mark.parametrize(
    ("retry_at", "seconds"),
    [
        (NOW + timedelta(minutes=5), 300),
        (NOW - timedelta(minutes=5), NO_TIME_SECONDS),
        (NOW, NO_TIME_SECONDS),
        (NOW + timedelta(seconds=1), 1),
        (datetime.max.replace(tzinfo=UTC), LONGEST_WAIT_SECONDS),
        ((NOW + timedelta(minutes=5)).replace(tzinfo=None), 300),
    ],
)
def test_a_source_that_names_its_time_is_waited_for_at_no_cost(retry_at: datetime, seconds: float) -> None:
    # Given a step whose tries are all used up but one
    record = Record(failures=3, max_failures=4, fallbacks=("x",))
    # When its source refuses until a time: soon, past, absurdly far, or without a zone
    decision = decided(QuotaExhaustedError("later", retry_at=retry_at), record)
    # Then it waits until then, a day at most, and none of its tries is gone
    assert decision == PutOff(seconds=seconds, counts_as_failure=False)


@given(error=errors, record=records, chance=st.floats(0, 1))
def test_no_step_is_tried_more_often_than_it_may_be(error: Exception, record: Record, chance: float) -> None:
    # Given any failure of any step, when it is decided
    decision = decided(error, record, chance=chance)
    # Then it is tried again only while tries are left, a stand-in comes before giving up, and wrong input never waits
    if isinstance(decision, PutOff):
        assert record.failures + 1 < record.max_failures
        assert not isinstance(error, BadEvidenceError)
        assert decision.counts_as_failure
    elif isinstance(decision, GiveUp):
        assert record.fallbacks == ()
        assert decision.state.ended
        assert not decision.state.delivered
    else:
        assert decision.agent == record.fallbacks[0]


@given(failures=st.integers(0, 10_000), chance=st.floats(0, 1))
def test_a_wait_is_bounded_and_never_less_than_half(failures: int, chance: float) -> None:
    # Given any number of failures, when the wait is computed, then it lies between half and one and a half
    seconds = BACKOFF.seconds(failures, chance=chance)
    exact = min(300.0, 2.0 * 2.0 ** min(failures, 32))
    assert exact * 0.5 <= seconds <= exact * 1.5
    # And it never shrinks with more failures
    assert BACKOFF.seconds(failures + 1, chance=chance) >= seconds


@pytest.mark.parametrize(
    ("failures", "chance", "seconds"),
    [(0, 0.5, 2), (1, 0.5, 6), (2, 0.5, 18), (4, 0.5, 100), (0, 0.0, 1.5), (0, 1.0, 2.5), (9, 1.0, 125)],
)
def test_a_wait_follows_from_tenacitys_figures(failures: int, chance: float, seconds: float) -> None:
    # Given a back-off that begins with 2 s, trebles up to 100 s, and is spread by a quarter to both sides
    backoff = Backoff(multiplier=2, max=100, exp_base=3, jitter=0.25)
    # When so many failures went before, then the wait is this
    assert backoff.seconds(failures, chance=chance) == pytest.approx(seconds)


def test_a_back_off_doubles_and_is_spread_by_half_where_nothing_else_is_said() -> None:
    backoff = Backoff(multiplier=2, max=300)
    assert [backoff.seconds(failures, chance=0.5) for failures in range(4)] == [2, 4, 8, 16]
    assert [backoff.seconds(0, chance=chance) for chance in (0.0, 1.0)] == [1, 3]


def test_a_back_off_of_nothing_waits_for_nothing() -> None:
    assert [Backoff(multiplier=0, max=0).seconds(failures, chance=1.0) for failures in (0, 1, 5_000)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("losses", "failures", "late", "fate"),
    [
        (1, 1, False, PutOff(seconds=0, counts_as_failure=False)),
        (9, 9, False, PutOff(seconds=0, counts_as_failure=False)),
        (10, 1, False, GiveUp(Reason.LOSSES, StepState.FAILED)),
        (1, 1, True, PutOff(seconds=0, counts_as_failure=True)),
        (99, 3, True, PutOff(seconds=0, counts_as_failure=True)),
        (1, 4, True, GiveUp(Reason.OUT_OF_TIME, StepState.TIMED_OUT)),
    ],
)
def test_losses_and_late_steps_are_counted_apart(losses: int, failures: int, late: bool, fate: Decision) -> None:  # noqa: FBT001  a column of the table
    # Given a step whose holder is not heard of, with ten losses and four failures allowed
    lost = Lost(losses=losses, max_losses=10, failures=failures, max_failures=4, late=late)
    # Then a machine's loss is no agent's failure, and the dead letter says which it was
    assert after_loss(lost) == fate


@pytest.mark.parametrize(
    ("losses", "failures", "late", "fate"),
    [
        (1, 4, True, HandOver("x")),
        (1, 3, True, PutOff(seconds=0, counts_as_failure=True)),
        (10, 9, False, GiveUp(Reason.LOSSES, StepState.FAILED)),
    ],
)
def test_a_stand_in_takes_over_what_was_late_too_often_and_not_what_was_lost(
    losses: int,
    failures: int,
    late: bool,  # noqa: FBT001  a column of the table
    fate: Decision,
) -> None:
    lost = Lost(losses=losses, max_losses=10, failures=failures, max_failures=4, late=late, fallbacks=("x", "y"))
    assert after_loss(lost) == fate
