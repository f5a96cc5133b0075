"""The schedules of watchlists, on the real database."""

from pathlib import Path

import pytest
from sqlalchemy import Connection
from support.stages import Stage
from support.timetables import Timetable, listed, lock_file

from orchestrator.errors import UnknownScheduleError, WatchlistError
from orchestrator.scheduling.changes import Changes
from orchestrator.scheduling.schedules import Scheduled, list_schedules, pause, remove, resume, watch

HOUR = 3_600


def _all(conn: Connection) -> dict[str, Scheduled]:
    return {each.name: each for each in list_schedules(conn)}


def test_watching_a_list_makes_its_schedules_and_watching_it_again_changes_nothing(stage: Stage) -> None:
    # Given a watchlist of two ages
    watchlist = listed(lock_file(), lock_file("/b", age=HOUR))
    with stage.engine.begin() as conn:
        # When it is watched
        changes = watch(conn, watchlist, jitter=0.1)
        before = _all(conn)
    # Then it has two schedules, which say where they come from
    assert changes == Changes(added=("stack/1h", "stack/1d"))
    assert [(each.name, each.every_seconds, each.targets) for each in before.values()] == [
        ("stack/1h", HOUR, 1),
        ("stack/1d", 24 * HOUR, 1),
    ]
    assert {each.path for each in before.values()} == {"/srv/stack.yaml"}
    assert all(each.enabled and not each.retired and each.last_due is None for each in before.values())
    # And watching it again changes nothing
    with stage.engine.begin() as conn:
        assert watch(conn, watchlist, jitter=0.1) == Changes(unchanged=("stack/1h", "stack/1d"))
        assert _all(conn) == before


def test_an_edit_moves_only_what_it_touches(stage: Stage) -> None:
    # Given two schedules whose next times are known
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file(), lock_file("/b", age=HOUR)), jitter=0)
        conn.exec_driver_sql("UPDATE schedules SET next_due = now() + interval '30 minutes'")
        before = _all(conn)
    # When the daily one gets a target, and the hourly one stays as it was
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file(), lock_file("/c"), lock_file("/b", age=HOUR)), jitter=0)
        after = _all(conn)
    # Then the daily one is due at once, and the hourly one keeps its time
    assert after["stack/1h"] == before["stack/1h"]
    assert after["stack/1d"].next_due < before["stack/1d"].next_due
    assert after["stack/1d"].targets == 2
    # And when the watchlist loses it again, the daily one keeps its time too
    with stage.engine.begin() as conn:
        assert watch(conn, listed(lock_file(), lock_file("/b", age=HOUR)), jitter=0).changed == ("stack/1d",)
        assert _all(conn)["stack/1d"].next_due == after["stack/1d"].next_due


def test_what_a_person_paused_stays_paused_through_edits(stage: Stage) -> None:
    # Given a schedule that somebody paused
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file()), jitter=0)
        pause(conn, "stack/1d")
        # When its group leaves the watchlist and comes back with another target
        assert watch(conn, listed(lock_file(age=HOUR)), jitter=0).retired == ("stack/1d",)
        assert _all(conn)["stack/1d"].retired
        assert watch(conn, listed(lock_file(), lock_file("/b")), jitter=0).added == ("stack/1d",)
        schedule = _all(conn)["stack/1d"]
    # Then it is in force again, and still paused
    assert (schedule.retired, schedule.enabled) == (False, False)


def test_a_resumed_schedule_has_missed_nothing(timetable: Timetable) -> None:
    # Given a schedule that fell due long ago, while it was paused
    timetable.watch(listed(lock_file()))
    timetable.sql("UPDATE schedules SET next_due = now() - interval '9 days', enabled = false")
    # When it is resumed
    with timetable.stage.engine.begin() as conn:
        resume(conn, "stack/1d")
    # Then it is due now, not nine days ago
    assert timetable.stage.one("SELECT next_due > now() - interval '1 minute' AND enabled FROM schedules") is True
    # And one that was not due yet keeps its time
    timetable.sql("UPDATE schedules SET next_due = '2100-01-01 00:00+00'")
    with timetable.stage.engine.begin() as conn:
        resume(conn, "stack/1d")
    assert timetable.all()["stack/1d"].next_due.year == 2100


def test_a_removed_schedule_is_gone_and_watching_makes_it_anew(stage: Stage) -> None:
    # Given a schedule
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file()), jitter=0)
        # When it is removed
        remove(conn, "stack/1d")
        # Then it is gone, until its file is watched again
        assert _all(conn) == {}
        assert watch(conn, listed(lock_file()), jitter=0).added == ("stack/1d",)


def test_a_name_that_nobody_knows_is_said_to_be_one(stage: Stage) -> None:
    # Given no schedule at all, when somebody names one, then the error says how to find those that exist
    for change in (pause, resume, remove):
        with stage.engine.begin() as conn, pytest.raises(UnknownScheduleError, match=r"'nightly'.*lookout schedules"):
            change(conn, "nightly")


def test_a_file_that_gets_another_name_takes_its_schedules_with_it(stage: Stage) -> None:
    # Given a watched file
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file()), jitter=0)
        # When its name is edited
        changes = watch(conn, listed(lock_file(), name="platform"), jitter=0)
        # Then the schedules of the old name no longer fire
        assert changes == Changes(added=("platform/1d",), retired=("stack/1d",))
        assert {name: each.retired for name, each in _all(conn).items()} == {"platform/1d": False, "stack/1d": True}


def test_two_files_of_one_name_are_refused_but_a_file_may_move(stage: Stage, tmp_path: Path) -> None:
    # Given a watched file
    first = tmp_path / "first.yaml"
    first.touch()
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file(), path=str(first)), jitter=0)
        # When another file of the same name is watched while that one is there
        second = listed(lock_file(), path=str(tmp_path / "second.yaml"))
        # Then it is refused, with both places and the remedy
        with pytest.raises(WatchlistError, match=r"second\.yaml: name: 'stack'.*first\.yaml.*another name"):
            watch(conn, second, jitter=0)
        # But when the first has gone, the file has moved
        first.unlink()
        assert watch(conn, second, jitter=0).unchanged == ("stack/1d",)
        assert _all(conn)["stack/1d"].path == str(tmp_path / "second.yaml")
