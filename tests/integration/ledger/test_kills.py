"""A kill -9 of each role while a step is provably running: the run still ends whole, each effect once."""

import os
import signal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from support.plays import Play, act, in_turn, join, side_by_side
from support.stages import Stage, Worker, broker_client

pytestmark = pytest.mark.services

QUEUES = "actor,actor.urgent,understudy,celery,upkeep"
STEPS = {"a", "b", "c", "d", "e"}
SHAPE = in_turn(
    side_by_side(in_turn(act("a", "hold"), act("b", needs=("a",))), in_turn(act("c"), act("d", needs=("c",)))),
    join("e"),
)


def begin(stage: Stage, play: Play) -> UUID:
    """Start a run and return once its first step is at work, which it stays until released."""
    run_id = play.run(SHAPE)
    stage.wait(lambda: play.began("a") == 1 and stage.step_states(run_id)["d"] == "succeeded")
    assert stage.step_states(run_id)["a"] == "running", "the kill would hit nothing"
    return run_id


def check_whole(stage: Stage, run_id: UUID) -> None:
    """Check that the run ended whole, each effect once."""
    assert stage.wait_for_end(run_id, seconds=60) == "succeeded"
    assert set(stage.step_states(run_id).values()) == {"succeeded"}
    assert stage.doubled_effects() == 0
    with stage.engine.connect() as conn:
        effects = [row.step for row in conn.execute(text("SELECT step FROM effects ORDER BY step"))]
    assert effects == sorted(STEPS)


def beat(stage: Stage) -> Worker:
    """Start beat, whose sweeps bring back what was lost."""
    started = stage.start("beat", "--pidfile=", "-l", "INFO")
    stage.wait(lambda: stage.one("SELECT count(*) FROM leases") == 1)
    return started


def server(stage: Stage, name: str) -> int:
    """Return the pid of an embedded server."""
    found = [keeper.row().pid for keeper in stage.services.keepers if name in keeper.row().name.lower()]
    assert len(found) == 1
    assert found[0] is not None
    return found[0]


def restarted(stage: Stage, name: str, *, old: int) -> bool:
    """Look after the servers once; whether the named one runs again under another pid."""
    stage.services.check()
    return server(stage, name) != old if _alive(stage, name) else False


def _alive(stage: Stage, name: str) -> bool:
    return any(name in k.row().name.lower() and k.row().pid is not None for k in stage.services.keepers)


def test_a_killed_thread_worker(stage: Stage, play: Play) -> None:
    # Given a step at work on a worker of threads
    beat(stage)
    worker = stage.worker(queues=QUEUES)
    run_id = begin(stage, play)
    # When the worker is killed, and another one is there
    worker.kill()
    assert worker.process.wait(10) == -signal.SIGKILL
    play.release("a")
    stage.worker(queues=QUEUES)
    # Then the lease runs out, the step is tried again, and the loss is on record
    check_whole(stage, run_id)
    assert stage.one("SELECT losses FROM steps WHERE name = 'a'") == 1
    assert stage.one("SELECT outcome FROM attempts WHERE step = 'a' AND attempt = 1") == "lost"


def test_a_killed_child_of_a_prefork_worker(stage: Stage, play: Play) -> None:
    # Given a step at work in a child of a prefork worker
    beat(stage)
    stage.worker(pool="prefork", slots=2, queues=QUEUES)
    run_id = begin(stage, play)
    # When that child alone is killed
    child = int((stage.folder / "began-a").read_text().split()[0])
    assert child != stage.workers[1].process.pid
    play.release("a")
    os.kill(child, signal.SIGKILL)
    # Then the worker replaces it and the run ends whole
    check_whole(stage, run_id)


def test_a_killed_beat(stage: Stage, play: Play) -> None:
    # Given a step at work, and a beat that leads
    first = beat(stage)
    worker = stage.worker(queues=QUEUES)
    run_id = begin(stage, play)
    # When beat is killed, another takes over, and the worker is killed as well
    first.kill()
    assert first.process.wait(10) == -signal.SIGKILL
    second = stage.start("beat", "--pidfile=", "-l", "INFO")
    worker.kill()
    play.release("a")
    stage.worker(queues=QUEUES)
    # Then it is the second beat's sweeps that bring the run home
    check_whole(stage, run_id)
    assert second.process.poll() is None


def test_a_killed_valkey(stage: Stage, play: Play) -> None:
    # Given a step at work, while the rest of the run is only in the broker's memory
    beat(stage)
    stage.worker(queues=QUEUES)
    run_id = begin(stage, play)
    # When Valkey is killed and comes back
    old = server(stage, "valkey")
    os.kill(old, signal.SIGKILL)
    stage.wait(lambda: restarted(stage, "valkey", old=old))
    play.release("a")
    # Then the run ends whole
    check_whole(stage, run_id)


def test_a_broker_that_lost_its_memory(stage: Stage, play: Play) -> None:
    # Given a run whose messages wait in the broker, and a sweep that has seen it
    beat(stage)
    worker = stage.worker(queues=QUEUES)
    stage.wait(lambda: stage.one("SELECT count(*) FROM broker") == 1)
    run_id = begin(stage, play)
    # When everything in the broker is wiped while a step runs
    broker_client(stage.addresses).flushall()
    play.release("a")
    # Then what was lost is sent again
    check_whole(stage, run_id)
    assert worker.process.poll() is None


def test_a_killed_postgres(stage: Stage, play: Play) -> None:
    # Given a step at work
    beat(stage)
    stage.worker(queues=QUEUES)
    run_id = begin(stage, play)
    # When Postgres is killed in the middle, and comes back after the step wanted to end
    old = server(stage, "postgres")
    os.kill(old, signal.SIGKILL)
    play.release("a")
    stage.wait(lambda: restarted(stage, "postgres", old=old))
    stage.wait(lambda: _answers(stage))
    # Then nothing that was committed is lost, and the run ends whole
    check_whole(stage, run_id)


def _answers(stage: Stage) -> bool:
    """Whether the database answers."""
    try:
        return stage.one("SELECT 1") == 1
    except OperationalError:
        return False


def test_a_worker_that_is_told_to_stop_gives_its_steps_back(stage: Stage, play: Play) -> None:
    # Given a step at work on a worker of threads
    beat(stage)
    worker = stage.worker(queues=QUEUES)
    run_id = begin(stage, play)
    # When the worker is told to stop
    worker.kill(signal.SIGTERM)
    # Then it leaves without waiting for the step, which is pending again and has lost nothing
    assert worker.process.wait(20) == 0
    assert stage.step_states(run_id)["a"] == "pending"
    play.release("a")
    stage.worker(queues=QUEUES)
    check_whole(stage, run_id)
    assert stage.one("SELECT losses + failures FROM steps WHERE name = 'a'") == 0
    assert stage.one("SELECT outcome FROM attempts WHERE step = 'a' AND attempt = 1") == "given_back"


def test_a_stopped_worker_that_wakes_up_late_is_fenced(stage: Stage, play: Play) -> None:
    # Given a step at work on a worker that is stopped until its lease has run out
    beat(stage)
    worker = stage.worker(queues=QUEUES)
    run_id = begin(stage, play)
    worker.kill(signal.SIGSTOP)
    play.release("a")
    stage.worker(queues=QUEUES)
    check_whole(stage, run_id)
    # When it wakes up and hands in its result
    worker.kill(signal.SIGCONT)
    # Then nothing of it is applied
    stage.wait(lambda: "fenced" in worker.log.read_text() or "step stopped" in worker.log.read_text())
    assert stage.doubled_effects() == 0
    assert stage.state(run_id) == "succeeded"
