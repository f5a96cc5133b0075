"""Firing: an occurrence, its run and the next time in one transaction, on the real database and broker."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from celery import Celery
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from support.timetables import DAY, Timetable, intake_of, listed, lock_file

from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import Trigger
from orchestrator.errors import PlanningError, UnknownScheduleError
from orchestrator.intake import Intake
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.submit import Accepted, Submission
from orchestrator.scheduling.clockwork import Clockwork
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Lease
from orchestrator.scheduling.occurrences import Fate
from orchestrator.scheduling.schedules import pause

_END = "UPDATE runs SET state = 'succeeded', finished_at = now()"
_DUE = "UPDATE schedules SET next_due = now()"


def test_a_due_schedule_becomes_a_run_whose_messages_go_out(
    timetable: Timetable, scheduler: Callable[[str], Clockwork], app: Celery
) -> None:
    # Given a schedule that is due
    timetable.watch(listed(lock_file()))
    due = timetable.all()["stack/1d"].next_due
    # When a scheduler ticks twice
    clockwork = scheduler("me")
    clockwork.tick()
    clockwork.tick()
    # Then there is one run, keyed by the schedule's name and when it was due
    (run,) = timetable.runs()
    key = timetable.stage.one("SELECT trigger_key FROM runs WHERE id = :run", run=run)
    assert key == f"schedule:stack/1d:{due.isoformat().replace('+00:00', 'Z')}"
    # And its occurrence is written down, with nothing out of the ordinary, and the next one is a day later
    schedule = timetable.all()["stack/1d"]
    assert (schedule.last_due, schedule.last_run, schedule.last_note) == (due, run, None)
    assert schedule.last_state == "running"
    assert schedule.next_due == due + timedelta(days=1)
    # And its first message is in the broker
    assert Broker(app).depths(["data_manager.low"]) == {"data_manager.low": 1}
    assert timetable.stage.one("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0


def test_a_schedule_whose_run_still_runs_does_not_pile_up(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given a schedule that was fired, and whose run still runs
    timetable.watch(listed(lock_file()))
    firing.fire_due(lease)
    # When it falls due again
    timetable.sql(_DUE)
    (occurrence,) = firing.fire_due(lease)
    # Then the occurrence is served by the run that runs, and says so
    (run,) = timetable.runs()
    assert (occurrence.fate, occurrence.run_id) == (Fate.COALESCED, run)
    assert timetable.all()["stack/1d"].last_note == f"coalesced: run {run} still runs"
    assert timetable.all()["stack/1d"].next_due > occurrence.due
    # And when that run has ended, the next occurrence is a run of its own
    timetable.sql(_END)
    timetable.sql(_DUE)
    (occurrence,) = firing.fire_due(lease)
    assert occurrence.fate is Fate.FIRED
    assert len(timetable.runs()) == 2


def test_what_was_missed_is_one_look_that_says_so(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given a daily schedule that nobody fired for ten days
    timetable.watch(listed(lock_file()))
    timetable.sql("UPDATE schedules SET next_due = now() - interval '10 days 1 hour'")
    # When it is fired at last
    (occurrence,) = firing.fire_due(lease)
    # Then that is one run, which stands for the others, and the next is a day from now
    assert occurrence.note == "stands for 10 more that were missed"
    assert len(timetable.runs()) == 1
    assert firing.fire_due(lease) == ()
    assert timetable.stage.one("SELECT next_due > now() + interval '23 hours' FROM schedules") is True


def test_an_occurrence_can_only_be_there_once(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given an occurrence that was fired, and whose run has ended
    timetable.watch(listed(lock_file()))
    (first,) = firing.fire_due(lease)
    timetable.sql(_END)
    # When its schedule is set back to that very moment
    timetable.sql("UPDATE schedules SET next_due = %(due)s", due=first.due)
    (again,) = firing.fire_due(lease)
    # Then it is not fired again, and the schedule moves on all the same
    assert again.fate is Fate.OVERTAKEN
    assert timetable.runs() == [first.run_id]
    assert timetable.all()["stack/1d"].next_due > first.due
    # And the database itself refuses a second one
    with pytest.raises(IntegrityError):
        timetable.sql("INSERT INTO occurrences (schedule, due) VALUES ('stack/1d', %(due)s)", due=first.due)


def test_a_removed_schedule_that_comes_back_does_not_fire_the_same_occurrence_twice(
    timetable: Timetable, firing: Firing, lease: Lease
) -> None:
    # Given an occurrence that was fired, whose schedule and its occurrences were removed and made anew
    timetable.watch(listed(lock_file()))
    (first,) = firing.fire_due(lease)
    timetable.sql("DELETE FROM schedules")
    timetable.watch(listed(lock_file()))
    timetable.sql("UPDATE schedules SET next_due = %(due)s", due=first.due)
    # When it falls due at the same moment, then the run's key knows it
    (again,) = firing.fire_due(lease)
    assert again.run_id == first.run_id
    assert timetable.runs() == [first.run_id]


def test_a_schedule_that_no_plan_can_be_made_of_says_why_and_holds_up_no_other(
    timetable: Timetable, firing: Firing, lease: Lease
) -> None:
    # Given a schedule for a look that nobody can do, one whose trigger nobody can read, and a good one
    odd = Target(kind=TargetKind.GIT, location="/a", look=("tarot",), max_age_seconds=60)
    timetable.watch(listed(odd, lock_file(age=3_600), lock_file("/srv/other.txt")))
    timetable.sql("UPDATE schedules SET trigger = '{\"kind\": \"seance\"}' WHERE name = 'stack/1h'")
    # When they are fired
    fates = {each.schedule: each.fate for each in firing.fire_due(lease)}
    # Then the good one has a run
    assert fates == {"stack/1m": Fate.REFUSED, "stack/1h": Fate.REFUSED, "stack/1d": Fate.FIRED}
    assert len(timetable.runs()) == 1
    # And the others say what is wrong with them, and come again in their turn
    with timetable.stage.engine.connect() as conn:
        notes = {row.schedule: row.note for row in conn.execute(text("SELECT schedule, note FROM occurrences"))}
    assert notes["stack/1m"].startswith("refused: nothing of this trigger can be done: tarot of git:/a")
    assert "kind" in notes["stack/1h"]
    assert timetable.stage.one("SELECT count(*) FROM schedules WHERE next_due <= now()") == 0


def test_only_a_lot_is_fired_at_once(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given three schedules that are due, and lots of two
    timetable.watch(listed(lock_file(age=60), lock_file("/b", age=3_600), lock_file("/c")))
    small = Firing(firing.intake, lot=2)
    # When they are fired, then it takes two turns
    assert [len(small.fire_due(lease)) for _ in range(3)] == [2, 1, 0]


def test_paused_and_retired_schedules_are_not_fired(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given a paused schedule, and one whose targets the watchlist no longer has
    timetable.watch(listed(lock_file(), lock_file("/b", age=3_600)))
    timetable.watch(listed(lock_file()))
    with timetable.stage.engine.begin() as conn:
        pause(conn, "stack/1d")
    # When both are due, then neither is fired
    assert firing.fire_due(lease) == ()


def test_a_broker_that_is_away_loses_nothing(
    timetable: Timetable, lease: Lease, cut_off_app: Celery, firing: Firing
) -> None:
    # Given two schedules that are due, and a broker that is nowhere
    timetable.watch(listed(lock_file(), lock_file("/b", age=3_600)))
    # When they are fired
    fired = Firing(intake_of(timetable.stage, cut_off_app)).fire_due(lease)
    # Then both runs are accepted, and their messages wait for the sweep
    assert [each.fate for each in fired] == [Fate.FIRED, Fate.FIRED]
    assert timetable.stage.one("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 2
    assert firing.intake.relay.send_due() == 2


@dataclass(frozen=True)
class _Meddled(Intake):
    """An intake beside which somebody pauses the schedule, after it was read and before it is locked."""

    def prepare(self, trigger: Trigger, *, rerun_of: UUID | None = None) -> Submission:
        with self.engine.begin() as conn:
            pause(conn, trigger.subject)
        return super().prepare(trigger, rerun_of=rerun_of)


def test_a_schedule_that_is_changed_while_it_is_fired_is_left_alone(
    timetable: Timetable, firing: Firing, lease: Lease
) -> None:
    # Given a schedule that somebody pauses just when it is fired
    timetable.watch(listed(lock_file()))
    good = firing.intake
    meddled = _Meddled(good.engine, good.relay, good.specs, good.limits)
    # When it is fired, then the person's word counts
    assert [each.fate for each in Firing(meddled).fire_due(lease)] == [Fate.OVERTAKEN]
    assert timetable.runs() == []
    assert timetable.stage.one("SELECT count(*) FROM occurrences") == 0


@dataclass(frozen=True)
class _Refused(Intake):
    """An intake whose statement the database refuses, for one schedule."""

    def accept_within(self, conn: Connection, submission: Submission, *, grace_seconds: float = 0.0) -> Accepted:
        if submission.trigger.subject == "stack/1h":
            conn.execute(text("SELECT 1 / 0"))
        return super().accept_within(conn, submission, grace_seconds=grace_seconds)


def test_a_schedule_that_the_database_refuses_leaves_nothing_behind_and_stays_due(
    timetable: Timetable, firing: Firing, lease: Lease
) -> None:
    # Given two schedules, the writing of one of which fails half-way
    timetable.watch(listed(lock_file(), lock_file("/b", age=3_600)))
    good = firing.intake
    refused = _Refused(good.engine, good.relay, good.specs, good.limits)
    # When they are fired
    fired = Firing(refused).fire_due(lease)
    # Then the other one is, and the first is as it was: due, without an occurrence
    assert [each.schedule for each in fired] == ["stack/1d"]
    assert timetable.stage.one("SELECT name FROM schedules WHERE next_due <= now()") == "stack/1h"
    assert timetable.stage.one("SELECT count(*) FROM occurrences") == 1


def test_a_person_can_fire_a_schedule_at_any_time(timetable: Timetable, firing: Firing) -> None:
    # Given a paused schedule that was not due for a while
    timetable.watch(listed(lock_file()))
    timetable.sql("UPDATE schedules SET next_due = now() + interval '1 hour', enabled = false")
    # When somebody fires it now
    occurrence = firing.fire_now("stack/1d", source="cli")
    # Then it runs, as a look that somebody started, and its next time counts from now
    assert occurrence.fate is Fate.FIRED
    assert timetable.stage.one("SELECT priority FROM runs") == 2
    assert timetable.all()["stack/1d"].next_due == occurrence.due + timedelta(seconds=DAY)
    # And whoever asks again meanwhile gets the same run
    again = firing.fire_now("stack/1d", source="cli")
    assert (again.fate, again.run_id) == (Fate.COALESCED, occurrence.run_id)


def test_firing_what_is_not_there_or_cannot_be_done_says_so(timetable: Timetable, firing: Firing) -> None:
    # Given a schedule for a look that nobody can do
    timetable.watch(listed(Target(kind=TargetKind.GIT, location="/a", look=("tarot",))))
    # When it is fired by hand, then the reason comes back, and nothing is written
    with pytest.raises(PlanningError, match="tarot"):
        firing.fire_now("stack/1d", source="cli")
    assert timetable.stage.one("SELECT count(*) FROM occurrences") == 0
    # And a name that nobody knows is said to be one
    with pytest.raises(UnknownScheduleError, match=r"'stack/2d'.*lookout schedules"):
        firing.fire_now("stack/2d", source="cli")
