"""Ends without success: failures, stand-ins, dead letters, cancels and deadlines, through real workers."""

import pytest
from sqlalchemy import text
from support.plays import SPECS, Play, act, in_turn, join, plan_of, side_by_side
from support.stages import Stage

from orchestrator.domain.lanes import lane
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Priority
from orchestrator.ledger import endings
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.sweep import Sweep

pytestmark = pytest.mark.services

QUEUES = "actor,actor.urgent,understudy,celery,upkeep"


def sweeper(stage: Stage, play: Play) -> Sweep:
    """Return a sweep as the upkeep task has it."""
    limits = Limits(lease_seconds=3, quiet_seconds=0.5)
    return Sweep(engine=stage.engine, broker=Broker(play.app), relay=play.relay, limits=limits, specs=SPECS)


def test_a_failed_step_skips_what_needs_it_and_the_join_sees_who_is_missing(stage: Stage, play: Play) -> None:
    # Given a branch whose first step gets wrong input, beside one that works
    stage.worker(queues=QUEUES)
    shape = in_turn(
        side_by_side(in_turn(act("a", "bad"), act("b", needs=("a",))), in_turn(act("c"), act("d", needs=("c",)))),
        join("e", required=True),
    )
    # When it runs
    run_id = play.run(shape)
    # Then the run is partial, what needed the lost step was skipped, and the join saw both missing
    assert stage.wait_for_end(run_id) == "partial"
    assert stage.step_states(run_id) == {
        "a": "failed",
        "b": "skipped",
        "c": "succeeded",
        "d": "succeeded",
        "e": "succeeded",
    }
    missing = stage.one("SELECT body -> 'data' -> 'missing' FROM run_findings WHERE step = 'e'")
    assert missing == ["git:bad/a", "git:succeed/b"]
    # And the dead letter says why
    assert stage.one("SELECT reason || ': ' || error FROM dead_letters").startswith("bad_evidence: BadEvidenceError")  # type: ignore[attr-defined]


def test_a_failing_step_is_tried_again_and_succeeds_when_its_source_is_back(stage: Stage, play: Play) -> None:
    # Given a step whose source is away at first
    stage.worker(queues=QUEUES)
    run_id = play.run(in_turn(act("a", "flaky"), act("b", needs=("a",))))
    stage.wait(lambda: play.began("a") == 1)
    # When the source comes back, and the sweep sends what is due
    play.release("a")
    sweep = sweeper(stage, play)
    stage.wait(lambda: sweep.run().taken and stage.state(run_id) != "running")
    # Then the run succeeds, and the failure is on record
    assert stage.state(run_id) == "succeeded"
    assert stage.one("SELECT failures FROM steps WHERE name = 'a'") == 1
    assert stage.one("SELECT outcome FROM attempts WHERE step = 'a' AND attempt = 1") == "failed"


def test_a_step_that_always_fails_becomes_a_dead_letter_after_its_tries(stage: Stage, play: Play) -> None:
    # Given a required step that fails each time
    stage.worker(queues=QUEUES)
    run_id = play.run(in_turn(act("a", "fail", required=True), join("b")))
    # When its tries are used up
    sweep = sweeper(stage, play)
    stage.wait(lambda: sweep.run().taken and stage.state(run_id) != "running")
    # Then the run failed, what followed was skipped, and the dead letter holds the last error
    assert stage.state(run_id) == "failed"
    assert stage.step_states(run_id) == {"a": "failed", "b": "skipped"}
    assert stage.one("SELECT count(*) FROM attempts WHERE outcome = 'failed'") == 4
    assert stage.one("SELECT reason FROM dead_letters") == "failures"
    assert "has no source today" in str(stage.one("SELECT error FROM runs"))


def test_a_stand_in_takes_over_when_an_agent_has_failed_for_good(stage: Stage, play: Play) -> None:
    # Given a step with wrong input for its agent, and an understudy
    stage.worker(queues=QUEUES)
    # When it runs
    run_id = play.run(in_turn(act("a", "bad", fallbacks=("understudy",)), act("b", needs=("a",))))
    sweep = sweeper(stage, play)
    stage.wait(lambda: sweep.run().taken and stage.state(run_id) != "running")
    # Then the understudy's result counts, and both attempts are on record
    assert stage.state(run_id) == "succeeded"
    with stage.engine.connect() as conn:
        rows = conn.execute(text("SELECT agent, outcome FROM attempts WHERE step = 'a' ORDER BY attempt")).all()
    assert [tuple(row) for row in rows] == [("actor", "handed_over"), ("understudy", "succeeded")]


def test_a_cancel_stops_the_running_step_and_nothing_of_it_is_kept(stage: Stage, play: Play) -> None:
    # Given a run whose first step is at work
    stage.worker(queues=QUEUES)
    run_id = play.run(in_turn(act("a", "hold"), join("b")))
    stage.wait(lambda: play.began("a") == 1)
    # When it is cancelled, and the step is let go a moment later
    with stage.engine.begin() as conn:
        assert endings.stop_run(conn, run_id, state=RunState.CANCELLED, error="a person said so")
        assert not endings.stop_run(conn, run_id, state=RunState.CANCELLED, error="twice")
    # Then it has ended at once, the step learns of it, and neither a finding nor a further step came of it
    assert stage.state(run_id) == "cancelled"
    stage.wait(lambda: "run_over" in stage.workers[0].log.read_text())
    assert stage.step_states(run_id) == {"a": "cancelled", "b": "cancelled"}
    assert stage.one("SELECT count(*) FROM run_findings") == 0
    assert stage.one("SELECT outcome FROM attempts") == "cancelled"


def test_a_run_past_its_deadline_is_ended_by_the_sweep(stage: Stage, play: Play) -> None:
    # Given a run that nobody serves, whose deadline has passed
    run_id = play.run(act("a"), deadline=0.01)
    # When the sweep comes by
    stage.wait(lambda: sweeper(stage, play).run().overdue == 1)
    # Then it is timed out, and so is its step
    assert stage.state(run_id) == "timed_out"
    assert stage.step_states(run_id) == {"a": "timed_out"}


def test_the_same_key_leads_to_the_same_run(stage: Stage, play: Play) -> None:
    # Given a trigger that was accepted
    first = play.accept(plan_of(act("a")), key="advisory:CVE-2026-1:2026-11-01")
    # When it comes again, even with another plan
    second = play.accept(plan_of(in_turn(act("a"), act("b"))), key="advisory:CVE-2026-1:2026-11-01")
    # Then it is recognised
    assert (second.run_id, first.fresh, second.fresh) == (first.run_id, True, False)
    assert stage.one("SELECT count(*) FROM steps") == 1


def test_messages_that_come_twice_do_nothing(stage: Stage, play: Play) -> None:
    # Given a run whose messages are all in the queue three times over
    shape = in_turn(side_by_side(act("a"), act("b"), act("c")), join("d"))
    run_id = play.run(shape)
    for _ in range(2):
        with stage.engine.begin() as conn:
            conn.execute(text("UPDATE outbox SET published_at = NULL"))
        play.relay.send_due(run_id)
    # When they are served
    stage.worker(queues=QUEUES)
    # Then the run ends once and whole, each step was begun once
    assert stage.wait_for_end(run_id) == "succeeded"
    stage.wait(lambda: Broker(play.app).depths(["actor"]) == {"actor": 0})
    assert [play.began(name) for name in "abcd"] == [1, 1, 1, 1]
    assert stage.doubled_effects() == 0


def test_an_urgent_run_takes_the_urgent_lane(stage: Stage, play: Play) -> None:
    # Given two runs, one critical, and nobody at work

    play.run(act("a"))
    play.run(act("b"), priority=Priority.CRITICAL)
    # Then each message lies in its own lane
    depths = Broker(play.app).depths([SPECS["actor"].queue, lane(SPECS["actor"], Priority.CRITICAL), "nobody"])
    assert depths == {"actor": 1, "actor.urgent": 1, "nobody": 0}
