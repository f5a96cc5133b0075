"""``celery -A orchestrator beat`` as processes: started, stopped, frozen and killed while runs fall due."""

import signal
from pathlib import Path

import pytest
from support.stages import Stage, Worker, broker_client
from support.timetables import Timetable, listed, lock_file

_LEADS = "SELECT count(*) FROM leases WHERE until > clock_timestamp() AND owner LIKE :owner"
_DOUBLED = "SELECT count(*) FROM (SELECT FROM occurrences GROUP BY schedule, due HAVING count(*) > 1) t"
_LIVE = "SELECT count(*) FROM runs WHERE state = 'running'"


@pytest.fixture(autouse=True)
def _quick(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let beats look, sweep and be replaced quickly."""
    monkeypatch.setenv("LOOKOUT_BEAT_INTERVAL_SECONDS", "0.2")
    monkeypatch.setenv("LOOKOUT_BEAT_LEASE_SECONDS", "1.5")
    monkeypatch.setenv("LOOKOUT_SWEEP_SECONDS", "0.5")


def _beat(stage: Stage) -> Worker:
    return stage.start("beat", "-l", "INFO", "--schedule", str(stage.folder / "unused"), app="orchestrator")


def _leads(stage: Stage, beat: Worker) -> bool:
    """Whether the beat's own process holds a lease that has not run out."""
    assert beat.process.poll() is None, beat.log.read_text()[-4_000:]
    return stage.one(_LEADS, owner=f"%:{beat.process.pid}:%") == 1


def test_a_beat_sweeps_fires_and_lets_go_of_the_lease_when_it_is_told_to_end(
    stage: Stage, timetable: Timetable
) -> None:
    # Given a beat, unmodified, and nothing scheduled
    beat = _beat(stage)
    # Then sweeps arrive in their queue
    stage.wait(lambda: int(broker_client(stage.addresses).llen("upkeep")) >= 2, seconds=60)
    assert _leads(stage, beat)
    # When something is scheduled meanwhile
    timetable.watch(listed(lock_file()))
    # Then it is fired, once
    stage.wait(timetable.runs)
    assert timetable.all()["stack/1d"].last_state == "running"
    assert stage.one("SELECT count(*) FROM occurrences") == 1
    # And when it is told to end, it ends cleanly, and another could lead at once
    beat.process.terminate()
    assert beat.process.wait(20) == 0, beat.log.read_text()[-4_000:]
    assert stage.one(_LEADS, owner="%") == 0
    assert "Traceback" not in beat.log.read_text()
    # And it kept no file of its own
    assert not list(stage.folder.glob("unused*"))


def test_a_frozen_beat_is_replaced_and_fires_nothing_when_it_wakes(stage: Stage, timetable: Timetable) -> None:
    # Given two beats, of which one leads
    beats = [_beat(stage), _beat(stage)]
    stage.wait(lambda: any(_leads(stage, beat) for beat in beats), seconds=60)
    old, new = sorted(beats, key=lambda beat: not _leads(stage, beat))
    # When the leader is frozen, and a schedule falls due
    old.kill(signal.SIGSTOP)
    timetable.watch(listed(lock_file(age=60)))
    # Then the other takes over and fires it
    stage.wait(lambda: _leads(stage, new) and timetable.runs(), seconds=30)
    # And when the old one wakes, and the schedule falls due again, one of them fires it, and not both
    old.kill(signal.SIGCONT)
    stage.wait(lambda: "another scheduler leads" in old.log.read_text())
    timetable.sql("UPDATE runs SET state = 'succeeded'")
    timetable.sql("UPDATE schedules SET next_due = now()")
    stage.wait(lambda: stage.one(_LIVE) == 1)
    assert len(timetable.runs()) == 2
    assert stage.one(_DOUBLED) == 0
    assert not _leads(stage, old)
    # And when the new leader is killed, the old one leads again
    new.kill()
    stage.wait(lambda: _leads(stage, old), seconds=30)


def test_a_scheduled_look_runs_to_its_report(stage: Stage, timetable: Timetable, tmp_path: Path) -> None:
    # Given a lock file, a beat, and a worker that serves every queue
    lock = tmp_path / "requirements.txt"
    lock.write_text("flask==3.0.0\n")
    stage.worker(queues="data_manager.low,github.low,security.low,reporting.low,celery,upkeep", app="orchestrator")
    beat = _beat(stage)
    # When the lock file is watched
    timetable.watch(listed(lock_file(str(lock))))
    stage.wait(timetable.runs, seconds=60)
    # Then it is looked at, and there is a report
    (run,) = timetable.runs()
    assert stage.wait_for_end(run, seconds=60) in {"succeeded", "partial"}
    assert stage.one("SELECT count(*) > 0 FROM artifacts WHERE run_id = :run", run=run) is True
    assert _leads(stage, beat)
