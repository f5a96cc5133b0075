"""Circuit breakers through real steps: shared by all workers, at no cost while they are closed, never a fault."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import Play, act, side_by_side
from support.runners import Crew, report_of
from support.stages import Stage

from agents.contract import AgentReport, Work
from agents.errors import BadEvidenceError, QuotaExhaustedError, SourceUnavailableError
from orchestrator.domain.runs import RunState
from orchestrator.ledger.endings import stop_run
from orchestrator.ledger.failing import Outcome
from orchestrator.ledger.heart import Heart
from orchestrator.quota.breaker import Rules, State, Trial
from orchestrator.quota.breakers import Breakers, not_closed

RULES = Rules(failures=3, of=4, window_seconds=60, open_seconds=30, longest_seconds=60, trial_seconds=5)
NAMES = ("a", "b", "c", "d", "e", "f")


def away(work: Work) -> AgentReport:
    raise SourceUnavailableError(f"{work.step} has no source today")


def crew_of(stage: Stage, act: Callable[[Work], AgentReport] = report_of) -> Crew:
    """Return a worker process with breakers of its own."""
    crew = Crew(stage.engine, act)
    crew.runner.__dict__["breakers"] = Breakers(stage.engine, rules=RULES)
    return crew


def listening(stage: Stage, crew: Crew) -> Breakers:
    """Let a process hear of the breakers, as with its heartbeat."""
    breakers = crew.runner.breakers
    assert breakers is not None
    with stage.engine.begin() as conn:
        breakers.listen(conn)
    return breakers


def states(stage: Stage) -> dict[str, State]:
    with stage.engine.connect() as conn:
        return {seen.breaker.agent: seen.state for seen in not_closed(conn)}


def sql(stage: Stage, statement: str) -> None:
    with stage.engine.begin() as conn:
        conn.execute(text(statement))


def hold_time(stage: Stage) -> None:
    """Let the breaker's time be up, and every step ready."""
    sql(stage, "UPDATE breakers SET open_until = now() - interval '1s'")
    sql(stage, "UPDATE steps SET ready_at = now() WHERE state = 'pending'")


@pytest.fixture
def run_id(play: Play) -> UUID:
    """Return a run of six steps side by side, of one agent."""
    return play.run(side_by_side(*map(act, NAMES)))


@pytest.fixture
def tripped(stage: Stage, run_id: UUID) -> UUID:
    """Return that run with three steps failed and the breaker open."""
    assert crew_of(stage, away).play(run_id, "a", "b", "c") == [Outcome.PUT_OFF] * 3
    assert states(stage) == {"actor": State.OPEN}
    return run_id


def test_an_open_breaker_puts_steps_off_in_every_process_at_no_cost_to_them(stage: Stage, tripped: UUID) -> None:
    # Given another process, which has not heard of it
    other = crew_of(stage)
    assert other.run(tripped, "d").outcome is Outcome.DONE
    # When it does, with its heartbeat, and a step comes
    listening(stage, other)
    held = other.run(tripped, "e")
    # Then the step is put off until the breaker lets one try: no failure, no loss, and the reason beside it
    assert (held.outcome, held.owes) == (Outcome.PUT_OFF, True)
    row = "SELECT state || ' ' || failures || ' ' || losses FROM steps WHERE name = 'e'"
    assert stage.one(row) == "pending 0 0"
    assert str(stage.one("SELECT error FROM steps WHERE name = 'e'")).startswith(
        "put off: the breaker of agent actor is open until 2"
    )
    assert stage.one("SELECT ready_at > now() + interval '20s' FROM steps WHERE name = 'e'") is True
    assert stage.one("SELECT outcome FROM attempts WHERE step = 'e'") == "held_back"
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'retry' AND steps = ARRAY['e'] AND due_at > now()") == 1


@pytest.mark.usefixtures("tripped")
def test_a_message_of_the_source_is_not_shown_to_other_runs(stage: Stage) -> None:
    # Given an open breaker, when its reason is read, then it names the kind of failure, not what was said in it
    assert stage.one("SELECT why FROM breakers") == "SourceUnavailableError"


def test_the_trials_result_closes_it_and_its_steps_go_on(stage: Stage, tripped: UUID) -> None:
    # Given a breaker whose time is up, and a process that knows that it was open
    crew = crew_of(stage)
    listening(stage, crew)
    hold_time(stage)
    held: list[Outcome] = []

    def work(work: Work) -> AgentReport:
        held.append(crew.run(tripped, "e").outcome)
        return report_of(work)

    crew.runner.__dict__["build"] = lambda _: type("Nested", (), {"run": staticmethod(work)})()
    # When one tries while another comes, and gives a result
    assert states(stage) == {"actor": State.HALF_OPEN}
    assert crew.run(tripped, "d").outcome is Outcome.DONE
    # Then only one tried, and its result closed the breaker without a word
    assert held == [Outcome.PUT_OFF]
    assert states(stage) == {}
    sql(stage, "UPDATE steps SET ready_at = now() WHERE state = 'pending'")
    last = crew_of(stage)
    assert last.play(tripped, "a", "b", "c", "e", "f") == [Outcome.DONE] * 5
    assert stage.state(tripped) == "succeeded"


def test_a_breaker_changes_where_it_opens_and_not_where_steps_ask(stage: Stage, tripped: UUID) -> None:
    # Given a breaker that opened a while ago, and a process that knows it
    crew = crew_of(stage, away)
    listening(stage, crew)
    sql(stage, "UPDATE breakers SET changed_at = now() - interval '1h'")
    lately = "SELECT changed_at > now() - interval '1min' FROM breakers"
    # When a step asks and is put off, then nothing has changed: who was told of it is not told again
    assert crew.run(tripped, "d").outcome is Outcome.PUT_OFF
    assert stage.one(lately) is False
    # And when one tries and fails, then it has
    hold_time(stage)
    assert crew.run(tripped, "d").outcome is Outcome.PUT_OFF
    assert stage.one(lately) is True


def test_the_trials_failure_opens_it_for_twice_as_long(stage: Stage, tripped: UUID) -> None:
    # Given a breaker whose time is up
    crew = crew_of(stage, away)
    listening(stage, crew)
    hold_time(stage)
    # When the one that tries fails
    assert crew.run(tripped, "d").outcome is Outcome.PUT_OFF
    # Then it is open again, for a minute, and nobody tries
    assert states(stage) == {"actor": State.OPEN}
    assert stage.one("SELECT trips FROM breakers") == 2
    assert stage.one("SELECT open_until > now() + interval '50s' AND trial_run IS NULL FROM breakers") is True


@pytest.mark.parametrize("error", [BadEvidenceError("wrong"), QuotaExhaustedError("later", retry_at=datetime.now(UTC))])
def test_a_trial_that_says_nothing_of_the_source_lets_another_try(
    stage: Stage, tripped: UUID, error: Exception
) -> None:
    # Given a trial that ends for a reason of its own
    def work(_: Work) -> AgentReport:
        raise error

    crew = crew_of(stage, work)
    breakers = listening(stage, crew)
    hold_time(stage)
    crew.run(tripped, "d")
    # Then the breaker is as it was, and the next step may try
    assert states(stage) == {"actor": State.HALF_OPEN}
    assert breakers.admit("actor", Trial(tripped, "e", 1)) is None


def test_a_few_failures_among_many_results_open_nothing(stage: Stage, run_id: UUID) -> None:
    # Given a failure, then two results, then two more failures: three of five
    bad = crew_of(stage, away)
    bad.play(run_id, "a")
    crew_of(stage).play(run_id, "b", "c")
    # When the last ones fail
    bad.play(run_id, "d", "e")
    # Then the agent works as far as anybody can tell
    assert states(stage) == {}
    # And when a fourth fails without a result since the oldest of the last three, it does not
    bad.play(run_id, "f")
    assert states(stage) == {"actor": State.OPEN}


def test_a_step_with_a_stand_in_is_handed_over_at_once(stage: Stage, tripped: UUID, play: Play) -> None:
    # Given an open breaker, and a step with somebody to stand in for its agent
    second = play.run(act("x", fallbacks=("understudy",)))
    crew = crew_of(stage)
    listening(stage, crew)
    # When it comes
    assert crew.run(second, "x").outcome is Outcome.PUT_OFF
    # Then the stand-in has it, may begin at once, and gives the result
    assert stage.one("SELECT agent FROM steps WHERE run_id = :run", run=second) == "understudy"
    assert crew.run(second, "x").outcome is Outcome.DONE
    assert (stage.state(second), stage.state(tripped)) == ("succeeded", "running")


def test_a_step_that_is_put_off_still_ends_with_its_runs_deadline(stage: Stage, tripped: UUID) -> None:
    # Given a step that was put off, in a run whose deadline comes first
    crew = crew_of(stage)
    listening(stage, crew)
    crew.run(tripped, "d")
    with stage.engine.begin() as conn:
        stop_run(conn, tripped, state=RunState.TIMED_OUT, error="its deadline passed")
    # Then it has timed out, and what held it back stays beside it
    assert stage.step_states(tripped)["d"] == "timed_out"
    assert "breaker of agent actor" in str(stage.one("SELECT error FROM steps WHERE name = 'd'"))


@contextmanager
def counted(stage: Stage) -> Iterator[list[str]]:
    """Yield the statements that are executed meanwhile."""
    seen: list[str] = []

    execute = stage.engine.dialect.do_execute

    def note(cursor: Any, statement: str, *others: Any) -> None:  # noqa: ANN401  SQLAlchemy's own signature
        seen.append(statement)
        execute(cursor, statement, *others)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage.engine.dialect, "do_execute", note)
        yield seen


def test_a_closed_breaker_costs_a_successful_step_nothing(stage: Stage, run_id: UUID) -> None:
    # Given a worker with breakers, when its steps succeed
    crew = crew_of(stage)
    with counted(stage) as seen:
        assert crew.play(run_id, *NAMES) == [Outcome.DONE] * len(NAMES)
    # Then not one statement is about breakers
    assert seen
    assert [one for one in seen if "breakers" in one] == []


def test_a_failure_whose_answer_is_lost_is_noted_once(stage: Stage, run_id: UUID) -> None:
    # Given a step that failed, and whose outcome is written down a second time
    crew = crew_of(stage, away)
    crew.run(run_id, "a")
    sql(stage, "UPDATE steps SET ready_at = now()")
    crew.run(run_id, "a")
    # Then one step is one strike
    assert stage.one("SELECT jsonb_array_length(strikes) FROM breakers") == 1


def test_heartbeats_tell_a_process_that_works_and_leave_an_idle_one_alone(stage: Stage, tripped: UUID) -> None:
    # Given a process whose heart listens, idle so far
    breakers = Breakers(stage.engine, rules=RULES)
    heart = Heart(stage.engine, lease_seconds=15, every_seconds=3_600, listeners=(breakers.listen,))
    heart.beat()
    assert breakers.closed("actor")
    # When it has worked since the last beat, even if nothing runs just now
    heart.release(heart.hold(tripped, step="d", attempt=1))
    heart.beat()
    # Then it knows, and once it is idle it asks no more
    assert not breakers.closed("actor")
    with counted(stage) as seen:
        heart.beat()
    assert seen == []


def test_an_agent_that_never_failed_may_begin(stage: Stage, run_id: UUID) -> None:
    # Given an agent without a breaker, when it is asked for, then nobody waits and nothing is written
    assert Breakers(stage.engine, rules=RULES).admit("actor", Trial(run_id, "a", 1)) is None
    assert stage.one("SELECT count(*) FROM breakers") == 0


def test_a_step_that_was_running_when_it_opened_changes_nothing_by_failing(stage: Stage, tripped: UUID) -> None:
    # Given an open breaker, and a process that began a step before it heard of it
    before = stage.one("SELECT open_until FROM breakers")
    # When that step fails too
    assert crew_of(stage, away).run(tripped, "d").outcome is Outcome.PUT_OFF
    # Then the breaker stays open for as long as it was, and has tripped once
    assert stage.one("SELECT open_until FROM breakers") == before
    assert stage.one("SELECT trips FROM breakers") == 1
