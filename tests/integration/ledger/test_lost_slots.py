"""A thread that ignores its stop: a real worker loses the slot, says so, drains, ends, and another takes its place."""

import sys

import pytest
from sqlalchemy import text
from support.plays import SPECS, Play, act, side_by_side
from support.stages import REPOSITORY, TROUPE, Stage

from orchestrator.ledger.broker import Broker
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.sweep import Sweep
from orchestrator.local.process import ProcessSpec
from orchestrator.local.supervisor import Supervisor
from tasks.draining import EXIT_CODE

QUEUES = "actor,actor.urgent,celery,upkeep"


@pytest.fixture
def hasty(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Let a step that ignores its stop cost its slot after a second."""
    monkeypatch.setenv("LOOKOUT_STOP_GRACE_SECONDS", "1")
    return stage


def limit(stage: Stage, *, seconds: float) -> None:
    """Set the time limit of every step that ignores its stop."""
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE steps SET hard_seconds = :n WHERE name LIKE 'deaf%'"), {"n": seconds})


def sweeper(stage: Stage, play: Play) -> Sweep:
    return Sweep(
        engine=stage.engine, broker=Broker(play.app), relay=play.relay, limits=Limits(quiet_seconds=0.5), specs=SPECS
    )


def test_a_worker_with_a_lost_slot_lets_the_others_end_and_exits(hasty: Stage, play: Play) -> None:
    # Given a worker with a step that hangs and one that works, and a third that comes later
    worker = hasty.worker(slots=2, queues=QUEUES)
    accepted = play.run(side_by_side(act("deaf", "deaf"), act("b", "hold")))
    limit(hasty, seconds=1)
    hasty.wait(lambda: play.began("deaf") == 1 and play.began("b") == 1)
    with hasty.engine.begin() as conn:
        conn.execute(text("UPDATE steps SET stop_at = now() WHERE name = 'deaf'"))
    # When the first ignores its stop for longer than the grace
    hasty.wait(lambda: "worker drains" in worker.log.read_text())
    late = play.run(act("c"))
    # Then its slot is noted as lost, and the other step may end while no new one begins
    assert hasty.one("SELECT agent || ' ' || step || ' ' || reason FROM lost_slots") == "actor deaf out_of_time"
    play.release("b")
    hasty.wait(lambda: worker.process.poll() is not None)
    assert worker.process.returncode == EXIT_CODE
    assert hasty.step_states(accepted)["b"] == "succeeded"
    assert (play.began("c"), hasty.step_states(late)) == (0, {"c": "pending"})
    # And another worker finishes everything
    play.release("deaf")
    hasty.worker(slots=2, queues=QUEUES)
    sweep = sweeper(hasty, play)
    hasty.wait(lambda: sweep.run().taken and {hasty.state(accepted), hasty.state(late)} == {"succeeded"})
    assert hasty.one("SELECT failures FROM steps WHERE name = 'deaf'") == 1
    assert hasty.doubled_effects() == 0


def test_the_supervisor_puts_another_in_its_place(hasty: Stage, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a supervised worker whose only step hangs
    environment = {
        "PYTHONPATH": f"{REPOSITORY}:{TROUPE}",
        "TROUPE_FOLDER": str(hasty.folder),
        "DATABASE_URL": hasty.addresses.database_url,
        "CELERY_BROKER_URL": hasty.addresses.broker_url,
        "LOOKOUT_HOME": str(hasty.services.home.path),
        "LOOKOUT_HEARTBEAT_SECONDS": "0.5",
        "LOOKOUT_LEASE_SECONDS": "3",
        "LOOKOUT_STOP_GRACE_SECONDS": "1",
    }
    spec = ProcessSpec(
        name="waiting",
        argv=(sys.executable, "-m", "celery", "-A", "troupe", "worker", "-P", "threads", "-c", "2", "-Q", QUEUES),
        log=hasty.folder / "waiting.log",
        env=environment,
        cwd=REPOSITORY,
    )
    monkeypatch.chdir(REPOSITORY)
    with Supervisor([spec]) as supervisor:
        run_id = play.run(act("deaf", "deaf"))
        hasty.wait(lambda: play.began("deaf") == 1, seconds=60)
        # When it is out of time
        with hasty.engine.begin() as conn:
            conn.execute(text("UPDATE steps SET stop_at = now()"))
        hasty.wait(lambda: supervisor.look()[0].restarts == 1, seconds=60)
        play.release("deaf")
        # Then the process is another, and the run ends well
        sweep = sweeper(hasty, play)
        hasty.wait(lambda: sweep.run().taken and supervisor.look() and hasty.state(run_id) == "succeeded", seconds=60)
        assert supervisor.look()[0].trouble == f"ended with code {EXIT_CODE}"
