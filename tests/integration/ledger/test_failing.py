"""What is written down of an attempt without a result, word for word, in this process and on the real ledger."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import SPECS, Play, act, in_turn, join
from support.stages import Stage

from agents.contract import AgentSpec, Question
from agents.errors import (
    BadEvidenceError,
    PersonNeededError,
    QuotaExhaustedError,
    SourceUnavailableError,
    StoppedError,
)
from orchestrator.domain.triggers import Priority
from orchestrator.ledger.claims import Claim, Holder, claim
from orchestrator.ledger.decisions import Backoff
from orchestrator.ledger.failing import Failing, Outcome, Stepped
from orchestrator.ledger.heart import StopReason
from orchestrator.ledger.limits import Limits
from orchestrator.quota.breaker import Rules
from orchestrator.quota.breakers import Breakers
from orchestrator.store.direct import Direct

pytestmark = pytest.mark.services

RULES = Rules(failures=2, of=2, window_seconds=60, open_seconds=30, longest_seconds=60, trial_seconds=5)
AWAY = SourceUnavailableError("no source today")
OPEN = """
    INSERT INTO breakers (agent, trips, open_until, why) VALUES (:agent, 1, now() + interval '30s', 'TimeoutError')
"""
AGAIN = Stepped(Outcome.PUT_OFF, summary="SourceUnavailableError: no source today", owes=True)


def failing(stage: Stage, *, breakers: Breakers | None = None, specs: Mapping[str, AgentSpec] = SPECS) -> Failing:
    limits = Limits(backoff=Backoff(multiplier=60, max=600, jitter=0))
    return Failing(stage.engine, limits=limits, specs=specs, breakers=breakers)


def taken(stage: Stage, run_id: UUID, step: str = "a") -> Claim:
    """Return the claim of a step that is free, for a worker that is not there."""
    sql(stage, "UPDATE steps SET ready_at = now() WHERE state = 'pending'")
    (got,) = claim(Direct(stage.engine), run_id, steps=[step], holder=Holder("w", 60)).claims
    return got


def sql(stage: Stage, statement: str, **values: object) -> None:
    with stage.engine.begin() as conn:
        conn.execute(text(statement), values)


def row(stage: Stage, statement: str) -> tuple[Any, ...]:
    with stage.engine.connect() as conn:
        return tuple(conn.execute(text(statement)).one())


def step(stage: Stage) -> tuple[Any, ...]:
    """Return how the step stands: state, failures, losses, what stands beside it, seconds until it is ready."""
    return row(
        stage,
        "SELECT state, failures, losses, error, round(extract(epoch FROM ready_at - now()))::int FROM steps"
        " WHERE name = 'a'",
    )


def attempts(stage: Stage) -> list[tuple[str, str | None]]:
    """Return how each attempt ended, and by which error."""
    with stage.engine.connect() as conn:
        rows = conn.execute(text("SELECT outcome, error FROM attempts ORDER BY run_id, step, attempt"))
        return [(each.outcome, each.error) for each in rows]


def due(stage: Stage) -> list[tuple[Any, ...]]:
    """Return what is to be sent: why, which steps, and in how many seconds."""
    with stage.engine.connect() as conn:
        statement = "SELECT why, steps, round(extract(epoch FROM due_at - now()))::int FROM outbox"
        rows = conn.execute(text(f"{statement} WHERE published_at IS NULL ORDER BY id"))
        return [tuple(each) for each in rows]


def test_a_step_that_stopped_for_a_shutdown_goes_back_at_no_cost(stage: Stage, play: Play) -> None:
    # Given a step whose worker shuts down
    got = taken(stage, play.run(act("a")))
    # When it stopped as it was told to
    ended = failing(stage).stopped(got, reason=StopReason.SHUTDOWN, error=StoppedError("x"))
    # Then it may begin again at once, is sent, and neither failed nor was lost
    assert ended == Stepped(Outcome.GIVEN_BACK, owes=True)
    assert step(stage) == ("pending", 0, 0, "its worker shut down", 0)
    assert attempts(stage) == [("given_back", "its worker shut down")]
    assert due(stage) == [("retry", ["a"], 0)]


def test_a_step_of_a_paused_run_goes_back_and_nothing_is_sent(stage: Stage, play: Play) -> None:
    # Given a step whose run was paused
    got = taken(stage, play.run(act("a")))
    sql(stage, "UPDATE runs SET paused_at = now()")
    # When it stopped as it was told to
    ended = failing(stage).stopped(got, reason=StopReason.PAUSED, error=StoppedError("x"))
    # Then it waits for the run to go on
    assert ended == Stepped(Outcome.PUT_OFF, summary="its run was paused", owes=True)
    assert step(stage)[:4] == ("pending", 0, 0, "its run was paused")
    assert attempts(stage) == [("given_back", "its run was paused")]
    assert due(stage) == []


@pytest.mark.parametrize("reason", [StopReason.RUN_OVER, StopReason.TAKEN_OVER])
def test_a_step_that_is_no_longer_ours_writes_nothing(stage: Stage, play: Play, reason: StopReason) -> None:
    # Given a step that another has, or whose run is over
    got = taken(stage, play.run(act("a")))
    before = step(stage)
    # When it stopped as it was told to, then that is all
    ended = failing(stage).stopped(got, reason=reason, error=StoppedError("x"))
    assert ended == Stepped(Outcome.FENCED, summary=str(reason))
    assert (step(stage), due(stage)) == (before, [])
    assert row(stage, "SELECT outcome, error FROM attempts") == (None, None)


@pytest.mark.parametrize("reason", [StopReason.OUT_OF_TIME, None])
def test_a_step_out_of_time_or_that_stopped_by_itself_has_failed(
    stage: Stage, play: Play, reason: StopReason | None
) -> None:
    # Given a step
    got = taken(stage, play.run(act("a")))
    # When it stopped and nobody else is the cause
    ended = failing(stage).stopped(got, reason=reason, error=StoppedError("too slow"))
    # Then it is put off by the back-off, as a failure, under the error's name
    assert ended == Stepped(Outcome.PUT_OFF, summary="StoppedError: too slow", owes=True)
    assert step(stage) == ("pending", 1, 0, "StoppedError: too slow", 60)
    assert attempts(stage) == [("failed", "StoppedError: too slow")]
    assert due(stage) == [("retry", ["a"], 60)]


def test_each_further_failure_is_put_off_for_twice_as_long_until_the_tries_are_used_up(
    stage: Stage, play: Play
) -> None:
    # Given a step with four tries, and a back-off of a minute without jitter
    run_id = play.run(in_turn(act("a"), join("b")))
    records = failing(stage)
    # When it fails each time
    waits = []
    for _ in range(3):
        assert records.failed(taken(stage, run_id), error=AWAY) == AGAIN
        waits.append(step(stage)[4])
    last = records.failed(taken(stage, run_id), error=AWAY)
    # Then the waits double, and with the last try it is a dead letter, and the run goes on without it
    assert waits == [60, 120, 240]
    assert last == Stepped(Outcome.FAILED, summary="SourceUnavailableError: no source today", owes=True)
    assert step(stage)[:2] == ("failed", 3)
    letter = row(stage, "SELECT step, attempt, reason, error FROM dead_letters")
    assert letter == ("a", 4, "failures", "SourceUnavailableError: no source today")
    assert [outcome for outcome, _ in attempts(stage)] == ["failed"] * 4
    assert due(stage)[-1] == ("opened", ["b"], 0)


def test_the_back_off_is_spread_so_that_not_all_come_back_at_once(stage: Stage, play: Play) -> None:
    # Given thirty steps that fail in the same moment, and a back-off with jitter
    limits = Limits(backoff=Backoff(multiplier=3_600, max=3_600))
    records = Failing(stage.engine, limits=limits, specs=SPECS)
    waits = []
    for _ in range(30):
        records.failed(taken(stage, play.run(act("a"))), error=AWAY)
        waits.append(row(stage, "SELECT max(ready_at - now()) FROM steps")[0].total_seconds())
    # Then each comes back at a time of its own, half of the wait to one and a half of it from now
    assert len({round(wait) for wait in waits}) > 20
    assert 1_790 < min(waits) < max(waits) < 5_410


def test_a_source_that_names_its_time_is_waited_for_at_no_cost(stage: Stage, play: Play) -> None:
    # Given a step
    got = taken(stage, play.run(act("a")))
    # When its source is used up for an hour
    later = datetime.now(UTC) + timedelta(hours=1)
    failing(stage).failed(got, error=QuotaExhaustedError("used up", retry_at=later))
    # Then it comes back in an hour, with all its tries
    state, failures, losses, error, seconds = step(stage)
    assert (state, failures, losses, error) == ("pending", 0, 0, "QuotaExhaustedError: used up")
    assert 3_590 <= seconds <= 3_600
    assert due(stage)[0][2] == seconds


@pytest.mark.parametrize(("priority", "end"), [(Priority.CRITICAL, ".urgent"), (Priority.LOW, ".low")])
def test_a_stand_in_gets_the_step_in_the_same_class_with_tries_of_its_own(
    stage: Stage, play: Play, priority: Priority, end: str
) -> None:
    # Given a step with two stand-ins, which may take five seconds, and has failed before
    shape = act("a", fallbacks=("understudy", "chorus")).model_copy(update={"seconds": 5.0})
    run_id = play.run(shape, priority=priority)
    sql(stage, "UPDATE steps SET failures = 2, max_failures = 3")
    patient = SPECS["understudy"].model_copy(update={"max_failures": 7})
    # When its agent fails for good
    ended = failing(stage, specs={**SPECS, "understudy": patient}).failed(taken(stage, run_id), error=AWAY)
    # Then the first stand-in has it, at once, in its own lane of that class, within the step's own time
    assert ended == AGAIN
    assert step(stage) == ("pending", 0, 0, "SourceUnavailableError: no source today", 0)
    columns = "SELECT agent, queue, fallbacks, max_failures, hard_seconds FROM steps"
    assert row(stage, columns) == ("understudy", f"understudy{end}", ["chorus"], 7, 5.0)
    assert attempts(stage) == [("handed_over", "SourceUnavailableError: no source today")]
    assert due(stage) == [("retry", ["a"], 0)]


def test_what_is_wrong_for_good_ends_the_step_at_once(stage: Stage, play: Play) -> None:
    # Given a required step
    got = taken(stage, play.run(act("a", required=True)))
    # When its input is wrong, then neither it nor its run is tried again
    ended = failing(stage).failed(got, error=BadEvidenceError("wrong"))
    assert ended == Stepped(Outcome.FAILED, summary="BadEvidenceError: wrong", owes=True)
    assert row(stage, "SELECT state, error FROM runs") == ("failed", "a: BadEvidenceError: wrong")
    assert row(stage, "SELECT reason FROM dead_letters") == ("bad_evidence",)


def test_a_question_lets_the_step_wait_and_is_shown_shortened(stage: Stage, play: Play) -> None:
    # Given a step that needs to know something, at length
    got = taken(stage, play.run(act("a")))
    # When it asks
    ended = failing(stage).failed(got, error=PersonNeededError(Question(key="k", text="why " * 100)))
    # Then it waits without owing anything
    assert ended == Stepped(Outcome.WAITING, summary=("why " * 100)[:200])
    assert step(stage)[0] == "waiting"
    assert attempts(stage) == [("waiting", None)]
    assert due(stage) == []


def test_a_question_that_was_asked_before_fails_the_step_for_good(stage: Stage, play: Play) -> None:
    # Given a step that has asked, and goes on without looking at the answer
    run_id = play.run(act("a"))
    asks = PersonNeededError(Question(key="k", text="why"))
    failing(stage).failed(taken(stage, run_id), error=asks)
    sql(stage, "UPDATE steps SET state = 'pending'")
    # When it asks the same again
    ended = failing(stage).failed(taken(stage, run_id), error=asks)
    # Then it has failed, under a name that says how to mend it
    assert (ended.outcome, ended.owes) == (Outcome.FAILED, True)
    assert ended.summary.startswith("AskedBeforeError: question 'k' was asked before: read its answer")
    assert step(stage)[:4] == ("failed", 0, 0, ended.summary)
    assert row(stage, "SELECT reason FROM dead_letters") == ("bad_evidence",)


def test_a_question_of_a_step_that_another_has_is_not_asked(stage: Stage, play: Play) -> None:
    # Given a step that another has by now
    got = taken(stage, play.run(act("a")))
    sql(stage, "UPDATE steps SET attempt = 2")
    before = step(stage)
    # When the old holder asks, then nobody hears of it
    failing(stage).failed(got, error=PersonNeededError(Question(key="k", text="why")))
    assert (step(stage), row(stage, "SELECT count(*) FROM approvals")) == (before, (0,))


def test_a_step_that_did_not_begin_goes_back_with_the_reason(stage: Stage, play: Play) -> None:
    got = taken(stage, play.run(act("a")))
    failing(stage).give_back(got, why="others in its lot took long")
    assert step(stage) == ("pending", 0, 0, "others in its lot took long", 0)
    assert attempts(stage) == [("given_back", "others in its lot took long")]
    assert due(stage) == [("retry", ["a"], 0)]


def strikes(stage: Stage) -> list[str]:
    """Return whom failures were noted against."""
    with stage.engine.connect() as conn:
        rows = conn.execute(text("SELECT agent FROM breakers WHERE strikes <> '[]' OR open_until IS NOT NULL"))
        return list(rows.scalars())


@pytest.mark.parametrize(
    ("error", "noted"), [(AWAY, ["actor"]), (TimeoutError("slow"), ["actor"]), (BadEvidenceError("wrong"), [])]
)
def test_only_what_speaks_against_the_source_is_noted_with_its_breaker(
    stage: Stage, play: Play, error: Exception, noted: list[str]
) -> None:
    # Given a step, and breakers
    got = taken(stage, play.run(act("a")))
    # When it fails
    failing(stage, breakers=Breakers(stage.engine, rules=RULES)).failed(got, error=error)
    # Then its agent's breaker hears of what speaks against the source alone
    assert strikes(stage) == noted


@pytest.mark.parametrize("fallbacks", [(), ("understudy",)])
def test_a_last_failure_is_noted_too_whether_somebody_stands_in_or_not(
    stage: Stage, play: Play, fallbacks: tuple[str, ...]
) -> None:
    # Given a step at its last try
    run_id = play.run(in_turn(act("a", fallbacks=fallbacks), join("b")))
    sql(stage, "UPDATE steps SET max_failures = 1")
    # When that fails, then its agent's breaker hears of it
    failing(stage, breakers=Breakers(stage.engine, rules=RULES)).failed(taken(stage, run_id), error=AWAY)
    assert strikes(stage) == ["actor"]


def test_a_failure_that_came_too_late_is_noted_nowhere(stage: Stage, play: Play) -> None:
    # Given a step that another has by now
    got = taken(stage, play.run(act("a")))
    sql(stage, "UPDATE steps SET attempt = 2")
    before = step(stage)
    # When the old holder fails, then neither the step nor the breaker hears of it
    failing(stage, breakers=Breakers(stage.engine, rules=RULES)).failed(got, error=AWAY)
    assert (step(stage), strikes(stage)) == (before, [])


def test_results_in_any_of_an_agents_lanes_keep_its_breaker_closed(stage: Stage, play: Play) -> None:
    # Given breakers that open at two failures of three, and a result in a lane of another class
    breakers = Breakers(stage.engine, rules=RULES)
    records = failing(stage, breakers=breakers)
    first = play.run(act("a"))
    records.failed(taken(stage, first), error=AWAY)
    delivered = play.run(act("a"), priority=Priority.LOW)
    taken(stage, delivered)
    sql(stage, "UPDATE steps SET state = 'succeeded' WHERE run_id = :run", run=delivered)
    # When a second step fails, then the agent works as far as anybody can tell
    records.failed(taken(stage, play.run(act("a"))), error=AWAY)
    assert breakers.closed("actor")
    # And an agent that is not in the catalogue has no lanes to look into: its breaker opens
    strange = failing(stage, breakers=breakers, specs={})
    strange.failed(taken(stage, play.run(act("a"))), error=AWAY)
    assert not breakers.closed("actor")


def test_a_breaker_that_opens_says_which_kind_of_failure_opened_it(stage: Stage, play: Play) -> None:
    # Given breakers that open at two failures
    records = failing(stage, breakers=Breakers(stage.engine, rules=RULES))
    # When two steps of an agent fail for want of their source
    for _ in range(2):
        records.failed(taken(stage, play.run(act("a"))), error=AWAY)
    # Then its breaker names that, for whoever wonders why nothing begins
    assert row(stage, "SELECT why FROM breakers WHERE open_until IS NOT NULL") == ("SourceUnavailableError",)


def opened(stage: Stage, *agents: str) -> Breakers:
    """Return breakers of which those agents' are open for half a minute."""
    for agent in agents:
        sql(stage, OPEN, agent=agent)
    breakers = Breakers(stage.engine, rules=RULES)
    with stage.engine.begin() as conn:
        breakers.listen(conn)
    return breakers


def test_a_step_whose_breaker_is_closed_or_that_may_try_begins(stage: Stage, play: Play) -> None:
    # Given a step
    got = taken(stage, play.run(act("a")))
    # When there are no breakers, or another agent's is open, then it begins
    assert failing(stage).held_back(got) is None
    assert failing(stage, breakers=opened(stage, "chorus")).held_back(got) is None
    # And where its own was open long enough, it begins as the one that tries
    breakers = opened(stage, "actor")
    sql(stage, "UPDATE breakers SET open_until = now() - interval '1s'")
    assert failing(stage, breakers=breakers).held_back(got) is None
    assert row(stage, "SELECT trial_step, trial_attempt FROM breakers WHERE agent = 'actor'") == ("a", 1)
    assert step(stage)[0] == "running"


def test_a_step_that_is_held_back_waits_for_the_breaker_unless_somebody_can_stand_in(stage: Stage, play: Play) -> None:
    # Given open breakers of an agent and of its stand-in
    shape = act("a", fallbacks=("understudy",))
    both = failing(stage, breakers=opened(stage, "actor", "understudy"))
    # When a step comes
    held = both.held_back(taken(stage, play.run(shape)))
    # Then it waits until the breaker lets one try: a stand-in that is away as well is of no use
    assert held is not None
    assert held == Stepped(Outcome.PUT_OFF, summary=held.summary, owes=True)
    assert held.summary.startswith("put off: the breaker of agent actor is open until")
    state, failures, losses, error, seconds = step(stage)
    assert (state, failures, losses, error) == ("pending", 0, 0, held.summary)
    assert 29 <= seconds <= 35
    assert attempts(stage) == [("held_back", held.summary)]
    # And where the stand-in's is closed, it has the step at once
    sql(stage, "TRUNCATE runs CASCADE; DELETE FROM breakers")
    given = failing(stage, breakers=opened(stage, "actor")).held_back(taken(stage, play.run(shape)))
    assert given is not None
    assert (given.outcome, given.owes) == (Outcome.PUT_OFF, True)
    assert row(stage, "SELECT agent, error FROM steps") == ("understudy", given.summary)
    assert step(stage)[4] == 0
