"""Several schedulers on a moved clock, one statement at a time in drawn orders, killed where they stand."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from celery import Celery
from sqlalchemy.exc import SQLAlchemyError
from support.clocks import DatabaseClock
from support.interleaving import Actor
from support.stages import Stage
from support.timetables import Timetable, intake_of, lock_file

from agents.catalog import catalog
from orchestrator.domain.watchlist import CatchUp, Timing, Watchlist
from orchestrator.intake import Intake
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.relay import Relay
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Leader, Lease
from orchestrator.scheduling.schedules import watch
from orchestrator.scheduling.turns import Patience

START = datetime(2027, 3, 27, 12, tzinfo=UTC)
SCHEDULES, SCHEDULERS = 20, 3
LEASE_SECONDS = 8.0
_DUES = "SELECT schedule, due, run_id, fence, fired_at FROM occurrences ORDER BY schedule, due"
_LOOKS = """
    SELECT trigger ->> 'subject' AS name, (trigger ->> 'as_of')::timestamptz AS at, count(*) AS n
    FROM runs GROUP BY 1, 2
"""


class _Unsent(Relay):
    """A relay that leaves everything to the sweep: what is sent is not what is tested here."""

    def send_due(self, run_id: UUID | None = None) -> int:  # noqa: ARG002  the relay's own signature
        return 1


@pytest.fixture
def clock(stage: Stage) -> Iterator[DatabaseClock]:
    clock = DatabaseClock(stage.addresses.owner_database_url, stage.addresses.database_url)
    clock.set(START)
    yield clock
    clock.close()


@dataclass
class _Company:
    """The schedulers of one play, and the clock that they go by."""

    stage: Stage
    app: Celery
    clock: DatabaseClock
    chance: random.Random
    now: datetime = START
    lives: int = 0
    actors: list[Actor] = field(default_factory=list)

    def hire(self) -> None:
        """Let another scheduler live."""
        self.lives += 1
        name, engine = f"life-{self.lives}", self.clock.engine()
        intake = intake_of(self.stage, self.app)
        relay = _Unsent(engine, self.app, specs=catalog(), copies=intake.relay._copies)  # noqa: SLF001  never used
        firing = Firing(
            Intake(engine=engine, relay=relay, specs=catalog(), limits=Limits()), patience=Patience(most=1_000)
        )
        leader = Leader(engine, owner=name, seconds=LEASE_SECONDS)
        held: list[Lease] = []

        def tick() -> None:
            try:
                held[:] = [leader.lead() or held[0]] if held else [each for each in [leader.lead()] if each]
                # One that no longer leads goes on all the same with the lease it had: what a stopped process does.
                for each in held:
                    firing.fire_due(each)
            except SQLAlchemyError:
                return  # as the clockwork has it: the next tick tries again

        self.actors.append(Actor(name, engine, tick))

    def go_on(self) -> None:
        """Do one thing, drawn by chance: mostly let somebody go on; now and then move time, end runs, or kill."""
        drawn = self.chance.random()
        if drawn < 0.004:
            self.now += timedelta(seconds=self.chance.choice([1, 5, 20, 60, 300]))
            self.clock.set(self.now)
        elif drawn < 0.03:
            with self.stage.engine.begin() as conn:
                conn.exec_driver_sql("UPDATE runs SET state = 'succeeded' WHERE state = 'running'")
        elif drawn < 0.032:
            self.actors.pop(self.chance.randrange(len(self.actors))).kill()
            self.hire()
        else:
            self.chance.choice(self.actors).step()

    def close(self) -> None:
        for actor in self.actors:
            actor.kill()


def _schedule(company: _Company) -> None:
    """Let there be schedules of a minute, half of them by the clock, each making up for everything."""
    with company.clock.engine().begin() as conn:
        for number in range(SCHEDULES):
            target = lock_file(f"/srv/{number}.txt", age=60)
            timing = Timing(cron="* * * * *" if number % 2 else "", zone="Europe/Berlin", catch_up=CatchUp.ALL)
            path = Path(f"/srv/{number}.yaml")
            watch(
                conn, Watchlist(name=f"l{number}", targets=(target,), path=path, timings={target.id: timing}), jitter=0
            )
        conn.exec_driver_sql("UPDATE schedules SET next_due = now() + interval '1 minute'")
    # Somebody has led before: the very first lease of all is made once.
    Leader(company.clock.engine(), owner="nobody", seconds=0.001).lead()


@pytest.mark.parametrize("seed", [1, 2])
def test_none_is_lost_and_none_fires_twice_whatever_the_order(
    stage: Stage, app: Celery, clock: DatabaseClock, timetable: Timetable, seed: int
) -> None:
    # Given schedulers, each of which believes to lead once it has led, and schedules that make up for everything
    company = _Company(stage, app, clock, random.Random(seed))  # noqa: S311  a drawn order, no secret
    _schedule(company)
    for _ in range(SCHEDULERS):
        company.hire()
    # When they live through a stretch of time, and are killed, and the clock leaps, in an order that chance draws
    minutes = 5
    left = "SELECT count(*) FROM schedules WHERE next_due <= :end"
    while stage.one(left, end=START + timedelta(minutes=minutes)):
        for _ in range(200):
            company.go_on()
    company.close()
    # Then each schedule has each of its minutes up to wherever it is, once
    with stage.engine.connect() as conn:
        rows = conn.exec_driver_sql(_DUES).all()
        looks = conn.exec_driver_sql(_LOOKS).all()
    for schedule in timetable.all().values():
        dues = [row.due for row in rows if row.schedule == schedule.name]
        assert len(dues) >= minutes
        assert [*dues, schedule.next_due] == [START + timedelta(minutes=n + 1) for n in range(len(dues) + 1)]
    # And each occurrence has a run of its own, and no run is of any other
    assert len({row.run_id for row in rows}) == len(rows) == len(looks)
    assert {look.n for look in looks} == {1}
    # And several have led, and been killed
    assert len({row.fence for row in rows}) > 1
    assert company.lives > SCHEDULERS
