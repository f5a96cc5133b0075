"""What a person said about a schedule outlives edits that give its targets another rhythm, on the real database."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection
from support.stages import Stage
from support.timetables import DAY, Timetable, listed, lock_file

from agents.contract import Target, TargetKind
from orchestrator.cli.scheduling import put_schedules
from orchestrator.domain.watchlist import CatchUp, Timing
from orchestrator.response.watched import watchlist_of
from orchestrator.scheduling.adjusting import Adjustment
from orchestrator.scheduling.schedules import Scheduled, adjust, list_schedules, pause, resume, watch
from orchestrator.settings import get_settings

HOUR = 3_600
SIX_HOURS = 6 * HOUR
_CHANGE = """
    INSERT INTO target_changes (watchlist, target, action_id, max_age_seconds, old_tier, old_max_age_seconds)
    VALUES ('stack', 'sbom:/srv/lock.txt', 'a', 3600, 'tools', %(old)s)
"""


def _all(conn: Connection) -> dict[str, Scheduled]:
    return {each.name: each for each in list_schedules(conn) if not each.retired}


def test_a_paused_schedule_whose_targets_get_another_age_stays_paused(stage: Stage) -> None:
    # Given a paused schedule of two targets
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file(age=SIX_HOURS), lock_file("/b", age=SIX_HOURS)), jitter=0)
        pause(conn, "stack/6h")
        # When one of them gets another age in the file, then its new schedule is paused as well, and that is told
        changes = watch(conn, listed(lock_file(age=HOUR), lock_file("/b", age=SIX_HOURS)), jitter=0)
        assert (changes.added, changes.heirs) == (("stack/1h",), ("stack/1h",))
        assert {name: each.enabled for name, each in _all(conn).items()} == {"stack/1h": False, "stack/6h": False}
        # And resumed, it stays so through further edits
        resume(conn, "stack/1h")
        watch(conn, listed(lock_file(age=HOUR), lock_file("/c", age=HOUR)), jitter=0)
        assert {name: each.enabled for name, each in _all(conn).items()} == {"stack/1h": True}


def test_what_is_taken_over_is_said_to_whoever_watches_the_file(
    timetable: Timetable, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a paused schedule
    timetable.watch(listed(lock_file()))
    with timetable.stage.engine.begin() as conn:
        pause(conn, "stack/1d")
    # When its file is watched with another age
    put_schedules(get_settings(), (listed(lock_file(age=HOUR)),))
    # Then that the new one is paused as well is said
    assert capsys.readouterr().out.splitlines() == [
        "stack/1h: now watched",
        "stack/1d: no longer watched",
        "stack/1h: paused or set by hand, as the schedule of its targets was",
    ]


def test_what_an_action_changes_does_not_get_round_a_persons_word(timetable: Timetable) -> None:
    # Given a schedule that a person paused and set
    written = listed(lock_file(age=SIX_HOURS))
    timetable.watch(written)
    with timetable.stage.engine.begin() as conn:
        adjust(conn, "stack/6h", Adjustment(cron="0 6 * * *", time_zone="UTC", tier="critical"))
        pause(conn, "stack/6h")
        planned = _all(conn)["stack/6h"].next_due
    # When an action gives its target another age
    timetable.sql(_CHANGE, old=SIX_HOURS)
    with timetable.stage.engine.begin() as conn:
        watch(conn, written, jitter=0)
        schedule = _all(conn)["stack/1h"]
    # Then the person's word holds for the new schedule, with its times
    assert (schedule.enabled, schedule.cron, schedule.tier) == (False, "0 6 * * *", "critical")
    assert schedule.next_due == planned


def test_a_tier_that_is_taken_over_lets_the_new_rhythm_begin_at_once(stage: Stage) -> None:
    # Given a schedule whose tier a person set, and that is due in hours
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file()), jitter=0)
        adjust(conn, "stack/1d", Adjustment(tier="critical"))
        conn.exec_driver_sql("UPDATE schedules SET next_due = now() + interval '9 hours'")
        before = _all(conn)["stack/1d"].next_due
        # When its target gets another age, then the tier stays, and it is looked at soon
        watch(conn, listed(lock_file(age=HOUR)), jitter=0)
        schedule = _all(conn)["stack/1h"]
    assert (schedule.tier, schedule.adjusted) == ("critical", ("tier",))
    assert schedule.next_due < before - timedelta(hours=8)


def test_targets_that_come_from_elsewhere_as_well_take_nothing_over(stage: Stage) -> None:
    # Given a paused schedule
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file()), jitter=0)
        pause(conn, "stack/1d")
        # When its target is joined by a new one, in a schedule of another age
        changes = watch(conn, listed(lock_file(age=HOUR), lock_file("/new", age=HOUR)), jitter=0)
        # Then nobody said anything about that one
        assert changes.heirs == ()
        assert _all(conn)["stack/1h"].enabled


def test_advisories_take_over_from_their_own_schedule_only(stage: Stage) -> None:
    # Given advisories of their own age, which also stand in the paused schedule that compares with them
    def advisories(age: int) -> Target:
        return Target(kind=TargetKind.ADVISORIES, location="/srv/osv", max_age_seconds=age)

    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file(), advisories(HOUR)), jitter=0)
        assert {name: each.targets for name, each in _all(conn).items()} == {"stack/1h": 1, "stack/1d": 2}
        pause(conn, "stack/1d")
        # When they get another age, then their own schedule is not paused
        assert watch(conn, listed(lock_file(), advisories(2 * HOUR)), jitter=0).heirs == ()
        # But it is where theirs was
        pause(conn, "stack/2h")
        assert watch(conn, listed(lock_file(), advisories(3 * HOUR)), jitter=0).heirs == ("stack/3h",)


def test_a_schedule_that_comes_back_keeps_what_was_set_of_itself(stage: Stage) -> None:
    # Given a schedule that was set, whose target moved to another one, which was then set and paused
    with stage.engine.begin() as conn:
        watch(conn, listed(lock_file()), jitter=0)
        adjust(conn, "stack/1d", Adjustment(tier="critical"))
        watch(conn, listed(lock_file(age=HOUR)), jitter=0)
        adjust(conn, "stack/1h", Adjustment(tier="infra"))
        pause(conn, "stack/1h")
        # When it comes back, then its own adjustment holds, and it is paused
        watch(conn, listed(lock_file()), jitter=0)
        schedule = _all(conn)["stack/1d"]
    assert (schedule.tier, schedule.enabled) == ("critical", False)


def test_another_age_keeps_what_becomes_of_missed_occurrences_and_so_does_its_undoing(timetable: Timetable) -> None:
    # Given a target that catches up with everything
    target = lock_file()
    written = listed(target).model_copy(update={"timings": {target.id: Timing(catch_up=CatchUp.ALL)}})
    timetable.watch(written)
    # When an action changes its age
    timetable.sql(_CHANGE, old=DAY)
    with timetable.stage.engine.begin() as conn:
        watch(conn, written, jitter=0)
        # Then it still does
        assert {name: each.catch_up for name, each in _all(conn).items()} == {"stack/1h+all": CatchUp.ALL}
        # And so it does when that is undone, from what the schedules say
        rows = conn.exec_driver_sql("SELECT * FROM schedules WHERE NOT retired").all()
        found = watchlist_of(rows)
        conn.exec_driver_sql("DELETE FROM target_changes")
        watch(conn, found.model_copy(update={"targets": (target,)}), jitter=0)
        assert set(_all(conn)) == {"stack/1d+all"}


def test_another_age_takes_the_place_of_times_of_the_clock(timetable: Timetable) -> None:
    # Given a target whose age an action changed, when a person writes times of the clock beside the same age
    target = lock_file()
    timing = Timing(cron="0 6 * * *", zone="Europe/Berlin", catch_up=CatchUp.NONE)
    timetable.sql(_CHANGE, old=DAY)
    with timetable.stage.engine.begin() as conn:
        watch(conn, listed(target).model_copy(update={"timings": {target.id: timing}}), jitter=0)
        # Then the age decides, and missed occurrences are skipped as the file says
        assert set(_all(conn)) == {"stack/1h+none"}
