"""Missed occurrences, times of the clock, and what a person changed, on the real database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.stages import Stage
from support.timetables import Timetable, listed, lock_file

from orchestrator.cli.adjusting import adjust_by
from orchestrator.domain.watchlist import CatchUp, Timing, Watchlist
from orchestrator.errors import UnknownScheduleError
from orchestrator.scheduling.adjusting import Adjustment
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Lease
from orchestrator.scheduling.occurrences import Fate
from orchestrator.scheduling.schedules import adjust, reset, watch
from orchestrator.scheduling.turns import Patience

_END = "UPDATE runs SET state = 'succeeded', finished_at = now()"
_LATE = "UPDATE schedules SET next_due = now() - interval '3 hours 30 minutes'"


def _listed(timing: Timing) -> Watchlist:
    target = lock_file(age=3_600)
    return Watchlist(name="stack", targets=(target,), path=Path("/srv/stack.yaml"), timings={target.id: timing})


def _dues(stage: Stage) -> list[datetime]:
    with stage.engine.connect() as conn:
        return [row.due for row in conn.exec_driver_sql("SELECT due FROM occurrences ORDER BY due")]


def test_each_missed_occurrence_is_fired_in_turn_with_its_own_time(
    timetable: Timetable, firing: Firing, lease: Lease
) -> None:
    # Given an hourly schedule that makes up for everything, and that nobody fired for three and a half hours
    timetable.watch(_listed(Timing(catch_up=CatchUp.ALL)))
    timetable.sql(_LATE)
    first = timetable.all()["stack/1h+all"].next_due
    # When it is fired, again and again, and its runs end in between or not
    fates = []
    for _ in range(6):
        fates.append([each.fate for each in firing.fire_due(lease)])
        assert firing.fire_due(lease) == ()  # its run still runs: it takes nobody's turn
        timetable.sql(_END)
    # Then each missed one has a run with the time when it was due, and then there is nothing more to do
    assert fates == [[Fate.FIRED]] * 4 + [[]] * 2
    assert _dues(timetable.stage) == [first + timedelta(hours=number) for number in range(4)]
    assert len(timetable.runs()) == 4
    # And each says by whose lease it was fired
    assert timetable.stage.one("SELECT count(*) FROM occurrences WHERE fence = :token", token=lease.token) == 4


def test_a_run_that_a_person_asked_for_lets_no_missed_ones_crowd(
    timetable: Timetable, firing: Firing, lease: Lease
) -> None:
    # Given the same, of which a person ran one by hand, and that one has ended
    timetable.watch(_listed(Timing(catch_up=CatchUp.ALL)))
    timetable.sql(_LATE)
    firing.fire_now("stack/1h+all", source="ada")
    assert firing.fire_due(lease) == ()
    timetable.sql(_END)
    # When it is fired, then one is, and no other while that one runs
    assert [each.fate for each in firing.fire_due(lease)] == [Fate.FIRED]
    assert firing.fire_due(lease) == ()
    assert len(timetable.runs()) == 2


def test_of_too_many_the_oldest_are_given_up(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given the same, where two are made up for at most
    timetable.watch(_listed(Timing(catch_up=CatchUp.ALL)))
    timetable.sql(_LATE)
    due = timetable.all()["stack/1h+all"].next_due
    # When it is fired
    (occurrence,) = Firing(firing.intake, patience=Patience(most=2)).fire_due(lease)
    # Then the second last is
    assert occurrence.due == due + timedelta(hours=2)
    assert occurrence.note == "2 older ones were given up; 3h 30m late"


def test_what_was_missed_is_skipped_with_a_note(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given the same, where nothing is made up for
    timetable.watch(_listed(Timing(catch_up=CatchUp.NONE)))
    timetable.sql(_LATE)
    # When it is fired
    (occurrence,) = firing.fire_due(lease)
    # Then there is no run, but a note, and the next one comes on the hour
    assert (occurrence.fate, occurrence.run_id) == (Fate.SKIPPED, None)
    assert timetable.runs() == []
    schedule = timetable.all()["stack/1h+none"]
    assert schedule.last_note == "skipped, with 3 after it: 3h 30m late"
    assert schedule.next_due == occurrence.due + timedelta(hours=4)


def test_times_of_the_clock_are_kept_from_the_first_one_on(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given weekday mornings in Berlin
    timing = Timing(cron="0 6 * * 1-5", zone="Europe/Berlin")
    with timetable.stage.engine.begin() as conn:
        watch(conn, _listed(timing), jitter=0.5)
    schedule = timetable.all()["stack/0 6 * * 1-5 Europe/Berlin"]
    # Then it is not due at once, and has no jitter
    assert (schedule.cron, schedule.time_zone, schedule.jitter) == ("0 6 * * 1-5", "Europe/Berlin", 0)
    assert schedule.next_due > datetime.now(UTC)
    assert firing.fire_due(lease) == ()
    # When its time comes
    timetable.sql("UPDATE schedules SET next_due = '2026-03-27 05:00:00+00'")
    (occurrence,) = firing.fire_due(lease)
    # Then it is fired for that Friday morning, and the next is a morning to come
    assert occurrence.fate is Fate.FIRED
    assert timetable.all()[schedule.name].next_due == schedule.next_due
    # And watching the same list again changes nothing
    with timetable.stage.engine.begin() as conn:
        assert watch(conn, _listed(timing), jitter=0.5).unchanged == (schedule.name,)


def test_what_a_person_changed_holds_at_once_and_outlives_the_file(
    timetable: Timetable, firing: Firing, lease: Lease
) -> None:
    # Given a daily schedule that is due tomorrow
    timetable.watch(listed(lock_file()))
    timetable.sql("UPDATE schedules SET next_due = now() + interval '1 day'")
    # When somebody wants it every two hours, and its targets to matter
    with timetable.stage.engine.begin() as conn:
        adjust(conn, "stack/1d", Adjustment(every_seconds=7_200, tier="critical"))
        watch(conn, listed(lock_file(), lock_file("/srv/new.txt")), jitter=0)
    # Then that holds after an edit of the file as well
    schedule = timetable.all()["stack/1d"]
    assert (schedule.every_seconds, schedule.tier, schedule.adjusted) == (7_200, "critical", ("every_seconds", "tier"))
    timetable.sql("UPDATE schedules SET next_due = now()")
    (occurrence,) = firing.fire_due(lease)
    assert timetable.all()["stack/1d"].next_due == occurrence.due + timedelta(hours=2)
    tiers = "SELECT string_agg(DISTINCT value ->> 'tier', ',') FROM runs, jsonb_array_elements(trigger -> 'targets')"
    assert timetable.stage.one(tiers) == "critical"


def test_a_person_sets_and_resets_a_schedule_at_the_command_line(
    timetable: Timetable, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a daily schedule
    timetable.watch(listed(lock_file()))
    # When somebody sets its times, and then resets it
    adjust_by("stack/1d", given={"cron": "0 6 * * mon", "catch_up": "none"}, reset_it=False)
    adjust_by("stack/1d", given={}, reset_it=True)
    # Then what holds is said each time
    assert capsys.readouterr().out.splitlines() == [
        "stack/1d: at 0 6 * * MON, missed: none; set by hand: cron, time_zone, catch_up",
        "stack/1d: every 1d, missed: once; as its watchlist says",
    ]
    assert timetable.all()["stack/1d"].adjusted == ()


def test_times_and_ages_replace_each_other_until_the_schedule_is_reset(timetable: Timetable) -> None:
    # Given a daily schedule
    timetable.watch(listed(lock_file()))
    with timetable.stage.engine.begin() as conn:
        # When it is set to mornings, then to an age, then reset
        by_clock = adjust(conn, "stack/1d", Adjustment(cron="0 6 * * *", time_zone="UTC", catch_up=CatchUp.ALL))
        by_age = adjust(conn, "stack/1d", Adjustment(every_seconds=60))
        again = adjust(conn, "stack/1d", Adjustment(cron="0 7 * * *", time_zone="UTC"))
        as_listed = reset(conn, "stack/1d")
    # Then each in turn holds alone, and what it says nothing about stays
    assert str(by_clock.rhythm.cron) == "0 6 * * *"
    assert (by_age.rhythm.cron, by_age.rhythm.every_seconds, by_age.catch_up) == (None, 60, CatchUp.ALL)
    assert str(again.rhythm.cron) == "0 7 * * *"
    assert (as_listed.rhythm.cron, as_listed.rhythm.every_seconds, as_listed.adjusted) == (None, 86_400, ())
    # And a schedule that is not there cannot be changed
    with timetable.stage.engine.begin() as conn, pytest.raises(UnknownScheduleError, match="no schedule is called"):
        adjust(conn, "nobody/1d", Adjustment(tier="tools"))
