"""The gate on the real ledger: who is turned away, who passes, and what each door answers."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from typing import Any

import psycopg
import pytest
from celery import Celery
from sqlalchemy.exc import OperationalError
from support.stages import Stage
from support.timetables import Timetable, catalogue_sender, intake_of, listed, lock_file

from orchestrator.admission.bounds import Bounds, Load
from orchestrator.admission.gate import Gate
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.doors import RefusedError, accept_message
from orchestrator.errors import AdmissionError
from orchestrator.intake import Intake
from orchestrator.ledger.outside import Copies
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Leader
from orchestrator.scheduling.occurrences import Fate
from orchestrator.store.engine import make_engine


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def app(stage: Stage) -> Iterator[Celery]:
    app = catalogue_sender(stage.addresses.broker_url)
    yield app
    app.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def intake(stage: Stage, app: Celery, clock: Clock) -> Intake:
    """Return an intake with room for four runs, of which a critical one may be a fifth."""
    gate = Gate(stage.engine, Bounds(runs=4, steps=1_000, reserve=0.25), clock=clock)
    return replace(intake_of(stage, app), gate=gate)


def _trigger(priority: Priority | None = None, *, key: str = "") -> Trigger:
    return Trigger(kind=TriggerKind.MONITOR, targets=(lock_file(),), priority=priority, key=key)


def _fill(intake: Intake, runs: int) -> None:
    for number in range(runs):
        intake.accept(_trigger(Priority.CRITICAL, key=f"filler-{number}"))


def test_who_is_less_urgent_is_told_when_to_come_back_and_the_critical_pass_up_to_the_hard_bound(
    intake: Intake, stage: Stage
) -> None:
    # Given as many runs as normal ones may be
    _fill(intake, 3)
    # When a normal one comes, then it is turned away with a time, before anything is written
    with pytest.raises(AdmissionError, match="come back in") as caught:
        intake.accept(_trigger(Priority.NORMAL))
    assert caught.value.retry_after_seconds >= 1
    assert stage.one("SELECT count(*) FROM runs") == 3
    # And a high one passes, then a critical one, and then nobody
    intake.accept(_trigger(Priority.HIGH))
    intake.accept(_trigger(Priority.CRITICAL))
    with pytest.raises(AdmissionError, match="critical priority: 5 runs are live, of 5 that may be"):
        intake.accept(_trigger(Priority.CRITICAL))


def test_who_was_let_in_before_finds_the_run_again_however_full_it_is(intake: Intake) -> None:
    # Given a run by a key, and then no room at all
    first = intake.accept(_trigger(key="mine"))
    _fill(intake, 4)
    # When the same trigger comes again, then it finds its run, and another one is turned away
    again = intake.accept(_trigger(key="mine"))
    assert (again.run_id, again.fresh) == (first.run_id, False)
    with pytest.raises(AdmissionError):
        intake.accept(_trigger(key="another"))


def test_room_that_others_made_is_seen_at_the_next_look(intake: Intake, timetable: Timetable, clock: Clock) -> None:
    # Given no room, and runs that end a moment later
    _fill(intake, 4)
    timetable.sql("UPDATE runs SET state = 'succeeded', finished_at = now()")
    # When somebody asks before the next look, then there is no room, and the pace is known
    with pytest.raises(AdmissionError):
        intake.accept(_trigger())
    # And after it there is
    clock.now += 1
    assert intake.accept(_trigger()).fresh


def test_steps_that_wait_count_as_runs_do(stage: Stage, intake: Intake, app: Celery, clock: Clock) -> None:
    # Given a gate that minds steps alone, and one run's steps
    gate = Gate(stage.engine, Bounds(runs=1_000, steps=3, reserve=0), clock=clock)
    mindful = replace(intake, gate=gate)
    mindful.accept(_trigger(Priority.HIGH))
    # When another one comes, then its steps are too many
    with pytest.raises(AdmissionError, match="steps wait, of"):
        mindful.accept(_trigger(Priority.NORMAL))


@pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")  # Celery's own call
def test_a_message_is_refused_under_its_caller_s_id(intake: Intake, app: Celery, stage: Stage) -> None:
    # Given no room
    _fill(intake, 4)
    copies = Copies(app, keep_seconds=60)
    payload = {"kind": "monitor", "targets": [lock_file().model_dump(mode="json")]}
    # When a message comes, then it is refused with when to come back, and its caller can read that
    with pytest.raises(RefusedError, match="come back in"):
        accept_message(intake, copies, payload, args=(), task_id="theirs")
    assert "come back in" in str(stage.one("SELECT refusal FROM calls WHERE task_id = 'theirs'"))


def test_what_is_scheduled_waits_for_room_and_coalesces(
    intake: Intake, timetable: Timetable, stage: Stage, clock: Clock
) -> None:
    # Given no room, and a schedule that has been due for half an hour
    _fill(intake, 4)
    timetable.watch(listed(lock_file(age=600)))
    timetable.sql("UPDATE schedules SET next_due = now() - interval '30 minutes'")
    firing = Firing(intake)
    lease = Leader(stage.engine, owner="me", seconds=60).lead()
    assert lease is not None
    # When it is to be fired, again and again
    fates = [each.fate for _ in range(3) for each in firing.fire_due(lease)]
    # Then it waits, and nothing piles up
    assert fates == [Fate.WAITING] * 3
    assert len(timetable.runs()) == 4
    assert stage.one("SELECT count(*) FROM occurrences") == 0
    # And once there is room, one run stands for all that were missed
    timetable.sql("UPDATE runs SET state = 'succeeded', finished_at = now()")
    clock.now += 1
    (occurrence,) = firing.fire_due(lease)
    assert (occurrence.fate, occurrence.note) == (Fate.FIRED, "stands for 3 more that were missed")
    assert len(timetable.runs()) == 5


@pytest.mark.parametrize(("seconds", "asked", "looks"), [(0.125, 40, 1), (2, 40, 8)])
def test_looking_costs_no_more_than_its_share_of_the_time(stage: Stage, seconds: float, asked: int, looks: int) -> None:
    # Given a clock by which each look takes so long
    ticks = count(0, seconds)
    gate = Gate(stage.engine, Bounds(runs=4, steps=4), clock=lambda: float(next(ticks)))
    # When it is asked again and again, each time so much later
    for _ in range(asked):
        assert gate.has_room(Priority.LOW)
    # Then it looks again after fifty times as long, or after ten seconds: each look is two more glances at the clock
    assert next(ticks) == seconds * (asked + 2 * looks)


def test_nobody_waits_for_another_s_look(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a gate that has looked once, and then one whose next look takes long
    clock, began, go_on = Clock(), threading.Event(), threading.Event()
    gate = Gate(stage.engine, Bounds(runs=4, steps=4), clock=clock)
    assert gate.has_room(Priority.LOW)
    look = gate._look  # noqa: SLF001  the one moment that cannot be seen from outside

    def look_long() -> Load:
        began.set()
        assert go_on.wait(30)
        return look()

    monkeypatch.setattr(gate, "_look", look_long)
    clock.now += 60
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(gate.has_room, Priority.LOW)
        assert began.wait(30)
        # When others ask meanwhile, then they are answered by what was seen last, with what was let in since
        gate.note(10)
        assert not gate.has_room(Priority.LOW)
        go_on.set()
        # And the one that looked sees what there is
        assert slow.result(30)


def test_whoever_comes_before_the_first_look_shares_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a gate that has never looked, and a run that it was told of before
    began, go_on, looks = threading.Event(), threading.Event(), count()
    gate = Gate(stage.engine, Bounds(runs=4, steps=4), clock=Clock())
    gate.note(10)

    def look() -> Load:
        next(looks)
        began.set()
        assert go_on.wait(30)
        return Load(0, 0)

    monkeypatch.setattr(gate, "_look", look)
    # When several come at once, then all wait for one look, and go by what it saw
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(gate.has_room, Priority.LOW) for _ in range(3)]
        assert began.wait(30)
        go_on.set()
        assert all(answer.result(30) for answer in answers)
    assert next(looks) == 1


@pytest.mark.parametrize("asked", [") waiting", "FROM runs WHERE tenant", ") ended"], ids=["load", "key", "pace"])
def test_a_lost_answer_about_room_is_asked_for_again(
    asked: str, intake: Intake, stage: Stage, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given no room, and a line that is cut in the middle of one of the questions
    _fill(intake, 4)
    clock.now += 1
    cuts = [asked]
    execute = stage.engine.dialect.do_execute

    def cut(cursor: Any, statement: str, *others: Any) -> None:  # noqa: ANN401  SQLAlchemy's own signature
        if cuts and asked in statement:
            cuts.pop()
            cursor.connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        execute(cursor, statement, *others)

    monkeypatch.setattr(stage.engine.dialect, "do_execute", cut)
    # When a trigger comes, then it has the answer that it would have had
    with pytest.raises(AdmissionError, match="come back in"):
        intake.accept(_trigger(Priority.NORMAL))
    assert cuts == []
    assert stage.one("SELECT count(*) FROM runs") == 4


def test_a_database_that_is_away_is_told_at_once(stage: Stage, intake: Intake) -> None:
    # Given a database that nobody can reach
    away = make_engine("postgresql+psycopg://nobody@/nothing?host=/nonexistent")
    shut = replace(intake, gate=Gate(away, Bounds(runs=4, steps=4)))
    # When a trigger comes, then its sender hears it, and nothing is written
    with pytest.raises(OperationalError):
        shut.accept(_trigger())
    assert stage.one("SELECT count(*) FROM runs") == 0
