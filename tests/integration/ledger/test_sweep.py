"""The sweep: what it takes, what it leaves alone, and that no row holds up another."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from celery import Celery
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.exc import OperationalError
from support.plays import SPECS, Play, act, in_turn, join, plan_of, sender, side_by_side
from support.runners import Crew, holding
from support.stages import Stage, broker_client

from agents.contract import AgentReport, Work
from orchestrator.domain.runs import RunState
from orchestrator.ledger import endings
from orchestrator.ledger.broker import TOKEN_KEY, Broker
from orchestrator.ledger.failing import Outcome
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.relay import Relay
from orchestrator.ledger.sweep import Chore, Sweep
from orchestrator.store.engine import make_engine

pytestmark = pytest.mark.services

NOWHERE = "redis+socket:///nonexistent/broker.sock?virtual_host=0"


@pytest.fixture
def sweep(stage: Stage, play: Play) -> Sweep:
    """Return a sweep to which a run that did nothing for a moment stands still."""
    limits = Limits(lease_seconds=60, quiet_seconds=0.001)
    return Sweep(engine=stage.engine, broker=Broker(play.app), relay=play.relay, limits=limits, specs=SPECS)


def sql(stage: Stage, statement: str, **values: object) -> None:
    """Change the ledger behind its back."""
    with stage.engine.begin() as conn:
        conn.execute(text(statement), values)


def lost(stage: Stage, play: Play, **columns: object) -> UUID:
    """Return a run whose only step is held by somebody who is not heard of."""
    run_id = play.accept(plan_of(in_turn(act("a"), join("b")))).run_id
    sql(
        stage,
        "UPDATE steps SET state = 'running', attempt = 1, lease_owner = 'gone', lease_until = now() - interval '1s', "
        "stop_at = now() + interval '1h' WHERE run_id = :run AND name = 'a'",
        run=run_id,
    )
    for name, value in columns.items():
        sql(stage, f"UPDATE steps SET {name} = {value} WHERE name = 'a'")  # noqa: S608  a test's own words
    return run_id


def forgetful(app: Celery, *, before: Callable[[], None]) -> Broker:
    """Return a broker that is away when it is to be reminded."""

    class Away(Broker):
        def remind(self, engine: object) -> None:
            before()
            raise ConnectionError(f"nobody answers, {engine}")

    return Away(app)


def test_a_lost_step_goes_back_and_is_sent_again(stage: Stage, play: Play, sweep: Sweep) -> None:
    # Given a step whose worker is gone
    run_id = lost(stage, play)
    # When the sweep comes by
    assert sweep.run().lost == 1
    # Then it is pending again, the loss is counted, and its message went
    assert stage.step_states(run_id)["a"] == "pending"
    assert stage.one("SELECT losses FROM steps WHERE name = 'a'") == 1
    assert stage.one("SELECT steps FROM outbox WHERE why = 'lost_lease' AND published_at IS NOT NULL") == ["a"]
    assert stage.one("SELECT error FROM steps WHERE name = 'a'") == "worker gone was not heard of"
    assert Crew(stage.engine).play(run_id, "a") == [Outcome.DONE]


@pytest.mark.parametrize(
    ("columns", "state", "reason"),
    [
        ({"losses": 9}, "failed", "losses"),
        ({"failures": 3, "stop_at": "now() - interval '1s'"}, "timed_out", "out_of_time"),
    ],
)
def test_a_step_that_is_lost_once_too_often_is_a_dead_letter(  # noqa: PLR0917  the columns of the table
    stage: Stage, play: Play, sweep: Sweep, columns: dict[str, object], state: str, reason: str
) -> None:
    # Given a step that was lost, or too late, as often as it may be
    run_id = lost(stage, play, **columns)
    # When it is lost again
    assert sweep.run().lost == 1
    # Then the dead letter says which it was, and the join goes on without it
    assert stage.step_states(run_id) == {"a": state, "b": "pending"}
    assert stage.one("SELECT reason FROM dead_letters") == reason
    assert stage.one("SELECT steps FROM outbox WHERE why = 'opened'") == ["b"]


def test_a_chore_that_fails_keeps_neither_the_others_nor_the_messages(stage: Stage, play: Play, sweep: Sweep) -> None:
    # Given a step to be sent again, and chores of which one meets a database that refuses
    lost(stage, play)

    def fail(engine: Engine) -> int:
        with engine.begin() as conn:
            return int(conn.execute(text("SELECT 1 / 0")).scalar_one())

    chores = (Chore("bad", fail), Chore("good", lambda _: 7))
    # When the sweep comes by, then the other chore is done, and the message goes
    swept = replace(sweep, chores=chores).run()
    assert (swept.chores, swept.lost) == ({"bad": 0, "good": 7}, 1)
    assert stage.one("SELECT steps FROM outbox WHERE why = 'lost_lease' AND published_at IS NOT NULL") == ["a"]


def test_a_late_step_counts_as_its_agents_failure(stage: Stage, play: Play, sweep: Sweep) -> None:
    # Given a step whose worker is gone and whose time is up
    lost(stage, play, stop_at="now() - interval '1s'")
    # When it is swept, then the agent is at fault
    sweep.run()
    assert stage.one("SELECT failures - losses FROM steps WHERE name = 'a'") == 1


LATE = {"failures": 3, "stop_at": "now() - interval '1s'"}


def test_a_step_that_was_late_too_often_goes_to_its_stand_in(stage: Stage, play: Play, sweep: Sweep) -> None:
    # Given a step with a limit of its own and two stand-ins, which was late as often as it may be
    cut = {"spec": """jsonb_set(spec, '{seconds}', '7')""", "queue": "'actor.high'"}
    run_id = lost(stage, play, **LATE, **cut, fallbacks="'{understudy,chorus}'")
    # When it is late again
    assert sweep.run().lost == 1
    # Then the next agent has it, with tries of its own, in the same kind of lane and for no longer, and is told
    assert stage.one("SELECT count(*) FROM dead_letters") == 0
    handed = stage.one(
        "SELECT concat_ws(' ', state, agent, queue, failures, hard_seconds, fallbacks) FROM steps WHERE name = 'a'"
    )
    assert handed == "pending understudy understudy.high 0 7 {chorus}"
    assert stage.one("SELECT steps FROM outbox WHERE why = 'retry' AND published_at IS NOT NULL") == ["a"]
    assert Crew(stage.engine).play(run_id, "a") == [Outcome.DONE]


def test_a_stand_in_that_is_no_longer_in_the_catalogue_takes_nothing_over(
    stage: Stage, play: Play, sweep: Sweep
) -> None:
    run_id = lost(stage, play, **LATE, fallbacks="'{gone,understudy}'")
    assert sweep.run().lost == 1
    assert stage.step_states(run_id)["a"] == "timed_out"


@pytest.mark.parametrize("columns", [{}, {"losses": 9}, {**LATE, "fallbacks": "'{understudy}'"}])
def test_a_holder_that_comes_back_in_time_keeps_its_step(
    stage: Stage, play: Play, sweep: Sweep, columns: dict[str, object]
) -> None:
    # Given a lost step, whose holder extends its lease after the sweep has looked and before it acts
    run_id = lost(stage, play, **columns)

    class Slow(Sweep):
        def _for_each(self, rows: Sequence[Row[Any]], end: Callable[[Connection, Row[Any]], bool]) -> int:
            if rows:
                sql(stage, "UPDATE steps SET lease_until = now() + interval '1h' WHERE state = 'running'")
            return super()._for_each(rows, end)

    slow = Slow(engine=stage.engine, broker=sweep.broker, relay=play.relay, limits=sweep.limits, specs=SPECS)
    # When the sweep acts, then the step stays with its holder
    assert slow.run().lost == 0
    assert stage.step_states(run_id)["a"] == "running"
    assert stage.one("SELECT count(*) FROM dead_letters") == 0


def test_a_row_that_others_hold_waits_for_its_turn_and_holds_up_no_other(
    stage: Stage, play: Play, sweep: Sweep
) -> None:
    # Given two runs past their deadline, a step of one of which somebody holds for long
    held, free = (play.accept(plan_of(act("a"), deadline=0.001)).run_id for _ in range(2))
    patient = make_engine(stage.addresses.database_url, lock_seconds=0.2)
    with holding(stage.engine, "SELECT FROM steps WHERE run_id = %(run)s FOR UPDATE", run=held):
        # When the sweep comes by, then it ends the other
        assert replace(sweep, engine=patient).run().overdue == 1
    assert (stage.state(held), stage.state(free)) == ("running", "timed_out")
    # And the next one ends it
    assert sweep.run().overdue == 1
    patient.dispose()


def test_trouble_of_another_kind_is_not_passed_over(stage: Stage, play: Play, sweep: Sweep) -> None:
    # Given a run past its deadline, and statements that take too long
    play.accept(plan_of(act("a"), deadline=0.001))
    hasty = make_engine(stage.addresses.database_url, statement_seconds=0.2, lock_seconds=5)
    with holding(stage.engine, "SELECT FROM steps FOR UPDATE"), pytest.raises(OperationalError, match="timeout"):
        replace(sweep, engine=hasty).run()
    hasty.dispose()


def test_only_one_sweep_is_at_it(stage: Stage, sweep: Sweep) -> None:
    # Given a sweep under way, when another comes, then it leaves again
    with holding(stage.engine, "SELECT pg_advisory_xact_lock(1051655)") as turn:
        number = turn.exec_driver_sql("SELECT objid FROM pg_locks WHERE locktype = 'advisory'").scalar_one()
        assert number == 1051655
        assert not sweep.run().taken
    assert sweep.run().taken


def test_everything_is_sent_again_when_the_broker_lost_its_memory_and_only_then_is_it_reminded(
    stage: Stage, play: Play, sweep: Sweep
) -> None:
    # Given a live run, one that is over, and a broker that knows us
    run_id = play.run(side_by_side(act("a"), act("b")))
    over = play.run(act("a"))
    with stage.engine.begin() as conn:
        endings.stop_run(conn, over, state=RunState.CANCELLED, error="ada said so")
    sweep.run()
    assert not sweep.run().broker_lost
    # When it is wiped, and goes away again before it could be reminded
    broker_client(stage.addresses).flushall()
    depths: list[int] = []
    away = forgetful(play.app, before=lambda: depths.append(int(str(stage.one("SELECT count(*) FROM outbox")))))
    assert replace(sweep, broker=away).run().broker_lost
    # Then everything was written down before, and the next sweep knows no better than to do it again
    assert depths
    assert sweep.run().broker_lost
    assert not sweep.run().broker_lost
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'broker_lost' AND run_id = :run", run=run_id) == 2
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'broker_lost' AND run_id = :run", run=over) == 0
    assert broker_client(stage.addresses).get(TOKEN_KEY) is not None


def test_a_broker_that_keeps_its_queues_on_disk_is_not_asked(stage: Stage) -> None:
    # Given another broker than Redis
    broker = Broker(sender("memory://"))
    # When it is asked for its memory, then its word is taken for it
    assert broker.remembers(stage.engine)
    assert broker.remembers(stage.engine)
    assert stage.one("SELECT count(*) FROM broker") == 1
    assert broker.depths(["nobody"]) == {"nobody": 0}


def test_a_broker_that_is_away_is_asked_again_later(stage: Stage, play: Play, sweep: Sweep) -> None:
    # Given a run that stands still, and a broker that is nowhere
    play.run(act("a"))
    app = sender(NOWHERE)
    app.conf.broker_write_url = NOWHERE
    gone = replace(sweep, broker=Broker(app))
    # When the sweep asks it, then it decides nothing
    swept = gone.run()
    assert (swept.taken, swept.broker_lost, swept.stuck) == (True, False, 0)


def test_a_run_that_stands_still_is_sent_again_only_if_it_is_not_in_line(
    stage: Stage, play: Play, sweep: Sweep
) -> None:
    # Given a run whose message waits in its queue
    sweep.run()
    run_id = play.run(in_turn(act("a"), join("b")))
    # When it stands still, then it is not sent again: it is in line
    assert sweep.run().stuck == 0
    # But when a later one was served before it, its message is gone
    later = play.run(act("x"))
    Crew(stage.engine).play(later, "x")
    assert sweep.run().stuck == 1
    assert stage.one("SELECT steps FROM outbox WHERE why = 'stuck' AND run_id = :run", run=run_id) == ["a"]
    assert stage.one("SELECT epoch FROM runs WHERE id = :run", run=run_id) == 1
    # And it is when its queue is empty
    broker_client(stage.addresses).delete("actor")
    assert sweep.run().stuck == 1


def test_the_wait_before_a_run_is_sent_again_doubles(stage: Stage, play: Play, sweep: Sweep) -> None:
    # Given a run that was sent again three times, and a minute since it last moved
    sweep.run()
    run_id = play.run(act("a"))
    broker_client(stage.addresses).delete("actor")
    patient = replace(sweep, limits=Limits(quiet_seconds=10))
    sql(stage, "UPDATE runs SET epoch = 3, last_progress_at = now() - interval '1 min' WHERE id = :run", run=run_id)
    # When the sweep comes by, then it waits for 80 seconds to pass
    assert patient.run().stuck == 0
    sql(stage, "UPDATE runs SET last_progress_at = now() - interval '81 s' WHERE id = :run", run=run_id)
    assert patient.run().stuck == 1


def test_what_waits_behind_a_gate_is_ready_since_the_gate_opened(stage: Stage, play: Play, sweep: Sweep) -> None:
    # Given an old run whose last step became ready just now, and a younger one that was served before that
    sweep.run()
    old = play.run(in_turn(act("a"), join("b")))
    young = play.run(act("x"))
    crew = Crew(stage.engine)
    crew.play(young, "x")
    crew.play(old, "a")
    # When the old one stands still with messages in its queue, then nobody has overtaken it
    assert sweep.run().stuck == 0


def test_a_row_that_this_code_cannot_send_holds_up_no_other(stage: Stage, play: Play) -> None:
    # Given two runs of an agent that this code does not know, before one of an agent that it does
    strange = [play.accept(plan_of(act("a"))).run_id for _ in range(2)]
    sql(stage, "UPDATE steps SET agent = 'gone'")
    known = play.accept(plan_of(act("a"))).run_id
    relay = Relay(stage.engine, play.app, specs=SPECS, copies=Copies(play.app, keep_seconds=60), lot=1)
    # When the outbox is sent, a row at a time
    assert relay.send_due() == 1
    # Then the others wait for code that knows it
    assert stage.one("SELECT run_id FROM outbox WHERE published_at IS NOT NULL") == known
    assert stage.one("SELECT count(*) FROM outbox WHERE due_at > now() + interval '50 s'") == len(strange)


def test_what_the_broker_refuses_stays_and_a_relay_for_one_run_sends_only_that(stage: Stage, play: Play) -> None:
    # Given two runs, and a broker that is nowhere
    first, second = (play.accept(plan_of(act("a"))).run_id for _ in range(2))
    app = sender(NOWHERE)
    app.conf.broker_write_url = NOWHERE
    nowhere = Relay(stage.engine, app, specs=SPECS, copies=Copies(app, keep_seconds=60))
    # When they are sent there, then they stay
    assert nowhere.send_due() == 0
    # And each can be sent alone, once
    assert [play.relay.send_due(run) for run in (first, first, second)] == [1, 0, 1]
    # And nothing is sent for a run that is over or whose steps have all ended
    sql(stage, "UPDATE outbox SET published_at = NULL, due_at = now()")
    sql(stage, "UPDATE steps SET state = 'succeeded' WHERE run_id = :run", run=first)
    with stage.engine.begin() as conn:
        endings.stop_run(conn, second, state=RunState.CANCELLED, error="ada said so")
    broker_client(stage.addresses).flushall()
    assert play.relay.send_due() == 2
    assert Broker(play.app).depths(["actor"]) == {"actor": 0}


def test_a_large_run_is_accepted_and_sent_and_loses_a_step_at_no_cost(stage: Stage, play: Play) -> None:
    # Given the standard run on 1,000 targets
    branches = (in_turn(act(f"c{n}"), act(f"a{n}", needs=(f"c{n}",))) for n in range(1_000))
    run_id = play.run(in_turn(side_by_side(*branches), join("report", required=True)))
    # When one collection completes and another is lost for good
    assert Broker(play.app).depths(["actor"]) == {"actor": 1_000}

    def work(work: Work) -> AgentReport:
        raise AssertionError(work.step)

    sql(stage, "UPDATE steps SET failures = 3 WHERE name = 'c7'")
    assert Crew(stage.engine).run(run_id, "c8").opened
    assert Crew(stage.engine, work).play(run_id, "c7") == [Outcome.FAILED]
    # Then only that branch is skipped, and not one message is sent again for it
    assert stage.one("SELECT name FROM steps WHERE state = 'skipped'") == "a7"
    assert stage.one("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    assert stage.one('SELECT max("left") FROM gates') == 999
