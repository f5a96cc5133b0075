"""Schedules that nobody can read, that keep failing, or that wait: none of them holds up another."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import structlog
from sqlalchemy import Connection, text
from support.timetables import Timetable, listed, lock_file

from orchestrator.cli.adjusting import adjust_by
from orchestrator.domain.triggers import Priority
from orchestrator.errors import BrokenScheduleError
from orchestrator.intake import Intake
from orchestrator.ledger.submit import Accepted, Submission
from orchestrator.scheduling.adjusting import Adjustment
from orchestrator.scheduling.clockwork import Clockwork
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Lease
from orchestrator.scheduling.occurrences import Fate
from orchestrator.scheduling.schedules import adjust

_NO_ZONE = "UPDATE schedules SET cron = '0 6 * * *', time_zone = 'Mars/Olympus' WHERE name = 'stack/1m'"
_BROKEN = [
    pytest.param(_NO_ZONE, r"'Mars/Olympus'.*tzdata", id="an unknown zone"),
    pytest.param("UPDATE schedules SET catch_up = 'some' WHERE name = 'stack/1m'", "'some'", id="an unknown policy"),
    pytest.param("UPDATE schedules SET cron = 'dawn' WHERE name = 'stack/1m'", "five fields", id="no cron"),
    pytest.param("UPDATE schedules SET adjusted = '{\"mood\": 1}' WHERE name = 'stack/1m'", "mood", id="a new word"),
    pytest.param(
        "UPDATE schedules SET every_seconds = 1e300, next_due = now() WHERE name = 'stack/1m'",
        "cannot be read here",
        id="an age beyond all time",
    ),
]


def _watch_three(timetable: Timetable) -> None:
    """Watch three schedules that are due, ``stack/1m`` the longest."""
    timetable.watch(listed(lock_file(age=60), lock_file("/b", age=3_600), lock_file("/c")))
    timetable.sql("UPDATE schedules SET next_due = now() - interval '30 s' WHERE name = 'stack/1m'")


@pytest.mark.parametrize(("statement", "why"), _BROKEN)
def test_a_schedule_that_cannot_be_read_is_told_put_off_and_holds_up_no_other(
    timetable: Timetable, scheduler: Callable[[str], Clockwork], statement: str, why: str
) -> None:
    # Given three schedules, one of which this machine or this version cannot read
    _watch_three(timetable)
    timetable.sql(statement)
    # When a scheduler ticks twice
    clockwork = scheduler("me")
    with structlog.testing.capture_logs() as logs:
        waits = [clockwork.tick(), clockwork.tick()]
    # Then the others are fired, and nothing is wrong with the scheduler
    assert waits == [1, 1]
    assert len(timetable.runs()) == 2
    # And the one is told by its name, with why and what to do, once: then it is put off
    (told,) = (each for each in logs if each.get("schedule") == "stack/1m")
    assert told["log_level"] == "warning"
    assert re.search(why, told["error"])
    assert "lookout schedules set" in told["error"]


def test_a_schedule_that_cannot_be_read_is_listed_as_broken_until_it_is_set_anew(
    timetable: Timetable, firing: Firing, lease: Lease, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given three schedules, one of which has a zone that is not known here, and was tried in vain
    _watch_three(timetable)
    timetable.sql(_NO_ZONE)
    firing.fire_due(lease)
    # When they are listed, then all are, that one with what is wrong with it and what the file says
    found = timetable.all()
    assert {name: bool(each.trouble) for name, each in found.items()} == {
        "stack/1m": True,
        "stack/1h": False,
        "stack/1d": False,
    }
    assert "Mars/Olympus" in found["stack/1m"].trouble
    assert (found["stack/1m"].cron, found["stack/1m"].targets) == ("0 6 * * *", 1)
    # And neither firing it by hand nor a change that mends nothing does anything but say so
    with pytest.raises(BrokenScheduleError, match=r"stack/1m.*tzdata"):
        firing.fire_now("stack/1m", source="cli")
    with timetable.stage.engine.begin() as conn, pytest.raises(BrokenScheduleError, match=r"stack/1m.*tzdata"):
        adjust(conn, "stack/1m", Adjustment(tier="critical"))
    # And one that is set to a zone that is known is as any other, at once
    adjust_by("stack/1m", given={"cron": "* * * * *", "time_zone": "UTC"}, reset_it=False)
    assert "stack/1m: at * * * * *" in capsys.readouterr().out
    assert not timetable.all()["stack/1m"].trouble
    timetable.sql("UPDATE schedules SET next_due = now() WHERE name = 'stack/1m'")
    assert [each.schedule for each in firing.fire_due(lease)] == ["stack/1m"]


@dataclass(frozen=True)
class _Refused(Intake):
    """An intake whose statement the database refuses, for all but the daily schedule."""

    def accept_within(self, conn: Connection, submission: Submission, *, grace_seconds: float = 0.0) -> Accepted:
        if submission.trigger.subject != "stack/1d":
            conn.execute(text("SELECT 1 / 0"))
        return super().accept_within(conn, submission, grace_seconds=grace_seconds)


def test_those_that_keep_failing_do_not_fill_the_lot(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given as many failing schedules as a lot holds, all due before a good one
    _watch_three(timetable)
    timetable.sql("UPDATE schedules SET next_due = now() - interval '9 s' WHERE name <> 'stack/1d'")
    good = firing.intake
    failing = Firing(_Refused(good.engine, good.relay, good.specs, good.limits), lot=2)
    # When two lots are tried, then the good one is in the second
    assert failing.fire_due(lease) == ()
    assert [each.schedule for each in failing.fire_due(lease)] == ["stack/1d"]
    # And those that failed are still due, and are tried again once their time has come, or they were changed
    assert timetable.stage.one("SELECT count(*) FROM schedules WHERE next_due <= now()") == 2
    timetable.sql("UPDATE schedules SET updated_at = clock_timestamp() WHERE name = 'stack/1h'")
    mended = Firing(good, lot=2, aside=failing.aside)
    assert [each.schedule for each in mended.fire_due(lease)] == ["stack/1h"]


@dataclass(frozen=True)
class _Full(Intake):
    """An intake without room for another run."""

    def has_room(self, priority: Priority) -> bool:  # noqa: ARG002  the intake's own signature
        return False


def test_those_that_wait_for_room_do_not_fill_the_lot(timetable: Timetable, firing: Firing, lease: Lease) -> None:
    # Given two schedules that wait for room, as many as a lot holds, and one after them whose run still runs
    timetable.watch(listed(lock_file("/c")))
    firing.fire_due(lease)
    _watch_three(timetable)
    timetable.sql("UPDATE schedules SET next_due = now() - interval '9 s' WHERE name <> 'stack/1d'")
    good = firing.intake
    full = Firing(_Full(good.engine, good.relay, good.specs, good.limits), lot=2)
    # When lots are tried again and again
    lots = [{each.schedule: each.fate for each in full.fire_due(lease)} for _ in range(3)]
    # Then the one that needs no room has its turn in the second, and the others wait in theirs
    waiting = {"stack/1m": Fate.WAITING, "stack/1h": Fate.WAITING}
    assert lots[0] == waiting
    assert lots[1]["stack/1d"] is Fate.COALESCED
    assert lots[2] == waiting
