"""Who leads, who takes over, and who is fenced, on the real database."""

from collections.abc import Callable

import pytest
from celery import Celery
from sqlalchemy.exc import InternalError
from support.stages import Stage, wait_for
from support.timetables import Timetable, listed, lock_file

from orchestrator.ledger.broker import Broker
from orchestrator.queues import UPKEEP
from orchestrator.scheduling.beat import LedgerScheduler
from orchestrator.scheduling.clockwork import Clockwork
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import BEAT, Leader, Lease, hold
from orchestrator.scheduling.occurrences import Fate

Make = Callable[[str], Clockwork]
_LAPSE = "UPDATE leases SET until = clock_timestamp() - interval '1 second'"


def test_one_scheduler_leads_and_the_other_stands_by(stage: Stage, app: Celery, scheduler: Make) -> None:
    # Given two schedulers, as Celery's beat holds them
    first, second = scheduler("first"), scheduler("second")
    beats = [LedgerScheduler(app, clockwork=first), LedgerScheduler(app, clockwork=second)]
    # When both tick, again and again
    waits = [beat.tick() for _ in range(3) for beat in beats]
    # Then the first leads, and both come again after a second
    assert [clockwork.leads for clockwork in (first, second)] == [True, False]
    assert set(waits) == {1}
    assert stage.one("SELECT token FROM leases") == 1
    # And sweeps go out although nothing is scheduled, but from the leader alone
    assert Broker(app).depths([UPKEEP]) == {UPKEEP: 1}


def test_another_takes_over_when_the_lease_has_run_out(timetable: Timetable, scheduler: Make) -> None:
    # Given a leader that was not heard of for the length of its lease, and a schedule that is due
    first, second = scheduler("first"), scheduler("second")
    first.tick()
    timetable.sql(_LAPSE)
    timetable.watch(listed(lock_file()))
    # When the other one ticks
    second.tick()
    # Then it leads, with a higher token, and has fired
    assert second.leads
    assert timetable.stage.one("SELECT token FROM leases") == 2
    assert len(timetable.runs()) == 1
    # And the first one, when it comes back, stands by
    first.tick()
    assert not first.leads


def test_an_old_leader_that_wakes_up_does_not_fire(timetable: Timetable, scheduler: Make, firing: Firing) -> None:
    # Given a leader that was stopped, and another that took over meanwhile
    first = Leader(timetable.stage.engine, owner="first", seconds=60)
    old = first.lead()
    assert old is not None
    timetable.sql(_LAPSE)
    scheduler("second").tick()
    # When the old one wakes in the middle of its turn and goes on to fire what was due
    timetable.watch(listed(lock_file()))
    (occurrence,) = firing.fire_due(old)
    # Then it is fenced: nothing is written, and the schedule is still due for whoever leads
    assert occurrence.fate is Fate.FENCED
    assert timetable.runs() == []
    assert timetable.stage.one("SELECT count(*) FROM occurrences") == 0
    # And giving back what it no longer has takes nothing from the other
    first.release(old)
    assert timetable.stage.one("SELECT owner || token FROM leases WHERE until > clock_timestamp()") == "second2"


def test_a_lease_that_ran_out_fires_nothing_even_if_nobody_took_it(timetable: Timetable, firing: Firing) -> None:
    # Given a leader whose lease ran out, and no other
    leader = Leader(timetable.stage.engine, owner="only", seconds=60)
    lease = leader.lead()
    assert lease is not None
    timetable.sql(_LAPSE)
    timetable.watch(listed(lock_file()))
    # When it goes on to fire, then it is fenced
    assert [each.fate for each in firing.fire_due(lease)] == [Fate.FENCED]
    # And once it has renewed the lease, it fires
    renewed = leader.lead()
    assert renewed == lease
    assert [each.fate for each in firing.fire_due(lease)] == [Fate.FIRED]


def test_a_leader_that_ends_cleanly_is_replaced_at_once(stage: Stage, app: Celery, scheduler: Make) -> None:
    # Given a leader, and another that stands by
    first, second = scheduler("first"), scheduler("second")
    beat = LedgerScheduler(app, clockwork=first)
    beat.tick()
    second.tick()
    assert stage.one("SELECT owner FROM leases") == "first"
    # When the leader is closed, twice as Celery does it
    beat.close()
    beat.close()
    # Then the other leads at its next tick
    second.tick()
    assert second.leads
    assert not first.leads


def test_a_leader_that_is_stopped_amid_a_transaction_holds_nobody_up(stage: Stage) -> None:
    # Given a leader that locks its lease to fire, and is stopped right there
    mine = Leader(stage.engine, owner="stopped", seconds=0.4).lead()
    assert mine is not None
    other = Leader(stage.engine, owner="other", seconds=60)
    with stage.engine.connect() as conn:
        assert hold(conn, mine)
        # When another wants to lead, then it is told at once that it cannot, and does not wait for the lock
        assert other.lead() is None
        # And the server ends the stopped one's transaction by itself, and the lease runs out
        wait_for(lambda: other.lead() is not None, seconds=10)
        # Then the stopped one, when it wakes, can commit nothing
        with pytest.raises(InternalError, match="idle-in-transaction timeout"):
            conn.exec_driver_sql("SELECT 1")
        conn.invalidate()
    assert stage.one("SELECT owner FROM leases") == "other"


def test_no_token_is_given_twice(stage: Stage, timetable: Timetable) -> None:
    # Given schedulers that come and go
    leases: list[Lease] = []
    for number in range(5):
        lease = Leader(stage.engine, owner=f"life-{number}", seconds=60).lead()
        assert lease is not None
        leases.append(lease)
        timetable.sql(_LAPSE)
    # Then each has a higher token than the one before, and only the last of them is worth anything
    assert [lease.token for lease in leases] == [1, 2, 3, 4, 5]
    assert {lease.name for lease in leases} == {BEAT}
