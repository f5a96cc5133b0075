"""Pausing, resuming and cancelling a run: what its steps hear, by which heartbeat, and what becomes of its deadline."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import SPECS, Play, act, in_turn, side_by_side
from support.runners import Crew, report_of
from support.stages import Stage

from agents.contract import AgentReport, Work
from agents.errors import StoppedError
from orchestrator.domain.runs import RunState
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.control import Control, give_back, pause_run, resume_run
from orchestrator.ledger.endings import stop_run
from orchestrator.ledger.failing import Outcome
from orchestrator.ledger.heart import Pulse, StopReason
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.sweep import Sweep
from orchestrator.store.runs import read_deadline

TWO_HEARTBEATS = 2


def pause(stage: Stage, run_id: UUID) -> Control:
    with stage.engine.begin() as conn:
        return pause_run(conn, run_id, why="the source\x00 is being moved")


def resume(stage: Stage, run_id: UUID) -> Control:
    with stage.engine.begin() as conn:
        return resume_run(conn, run_id)


def cancel(stage: Stage, run_id: UUID) -> Control:
    with stage.engine.begin() as conn:
        stop_run(conn, run_id, state=RunState.CANCELLED, error="a person said so")
    return Control.DONE


def sql(stage: Stage, statement: str) -> None:
    with stage.engine.begin() as conn:
        conn.execute(text(statement))


def due(stage: Stage) -> list[tuple[str, list[str]]]:
    """Return what waits to be sent."""
    with stage.engine.connect() as conn:
        found = conn.execute(text("SELECT why, steps FROM outbox WHERE published_at IS NULL ORDER BY id")).all()
        return [(row.why, row.steps) for row in found]


def told(pulse: Pulse) -> StopReason | None:
    """Return why a step was told to stop, as it is now."""
    return pulse.reason


def sweeper(stage: Stage, play: Play) -> Sweep:
    limits = Limits(quiet_seconds=0.001)
    return Sweep(engine=stage.engine, broker=Broker(play.app), relay=play.relay, limits=limits, specs=SPECS)


class Obedient:
    """An agent that works until it is told to stop."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def __call__(self, work: Work) -> AgentReport:
        self.begun.set()
        assert work.stop_signal.wait(30)
        raise StoppedError("told to stop")


@pytest.mark.parametrize(
    ("change", "reason", "state", "outcome"),
    [(pause, StopReason.PAUSED, "pending", "given_back"), (cancel, StopReason.RUN_OVER, "cancelled", "cancelled")],
)
def test_a_running_step_stops_within_two_heartbeats(  # noqa: PLR0917  the columns of the table
    stage: Stage, play: Play, change: object, reason: StopReason, state: str, outcome: str
) -> None:
    # Given a step at work, and a heart that beats only when told
    run_id = play.run(act("a"))
    agent = Obedient()
    crew = Crew(stage.engine, agent)
    with ThreadPoolExecutor(1) as pool:
        stepped = pool.submit(crew.run, run_id, "a")
        assert agent.begun.wait(30)
        pulse = crew.heart.held()[0]
        crew.heart.beat()
        assert told(pulse) is None
        # When the run is paused or cancelled
        assert callable(change)
        assert change(stage, run_id) is Control.DONE
        for _ in range(TWO_HEARTBEATS):
            crew.heart.beat()
        # Then the step hears of it in time, stops without a fault of its own, and its message ends
        assert told(pulse) is reason
        assert stepped.result(30).outcome in {Outcome.PUT_OFF, Outcome.FENCED}
    assert stage.step_states(run_id) == {"a": state}
    assert stage.one("SELECT failures + losses FROM steps") == 0
    assert stage.one("SELECT outcome FROM attempts") == outcome


def test_a_paused_run_begins_nothing_and_sends_all_that_is_ready_when_it_is_resumed(stage: Stage, play: Play) -> None:
    # Given a run of which one step is done, one is put off, and two stand behind them
    run_id = play.run(in_turn(side_by_side(act("a"), act("b"), act("later")), act("c")))
    crew = Crew(stage.engine)
    assert crew.run(run_id, "a").outcome is Outcome.DONE
    sql(stage, "UPDATE steps SET ready_at = now() + interval '1h' WHERE name = 'later'")
    # When it is paused, and its message comes
    assert pause(stage, run_id) is Control.DONE
    assert crew.run(run_id, "b").outcome is Outcome.STALE
    # Then the message does nothing, the sweep sends nothing, and the reason is kept
    assert sweeper(stage, play).run().stuck == 0
    assert due(stage) == []
    assert stage.one("SELECT paused_why FROM runs") == "the source\ufffd is being moved"
    # When it is resumed, then what is ready is sent: neither what is done, nor what waits for its time or its gate
    assert resume(stage, run_id) is Control.DONE
    assert due(stage) == [("resumed", ["b"])]
    assert crew.run(run_id, "b").outcome is Outcome.DONE
    assert stage.one("SELECT paused_at IS NULL AND paused_why IS NULL FROM runs") is True


def test_a_run_without_anything_ready_resumes_without_a_message(stage: Stage, play: Play) -> None:
    # Given a paused run whose only step waits for its time
    run_id = play.run(act("a"))
    sql(stage, "UPDATE steps SET ready_at = now() + interval '1h'")
    pause(stage, run_id)
    # When it is resumed, then nothing is sent: all that is left would be too much
    assert resume(stage, run_id) is Control.DONE
    assert due(stage) == []


def test_a_paused_runs_deadline_does_not_pass_and_moves_by_the_pause(stage: Stage, play: Play) -> None:
    # Given a run that was paused for an hour, half of it after its deadline
    run_id = play.run(act("a"), deadline=120)
    agent = Obedient()
    crew = Crew(stage.engine, agent)
    with ThreadPoolExecutor(1) as pool:
        stepped = pool.submit(crew.run, run_id, "a")
        assert agent.begun.wait(30)
        pause(stage, run_id)
        sql(stage, "UPDATE runs SET paused_at = now() - interval '1h', deadline_at = now() - interval '30min'")
        before = stage.one("SELECT deadline_at FROM runs")
        # When a sweep comes by, and a heartbeat, then the run is not over: it is paused
        assert sweeper(stage, play).run().overdue == 0
        crew.heart.beat()
        assert stepped.result(30).outcome is Outcome.PUT_OFF
    assert stage.state(run_id) == "running"
    # When it is resumed
    resume(stage, run_id)
    # Then its deadline has moved by the hour, and the run can still end well
    moved = "SELECT extract(epoch FROM deadline_at - CAST(:before AS timestamptz))::int BETWEEN 3600 AND 3660 FROM runs"
    assert stage.one(moved, before=before) is True
    assert Crew(stage.engine).run(run_id, "a").outcome is Outcome.DONE
    assert stage.state(run_id) == "succeeded"


def test_a_step_that_finishes_in_a_pause_is_kept_and_what_follows_waits(stage: Stage, play: Play) -> None:
    # Given a step that does not hear of the pause before it is done
    run_id = play.run(in_turn(act("a"), act("b")))

    def work(work: Work) -> AgentReport:
        pause(stage, run_id)
        return report_of(work)

    # When it finishes
    assert Crew(stage.engine, work).run(run_id, "a").outcome is Outcome.DONE
    # Then its result counts, and what follows begins after the pause
    assert Crew(stage.engine).run(run_id, "b").outcome is Outcome.STALE
    resume(stage, run_id)
    assert due(stage) == [("resumed", ["b"])]
    assert Crew(stage.engine).run(run_id, "b").outcome is Outcome.DONE
    assert stage.state(run_id) == "succeeded"


def test_a_step_that_goes_back_after_its_run_was_resumed_is_sent_by_itself(stage: Stage, play: Play) -> None:
    # Given a step that was told of a pause, and stops only after the run was resumed
    run_id = play.run(act("a"))

    def work(_: Work) -> AgentReport:
        pause(stage, run_id)
        crew.heart.beat()
        resume(stage, run_id)
        raise StoppedError("told to stop")

    crew = Crew(stage.engine, work)
    # When it goes back
    assert crew.run(run_id, "a").outcome is Outcome.PUT_OFF
    # Then it is not forgotten, and nobody who lost it can give it back again
    assert due(stage) == [("retry", ["a"])]
    with stage.engine.begin() as conn:
        assert not give_back(conn, Attempt(run_id, "a", 1), error="again")


def test_a_wish_that_is_true_already_or_comes_too_late_says_so(stage: Stage, play: Play) -> None:
    # Given a run that goes on
    run_id = play.run(act("a"))
    assert resume(stage, run_id) is Control.ALREADY
    # When it is paused twice
    assert [pause(stage, run_id), pause(stage, run_id)] == [Control.DONE, Control.ALREADY]
    # Then a paused run can be cancelled, and after that neither paused nor resumed
    cancel(stage, run_id)
    assert stage.state(run_id) == "cancelled"
    assert [pause(stage, run_id), resume(stage, run_id)] == [Control.OVER, Control.OVER]


def test_a_run_past_its_deadline_cannot_hide_in_a_pause(stage: Stage, play: Play) -> None:
    # Given a run whose deadline has passed, and no sweep came by yet
    run_id = play.run(act("a"), deadline=0.001)
    stage.wait(lambda: stage.one("SELECT deadline_at < now() FROM runs"))
    # When somebody pauses it, then it is too late, and the sweep ends it
    assert pause(stage, run_id) is Control.OVER
    assert sweeper(stage, play).run().overdue == 1
    assert stage.state(run_id) == "timed_out"


def test_a_client_reads_the_deadline_that_holds_now(stage: Stage, play: Play) -> None:
    # Given a run, when its deadline is read while it goes on, while it is paused, and afterwards
    run_id = play.run(act("a"))
    with stage.engine.connect() as conn:
        first = read_deadline(conn, run_id)
    pause(stage, run_id)
    with stage.engine.connect() as conn:
        paused = read_deadline(conn, run_id)
    resume(stage, run_id)
    with stage.engine.connect() as conn:
        moved = read_deadline(conn, run_id)
    # Then there is none in between, and it has moved
    assert paused is None
    assert first is not None
    assert moved is not None
    assert moved > first
