"""From the first release's schema to this one with rows in it, and back; and a run that is under way meanwhile."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from support.plays import SPECS, act, in_turn, join, plan_of, sender, side_by_side
from support.runners import holding
from support.stages import Stage
from support.upgrades import contents, go_to, old_records, old_run, own_database, send_old, together, write

from orchestrator.domain.runs import RunState
from orchestrator.errors import DatabaseError
from orchestrator.ledger.dead import list_dead
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.relay import Relay
from orchestrator.ledger.replay import Replays
from orchestrator.scheduling.schedules import list_schedules
from orchestrator.store.engine import make_engine
from orchestrator.store.migrating import Standing, drift, inspect_schema, migrate
from orchestrator.store.runs import read_run

pytestmark = pytest.mark.services

BRANCHES = side_by_side(in_turn(act("ca"), act("aa", needs=("ca",))), in_turn(act("cb"), act("ab", needs=("cb",))))
SHAPE = in_turn(BRANCHES, join("end"))
STATES = ("succeeded", "partial", "failed", "timed_out", "cancelled")
STEP_STATES = dict(
    zip(
        [("cb", state) for state in STATES] + [("ab", state) for state in STATES],
        (*STATES, "skipped", "pending", "running", "skipped", "pending"),
        strict=True,
    )
)
"""What the second branch's steps are in the run that ended in each way: every state that a step can have."""
LOCK_SECONDS = 2


@dataclass(frozen=True)
class Past:
    """A database of the first release, with one run of its own under way and one that ended in each way."""

    addresses: Mapping[str, str]
    engine: Engine
    live: UUID
    ended: dict[str, UUID]

    def upgrade(self) -> Standing:
        """Bring it to this code's schema, as `lookout migrate` does."""
        owner = make_engine(self.addresses["owner"], pool_size=1)
        try:
            return migrate(owner, statement_seconds=60, lock_seconds=LOCK_SECONDS).standing
        finally:
            owner.dispose()

    def back(self) -> None:
        """Bring it back to the first release's schema."""
        go_to(self.addresses["owner"], "0001", up=False)

    def sql(self, statement: str, **values: object) -> None:
        with self.engine.begin() as conn:
            conn.execute(text(statement), values)


@pytest.fixture
def past(stage: Stage) -> Iterator[Past]:
    live, ended = uuid4(), {state: uuid4() for state in STATES}
    with own_database(stage.services, "past") as addresses:
        go_to(addresses["owner"], "0001", up=True)
        engine = make_engine(addresses["app"])
        over = [
            old_run(plan_of(SHAPE), run_id=run, state=state, done=("ca", "aa"), ended="2026-01-01T00:00:00+00:00")
            for state, run in ended.items()
        ]
        now = old_run(plan_of(SHAPE), run_id=live, done=("ca",))
        with engine.begin() as conn:
            write(conn, together(*over, now, old_records(ended["partial"])))
            for (step, run_state), state in STEP_STATES.items():
                change = text("UPDATE steps SET state = :state WHERE run_id = :run AND name = :step")
                conn.execute(change, {"state": state, "run": ended[run_state], "step": step})
        yield Past(addresses, engine, live, ended)
        engine.dispose()


def within(row: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether all that a row says stands in another too."""
    return {name: other.get(name) for name in row} == row


def kept(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether every row is still there, with all that it said."""
    for table, rows in before.items():
        assert len(after[table]) == len(rows), table
        for row in rows:
            assert any(within(row, other) for other in after[table]), (table, row)
    return True


def test_every_row_of_the_first_release_survives_the_upgrade(past: Past) -> None:
    # Given a database of the first release with rows of every kind
    before = contents(past.engine)
    assert all(before.values()), [name for name, rows in before.items() if not rows]
    # When it is upgraded
    assert past.upgrade() is Standing.OLDER
    # Then every row says what it said, and the schema is the code's
    assert kept(before, contents(past.engine))
    with past.engine.connect() as conn:
        assert inspect_schema(conn).standing is Standing.CURRENT
        assert drift(conn) == []
        # And what people ask for is answered from it
        views = {state: read_run(conn, run, tenant="default") for state, run in past.ended.items()}
        assert {state: str(view.state) for state, view in views.items()} == {state: state for state in STATES}
        assert [step.name for step in views["partial"].steps] == ["ca", "aa", "cb", "ab", "end"]
        (letter,) = list_dead(conn)
        assert (letter.step, letter.reason, letter.standing) == ("a", "losses", "open")
        assert [schedule.name for schedule in list_schedules(conn)] == ["mine/1d"]
        # And a target counts as looked at when it was last collected or read
        looks = {row.target: f"{row.at:%m-%d}" for row in conn.execute(text("SELECT target, at FROM looks"))}
    assert looks == {"git:/srv/a": "01-02", "git:/srv/b": "01-02"}


def test_the_upgrade_can_be_taken_back_without_losing_a_row(past: Past) -> None:
    # Given a database of the first release that was upgraded, and used since
    before = contents(past.engine)
    past.upgrade()
    past.sql("UPDATE steps SET state = 'waiting' WHERE run_id = :run AND name = 'end'", run=past.live)
    past.sql("UPDATE dead_letters SET settled_as = 'dropped', settled_by = 'ann', settled_why = 'gone'")
    past.sql("UPDATE runs SET pruned_at = now() WHERE id = :run", run=past.ended["failed"])
    # When it is taken back
    past.back()
    # Then it is what it was: a step that waited for a person is pending, as the first release knows it
    assert contents(past.engine) == before
    # And it can be upgraded again
    assert past.upgrade() is Standing.OLDER
    assert kept(before, contents(past.engine))


def test_an_upgrade_that_meets_a_lock_gives_up_in_time_and_changes_nothing(past: Past) -> None:
    # Given somebody who holds on to a table
    before = contents(past.engine)
    with (
        holding(past.engine, "SELECT FROM runs WHERE id = %(run)s FOR UPDATE", run=past.live),
        pytest.raises(DatabaseError, match=r"the migration was not done and changed nothing: .*lock timeout"),
    ):
        # When it is upgraded, then it gives up
        past.upgrade()
    # And nothing is different
    assert contents(past.engine) == before
    assert past.upgrade() is Standing.OLDER


@pytest.fixture
def present(past: Past, stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stage]:
    """Return a stage whose workers work on the database that comes from the first release."""
    monkeypatch.setenv("DATABASE_URL", past.addresses["app"])
    upgraded = Stage(engine=past.engine, addresses=stage.addresses, services=stage.services, folder=tmp_path)
    yield upgraded
    for worker in upgraded.workers:
        worker.end()


def test_a_run_that_was_under_way_goes_on_by_the_messages_that_were_sent_before(past: Past, present: Stage) -> None:
    # Given a run of the first release whose messages wait in the broker: one branch is half done, one not begun
    app = sender(present.addresses.broker_url)
    rest = in_turn(side_by_side(act("aa", needs=("ca",)), in_turn(act("cb"), act("ab", needs=("cb",)))), join("end"))
    send_old(app, past.live, rest)
    app.close()
    # When the schema is upgraded and a worker of this code starts
    past.upgrade()
    present.worker(queues="actor,celery,upkeep")
    # Then the run goes on to its end, each step done once, and what was done before it is not done again
    assert present.wait_for_end(past.live) == "succeeded"
    with past.engine.connect() as conn:
        view = read_run(conn, past.live, tenant="default")
    assert {step.name: (str(step.state), step.attempt) for step in view.steps} == dict.fromkeys(
        ["ca", "aa", "cb", "ab", "end"], ("succeeded", 1)
    )
    assert [attempt.worker for attempt in view.attempts if attempt.step == "ca"] == ["old:1"]
    saw = "SELECT body -> 'data' ->> 'saw' FROM run_findings WHERE run_id = :run AND step = 'end'"
    assert present.one(saw, run=past.live) == "aa,ab,ca,cb"


def test_what_the_first_release_had_not_sent_yet_is_sent_after_the_upgrade(past: Past, present: Stage) -> None:
    # Given a run whose messages were never sent
    past.sql("INSERT INTO outbox (run_id, why) VALUES (:run, 'submitted')", run=past.live)
    # When the schema is upgraded, and this code's relay and worker are at work
    past.upgrade()
    app = sender(present.addresses.broker_url)
    assert Relay(past.engine, app, specs=SPECS, copies=Copies(app, keep_seconds=60)).send_due(past.live) == 1
    app.close()
    present.worker(queues="actor,celery,upkeep")
    # Then the run ends well
    assert present.wait_for_end(past.live) == "succeeded"


def test_a_run_of_the_first_release_can_be_done_again_from_a_step(past: Past, present: Stage) -> None:
    # Given an ended run of the first release, in a schema of today
    past.upgrade()
    app = sender(present.addresses.broker_url)
    relay = Relay(past.engine, app, specs=SPECS, copies=Copies(app, keep_seconds=60))
    # When it is done again from its join
    replays = Replays(engine=past.engine, relay=relay, specs=SPECS, limits=Limits())
    again = replays.again(past.ended["cancelled"], step="end").run_id
    app.close()
    # Then what had a result is carried over
    with past.engine.connect() as conn:
        view = read_run(conn, again, tenant="default")
    assert view.state is RunState.RUNNING
    assert {step.name for step in view.steps if step.carried_from == past.ended["cancelled"]} >= {"ca", "aa"}
